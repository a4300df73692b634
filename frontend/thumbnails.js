import { say } from "./language.js";
import { find } from "./page.js";

/** @import { Photo } from "./photo.js" */

const SIDE_PX = 96;
const STATES = { working: "stateWorking", done: "stateDone", failed: "stateFailed" };

/** The row of photos, shown when there are several. */
export class Thumbnails {
  #nav = find(".queue", HTMLElement);
  #list = find(".queue ol", HTMLOListElement);
  #zip = find(".queue .zip", HTMLButtonElement);
  #template = find("template.item", HTMLTemplateElement);
  /** @type {Map<Photo, HTMLButtonElement>} */
  #buttons = new Map();
  #drawing = Promise.resolve(); // one after the other, as a photo takes much memory
  #onSelect;

  /** @param {(photo: Photo) => void} onSelect */
  constructor(onSelect) {
    this.#onSelect = onSelect;
  }

  /**
   * @param {Photo[]} photos
   * @param {Photo} [selected]
   */
  show(photos, selected) {
    this.#nav.hidden = photos.length < 2;
    for (const [photo, button] of this.#buttons) {
      if (photos.includes(photo)) continue;
      button.parentElement?.remove();
      this.#buttons.delete(photo);
    }
    for (const photo of photos) {
      const button = this.#buttons.get(photo) ?? this.#add(photo);
      const { state } = photo.status;
      button.dataset.state = state;
      button.ariaLabel = say("item", photo.name, say(STATES[state]));
      button.ariaCurrent = photo === selected ? "true" : null;
      find(".name", HTMLElement, button).textContent = photo.name;
      if (!this.#nav.hidden) this.#draw(photo, find("canvas", HTMLCanvasElement, button));
    }
    const done = photos.filter(({ isDone }) => isDone).length;
    this.#zip.textContent = say("zip", done);
    this.#zip.disabled = !done || photos.some(({ status }) => status.state === "working");
  }

  /** @param {Photo} photo */
  #add(photo) {
    const item = find("li", HTMLLIElement, /** @type {DocumentFragment} */ (this.#template.content.cloneNode(true)));
    const button = find("button", HTMLButtonElement, item);
    button.addEventListener("click", () => this.#onSelect(photo));
    this.#list.append(item);
    this.#buttons.set(photo, button);
    return button;
  }

  /**
   * @param {Photo} photo
   * @param {HTMLCanvasElement} canvas
   */
  #draw({ isViewable, view }, canvas) {
    if (!isViewable || !view || canvas.dataset.drawn) return;
    canvas.dataset.drawn = "yes";
    this.#drawing = this.#drawing.then(async () => {
      // Not resized while decoding: Chromium then ignores the photo's EXIF orientation.
      const bitmap = await createImageBitmap(view).catch(() => undefined);
      if (!bitmap) return; // a damaged photo, which the service reports
      const scale = SIDE_PX / Math.min(bitmap.width, bitmap.height);
      Object.assign(canvas, { width: bitmap.width * scale, height: bitmap.height * scale });
      canvas.getContext("2d")?.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
      bitmap.close();
    });
  }
}
