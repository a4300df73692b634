import { Failure } from "../failure.js";
import { bounds, cut, paste, stroke, union } from "./alpha.js";
import { contextOf, createContext, readLayers } from "./layers.js";

/** @import { Line } from "../elements/brush-layer.js" */
/** @import { BrushStroke } from "../edits.js" */
/** @import { Alpha, Area, Edge } from "./alpha.js" */
/** @import { Layers } from "./layers.js" */
/** @import { Brush } from "./settings-form.js" */

/** @typedef {{ area: Area, part: Alpha }} Patch what an area had before a stroke */

const PATCHES = 30; // strokes that are taken back at once; earlier ones by drawing those before them again
const MIN_RADIUS = 1; // px; a smaller tip would draw nothing

/** An edited cutout: strokes of a brush on its alpha, and an edge that is moved after them. */
export class Edit {
  #pixels;
  /** @type {Alpha | undefined} */
  #original; // kept from the first stroke on
  /** @type {readonly BrushStroke[]} */
  #strokes = []; // which `alpha` has
  /** @type {Patch[]} */
  #patches = []; // of the latest strokes
  /** @type {Alpha | undefined} */
  #before; // the stroke that is being drawn
  /** @type {Area | undefined} */
  #area; // of that stroke
  /** @type {Worker | undefined} */
  #worker;
  /** @type {{ resolve: (alpha: Alpha) => void, reject: (failure: Failure) => void }[]} */
  #waiting = [];
  #refreshes = 0; // so that the result of an earlier refresh is not shown
  /** @type {Edge} */
  #edge = { shift: 0, feather: 0 };

  /**
   * @param {Blob | undefined} photo with the colours to restore
   * @param {Blob} cutout
   */
  static async open(photo, cutout) {
    return new Edit(await readLayers(photo, cutout));
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

  /** The area of what is visible. */
  get subject() {
    return bounds(this.shown, this.width, this.height);
  }

  beginStroke() {
    this.#before = this.alpha.slice();
    this.#original ??= this.#before;
    this.#area = undefined;
  }

  /**
   * Draws a piece of the stroke; the edge is moved when the stroke has ended.
   * @param {Line} line
   * @param {Brush} brush
   * @returns {Area} that has changed
   */
  paint(line, brush) {
    const area = this.#strokeOn(this.alpha, line, brush);
    if (this.shown !== this.alpha) this.#strokeOn(this.shown, line, brush);
    this.#area = union(this.#area, area);
    this.#draw(area);
    return area;
  }

  async cancelStroke() {
    if (!this.#area || !this.#before) return;
    paste(this.alpha, this.width, this.#area, cut(this.#before, this.width, this.#area));
    this.#before = this.#area = undefined;
    await this.#refresh();
  }

  /** @param {readonly BrushStroke[]} strokes all so far, with the one that ends */
  async endStroke(strokes) {
    if (!this.#keepPatch()) return;
    this.#strokes = strokes;
    await this.#refresh();
  }

  /** @param {readonly BrushStroke[]} strokes from now on */
  async setStrokes(strokes) {
    if (strokes === this.#strokes) return;
    await this.cancelStroke();
    const differing = this.#strokes.findIndex((one, at) => one !== strokes[at]);
    const shared = differing < 0 ? this.#strokes.length : differing;
    this.#takeBack(shared);
    for (const { brush, points } of strokes.slice(this.#strokes.length)) {
      this.beginStroke();
      points.forEach((to, at) => {
        const area = this.#strokeOn(this.alpha, { from: points[Math.max(at - 1, 0)], to }, brush);
        this.#area = union(this.#area, area);
      });
      this.#keepPatch();
    }
    this.#strokes = strokes;
    await this.#refresh();
  }

  /** @param {number} count of strokes to keep; none are kept if there is no patch for one of the others */
  #takeBack(count) {
    while (this.#strokes.length > count) {
      const patch = this.#patches.pop();
      if (patch) paste(this.alpha, this.width, patch.area, patch.part);
      else if (this.#original) this.alpha.set(this.#original);
      this.#strokes = patch ? this.#strokes.slice(0, -1) : [];
    }
  }

  /** Keeps what the stroke that ends has changed; returns whether it has changed anything. */
  #keepPatch() {
    if (!this.#area || !this.#before) return false;
    this.#patches.push({ area: this.#area, part: cut(this.#before, this.width, this.#area) });
    this.#patches.splice(0, this.#patches.length - PATCHES);
    this.#before = this.#area = undefined;
    return true;
  }

  /**
   * @param {Alpha} alpha
   * @param {Line} line
   * @param {Brush} brush
   */
  #strokeOn(alpha, { from, to }, { size, ...brush }) {
    const { width, height } = this;
    /** @param {Line["from"]} point */
    const inPx = ({ x, y }) => ({ x: x * width, y: y * height });
    const radius = Math.max((size * width) / 2, MIN_RADIUS);
    return stroke(alpha, width, height, [inPx(from), inPx(to)], { radius, ...brush });
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

  /** Stops the worker; what waits for a moved edge gets the alpha without. */
  close() {
    this.#worker?.terminate();
    for (const { resolve } of this.#waiting.splice(0)) resolve(this.alpha);
  }

  /** The alpha that is shown, as a grey PNG. */
  toPng() {
    const context = createContext(this.width, this.height);
    const grey = new ImageData(this.width, this.height);
    const pixels = new Uint32Array(grey.data.buffer);
    for (let at = 0; at < pixels.length; at++) pixels[at] = 0xff000000 | (this.shown[at] * 0x010101);
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
