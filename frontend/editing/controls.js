// The controls beside the picture: what is set, brushed, saved.

import { Failure } from "../failure.js";
import { unique } from "../files.js";
import { say } from "../language.js";
import { zip } from "../zip.js";
import * as desk from "./desk.js";
import * as settings from "./settings.js";

const NAMES = { png: "PNG", webp: "WebP", jpg: "JPEG", alpha: "PNG" };
const link = document.createElement("a");
const section = document.querySelector(".desk");
const form = document.querySelector("form.settings");
const formats = form.querySelector(".formats");
const brush = form.querySelector(".brush");
const layer = document.querySelector("brush-layer");
const [save, copy, share] = ["download", "copy", "share"].map((name) => document.querySelector(`.save .${name}`));
const [undo, redo] = ["undo", "redo"].map((name) => form.querySelector(`.${name}`));

let item;
let opened; // the result that it was opened with
let hands; // of the page: its queue, and how it tells things
let measuring = new AbortController();

export async function open(next, given) {
  hands = given;
  if (next === item && next.result === opened) return named();
  [item, opened] = [next, next.result];
  brush.open = false;
  section.inert = true; // what was set meanwhile would be lost
  await act(() => desk.open(next));
  if (next !== item) return;
  section.inert = false;
  changed();
}

export function drop(dropped) {
  if (dropped === item) item = undefined;
  desk.drop(dropped);
}

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
  return `${name.replace(/\.[^.]*$/, "")}-${kind === "alpha" ? "alpha.png" : `cutout.${kind}`}`;
}

function fileOf(one, kind, signal = new AbortController().signal) {
  return desk.file(signal, hands.queue, one, kind);
}

function give(name, blob) {
  URL.revokeObjectURL(link.href); // of the last one: this one is still to be read
  Object.assign(link, { download: name, href: URL.createObjectURL(blob) });
  link.click();
  hands.tell(say("saved", name));
}

// What goes wrong is told, and the page goes on.
async function act(work) {
  try {
    await work();
  } catch (failure) {
    if (!(failure instanceof Failure)) throw failure;
    hands.tell("", failure);
  }
}

function named() {
  const kind = settings.read().kind;
  save.textContent = say("download", NAMES[kind]);
}

function changed() {
  named();
  layer.size = settings.brush().size;
  undo.disabled = !desk.strokes.canUndo;
  redo.disabled = !desk.strokes.canRedo;
  measure();
}

// How large each file would be, while one looks at them.
async function measure() {
  measuring.abort();
  const { signal } = (measuring = new AbortController());
  if (!formats.open) return;
  for (const label of formats.querySelectorAll("label")) {
    const { value: kind } = label.querySelector("input");
    label.hidden = !(await desk.canWrite(kind));
    const text = desk.isCopy(item) ? say("onService", sizeOf(item)) : bytes(await fileOf(item, kind, signal));
    if (signal.aborted) return;
    label.querySelector(".bytes").textContent = text;
  }
}

function sizeOf({ size: { width, height } }) {
  return `${width} × ${height}`;
}

function bytes({ size }) {
  const unit = size < 1e6 ? "kilobyte" : "megabyte";
  const style = { style: "unit", unit, maximumSignificantDigits: 2 };
  return new Intl.NumberFormat(document.documentElement.lang, style).format(size / (size < 1e6 ? 1e3 : 1e6));
}

form.addEventListener("submit", (event) => event.preventDefault());
form.addEventListener("input", async ({ target }) => {
  if (target.name === "color" || target.name === "picture") form.elements.ground.value = target.name;
  if (target.name === "margin" || target.name === "shape") form.elements.crop.checked = true;
  await act(desk.update);
  changed();
});
formats.addEventListener("toggle", measure);

brush.addEventListener("toggle", async () => {
  if (brush.open) await act(desk.ready);
  hands.tool(brush.open ? "brush" : "");
});
layer.addEventListener("strokestart", () => desk.strokes.begin());
layer.addEventListener("stroke", ({ detail }) => desk.strokes.paint(detail, settings.brush()));
for (const [event, end] of [["strokeend", "end"], ["strokecancel", "cancel"]]) {
  layer.addEventListener(event, async () => {
    await desk.strokes[end]();
    changed();
  });
}
for (const [button, name] of [[undo, "undo"], [redo, "redo"]]) {
  button.addEventListener("click", async () => {
    await desk.strokes[name]();
    changed();
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
    const { kind } = settings.read();
    hands.tell(say("saving"));
    give(nameOf(item, kind), await fileOf(item, kind));
  }),
);
copy.addEventListener("click", () =>
  act(async () => {
    const { kind } = settings.read();
    const png = fileOf(item, kind === "alpha" ? kind : "png");
    // The promise and not the file: Safari lets it be copied during the click alone.
    await navigator.clipboard.write([new ClipboardItem({ "image/png": png })]).catch(() => {
      throw new Failure("copy_failed");
    });
    hands.tell(say("copied"));
  }),
);
share.hidden = !navigator.canShare?.({ files: [new File([], "cutout.png", { type: "image/png" })] });
share.addEventListener("click", () =>
  act(async () => {
    const { kind } = settings.read();
    const blob = await fileOf(item, kind);
    await navigator.share({ files: [new File([blob], nameOf(item, kind), { type: blob.type })] }).catch((error) => {
      if (error.name !== "AbortError") throw error; // which says that one has thought better of it
    });
  }),
);
