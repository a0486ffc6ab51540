// What became of the photos.

import { pictureOf, zipOf } from "./api.js";
import { item } from "./choosing.js";
import { photoText, seenText, stillSeen, summaryText } from "./words.js";

const byId = (id) => document.getElementById(id);

export class Results {
  constructor(about, compare) {
    this.compare = compare;
    byId("not-promised").replaceChildren(...about.not_promised.map(item));
  }

  show(job, refused) {
    const { id, photos, status } = job;
    const finished = status.protected + status.without_face + status.not_chosen;
    byId("results-text").textContent = summaryText(status);
    byId("results-seen").textContent = seenText(job);
    byId("download-all").href = zipOf(id);
    byId("download-all").hidden = finished === 0;
    byId("refused").replaceChildren(...refused.map((text) => item(`Not taken: ${text}`)));
    const comparable = photos.filter((photo) => photo.state === "protected");
    byId("cards").replaceChildren(...photos.map((photo) => this.card(id, photo, comparable)));
  }

  card(id, photo, comparable) {
    const card = document.createElement("li");
    const finished = ["protected", "no face", "not chosen"].includes(photo.state);
    if (finished) {
      const image = document.createElement("img");
      image.loading = "lazy";
      image.alt = "";
      image.src = pictureOf(id, photo.number, "thumbnail");
      card.append(image);
    }
    const title = document.createElement("h3");
    title.textContent = photo.name;
    const text = document.createElement("p");
    text.className = stillSeen(photo) ? "still-seen" : photo.state.replace(" ", "-");
    text.textContent = photoText(photo);
    card.append(title, text);
    if (finished) {
      card.append(this.actions(id, photo, comparable));
    }
    return card;
  }

  actions(id, photo, comparable) {
    const row = document.createElement("p");
    row.className = "row";
    if (photo.state === "protected") {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = "Compare";
      button.setAttribute("aria-label", `Compare ${photo.name} before and after`);
      button.addEventListener("click", () => this.compare.open(id, comparable, photo.number));
      row.append(button);
    }
    const link = document.createElement("a");
    link.className = "button";
    link.textContent = "Download";
    link.setAttribute("aria-label", `Download ${photo.name}`);
    link.href = pictureOf(id, photo.number, "download");
    link.download = "";
    row.append(link);
    return row;
  }
}
