// Which event leads to which state; what a state shows is in styles/states.css.

import "./elements/before-after.js";
import "./elements/brush-layer.js";
import "./elements/region-box.js";
import "./elements/zoom-pane.js";
import { Failure } from "./failure.js";
import { onPhotos } from "./inputs.js";
import { choose, explain, preferred, say, speak } from "./language.js";
import { keepForOffline, onReload } from "./leaving.js";
import { Queue } from "./queue.js";
import * as stage from "./stage.js";
import * as strip from "./strip.js";

const { body } = document;
const status = document.querySelector("[role=status]");
const problem = document.querySelector("[role=alert]");
const progress = document.querySelector("progress");
const percent = document.querySelector(".percent");
const language = document.querySelector(".language select");
const picker = document.querySelector(".picker input");
const pane = document.querySelector("zoom-pane");
const region = document.querySelector("region-box");
const queue = new Queue();

let shown; // the item that is looked at
let controls; // of the editing, which come with the first photo

queue.addEventListener("change", ({ detail: item }) => {
  if (item === shown) present(item);
  else if (shown && !item.stage) status.textContent = told(shown);
  strip.render(queue.items, shown, select);
});

await speaks(() => speak(preferred()));
language.addEventListener("change", () => speaks(() => choose(language.value)));
onReload(queue, (names) => tell(say("reloaded", names.join(", "))));
onPhotos((sources) => {
  const [first] = queue.add(sources);
  if (document.activeElement.closest("[data-show=empty]")) focus(); // it is gone now
  select(first);
});
for (const [name, act] of [
  ["cancel", () => (shown.result ? queue.back(shown) : leave("cancelled"))],
  ["back", () => queue.back(shown)],
  ["delete", () => leave("deleted")],
  ["drop", () => leave("deleted")],
  ["retry", () => again(shown.wanted)],
  ["draw", draw],
  ["look", () => again({ ...shown.wanted, ...controls?.wanted(), roi: region.value })],
  ["leave", leaveRegion],
  ["zip", async () => (await loaded()).saveAll(queue.items)],
]) {
  for (const button of document.querySelectorAll(`button.${name}`)) button.addEventListener("click", act);
}
region.over = document.querySelector(".region");
keepForOffline();

async function speaks(change) {
  try {
    await change();
  } catch (failure) {
    if (!(failure instanceof Failure)) throw failure;
    await speak("en");
    tell("", failure);
  }
  language.value = document.documentElement.lang;
  if (shown) present(shown);
  strip.render(queue.items, shown, select);
}

function select(item) {
  shown = item;
  tool("");
  stage.fit();
  present(item);
  strip.render(queue.items, shown, select);
}

async function present(item) {
  body.dataset.state = item.state;
  body.dataset.failure = item.failure?.code ?? "";
  body.toggleAttribute("data-before", Boolean(item.result));
  stage.look(item);
  tell(told(item), item.failure);
  if (item.share === undefined) progress.removeAttribute("value");
  else progress.value = item.share;
  percent.textContent = item.share === undefined ? "" : `${Math.round(100 * item.share)}%`;
  if (item.state !== "done") controls?.close();
  try {
    await loaded();
    if (item === shown && item.state === "done") await controls.open(item);
  } catch (failure) {
    if (!(failure instanceof Failure)) throw failure;
    tell("", failure);
  }
}

async function loaded() {
  if (controls) return controls;
  const module = await import("./editing/controls.js").catch(() => {
    throw new Failure("stale");
  });
  if (controls) return controls; // in the meantime
  controls = module;
  controls.start({ queue, tell, settle, again, tool });
  keepForOffline("editing/worker.js");
  return controls;
}

function told(item) {
  const all = queue.items.length;
  const count = queue.items.filter(({ state }) => state === "done").length;
  const several = all > 1 ? `${say("progressOf", count, all)} ` : "";
  if (item.state !== "done") return several + (item.stage ? say(item.stage) : "");
  const size = ({ width, height }) => `${width} × ${height}`;
  if (!item.isShown) return several + say("notShown");
  const isCopy = item.result.size.width < item.size.width;
  return several + (isCopy ? say("copyOf", size(item.result.size), size(item.size)) : say("done"));
}

function tell(message, failure) {
  status.textContent = message;
  problem.textContent = failure ? explain(failure) : "";
}

// What was wrong is no longer.
function settle() {
  problem.textContent = "";
}

function tool(name) {
  body.dataset.tool = name;
  pane.toggleAttribute("data-held", Boolean(name));
  region.hidden = name !== "region";
}

function draw() {
  tool("region");
  region.querySelector("input").focus();
}

function leaveRegion() {
  delete shown.wanted.roi;
  tool("");
  focus();
}

function again(wanted) {
  tool("");
  focus();
  queue.again(shown, wanted);
}

async function leave(message) {
  const item = shown;
  const at = queue.items.indexOf(item);
  if (!(await queue.remove(item))) return;
  const next = queue.items[at] ?? queue.items.at(-1);
  if (next) select(next);
  else empty();
  tell(say(message));
}

function empty() {
  controls?.close();
  shown = undefined;
  tool("");
  stage.clear();
  Object.assign(body.dataset, { state: "empty", failure: "" });
  picker.focus();
}

// Where what had it is gone.
function focus() {
  pane.focus({ preventScroll: true });
}
