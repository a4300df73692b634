// Two stacked pictures, with a slider that uncovers the first:
//
//   <before-after>
//     … <img class="photo" alt="before"> …  <input type="range" class="split" aria-label="…">
//   </before-after>
//
// The range is the whole control, for mouse, touch, keyboard and screen readers alike. Styles clip
// by --split, which the element sets to the slider's value in per cent.

import { find } from "../page.js";

export class BeforeAfter extends HTMLElement {
  connectedCallback() {
    this.#slider.addEventListener("input", () => this.#split());
    this.#split();
  }

  reset() {
    this.#slider.value = "0";
    this.#split();
  }

  get #slider() {
    return find("input.split", HTMLInputElement, this);
  }

  #split() {
    this.style.setProperty("--split", `${this.#slider.value}%`);
  }
}

customElements.define("before-after", BeforeAfter);
