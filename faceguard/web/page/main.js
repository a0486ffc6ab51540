// The page: choose, protect, look, download.

import * as api from "./api.js";
import { Choosing } from "./choosing.js";
import { Compare } from "./compare.js";
import { People } from "./people.js";
import { Results } from "./results.js";
import { many, statusText, summaryText } from "./words.js";

const byId = (id) => document.getElementById(id);
const SECTIONS = ["token", "choose", "work", "results"];
const KEPT = "faceguard-job"; // so that a page that is loaded again finds its album
const MILLISECONDS_BETWEEN_WORDS = 5000; // a screen reader has to be able to finish
const MILLISECONDS_BETWEEN_LOOKS = 60000;

let choosing;
let people;
let results;
let jobId = null;
let refused = [];
let cancelled = false;
let lastWords = 0;

function showOnly(name, focus = true) {
  for (const id of SECTIONS) {
    byId(id).hidden = id !== name;
  }
  if (focus) {
    byId(`${name}-title`).focus();
  }
}

function say(text, now = true) {
  if (now || Date.now() - lastWords > MILLISECONDS_BETWEEN_WORDS) {
    lastWords = Date.now();
    byId("announcer").textContent = text;
  }
}

function trouble(text) {
  byId("trouble").textContent = text;
  byId("trouble").hidden = text === "";
}

async function enter() {
  const token = new URLSearchParams(location.hash.slice(1)).get("token");
  if (token !== null) {
    history.replaceState(null, "", location.pathname); // it shall not stay in sight
    try {
      await api.openSession(token);
    } catch (error) {
      trouble(error.message);
    }
  }
  try {
    await begin(await api.about());
  } catch (error) {
    if (error.status === 401) {
      showOnly("token", false);
    } else {
      trouble(error.message);
    }
  }
}

async function begin(about) {
  byId("where").textContent = about.is_local
    ? "Nothing leaves this computer."
    : "Photos go to the computer that runs faceguard, and no further.";
  choosing = new Choosing(about, (photos, leftOut) => {
    byId("protect").disabled = photos === 0;
    byId("protect").textContent = photos === 0 ? "Protect" : `Protect ${many(photos, "photo")}`;
    if (photos + leftOut > 0) {
      say(`${many(photos, "photo")} chosen${leftOut > 0 ? `, ${many(leftOut, "file")} left out` : ""}`);
    }
  });
  people = new People(say);
  results = new Results(about, new Compare());
  const kept = sessionStorage.getItem(KEPT);
  if (kept !== null) {
    try {
      await api.showJob(kept);
      jobId = kept;
      follow();
      return;
    } catch {
      sessionStorage.removeItem(KEPT);
    }
  }
  showOnly("choose", false);
}

async function protect(event) {
  event.preventDefault();
  const files = choosing.sorted();
  const settings = Object.fromEntries(new FormData(byId("settings")));
  trouble("");
  refused = [];
  cancelled = false;
  try {
    jobId = (await api.createJob(settings)).id;
    sessionStorage.setItem(KEPT, jobId);
    showOnly("work");
    byId("work-text").textContent = "Looking at the people you chose …";
    for (const { role, file } of people.chosen) {
      await api.sendPerson(jobId, file.name, role, file);
    }
    const sent = await send(files);
    if (cancelled) {
      await startAgain();
    } else if (sent === 0) {
      await startAgain();
      trouble(`No photo was taken. ${refused.join(" ")}`);
    } else {
      await api.startJob(jobId);
      follow();
    }
  } catch (error) {
    await startAgain();
    trouble(error.message);
  }
}

// One after the other, in order: their order is the album's.
async function send(files) {
  let sent = 0;
  for (const [index, [name, file]] of files.entries()) {
    if (cancelled) {
      return sent;
    }
    const text = `Handing over: ${index} of ${many(files.length, "photo")}.`;
    byId("work-text").textContent = text;
    say(text, false);
    byId("work-bar").value = index / files.length;
    try {
      await api.sendPhoto(jobId, name, file);
      sent += 1;
    } catch (error) {
      if (cancelled) {
        return sent;
      }
      if (![400, 408, 413, 415, 422].includes(error.status)) {
        throw error;
      }
      refused.push(error.message);
    }
  }
  return sent;
}

function follow() {
  showOnly("work");
  byId("work-text").textContent = "";
  byId("work-bar").removeAttribute("value");
  byId("cancel").disabled = false;
  api.followJob(jobId, {
    onPhoto: () => {},
    onStatus: (status) => (api.isFinal(status.state) ? finish() : showProgress(status)),
    onRemoved: () => lost("This album is not here any more."),
    onTrouble: (closed) =>
      closed ? lost("faceguard does not answer any more.") : trouble("faceguard does not answer. Trying again …"),
  });
}

function showProgress(status) {
  trouble("");
  const text = statusText(status);
  byId("work-text").textContent = text;
  say(text, false);
  if (status.progress === null) {
    byId("work-bar").removeAttribute("value");
  } else {
    byId("work-bar").value = status.progress.done / Math.max(1, status.progress.total);
  }
}

async function finish() {
  trouble("");
  try {
    const job = await api.showJob(jobId);
    results.show(job, refused);
    byId("back").hidden = choosing.files.size === 0; // they are not here any more if the page was loaded again
    showOnly("results");
    say(summaryText(job.status));
  } catch (error) {
    await lost(error.message);
  }
}

async function lost(text) {
  await startAgain();
  trouble(`${text} Photos that are not looked at for a time are removed, and all are when faceguard stops.`);
}

async function cancel() {
  cancelled = true;
  byId("cancel").disabled = true;
  byId("work-text").textContent = "Stopping …";
  say("Stopping");
  try {
    await api.cancelJob(jobId);
  } catch (error) {
    trouble(error.message);
  }
}

async function startAgain() {
  const old = jobId;
  jobId = null;
  sessionStorage.removeItem(KEPT);
  trouble("");
  byId("cancel").disabled = false;
  showOnly("choose");
  if (old !== null) {
    await api.removeJob(old).catch(() => {}); // it may be gone already
  }
}

byId("token-form").addEventListener("submit", async (event) => {
  event.preventDefault();
  try {
    await api.openSession(byId("token-text").value);
    trouble("");
    await begin(await api.about());
  } catch (error) {
    trouble(error.message);
    byId("token-text").focus();
  }
});
byId("settings").addEventListener("submit", protect);
byId("cancel").addEventListener("click", cancel);
byId("back").addEventListener("click", startAgain);
byId("again").addEventListener("click", async () => {
  choosing.clear();
  people.clear();
  await startAgain();
  say("All photos are removed.");
});
// As long as the page is open, its album is looked at.
setInterval(() => jobId !== null && api.showJob(jobId).catch(() => {}), MILLISECONDS_BETWEEN_LOOKS);

enter();
