import { find } from "../page.js";

/** @import { Settings } from "./settings.js" */

/**
 * @typedef Brush
 * @property {boolean} restores alpha, instead of erasing it
 * @property {number} size its diameter, as a share of the photo's width
 * @property {number} hardness share of the radius that is drawn in full
 */

/** The form beside the picture. */
export class SettingsForm {
  element = find("form.settings", HTMLFormElement);
  defaults = this.read();

  /** @returns {Settings} */
  read() {
    const data = new FormData(this.element);
    /** @param {string} name */
    const text = (name) => /** @type {string} */ (data.get(name));
    return {
      format: /** @type {Settings["format"]} */ (text("format")),
      background: text("background"),
      color: text("color"),
      picture: this.#input("picture").files?.[0],
      shift: Number(text("shift")),
      feather: Number(text("feather")),
      crop: data.has("crop"),
      margin: Number(text("margin")),
      shape: text("shape"),
      shadow: Number(text("shadow")),
    };
  }

  /** @returns {Brush} */
  readBrush() {
    const data = new FormData(this.element);
    return {
      restores: data.get("tip") === "restore",
      size: Number(data.get("size")) / 100,
      hardness: Number(data.get("hardness")) / 100,
    };
  }

  /** Parameters of the API for a retry; empty edges are those that the quality implies. */
  readRetryOptions() {
    const data = new FormData(this.element);
    return { quality: String(data.get("quality")), edges: String(data.get("edges")) };
  }

  /** @param {Settings} settings */
  write({ picture, crop, ...values }) {
    const files = new DataTransfer();
    if (picture) files.items.add(picture);
    this.#input("picture").files = files.files;
    this.#input("crop").checked = crop;
    for (const [name, value] of Object.entries(values)) this.choose(name, String(value));
  }

  /**
   * @param {string} name
   * @param {string} value
   */
  choose(name, value) {
    const control = this.element.elements.namedItem(name);
    /** @type {RadioNodeList | HTMLInputElement | HTMLSelectElement} */ (control).value = value;
  }

  cropToSubject() {
    this.#input("crop").checked = true;
  }

  /** @param {string} name */
  #input(name) {
    return find(`[name=${name}]`, HTMLInputElement, this.element);
  }
}
