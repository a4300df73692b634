// The row of photos, where there are several. Events: "select" with the item.

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
  if (!item.size || canvas.dataset.drawn) return;
  canvas.dataset.drawn = "";
  drawn = drawn.then(async () => {
    const bitmap = await createImageBitmap(item.photo, { resizeWidth: SIDE });
    Object.assign(canvas, { width: bitmap.width, height: bitmap.height });
    canvas.getContext("bitmaprenderer").transferFromImageBitmap(bitmap);
  });
}
