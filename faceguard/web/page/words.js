// Numbers and states in words.

export const many = (count, thing) => `${count.toLocaleString("en")} ${thing}${count === 1 ? "" : "s"}`;

export function size(bytes) {
  const [amount, unit] =
    bytes < 1e6 ? [Math.max(1, Math.round(bytes / 1e3)), "KB"] : bytes < 1e9 ? [bytes / 1e6, "MB"] : [bytes / 1e9, "GB"];
  return `${amount.toLocaleString("en", { maximumFractionDigits: 1 })} ${unit}`;
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
  const parts = [`Faces changed on ${status.protected} of ${many(status.photos, "photo")}.`];
  if (status.without_face > 0) {
    parts.push(
      `In ${status.without_face}, no face was found: ${status.without_face === 1 ? "it is" : "they are"} unchanged ` +
        "and not protected.",
    );
  }
  if (status.not_chosen > 0) {
    parts.push(`On ${status.not_chosen}, there is nobody you chose: unchanged.`);
  }
  if (status.failed > 0) {
    parts.push(`${status.failed} failed.`);
  }
  if (status.message) {
    parts.push(`${status.message[0].toUpperCase()}${status.message.slice(1)}.`);
  }
  return parts.join(" ");
}

export function seenText({ photos, strength }) {
  const totals = new Map();
  for (const photo of photos) {
    for (const { name, recognised, after } of photo.recognisers) {
      if (recognised !== null) {
        const [known, all] = totals.get(name) ?? [0, 0];
        totals.set(name, [known + recognised, all + after.length]);
      }
    }
  }
  const seen = [...totals.values()].some(([known]) => known > 0);
  const help = seen && strength !== "high" ? " A higher strength may help." : "";
  const texts = [...totals].map(([name, [known, all]]) => `${name} still recognises ${known} of ${many(all, "face")}`);
  return texts.length === 0
    ? ""
    : `Measured on a smaller, recompressed copy: ${texts.join("; ")}. Protection was crafted on ` +
        `${texts.length === 1 ? "it" : "them"}; other recognisers may see more.${help}`;
}

// The recognisers that still know faces of a protected photo, as texts.
function seeing(photo) {
  return photo.recognisers
    .filter(({ recognised }) => recognised > 0)
    .map(({ name, recognised }) => `${name} still recognises ${recognised} of ${many(photo.faces.length, "face")}`);
}

export const stillSeen = (photo) => photo.state === "protected" && seeing(photo).length > 0;

export function photoText(photo) {
  if (photo.state === "protected") {
    const unsure = [...photo.faces, ...photo.left].filter(({ match }) => match?.unsure).length;
    const parts = stillSeen(photo)
      ? [`Changed, but ${seeing(photo).join(", ")}`]
      : [`Protected: ${many(photo.faces.length, "face")}`];
    if (photo.left.length > 0) {
      parts.push(`${many(photo.left.length, "face")} of others left`);
    }
    if (unsure > 0) {
      parts.push(`unsure about ${many(unsure, "face")}: look yourself`);
    }
    return parts.join("; ");
  }
  if (photo.state === "not chosen") {
    return `Left as it is: nobody you chose among ${many(photo.left.length, "face")}`;
  }
  if (photo.state === "no face") {
    return "Not protected: no face was found";
  }
  return photo.state === "failed" ? `Failed: ${photo.reason}` : "Not done";
}
