// What is seen of the photo that is looked at.

import { say } from "./language.js";

const comparison = document.querySelector("before-after");
const pane = document.querySelector("zoom-pane");
const world = document.querySelector(".world");
const photo = document.querySelector("img.photo");
const cutout = document.querySelector("img.cutout");
const shareOf = document.querySelector(".share-of");

let seen = {};

export function look(item) {
  const blob = item.result?.blob;
  const size = item.result?.size ?? item.size;
  const isNew = seen.photo !== item.photo || seen.cutout !== blob || seen.size !== size;
  if (seen.photo !== item.photo) {
    set(photo, item.photo);
    fit();
  }
  if (seen.cutout !== blob) {
    set(cutout, blob);
    comparison.reset();
  }
  seen = { photo: item.photo, cutout: blob, size };
  photo.alt = say("photoOf", item.name);
  cutout.alt = blob ? say("cutoutOf", item.name) : "";
  place(document.querySelector(".subject"), item.result?.box);
  if (isNew && size) frame({ left: 0, top: 0, ...size }, size);
}

export function clear() {
  set(photo);
  set(cutout);
  seen = {};
}

// What is seen of a picture of that size, both in px; it may reach beyond it.
export function frame(part, { width, height }) {
  world.style.setProperty("--width", part.width);
  world.style.setProperty("--ratio", part.width / part.height);
  tellZoom();
  place(document.querySelector(".scene"), {
    left: -part.left / part.width,
    top: -part.top / part.height,
    width: width / part.width,
    height: height / part.height,
  });
}

export function fit() {
  pane.reset();
}

// Shares of what the element is in.
function place(element, box) {
  element.hidden = !box;
  for (const [side, share] of Object.entries(box ?? {})) element.style.setProperty(`--${side}`, `${100 * share}%`);
}

function set(image, blob) {
  URL.revokeObjectURL(image.src);
  delete image.dataset.missing;
  if (blob) image.src = URL.createObjectURL(blob);
  else image.removeAttribute("src");
}

photo.addEventListener("error", () => (photo.dataset.missing = "")); // TIFF and others that no browser shows

function pixelsOnScreen() {
  return (world.offsetWidth * devicePixelRatio) / Number(world.style.getPropertyValue("--width"));
}

// Of the picture's own size, as far as it is known.
function tellZoom() {
  const share = 100 * pane.zoom * pixelsOnScreen();
  shareOf.textContent = share ? `${Math.round(share)}%` : "";
}

pane.addEventListener("zoom", tellZoom);
for (const [name, act] of [
  ["in", () => pane.zoomBy(1)],
  ["out", () => pane.zoomBy(-1)],
  ["fit", () => pane.reset()],
  ["whole", () => pane.zoomTo(1 / pixelsOnScreen())],
]) {
  document.querySelector(`.zoom .${name}`).addEventListener("click", act);
}
