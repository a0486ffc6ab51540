// Numbers and states in words.

export const many = (count, thing) => `${count.toLocaleString("en")} ${thing}${count === 1 ? "" : "s"}`;

export function size(bytes) {
  return bytes < 1e6 ? `${Math.max(1, Math.round(bytes / 1e3))} KB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

export function duration(seconds) {
  const whole = Math.max(1, Math.round(seconds));
  if (whole < 60) {
    return many(whole, "second");
  }
  return whole < 3600 ? many(Math.round(whole / 60), "minute") : `${(whole / 3600).toFixed(1)} hours`;
}

export function statusText(status) {
  if (status.stopping) {
    return "Stopping …";
  }
  if (status.state === "waiting") {
    return status.ahead === 0 ? "It is your turn." : `Waiting: ${many(status.ahead, "album")} before yours.`;
  }
  const progress = status.progress;
  if (progress === null) {
    return "Starting …";
  }
  const what = progress.phase === "protecting" ? "Protecting" : "Finding faces";
  const left = progress.eta_seconds === null ? "" : `, about ${duration(progress.eta_seconds)} to go`;
  return `${what}: ${progress.done} of ${many(progress.total, "photo")}${left}.`;
}

export function summaryText(status) {
  const parts = [`${status.protected} of ${many(status.photos, "photo")} protected.`];
  if (status.without_face > 0) {
    parts.push(
      `In ${status.without_face}, no face was found: ${status.without_face === 1 ? "it is" : "they are"} unchanged ` +
        "and not protected.",
    );
  }
  if (status.failed > 0) {
    parts.push(`${status.failed} failed.`);
  }
  if (status.message) {
    parts.push(`${status.message[0].toUpperCase()}${status.message.slice(1)}.`);
  }
  return parts.join(" ");
}

export function seenText(photos) {
  const totals = new Map();
  for (const photo of photos) {
    for (const { name, recognised, after } of photo.recognisers) {
      if (recognised !== null) {
        const [known, all] = totals.get(name) ?? [0, 0];
        totals.set(name, [known + recognised, all + after.length]);
      }
    }
  }
  const texts = [...totals].map(([name, [known, all]]) => `${name} still recognises ${known} of ${many(all, "face")}`);
  return texts.length === 0
    ? ""
    : `Measured on a smaller, recompressed copy: ${texts.join("; ")}. Protection was crafted on ` +
        `${texts.length === 1 ? "it" : "them"}; other recognisers may see more.`;
}

export function photoText(photo) {
  if (photo.state === "protected") {
    return `Protected: ${many(photo.faces.length, "face")}`;
  }
  if (photo.state === "no face") {
    return "Not protected: no face was found";
  }
  return photo.state === "failed" ? `Failed: ${photo.reason}` : "Not done";
}
