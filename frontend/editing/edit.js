// What one has done to a cutout: strokes of a brush on its alpha, and where its edge runs.

import { Failure } from "../failure.js";
import { bounds, cut, paste, stroke, union } from "./alpha.js";
import { layers, pixels } from "./layers.js";

const STEPS = 30; // that can be undone

export class Edit {
  #pixels;
  #done = [];
  #undone = [];
  #before; // the stroke that is being made
  #area;
  #worker;
  #waiting = [];
  #turn = 0; // of what is refined: an answer to an earlier one comes too late
  #hasForgotten = false;
  #edge = { shift: 0, feather: 0 };

  // The alpha is one that was edited before, as asPng has told it.
  static async of(photo, cutout, alpha) {
    const edit = new Edit(await layers(photo, cutout));
    if (alpha) await edit.#take(alpha);
    return edit;
  }

  constructor({ width, height, colours, alpha }) {
    Object.assign(this, { width, height, alpha, shown: alpha });
    this.canvas = new OffscreenCanvas(width, height);
    this.#pixels = new ImageData(colours, width, height);
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

  get subject() {
    return bounds(this.shown, this.width, this.height);
  }

  begin() {
    this.#before = this.alpha.slice();
    this.#area = undefined;
  }

  // The edge is moved when the stroke has ended.
  paint(line, brush) {
    const area = stroke(this.alpha, this.width, this.height, line, brush);
    if (this.shown !== this.alpha) stroke(this.shown, this.width, this.height, line, brush);
    this.#area = union(this.#area, area);
    this.#draw(area);
    return area;
  }

  async cancel() {
    if (!this.#area) return;
    paste(this.alpha, this.width, this.#area, cut(this.#before, this.width, this.#area));
    await this.#refresh();
  }

  async end() {
    if (!this.#area) return;
    this.#done.push({ area: this.#area, part: cut(this.#before, this.width, this.#area) });
    this.#hasForgotten ||= this.#done.splice(0, this.#done.length - STEPS).length > 0;
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

  async #swap(from, to) {
    if (!from.length) return;
    const { area, part } = from.pop();
    to.push({ area, part: cut(this.alpha, this.width, area) });
    paste(this.alpha, this.width, area, part);
    await this.#refresh();
  }

  // Where the edge runs, from now on.
  async move({ shift, feather }) {
    if (shift === this.#edge.shift && feather === this.#edge.feather) return;
    this.#edge = { shift, feather };
    await this.#refresh();
  }

  async #refresh() {
    const turn = ++this.#turn;
    const { alpha, width, height } = this;
    const edge = this.#edge;
    const refined = edge.shift || edge.feather ? await this.#refined({ alpha, width, height, edge }) : alpha;
    if (turn !== this.#turn) return;
    this.shown = refined;
    this.#draw({ left: 0, top: 0, right: width, bottom: height });
  }

  async #take(png) {
    const { data } = await pixels(png);
    for (let at = 0; at < this.alpha.length; at++) this.alpha[at] = data[4 * at];
    await this.#refresh();
  }

  // Whoever still waits gets what is there.
  close() {
    this.#worker?.terminate();
    for (const { resolve } of this.#waiting.splice(0)) resolve(this.alpha);
  }

  // An alpha as a grey picture: the one that is seen, or the one that was brushed.
  async asPng(alpha = this.shown) {
    const canvas = new OffscreenCanvas(this.width, this.height);
    const grey = new ImageData(this.width, this.height);
    const pixels = new Uint32Array(grey.data.buffer);
    for (let at = 0; at < pixels.length; at++) pixels[at] = 0xff000000 | (alpha[at] * 0x010101);
    canvas.getContext("2d").putImageData(grey, 0, 0);
    return canvas.convertToBlob({ type: "image/png" });
  }

  #refined(task) {
    this.#worker ??= this.#started();
    this.#worker.postMessage(task);
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }

  #started() {
    const worker = new Worker(new URL("worker.js", import.meta.url), { type: "module" });
    worker.onmessage = ({ data }) => this.#waiting.shift()?.resolve(data); // it answers in turn
    worker.onerror = () => this.#waiting.shift()?.reject(new Failure("stale"));
    return worker;
  }

  #draw({ left, top, right, bottom }) {
    for (let y = top; y < bottom; y++) {
      for (let at = y * this.width + left; at < y * this.width + right; at++) {
        this.#pixels.data[4 * at + 3] = this.shown[at];
      }
    }
    this.canvas.getContext("2d").putImageData(this.#pixels, 0, 0, left, top, right - left, bottom - top);
  }
}
