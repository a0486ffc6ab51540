// The photos that the user picks or drops, with their places in folders.

import { many, size } from "./words.js";

const byId = (id) => document.getElementById(id);
const CLUTTER = new Set(["__MACOSX", "Thumbs.db", "desktop.ini", "@eaDir"]);

export class Choosing {
  constructor(about, onChange) {
    this.extensions = new Set(about.extensions);
    this.limits = about.limits;
    this.onChange = onChange;
    byId("pick-photos").addEventListener("click", () => byId("photos").click());
    byId("pick-folder").addEventListener("click", () => byId("folder").click());
    byId("clear").addEventListener("click", () => {
      this.clear();
      byId("pick-photos").focus();
    });
    for (const id of ["photos", "folder"]) {
      byId(id).addEventListener("change", (event) => {
        this.add([...event.target.files].map((file) => [file.webkitRelativePath || file.name, file]));
        event.target.value = "";
      });
    }
    byId("photos").accept = ["image/*", ...this.extensions].join(",");
    byId("accepted").textContent =
      `JPEG, PNG, WebP, TIFF, BMP, HEIC, AVIF. Up to ${many(this.limits.photos, "photo")}, ` +
      `${size(this.limits.photo_bytes)} each, ${size(this.limits.total_bytes)} together.`;
    this.listenForDrops(byId("drop"));
    this.clear();
  }

  clear() {
    this.files = new Map();
    this.leftOut = [];
    this.show();
  }

  // In the order of their names: so the result is that of the command line.
  sorted() {
    return [...this.files].sort(([one], [other]) => (one < other ? -1 : one > other ? 1 : 0));
  }

  add(entries) {
    for (const [path, file] of entries) {
      const parts = path.split("/");
      const last = parts.at(-1);
      if (parts.some((part) => part.startsWith(".") || CLUTTER.has(part))) {
        continue;
      }
      const dot = last.lastIndexOf(".");
      const known = dot > 0 && this.extensions.has(last.slice(dot).toLowerCase());
      if (!known && !file.type.startsWith("image/")) {
        this.leftOut.push(`${path}: not a photo`);
      } else if (file.size > this.limits.photo_bytes) {
        this.leftOut.push(`${path}: ${size(file.size)}, and a photo has at most ${size(this.limits.photo_bytes)} here`);
      } else if (this.files.size >= this.limits.photos && !this.files.has(path)) {
        this.leftOut.push(`${path}: more than ${many(this.limits.photos, "photo")}; protect it with the next album`);
      } else {
        this.files.set(path, file);
      }
    }
    this.show();
  }

  show() {
    const bytes = [...this.files.values()].reduce((sum, file) => sum + file.size, 0);
    byId("chosen").hidden = this.files.size === 0 && this.leftOut.length === 0;
    byId("chosen-count").textContent = `${many(this.files.size, "photo")} chosen (${size(bytes)})`;
    byId("chosen-names").replaceChildren(...this.sorted().map(([path]) => item(path)));
    byId("left-out").replaceChildren(...this.leftOut.map((text) => item(`Left out: ${text}`)));
    this.onChange(this.files.size, this.leftOut.length);
  }

  listenForDrops(zone) {
    for (const kind of ["dragover", "drop"]) {
      window.addEventListener(kind, (event) => event.preventDefault()); // else the browser would open the file
    }
    zone.addEventListener("dragover", () => zone.classList.add("over"));
    zone.addEventListener("dragleave", () => zone.classList.remove("over"));
    zone.addEventListener("drop", async (event) => {
      zone.classList.remove("over");
      const items = [...event.dataTransfer.items].filter((each) => each.kind === "file");
      const roots = items.map((each) => each.webkitGetAsEntry?.() ?? each.getAsFile());
      const found = await Promise.all(roots.map((root) => (root instanceof File ? [[root.name, root]] : below(root))));
      this.add(found.flat());
    });
  }
}

// All files below a dropped file or folder, as [path, file].
async function below(entry) {
  if (entry.isFile) {
    const file = await new Promise((resolve, reject) => entry.file(resolve, reject));
    return [[entry.fullPath.replace(/^\//, ""), file]];
  }
  const reader = entry.createReader();
  const found = [];
  for (;;) {
    const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject)); // 100 at a time
    if (some.length === 0) {
      return found;
    }
    found.push(...(await Promise.all(some.map(below))).flat());
  }
}

export function item(text) {
  const element = document.createElement("li");
  element.textContent = text;
  return element;
}
