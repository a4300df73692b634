// Strokes over a picture, by pointer, or by the arrows and the space bar:
//
//   <brush-layer tabindex="0" role="application" aria-label="…"></brush-layer>
//
// Its property `size` is the diameter of the brush's tip, a share of the layer's width. It dispatches
// "strokestart", "stroke" with the detail { from, to } for each piece of a stroke, and "strokeend";
// or "strokecancel" if a second finger turns the stroke into a pinch. Escape dispatches "leave", after
// "strokecancel" if a stroke is being drawn.

/** @typedef {{ x: number, y: number }} Point in shares of the layer's width and height */

/** @typedef {{ from: Point, to: Point }} Line */

export class BrushLayer extends HTMLElement {
  /** @type {Point} */
  #tip = { x: 0.5, y: 0.5 };
  /** @type {number | undefined} */
  #pointer;
  #size = 0.05;

  connectedCallback() {
    this.addEventListener("pointerdown", (event) => this.#down(event));
    this.addEventListener("pointermove", (event) => this.#move(event));
    this.addEventListener("pointerup", (event) => this.#up(event));
    this.addEventListener("pointercancel", () => this.#cancel());
    this.addEventListener("keydown", (event) => this.#key(event));
    this.#moveTip(this.#tip);
  }

  get size() {
    return this.#size;
  }

  set size(share) {
    this.#size = share;
    this.style.setProperty("--size", String(share));
  }

  /** @param {PointerEvent} event */
  #down(event) {
    if (!event.isPrimary) return this.#cancel();
    if (event.button) return;
    this.setPointerCapture(event.pointerId);
    this.#pointer = event.pointerId;
    this.#moveTip(this.#pointAt(event));
    this.#dispatch("strokestart");
    this.#dispatch("stroke", { from: this.#tip, to: this.#tip });
  }

  /** @param {PointerEvent} event */
  #move(event) {
    const from = this.#tip;
    if (event.isPrimary) this.#moveTip(this.#pointAt(event));
    if (event.pointerId === this.#pointer) this.#dispatch("stroke", { from, to: this.#tip });
  }

  /** @param {PointerEvent} event */
  #up({ pointerId }) {
    if (pointerId !== this.#pointer) return;
    this.#pointer = undefined;
    this.#dispatch("strokeend");
  }

  #cancel() {
    if (this.#pointer === undefined) return;
    this.#pointer = undefined;
    this.#dispatch("strokecancel");
  }

  /**
   * The arrows move the tip, less with the shift key, the space bar draws a dot, and Escape leaves.
   * @param {KeyboardEvent} event
   */
  #key(event) {
    if (event.key === "Escape") {
      this.#cancel();
      return this.#dispatch("leave");
    }
    const step = this.#size / (event.shiftKey ? 8 : 2);
    const { x, y } = this.#tip;
    /** @type {Record<string, [x: number, y: number]>} */
    const moves = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, -step], ArrowDown: [0, step] };
    const move = moves[event.key];
    if (!move && event.key !== " ") return;
    event.preventDefault();
    /** @param {number} value */
    const inside = (value) => Math.min(Math.max(value, 0), 1);
    if (move) return this.#moveTip({ x: inside(x + move[0]), y: inside(y + move[1]) });
    this.#dispatch("strokestart");
    this.#dispatch("stroke", { from: this.#tip, to: this.#tip });
    this.#dispatch("strokeend");
  }

  /** @param {PointerEvent} event */
  #pointAt({ clientX, clientY }) {
    const { left, top, width, height } = this.getBoundingClientRect();
    return { x: (clientX - left) / width, y: (clientY - top) / height };
  }

  /** @param {Point} tip */
  #moveTip(tip) {
    this.#tip = tip;
    this.style.setProperty("--tip-x", String(tip.x));
    this.style.setProperty("--tip-y", String(tip.y));
  }

  /**
   * @param {"strokestart" | "stroke" | "strokeend" | "strokecancel" | "leave"} type
   * @param {Line} [detail]
   */
  #dispatch(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}

customElements.define("brush-layer", BrushLayer);
