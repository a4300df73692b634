// A window onto something larger, by wheel, pinch, drag, the keys + - 0 and the arrows:
//
//   <zoom-pane tabindex="0" role="group" aria-label="…"><div>the world</div></zoom-pane>
//
// It sets --zoom, --pan-x and --pan-y, and data-zoomed as soon as there is something to pan, and
// dispatches "zoom". With data-held a single pointer is left to a tool.

/** @typedef {{ clientX: number, clientY: number }} Place in px of the browser's window */

const MAX_ZOOM = 16;
const STEP = 1.25;
const PAN_PX = 40;

export class ZoomPane extends HTMLElement {
  #zoom = 1;
  #x = 0;
  #y = 0;
  /** @type {Map<number, PointerEvent>} */
  #pointers = new Map();

  connectedCallback() {
    this.addEventListener("wheel", (event) => this.#wheel(event), { passive: false });
    this.addEventListener("keydown", (event) => this.#key(event));
    this.addEventListener("pointerdown", (event) => this.#down(event));
    this.addEventListener("pointermove", (event) => this.#move(event));
    for (const end of /** @type {const} */ (["pointerup", "pointercancel"])) {
      this.addEventListener(end, ({ pointerId }) => this.#pointers.delete(pointerId));
    }
  }

  get zoom() {
    return this.#zoom;
  }

  /** Fits everything in. */
  reset() {
    return this.#place(1, 0, 0);
  }

  /**
   * Zooms around a place, as far as everything fits in.
   * @param {number} zoom
   * @param {Place} [place] without one, the middle
   * @returns {boolean} whether anything has moved
   */
  zoomTo(zoom, place) {
    return this.#zoomTo(Math.max(zoom, Math.min(this.#zoom, 1)), place);
  }

  /**
   * Shows the middle at any zoom, below 1 too, where it leaves a margin.
   * @param {number} zoom
   */
  show(zoom) {
    this.#zoomTo(zoom);
  }

  /**
   * @param {number} zoom
   * @param {Place} [place]
   */
  #zoomTo(zoom, { clientX, clientY } = this.#middle()) {
    const next = Math.min(zoom, MAX_ZOOM);
    const { clientX: middleX, clientY: middleY } = this.#middle();
    const [fromX, fromY] = [clientX - middleX - this.#x, clientY - middleY - this.#y];
    const factor = next / this.#zoom - 1;
    return this.#place(next, this.#x - fromX * factor, this.#y - fromY * factor);
  }

  /**
   * @param {number} steps
   * @param {Place} [place]
   */
  zoomBy(steps, place) {
    return this.zoomTo(this.#zoom * STEP ** steps, place);
  }

  #middle() {
    const { left, top, width, height } = this.getBoundingClientRect();
    return { clientX: left + width / 2, clientY: top + height / 2 };
  }

  /**
   * @param {number} zoom
   * @param {number} x
   * @param {number} y
   * @returns {boolean} whether anything has moved
   */
  #place(zoom, x, y) {
    const before = [this.#zoom, this.#x, this.#y];
    const [maxX, maxY] = [this.clientWidth, this.clientHeight].map((side) => Math.max(side * (zoom - 1), 0) / 2);
    this.#zoom = zoom;
    this.#x = Math.min(Math.max(x, -maxX), maxX);
    this.#y = Math.min(Math.max(y, -maxY), maxY);
    this.style.setProperty("--zoom", String(this.#zoom));
    this.style.setProperty("--pan-x", `${this.#x}px`);
    this.style.setProperty("--pan-y", `${this.#y}px`);
    this.toggleAttribute("data-zoomed", zoom > 1);
    this.dispatchEvent(new CustomEvent("zoom"));
    return [this.#zoom, this.#x, this.#y].some((value, at) => value !== before[at]);
  }

  /** @param {WheelEvent} event */
  #wheel(event) {
    // If nothing moves here, the page scrolls.
    if (this.zoomBy(-event.deltaY / 100, event)) event.preventDefault();
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.target !== this) return; // a tool's
    /** @type {(x: number, y: number) => () => boolean} */
    const pan = (x, y) => () => this.#place(this.#zoom, this.#x + x * PAN_PX, this.#y + y * PAN_PX);
    /** @type {Record<string, () => boolean>} */
    const actions = {
      "+": () => this.zoomBy(1),
      "=": () => this.zoomBy(1),
      "-": () => this.zoomBy(-1),
      0: () => this.reset(),
      ArrowLeft: pan(1, 0),
      ArrowRight: pan(-1, 0),
      ArrowUp: pan(0, 1),
      ArrowDown: pan(0, -1),
    };
    const act = actions[event.key];
    if (!act || event.ctrlKey || event.metaKey || event.altKey) return;
    if (act()) event.preventDefault();
  }

  /** @param {PointerEvent} event */
  #down(event) {
    if (event.button) return;
    this.#pointers.set(event.pointerId, event);
    if (event.pointerType === "mouse" && !this.#isHeld) this.setPointerCapture(event.pointerId);
  }

  /** @param {PointerEvent} event */
  #move(event) {
    const before = this.#pointers.get(event.pointerId);
    if (!before) return;
    const [other] = [...this.#pointers.values()].filter(({ pointerId }) => pointerId !== event.pointerId);
    this.#pointers.set(event.pointerId, event);
    if (other) this.#pinch(other, before, event);
    else if (!this.#isHeld) {
      this.#place(this.#zoom, this.#x + event.clientX - before.clientX, this.#y + event.clientY - before.clientY);
    }
  }

  /**
   * @param {PointerEvent} other finger
   * @param {PointerEvent} before
   * @param {PointerEvent} event
   */
  #pinch(other, before, event) {
    /** @param {Place} place */
    const apart = ({ clientX, clientY }) => Math.hypot(clientX - other.clientX, clientY - other.clientY) || 1;
    const middle = {
      clientX: (event.clientX + other.clientX) / 2,
      clientY: (event.clientY + other.clientY) / 2,
    };
    this.zoomTo((this.#zoom * apart(event)) / apart(before), middle);
  }

  get #isHeld() {
    return "held" in this.dataset;
  }
}

customElements.define("zoom-pane", ZoomPane);
