import { Failure } from "../failure.js";
import { bounds, cut, paste, stroke, union } from "./alpha.js";
import { contextOf, createContext, readLayers, readPixels } from "./layers.js";

/** @import { Alpha, Area, Edge, Stroke, Tip } from "./alpha.js" */
/** @import { Layers } from "./layers.js" */

/** @typedef {{ area: Area, part: Alpha }} Step that can be undone: what an area had before */

const UNDO_STEPS = 30;

/** An edited cutout: strokes of a brush on its alpha, and an edge that is moved after them. */
export class Edit {
  #pixels;
  /** @type {Step[]} */
  #done = [];
  /** @type {Step[]} */
  #undone = [];
  /** @type {Alpha | undefined} */
  #before; // the stroke that is being drawn
  /** @type {Area | undefined} */
  #area; // of that stroke
  /** @type {Worker | undefined} */
  #worker;
  /** @type {{ resolve: (alpha: Alpha) => void, reject: (failure: Failure) => void }[]} */
  #waiting = [];
  #refreshes = 0; // so that the result of an earlier refresh is not shown
  #hasForgotten = false; // a step, which can no longer be undone
  /** @type {Edge} */
  #edge = { shift: 0, feather: 0 };

  /**
   * @param {Blob | undefined} photo with the colours to restore
   * @param {Blob} cutout
   * @param {Blob} [alpha] that was brushed before, from `toPng`
   */
  static async open(photo, cutout, alpha) {
    const edit = new Edit(await readLayers(photo, cutout));
    if (alpha) await edit.#load(alpha);
    return edit;
  }

  /** @param {Layers} layers */
  constructor({ width, height, colors, alpha }) {
    this.width = width;
    this.height = height;
    this.alpha = alpha; // as brushed
    this.shown = alpha; // with its edge moved
    this.canvas = new OffscreenCanvas(width, height);
    this.#pixels = new ImageData(colors, width, height);
    this.#draw({ left: 0, top: 0, right: width, bottom: height });
  }

  get isBrushed() {
    return this.#hasForgotten || this.canUndo;
  }

  get canUndo() {
    return this.#done.length > 0;
  }

  get canRedo() {
    return this.#undone.length > 0;
  }

  /** The area of what is visible. */
  get subject() {
    return bounds(this.shown, this.width, this.height);
  }

  beginStroke() {
    this.#before = this.alpha.slice();
    this.#area = undefined;
  }

  /**
   * Draws a piece of the stroke; the edge is moved when the stroke has ended.
   * @param {Stroke} line
   * @param {Tip} tip
   * @returns {Area} that has changed
   */
  paint(line, tip) {
    const area = stroke(this.alpha, this.width, this.height, line, tip);
    if (this.shown !== this.alpha) stroke(this.shown, this.width, this.height, line, tip);
    this.#area = union(this.#area, area);
    this.#draw(area);
    return area;
  }

  async cancelStroke() {
    if (!this.#area || !this.#before) return;
    paste(this.alpha, this.width, this.#area, cut(this.#before, this.width, this.#area));
    await this.#refresh();
  }

  async endStroke() {
    if (!this.#area || !this.#before) return;
    this.#done.push({ area: this.#area, part: cut(this.#before, this.width, this.#area) });
    this.#hasForgotten ||= this.#done.splice(0, this.#done.length - UNDO_STEPS).length > 0;
    this.#undone = [];
    this.#before = undefined;
    await this.#refresh();
  }

  async undo() {
    await this.#swap(this.#done, this.#undone);
  }

  async redo() {
    await this.#swap(this.#undone, this.#done);
  }

  /**
   * @param {Step[]} from
   * @param {Step[]} to
   */
  async #swap(from, to) {
    const step = from.pop();
    if (!step) return;
    const { area, part } = step;
    to.push({ area, part: cut(this.alpha, this.width, area) });
    paste(this.alpha, this.width, area, part);
    await this.#refresh();
  }

  /** @param {Edge} edge from now on */
  async setEdge({ shift, feather }) {
    if (shift === this.#edge.shift && feather === this.#edge.feather) return;
    this.#edge = { shift, feather };
    await this.#refresh();
  }

  async #refresh() {
    const refresh = ++this.#refreshes;
    const { alpha, width, height } = this;
    const edge = this.#edge;
    const refined = edge.shift || edge.feather ? await this.#refine({ alpha, width, height, edge }) : alpha;
    if (refresh !== this.#refreshes) return;
    this.shown = refined;
    this.#draw({ left: 0, top: 0, right: width, bottom: height });
  }

  /** @param {Blob} png */
  async #load(png) {
    const { data } = await readPixels(png);
    for (let at = 0; at < this.alpha.length; at++) this.alpha[at] = data[4 * at];
    await this.#refresh();
  }

  /** Stops the worker; what waits for a moved edge gets the alpha without. */
  close() {
    this.#worker?.terminate();
    for (const { resolve } of this.#waiting.splice(0)) resolve(this.alpha);
  }

  /** An alpha as a grey PNG: the one that is shown, or the one that was brushed. */
  toPng(alpha = this.shown) {
    const context = createContext(this.width, this.height);
    const grey = new ImageData(this.width, this.height);
    const pixels = new Uint32Array(grey.data.buffer);
    for (let at = 0; at < pixels.length; at++) pixels[at] = 0xff000000 | (alpha[at] * 0x010101);
    context.putImageData(grey, 0, 0);
    return context.canvas.convertToBlob({ type: "image/png" });
  }

  /**
   * @param {{ alpha: Alpha, width: number, height: number, edge: Edge }} task for editing/worker.js
   * @returns {Promise<Alpha>}
   */
  #refine(task) {
    this.#worker ??= this.#startWorker();
    this.#worker.postMessage(task);
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }

  #startWorker() {
    const worker = new Worker(new URL("worker.js", import.meta.url), { type: "module" });
    worker.onmessage = ({ data }) => this.#waiting.shift()?.resolve(data); // tasks finish in order
    worker.onerror = () => this.#waiting.shift()?.reject(new Failure("stale"));
    return worker;
  }

  /** @param {Area} area */
  #draw({ left, top, right, bottom }) {
    for (let y = top; y < bottom; y++) {
      for (let at = y * this.width + left; at < y * this.width + right; at++) {
        this.#pixels.data[4 * at + 3] = this.shown[at];
      }
    }
    contextOf(this.canvas).putImageData(this.#pixels, 0, 0, left, top, right - left, bottom - top);
  }
}
