import { find } from "./page.js";
import { say } from "./language.js";
import { BeforeAfter } from "./elements/before-after.js";
import { ZoomPane } from "./elements/zoom-pane.js";

/** @import { Box, Photo, Size } from "./photo.js" */

/** Shows a photo and its cutout, on each other and at any zoom. */
export class Viewer {
  #comparison = find("before-after", BeforeAfter);
  #pane = find("zoom-pane", ZoomPane);
  #world = find(".world", HTMLElement);
  #scene = find(".scene", HTMLElement);
  #photo = find("img.photo", HTMLImageElement);
  #cutout = find("img.cutout", HTMLImageElement);
  #subject = find(".subject", HTMLElement);
  #zoomShare = find(".share-of", HTMLElement);
  /** @type {{ photo?: Blob, cutout?: Blob, size?: Size }} */
  #shown = {};

  constructor() {
    // TIFF and others that no browser shows.
    this.#photo.addEventListener("error", () => (this.#photo.dataset.missing = ""));
    this.#pane.addEventListener("zoom", () => this.#showZoom());
    /** @type {[string, () => void][]} */
    const buttons = [
      ["in", () => this.#pane.zoomBy(1)],
      ["out", () => this.#pane.zoomBy(-1)],
      ["fit", () => this.fit()],
      ["whole", () => this.#pane.show(1 / this.#screenPixels())],
    ];
    for (const [name, act] of buttons) find(`.zoom .${name}`, HTMLButtonElement).addEventListener("click", act);
  }

  /** @param {Photo} photo */
  show(photo) {
    const { view, shownSize } = photo;
    const { blob, box } = photo.hasResult ? photo.result : {};
    const isNew = this.#shown.photo !== view || this.#shown.cutout !== blob || this.#shown.size !== shownSize;
    if (this.#shown.photo !== view) {
      setSource(this.#photo, view);
      this.fit();
    }
    if (this.#shown.cutout !== blob) {
      setSource(this.#cutout, blob);
      this.#comparison.reset();
    }
    this.#shown = { photo: view, cutout: blob, size: shownSize };
    this.#photo.alt = say("photoOf", photo.name);
    this.#cutout.alt = blob ? say("cutoutOf", photo.name) : "";
    place(this.#subject, box);
    if (isNew && shownSize) this.frame({ left: 0, top: 0, ...shownSize }, shownSize);
  }

  clear() {
    setSource(this.#photo);
    setSource(this.#cutout);
    this.#shown = {};
  }

  /**
   * Shows a part of a picture of that size.
   * @param {Box} part in px; it may reach beyond the picture
   * @param {Size} size
   */
  frame(part, { width, height }) {
    this.#world.style.setProperty("--width", String(part.width));
    this.#world.style.setProperty("--ratio", String(part.width / part.height));
    this.#showZoom();
    place(this.#scene, {
      left: -part.left / part.width,
      top: -part.top / part.height,
      width: width / part.width,
      height: height / part.height,
    });
  }

  fit() {
    this.#pane.reset();
  }

  /** @param {boolean} isHeld whether a single pointer is left to a tool, instead of panning */
  hold(isHeld) {
    this.#pane.toggleAttribute("data-held", isHeld);
  }

  /** Takes the focus of an element that is about to be hidden. */
  focus() {
    this.#pane.focus({ preventScroll: true });
  }

  /** Pixels of the screen per pixel of the picture, when all of it fits. */
  #screenPixels() {
    return (this.#world.offsetWidth * devicePixelRatio) / Number(this.#world.style.getPropertyValue("--width"));
  }

  #showZoom() {
    const percent = 100 * this.#pane.zoom * this.#screenPixels();
    this.#zoomShare.textContent = percent ? `${Math.round(percent)}%` : "";
  }
}

/**
 * Places an element within its parent, in shares of the parent's size.
 * @param {HTMLElement} element
 * @param {Box} [box] none hides it
 */
function place(element, box) {
  element.hidden = !box;
  for (const [side, share] of Object.entries(box ?? {})) element.style.setProperty(`--${side}`, `${100 * share}%`);
}

/**
 * @param {HTMLImageElement} image
 * @param {Blob} [blob]
 */
function setSource(image, blob) {
  URL.revokeObjectURL(image.src);
  delete image.dataset.missing;
  if (blob) image.src = URL.createObjectURL(blob);
  else image.removeAttribute("src");
}
