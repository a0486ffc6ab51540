// Before and after over each other, with a slider between them.

import { pictureOf } from "./api.js";

const byId = (id) => document.getElementById(id);
const AMPLIFIED = 16;

export class Compare {
  constructor() {
    this.dialog = byId("compare");
    this.photos = [];
    this.index = 0;
    byId("compare-close").addEventListener("click", () => this.dialog.close());
    byId("earlier").addEventListener("click", () => this.show(this.index - 1));
    byId("later").addEventListener("click", () => this.show(this.index + 1));
    byId("at").addEventListener("input", () => this.moveTo(Number(byId("at").value)));
    byId("actual").addEventListener("click", () => this.toggle("actual"));
    byId("amplified").addEventListener("click", () => this.toggle("amplified"));
    for (const kind of ["pointerdown", "pointermove"]) {
      byId("pictures").addEventListener(kind, (event) => this.drag(event));
    }
    for (const id of ["before", "after"]) {
      byId(id).draggable = false;
      byId(id).addEventListener("load", () => this.drawDifference());
    }
  }

  open(id, photos, number) {
    this.id = id;
    this.photos = photos;
    for (const mode of ["actual", "amplified"]) {
      this.dialog.classList.remove(mode);
      byId(mode).setAttribute("aria-pressed", "false");
    }
    this.dialog.showModal();
    this.show(photos.findIndex((photo) => photo.number === number));
    byId("at").focus();
  }

  show(index) {
    this.index = index;
    const photo = this.photos[index];
    byId("compare-title").textContent = photo.name;
    byId("before").src = pictureOf(this.id, photo.number, "before");
    byId("after").src = pictureOf(this.id, photo.number, "after");
    byId("before").alt = `${photo.name}, before`;
    byId("after").alt = `${photo.name}, after`;
    byId("earlier").disabled = index === 0;
    byId("later").disabled = index === this.photos.length - 1;
    byId("difference").hidden = true;
    this.moveTo(50);
  }

  moveTo(percent) {
    byId("at").value = percent;
    byId("at").setAttribute("aria-valuetext", `${Math.round(percent)} per cent before`);
    byId("pictures").style.setProperty("--at", `${percent}%`);
  }

  drag(event) {
    if (event.buttons % 2 === 1 && !this.dialog.classList.contains("amplified")) {
      const box = byId("pictures").getBoundingClientRect();
      this.moveTo(Math.min(100, Math.max(0, (100 * (event.clientX - box.left)) / box.width)));
    }
  }

  toggle(mode) {
    const on = this.dialog.classList.toggle(mode);
    byId(mode).setAttribute("aria-pressed", String(on));
    this.drawDifference();
  }

  // Grey is no change.
  drawDifference() {
    const [before, after] = [byId("before"), byId("after")];
    const canvas = byId("difference");
    const wanted = this.dialog.classList.contains("amplified");
    canvas.hidden = !wanted;
    const ready = [before, after].every((image) => image.complete && image.naturalWidth > 0);
    if (!wanted || !ready) {
      return;
    }
    canvas.width = before.naturalWidth;
    canvas.height = before.naturalHeight;
    const context = canvas.getContext("2d", { willReadFrequently: true });
    const pixelsOf = (image) => {
      context.drawImage(image, 0, 0, canvas.width, canvas.height);
      return context.getImageData(0, 0, canvas.width, canvas.height);
    };
    const [was, is] = [pixelsOf(before), pixelsOf(after)];
    for (let i = 0; i < is.data.length; i += 1) {
      is.data[i] = i % 4 === 3 ? 255 : 128 + AMPLIFIED * (is.data[i] - was.data[i]);
    }
    context.putImageData(is, 0, 0);
  }
}
