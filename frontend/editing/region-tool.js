import { RegionBox } from "../elements/region-box.js";
import { find, findAll } from "../page.js";

/** @import { Page } from "./panel.js" */
/** @import { SettingsForm } from "./settings-form.js" */

/** Draws a box around the subject, in which the service looks for it. */
export class RegionTool {
  #page;
  #form;
  #region = find("region-box", RegionBox);

  /**
   * @param {Page} page
   * @param {SettingsForm} form
   */
  constructor(page, form) {
    this.#page = page;
    this.#form = form;
    this.#region.over = find(".region", HTMLElement);
    for (const button of findAll("button.draw", HTMLButtonElement)) {
      button.addEventListener("click", () => this.#start());
    }
    find("button.look", HTMLButtonElement).addEventListener("click", () => this.#search());
    find("button.leave", HTMLButtonElement).addEventListener("click", () => this.#leave());
  }

  #start() {
    this.#page.useTool("region");
    find("input", HTMLInputElement, this.#region).focus();
  }

  #search() {
    this.#page.retry({ ...this.#page.photo?.options, ...this.#form.readRetryOptions(), roi: this.#region.value });
  }

  #leave() {
    this.#page.photo?.removeRegion();
    this.#page.useTool("");
    this.#page.viewer.focus();
  }
}
