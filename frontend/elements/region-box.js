// A rectangle that one draws over a picture, or sets by its four sides in per cent:
//
//   <region-box>
//     <input type="number" name="left" …> <input … name="top"> <input … name="right"> <input … name="bottom">
//   </region-box>
//
// It draws on the element of its property `over`, where styles have --left, --top, --right and
// --bottom to show it by.

const SIDES = ["left", "top", "right", "bottom"];
const LEAST = 1; // per cent

class RegionBox extends HTMLElement {
  #over;
  #from;

  connectedCallback() {
    this.addEventListener("input", () => this.#show());
  }

  set over(element) {
    this.#over = element;
    element.addEventListener("pointerdown", (event) => this.#down(event));
    element.addEventListener("pointermove", (event) => this.#move(event));
    for (const end of ["pointerup", "pointercancel"]) element.addEventListener(end, () => (this.#from = undefined));
    this.#show();
  }

  // As the API has it: x1 y1 x2 y2.
  get value() {
    const { left, top, right, bottom } = this.#sides;
    const near = [Math.min(left, right, 100 - LEAST), Math.min(top, bottom, 100 - LEAST)];
    const far = [Math.max(left, right, near[0] + LEAST), Math.max(top, bottom, near[1] + LEAST)];
    return [...near, ...far].map((side) => `${side}%`).join(" ");
  }

  get #sides() {
    return Object.fromEntries(SIDES.map((side) => [side, Math.min(Math.max(this.#input(side).valueAsNumber || 0, 0), 100)]));
  }

  #input(side) {
    return this.querySelector(`[name=${side}]`);
  }

  #show() {
    for (const [side, value] of Object.entries(this.#sides)) this.#over?.style.setProperty(`--${side}`, `${value}%`);
  }

  #down(event) {
    if (event.button || !event.isPrimary) return;
    this.#over.setPointerCapture(event.pointerId);
    this.#from = this.#at(event);
    this.#span(this.#from, this.#from);
  }

  #move(event) {
    if (this.#from && event.isPrimary) this.#span(this.#from, this.#at(event));
  }

  #span(one, other) {
    const sides = [Math.min(one.x, other.x), Math.min(one.y, other.y), Math.max(one.x, other.x), Math.max(one.y, other.y)];
    SIDES.forEach((side, at) => (this.#input(side).value = Math.round(Math.min(Math.max(sides[at], 0), 100))));
    this.#show();
  }

  #at({ clientX, clientY }) {
    const { left, top, width, height } = this.#over.getBoundingClientRect();
    return { x: (100 * (clientX - left)) / width, y: (100 * (clientY - top)) / height };
  }
}

customElements.define("region-box", RegionBox);
