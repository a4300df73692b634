// A rectangle that is drawn over a picture, or set by its four sides in per cent:
//
//   <region-box>
//     <input type="number" name="left" …> <input … name="top"> <input … name="right"> <input … name="bottom">
//   </region-box>
//
// It is drawn on the element of its property `over`, which gets --left, --top, --right and --bottom
// for the styles that show it.

import { find } from "../page.js";

/** @typedef {{ x: number, y: number }} Point in per cent of the element's width and height */

const SIDES = /** @type {const} */ (["left", "top", "right", "bottom"]);
const LEAST = 1; // per cent

export class RegionBox extends HTMLElement {
  /** @type {HTMLElement | undefined} */
  #over;
  /** @type {Point | undefined} */
  #from;

  connectedCallback() {
    this.addEventListener("input", () => this.#show());
  }

  /** @param {HTMLElement} element */
  set over(element) {
    this.#over = element;
    element.addEventListener("pointerdown", (event) => this.#down(element, event));
    element.addEventListener("pointermove", (event) => this.#move(element, event));
    for (const end of ["pointerup", "pointercancel"]) element.addEventListener(end, () => (this.#from = undefined));
    this.#show();
  }

  /** The rectangle as the API's `roi`: x1 y1 x2 y2. */
  get value() {
    const { left, top, right, bottom } = this.#sides;
    const near = [Math.min(left, right, 100 - LEAST), Math.min(top, bottom, 100 - LEAST)];
    const far = [Math.max(left, right, near[0] + LEAST), Math.max(top, bottom, near[1] + LEAST)];
    return [...near, ...far].map((side) => `${side}%`).join(" ");
  }

  get #sides() {
    /** @param {typeof SIDES[number]} side */
    const percent = (side) => Math.min(Math.max(this.#input(side).valueAsNumber || 0, 0), 100);
    return { left: percent("left"), top: percent("top"), right: percent("right"), bottom: percent("bottom") };
  }

  /** @param {string} side */
  #input(side) {
    return find(`[name=${side}]`, HTMLInputElement, this);
  }

  #show() {
    for (const [side, value] of Object.entries(this.#sides)) this.#over?.style.setProperty(`--${side}`, `${value}%`);
  }

  /**
   * @param {HTMLElement} over
   * @param {PointerEvent} event
   */
  #down(over, event) {
    if (event.button || !event.isPrimary) return;
    over.setPointerCapture(event.pointerId);
    this.#from = pointIn(over, event);
    this.#span(this.#from, this.#from);
  }

  /**
   * @param {HTMLElement} over
   * @param {PointerEvent} event
   */
  #move(over, event) {
    if (this.#from && event.isPrimary) this.#span(this.#from, pointIn(over, event));
  }

  /**
   * @param {Point} one
   * @param {Point} other
   */
  #span(one, other) {
    const sides = [Math.min(one.x, other.x), Math.min(one.y, other.y), Math.max(one.x, other.x), Math.max(one.y, other.y)];
    SIDES.forEach((side, at) => {
      this.#input(side).value = String(Math.round(Math.min(Math.max(sides[at], 0), 100)));
    });
    this.#show();
  }
}

/**
 * @param {HTMLElement} element
 * @param {PointerEvent} event
 * @returns {Point}
 */
function pointIn(element, { clientX, clientY }) {
  const { left, top, width, height } = element.getBoundingClientRect();
  return { x: (100 * (clientX - left)) / width, y: (100 * (clientY - top)) / height };
}

customElements.define("region-box", RegionBox);
