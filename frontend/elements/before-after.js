// Two pictures of one scene, of which a slider shows the first up to where it stands:
//
//   <before-after>
//     <img alt="before"> <img alt="after"> <input type="range" aria-label="…">
//   </before-after>
//
// The range is the whole control, for mouse, touch, keyboard and screen readers alike.

class BeforeAfter extends HTMLElement {
  connectedCallback() {
    const [before] = this.querySelectorAll("img");
    this.#slider.addEventListener("input", () => this.#split());
    // TIFF and others that no browser shows
    before.addEventListener("error", () => (this.dataset.before = "missing"));
    before.addEventListener("load", () => delete this.dataset.before);
    this.#split();
  }

  reset() {
    this.#slider.value = 0;
    this.#split();
  }

  get #slider() {
    return this.querySelector("input");
  }

  #split() {
    this.style.setProperty("--split", `${this.#slider.value}%`);
  }
}

customElements.define("before-after", BeforeAfter);
