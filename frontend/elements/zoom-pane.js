// A window onto something larger, by wheel, pinch, drag, the keys + - 0 and the arrows:
//
//   <zoom-pane tabindex="0" role="group" aria-label="…"><div>the world</div></zoom-pane>
//
// It sets --zoom, --pan-x and --pan-y, and data-zoomed as soon as there is something to pan. With
// data-held its single pointer belongs to a tool; "zoom" events tell how far it has gone.

const MOST = 16;
const STEP = 1.25;
const PAN_PX = 40;

class ZoomPane extends HTMLElement {
  #zoom = 1;
  #x = 0;
  #y = 0;
  #pointers = new Map();

  connectedCallback() {
    this.addEventListener("wheel", (event) => this.#wheel(event), { passive: false });
    this.addEventListener("keydown", (event) => this.#key(event));
    this.addEventListener("pointerdown", (event) => this.#down(event));
    this.addEventListener("pointermove", (event) => this.#move(event));
    for (const end of ["pointerup", "pointercancel"]) {
      this.addEventListener(end, ({ pointerId }) => this.#pointers.delete(pointerId));
    }
  }

  get zoom() {
    return this.#zoom;
  }

  // Everything fits.
  reset() {
    return this.#place(1, 0, 0);
  }

  // Around a place of the window; without one, its middle.
  zoomTo(zoom, { clientX, clientY } = this.#middle()) {
    const next = Math.min(Math.max(zoom, 1), MOST);
    const { clientX: middleX, clientY: middleY } = this.#middle();
    const [fromX, fromY] = [clientX - middleX - this.#x, clientY - middleY - this.#y];
    const factor = next / this.#zoom - 1;
    return this.#place(next, this.#x - fromX * factor, this.#y - fromY * factor);
  }

  zoomBy(steps, place) {
    return this.zoomTo(this.#zoom * STEP ** steps, place);
  }

  #middle() {
    const { left, top, width, height } = this.getBoundingClientRect();
    return { clientX: left + width / 2, clientY: top + height / 2 };
  }

  // Whether anything has moved.
  #place(zoom, x, y) {
    const before = [this.#zoom, this.#x, this.#y];
    const [mostX, mostY] = [this.clientWidth, this.clientHeight].map((side) => (side * (zoom - 1)) / 2);
    this.#zoom = zoom;
    this.#x = Math.min(Math.max(x, -mostX), mostX);
    this.#y = Math.min(Math.max(y, -mostY), mostY);
    this.style.setProperty("--zoom", this.#zoom);
    this.style.setProperty("--pan-x", `${this.#x}px`);
    this.style.setProperty("--pan-y", `${this.#y}px`);
    this.toggleAttribute("data-zoomed", zoom > 1);
    this.dispatchEvent(new CustomEvent("zoom"));
    return [this.#zoom, this.#x, this.#y].some((value, at) => value !== before[at]);
  }

  #wheel(event) {
    // Where nothing moves here, the page does.
    if (this.zoomBy(-event.deltaY / 100, event)) event.preventDefault();
  }

  #key(event) {
    if (event.target !== this) return; // a tool's
    const pan = (x, y) => () => this.#place(this.#zoom, this.#x + x * PAN_PX, this.#y + y * PAN_PX);
    const act = {
      "+": () => this.zoomBy(1),
      "=": () => this.zoomBy(1),
      "-": () => this.zoomBy(-1),
      0: () => this.reset(),
      ArrowLeft: pan(1, 0),
      ArrowRight: pan(-1, 0),
      ArrowUp: pan(0, 1),
      ArrowDown: pan(0, -1),
    }[event.key];
    if (!act || event.ctrlKey || event.metaKey || event.altKey) return;
    if (act()) event.preventDefault();
  }

  #down(event) {
    if (event.button) return;
    this.#pointers.set(event.pointerId, event);
    if (event.pointerType === "mouse" && !this.#isHeld) this.setPointerCapture(event.pointerId);
  }

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

  #pinch(other, before, event) {
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
