// The row of photos, where there are several.

import { say } from "./language.js";

const SIDE = 96; // px, of a small picture
const nav = document.querySelector(".queue");
const list = nav.querySelector("ol");
const template = document.querySelector("template.item");
const buttons = new Map();

let drawn = Promise.resolve(); // one after the other, for a photo takes much memory

export function render(items, shown, onSelect) {
  nav.hidden = items.length < 2;
  for (const [item, button] of buttons) {
    if (items.includes(item)) continue;
    button.parentElement.remove();
    buttons.delete(item);
  }
  for (const item of items) {
    const button = buttons.get(item) ?? added(item, onSelect);
    const state = say(`state${item.state[0].toUpperCase()}${item.state.slice(1)}`);
    button.dataset.state = item.state;
    button.ariaLabel = say("item", item.name, state);
    button.ariaCurrent = item === shown ? "true" : null;
    button.querySelector(".name").textContent = item.name;
    if (!nav.hidden) draw(item, button.querySelector("canvas"));
  }
  const ready = items.filter(({ state }) => state === "done").length;
  const zip = nav.querySelector(".zip");
  zip.textContent = say("zip", ready);
  zip.disabled = !ready || items.some(({ state }) => state === "working");
}

function added(item, onSelect) {
  const entry = template.content.cloneNode(true).firstElementChild;
  const button = entry.querySelector("button");
  button.addEventListener("click", () => onSelect(item));
  list.append(entry);
  buttons.set(item, button);
  return button;
}

function draw(item, canvas) {
  if (!item.isShown || canvas.dataset.drawn) return;
  canvas.dataset.drawn = "";
  drawn = drawn.then(async () => {
    // Not smaller at once: Chromium then forgets how the photo was held.
    const bitmap = await createImageBitmap(item.photo).catch(() => undefined);
    if (!bitmap) return; // a damaged photo, of which the service tells
    const scale = SIDE / Math.min(bitmap.width, bitmap.height);
    Object.assign(canvas, { width: bitmap.width * scale, height: bitmap.height * scale });
    canvas.getContext("2d").drawImage(bitmap, 0, 0, canvas.width, canvas.height);
    bitmap.close();
  });
}
