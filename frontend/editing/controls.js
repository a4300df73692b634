// The controls beside the picture: what is set, brushed, saved.

import { Failure } from "../failure.js";
import { unique } from "../files.js";
import { say } from "../language.js";
import { zip } from "../zip.js";
import * as desk from "./desk.js";
import { canWrite, file, isCopy } from "./saving.js";
import * as settings from "./settings.js";

const NAMES = { png: "PNG", webp: "WebP", jpg: "JPEG", alpha: "PNG" };
const CHOSEN_BY = { color: ["ground", "color"], picture: ["ground", "picture"], margin: ["crop"], shape: ["crop"] };
const READ_MS = 60_000; // after that a browser has read what it saves
const section = document.querySelector(".desk");
const form = document.querySelector("form.settings");
const formats = form.querySelector(".formats");
const brush = form.querySelector(".brush");
const layer = document.querySelector("brush-layer");
const [save, copy, share] = ["download", "copy", "share"].map((name) => document.querySelector(`.save .${name}`));
const [undo, redo] = ["undo", "redo"].map((name) => form.querySelector(`.${name}`));

let item; // that is looked at, and done
let opened; // the result that it was opened with
let hands; // of the page: its queue, and how it tells things
let measuring = new AbortController();

export function start(given) {
  hands = given;
}

export async function open(next) {
  if (next === item && next.result === opened) return changed(); // in another language
  [item, opened] = [next, next.result];
  brush.open = false;
  section.inert = true; // what was set meanwhile would be lost
  await act(() => desk.open(next));
  if (next !== item) return;
  section.inert = false;
  changed();
}

// Something else is looked at.
export function close() {
  item = undefined;
  measuring.abort();
  desk.close();
}

export { wanted } from "./settings.js";

// All that is done, in one file.
export async function saveAll(items) {
  const done = items.filter(({ state }) => state === "done");
  await act(async () => {
    const taken = new Set();
    const files = [];
    for (const one of done) {
      hands.tell(`${say("saving")} ${say("progressOf", files.length, done.length)}`);
      const kind = one.settings?.kind ?? "png";
      files.push([unique(nameOf(one, kind), taken), await fileOf(one, kind)]);
    }
    give("cutouts.zip", await zip(files));
  });
}

function nameOf({ name }, kind) {
  return `${name.replace(/^(.+)\.[^.]*$/, "$1")}-${kind === "alpha" ? "alpha.png" : `cutout.${kind}`}`;
}

async function fileOf(one, kind) {
  const { signal } = one.gone;
  const made = await file(signal, hands.queue, one, kind);
  signal.throwIfAborted();
  return made;
}

function give(name, blob) {
  const link = Object.assign(document.createElement("a"), { download: name, href: URL.createObjectURL(blob) });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), READ_MS);
  hands.tell(say("saved", name));
}

// What goes wrong is told, and the page goes on; whether nothing did.
async function act(work) {
  try {
    await work();
    return true;
  } catch (failure) {
    if (failure.name === "AbortError") return false; // it was removed meanwhile
    if (!(failure instanceof Failure)) throw failure;
    hands.tell("", failure);
    return false;
  }
}

function named() {
  save.textContent = say("download", NAMES[settings.read().kind]);
}

function changed() {
  named();
  layer.size = settings.brush().size;
  undo.disabled = !desk.strokes.canUndo;
  redo.disabled = !desk.strokes.canRedo;
  measure();
}

// How large each file would be, while one looks at them.
function measure() {
  measuring.abort();
  const { signal } = (measuring = new AbortController());
  if (formats.open && item) act(() => tellSizes(signal, item));
}

async function tellSizes(signal, own) {
  for (const label of formats.querySelectorAll("label")) {
    const { value: kind } = label.querySelector("input");
    label.hidden = !(await canWrite(kind));
    const text = isCopy(own) ? onService(own) : bytes(await fileOf(own, kind));
    if (signal.aborted) return;
    label.querySelector(".bytes").textContent = text;
  }
}

function onService({ size: { width, height }, settings: { crop } }) {
  return crop ? "" : say("onService", `${width} × ${height}`);
}

function bytes({ size }) {
  const unit = size < 1e6 ? "kilobyte" : "megabyte";
  const style = { style: "unit", unit, maximumSignificantDigits: 2 };
  return new Intl.NumberFormat(document.documentElement.lang, style).format(size / (size < 1e6 ? 1e3 : 1e6));
}

form.addEventListener("submit", (event) => event.preventDefault());
form.addEventListener("input", async ({ target: { name } }) => {
  const [control, value] = CHOSEN_BY[name] ?? [];
  if (value) form.elements[control].value = value;
  else if (control) form.elements[control].checked = true;
  if (await act(desk.update)) hands.settle();
  changed();
});
formats.addEventListener("toggle", measure);

brush.addEventListener("toggle", async () => {
  if (brush.open && !(await act(desk.ready))) brush.open = false;
  hands.tool(brush.open ? "brush" : "");
});
layer.addEventListener("strokestart", () => desk.strokes.begin());
layer.addEventListener("stroke", ({ detail }) => desk.strokes.paint(detail, settings.brush()));
for (const [element, event, name, told] of [
  [layer, "strokeend", "end", "stroked"],
  [layer, "strokecancel", "cancel"],
  [undo, "click", "undo", "undone"],
  [redo, "click", "redo", "stroked"],
]) {
  element.addEventListener(event, async () => {
    await act(desk.strokes[name]);
    changed();
    if (told) hands.tell(say(told));
  });
}
document.addEventListener("keydown", (event) => {
  if (!(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== "z" || !item) return;
  if (event.target.matches("input:not([type=range], [type=radio], [type=checkbox])")) return;
  event.preventDefault();
  (event.shiftKey ? redo : undo).click();
});

form.querySelector(".run").addEventListener("click", () => hands.again({ ...item.wanted, ...settings.wanted() }));
save.addEventListener("click", () =>
  act(async () => {
    const [own, { kind }] = [item, settings.read()];
    hands.tell(say("saving"));
    give(nameOf(own, kind), await fileOf(own, kind));
  }),
);
copy.addEventListener("click", () =>
  act(async () => {
    const { kind } = settings.read();
    const png = fileOf(item, kind === "alpha" ? kind : "png");
    // The promise and not the file: Safari lets it be copied during the click alone.
    const [made, copied] = await Promise.allSettled([
      png,
      navigator.clipboard.write([new ClipboardItem({ "image/png": png })]),
    ]);
    if (made.reason) throw made.reason;
    if (copied.reason) throw new Failure("copy_failed");
    hands.tell(say("copied"));
  }),
);
share.hidden = !navigator.canShare?.({ files: [new File([], "cutout.png", { type: "image/png" })] });
share.addEventListener("click", () =>
  act(async () => {
    const [own, { kind }] = [item, settings.read()];
    const blob = await fileOf(own, kind);
    await navigator.share({ files: [new File([blob], nameOf(own, kind), { type: blob.type })] }).catch((error) => {
      // Else one has thought better of it.
      if (error.name !== "AbortError") throw new Failure("share_failed");
    });
  }),
);
