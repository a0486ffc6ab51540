// Talks to the server. Every error has a text that says what is wrong and what to do.

export class Refused extends Error {
  constructor(status, code, message) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

async function ask(path, options = {}) {
  let answer;
  try {
    answer = await fetch(path, options);
  } catch {
    throw new Refused(0, "no-answer", "faceguard does not answer: see whether it is still running, and try again");
  }
  if (answer.ok) {
    return answer.status === 204 ? null : answer.json();
  }
  let error = {};
  try {
    error = (await answer.json()).error;
  } catch {
    // No answer of faceguard's own.
  }
  throw new Refused(answer.status, error.code ?? "", error.message ?? `The server answered ${answer.status}`);
}

export const openSession = (token) =>
  ask("/api/session", { method: "POST", headers: { Authorization: `Bearer ${token}` } });

export const about = () => ask("/api/about");

export const createJob = (settings) =>
  ask("/api/jobs", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(settings),
  });

export const sendPhoto = (id, name, file) =>
  ask(`/api/jobs/${id}/photos?name=${encodeURIComponent(name)}`, {
    method: "POST",
    headers: { "Content-Type": "application/octet-stream" },
    body: file,
  });

export const sendPerson = (id, name, role, file) =>
  ask(`/api/jobs/${id}/people?role=${role}&name=${encodeURIComponent(name)}`, {
    method: "POST",
    headers: { "Content-Type": "application/octet-stream" },
    body: file,
  });

export const startJob = (id) => ask(`/api/jobs/${id}/start`, { method: "POST" });
export const showJob = (id) => ask(`/api/jobs/${id}`);
export const cancelJob = (id) => ask(`/api/jobs/${id}/cancel`, { method: "POST" });
export const removeJob = (id) => ask(`/api/jobs/${id}`, { method: "DELETE" });

export const zipOf = (id) => `/api/jobs/${id}/zip`;
export const pictureOf = (id, number, kind) => `/api/jobs/${id}/photos/${number}/${kind}`;

// Follows a job until it is at its end; the browser connects again by itself where the line is cut.
export function followJob(id, { onStatus, onPhoto, onRemoved, onTrouble }) {
  const source = new EventSource(`/api/jobs/${id}/events`);
  source.addEventListener("photo", (event) => onPhoto(JSON.parse(event.data)));
  source.addEventListener("status", (event) => {
    const status = JSON.parse(event.data);
    if (isFinal(status.state)) {
      source.close();
    }
    onStatus(status);
  });
  source.addEventListener("removed", () => {
    source.close();
    onRemoved();
  });
  source.addEventListener("error", () => onTrouble(source.readyState === EventSource.CLOSED));
  return source;
}

export const isFinal = (state) => ["done", "cancelled", "failed"].includes(state);
