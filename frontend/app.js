// Which event leads to which state; what a state shows is in styles/states.css.

import "./elements/before-after.js";
import "./elements/brush-layer.js";
import "./elements/region-box.js";
import "./elements/zoom-pane.js";
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
const queue = new Queue();

let shown; // the item that is looked at
let controls; // of the editing, from the first result on

queue.addEventListener("change", ({ detail: item }) => {
  if (item === shown) present(item);
  else if (shown && !item.stage) status.textContent = told(shown);
  strip.render(queue.items, shown, select);
});

await speak(preferred());
language.value = document.documentElement.lang;
language.addEventListener("change", async () => {
  await choose(language.value);
  if (shown) present(shown);
  strip.render(queue.items, shown, select);
});
onPhotos((sources) => {
  const [first] = queue.add(sources);
  select(first);
});
for (const [name, act] of [
  ["cancel", () => leave("cancelled")],
  ["delete", () => leave("deleted")],
  ["drop", () => leave("deleted")],
  ["retry", () => queue.again(shown)],
]) {
  document.querySelector(`.${name}`).addEventListener("click", act);
}
for (const button of document.querySelectorAll("button.draw")) button.addEventListener("click", draw);
document.querySelector(".look").addEventListener("click", () => {
  const roi = document.querySelector("region-box").value;
  again({ ...shown.wanted, roi });
});
document.querySelector(".leave").addEventListener("click", () => tool(""));
document.querySelector("region-box").over = document.querySelector(".region");
document.querySelector(".zip").addEventListener("click", () => controls.saveAll(queue.items));
onReload(queue, (names) => (status.textContent = say("reloaded", names.join(", "))));
keepForOffline();

async function select(item) {
  shown = item;
  tool("");
  stage.fit();
  present(item);
  strip.render(queue.items, shown, select);
}

async function present(item) {
  body.dataset.state = item.state;
  stage.look(item);
  status.textContent = told(item);
  problem.textContent = item.failure ? explain(item.failure) : "";
  body.dataset.failure = item.failure?.code ?? "";
  if (item.share === undefined) progress.removeAttribute("value");
  else progress.value = item.share;
  percent.textContent = item.share === undefined ? "" : `${Math.round(100 * item.share)}%`;
  if (item.state !== "done") return;
  if (!controls) {
    controls = await import("./editing/controls.js");
    keepForOffline("editing/worker.js");
  }
  if (item === shown) await controls.open(item, { queue, tell, again, tool });
}

function told(item) {
  const all = queue.items.length;
  const count = queue.items.filter(({ state }) => state === "done").length;
  const several = all > 1 ? `${say("progressOf", count, all)} ` : "";
  if (item.state !== "done") return several + (item.stage ? say(item.stage) : "");
  const size = ({ width, height }) => `${width} × ${height}`;
  if (!item.size) return several + say("notShown");
  const isCopy = item.result.size.width < item.size.width;
  return several + (isCopy ? say("copyOf", size(item.result.size), size(item.size)) : say("done"));
}

// What happens beside the states.
function tell(message, failure) {
  status.textContent = message;
  problem.textContent = failure ? explain(failure) : "";
}

function tool(name) {
  body.dataset.tool = name;
  document.querySelector("zoom-pane").toggleAttribute("data-held", Boolean(name));
  document.querySelector("region-box").hidden = name !== "region";
}

function draw() {
  tool("region");
  document.querySelector("region-box input").focus();
}

function again(wanted) {
  tool("");
  controls?.drop(shown);
  queue.again(shown, wanted);
}

async function leave(message) {
  const item = shown;
  const next = queue.items[queue.items.indexOf(item) + 1] ?? queue.items[queue.items.indexOf(item) - 1];
  if (!(await queue.remove(item))) return;
  controls?.drop(item);
  if (next) await select(next);
  else show();
  status.textContent = say(message);
  if (!next) picker.focus();
}

function show() {
  shown = undefined;
  tool("");
  body.dataset.state = "empty";
}
