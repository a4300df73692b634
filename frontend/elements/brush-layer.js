// Strokes over a picture, by pointer, or by the arrows and the space bar:
//
//   <brush-layer tabindex="0" role="application" aria-label="…"></brush-layer>
//
// The tip's diameter is its property `size`, a share of the layer's width. "strokestart",
// "stroke" with { from, to } as shares of width and height, and "strokeend" tell what is drawn;
// "strokecancel" that a second finger has made a pinch of it.

class BrushLayer extends HTMLElement {
  #tip = { x: 0.5, y: 0.5 };
  #pointer;
  #size = 0.05;

  connectedCallback() {
    this.addEventListener("pointerdown", (event) => this.#down(event));
    this.addEventListener("pointermove", (event) => this.#move(event));
    this.addEventListener("pointerup", (event) => this.#up(event));
    this.addEventListener("pointercancel", () => this.#cancel());
    this.addEventListener("keydown", (event) => this.#key(event));
    this.#point(this.#tip);
  }

  get size() {
    return this.#size;
  }

  set size(share) {
    this.#size = share;
    this.style.setProperty("--size", share);
  }

  #down(event) {
    if (!event.isPrimary) return this.#cancel();
    if (event.button) return;
    this.setPointerCapture(event.pointerId);
    this.#pointer = event.pointerId;
    this.#point(this.#at(event));
    this.#tell("strokestart");
    this.#tell("stroke", { from: this.#tip, to: this.#tip });
  }

  #move(event) {
    const from = this.#tip;
    if (event.isPrimary) this.#point(this.#at(event));
    if (event.pointerId === this.#pointer) this.#tell("stroke", { from, to: this.#tip });
  }

  #up({ pointerId }) {
    if (pointerId !== this.#pointer) return;
    this.#pointer = undefined;
    this.#tell("strokeend");
  }

  #cancel() {
    if (this.#pointer === undefined) return;
    this.#pointer = undefined;
    this.#tell("strokecancel");
  }

  // The arrows move the tip, less with the shift key, and the space bar sets it down.
  #key(event) {
    const step = this.#size / (event.shiftKey ? 8 : 2);
    const { x, y } = this.#tip;
    const move = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, -step], ArrowDown: [0, step] }[event.key];
    if (!move && event.key !== " ") return;
    event.preventDefault();
    const inside = (value) => Math.min(Math.max(value, 0), 1);
    if (move) return this.#point({ x: inside(x + move[0]), y: inside(y + move[1]) });
    this.#tell("strokestart");
    this.#tell("stroke", { from: this.#tip, to: this.#tip });
    this.#tell("strokeend");
  }

  #at({ clientX, clientY }) {
    const { left, top, width, height } = this.getBoundingClientRect();
    return { x: (clientX - left) / width, y: (clientY - top) / height };
  }

  #point(tip) {
    this.#tip = tip;
    this.style.setProperty("--tip-x", tip.x);
    this.style.setProperty("--tip-y", tip.y);
  }

  #tell(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}

customElements.define("brush-layer", BrushLayer);
