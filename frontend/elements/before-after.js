// What is in it, of which a slider shows the first layer up to where it stands:
//
//   <before-after>
//     … <img class="photo" alt="before"> …  <input type="range" class="split" aria-label="…">
//   </before-after>
//
// The range is the whole control, for mouse, touch, keyboard and screen readers alike; styles have
// --split to clip by.

class BeforeAfter extends HTMLElement {
  connectedCallback() {
    this.#slider.addEventListener("input", () => this.#split());
    this.#split();
  }

  reset() {
    this.#slider.value = 0;
    this.#split();
  }

  get #slider() {
    return this.querySelector("input.split");
  }

  #split() {
    this.style.setProperty("--split", `${this.#slider.value}%`);
  }
}

customElements.define("before-after", BeforeAfter);
