import { BrushLayer } from "../elements/brush-layer.js";
import { say } from "../language.js";
import { find } from "../page.js";
import { Editor } from "./editor.js";
import { FileControls } from "./file-controls.js";
import { RegionTool } from "./region-tool.js";
import { SettingsForm } from "./settings-form.js";

/** @import { Line } from "../elements/brush-layer.js" */
/** @import { Failure } from "../failure.js" */
/** @import { Photo, RemovalOptions, Result } from "../photo.js" */
/** @import { Viewer } from "../viewer.js" */

/**
 * What the panel asks of the page.
 * @typedef Page
 * @property {Viewer} viewer
 * @property {Photo | undefined} photo that is looked at
 * @property {(message: string, failure?: Failure) => void} report
 * @property {() => void} clearFailure
 * @property {(work: () => Promise<unknown>) => Promise<boolean>} attempt
 * @property {(options: RemovalOptions) => void} retry
 * @property {(name: "" | "brush" | "region") => void} useTool
 */

/** The panel beside the picture: settings, brush, files. */
export class Panel {
  #page;
  #form = new SettingsForm();
  #section = find("section.editor", HTMLElement);
  #brush = find(".brush", HTMLDetailsElement);
  #layer = find("brush-layer", BrushLayer);
  #undo = find(".undo", HTMLButtonElement);
  #redo = find(".redo", HTMLButtonElement);
  /** @type {Photo | undefined} */
  #photo; // that is looked at and done
  /** @type {Result | undefined} */
  #result; // of the photo when it was opened
  #moving = ""; // the control that is being moved, all of which is one step

  /** @param {Page} page */
  constructor(page) {
    this.#page = page;
    this.editor = new Editor(page.viewer, this.#form);
    this.files = new FileControls(page, this.editor, this.#form);
    new RegionTool(page, this.#form);
    this.#listenToForm();
    this.#listenToBrush();
    this.#listenToUndo();
  }

  /** @param {Photo} photo with a result */
  async open(photo) {
    if (photo === this.#photo && photo.result === this.#result) return this.#show(); // in another language
    this.#photo = photo;
    this.#result = photo.result;
    this.#brush.open = false;
    this.#moving = "";
    this.#section.inert = true; // settings made meanwhile would be lost
    await this.#page.attempt(() => this.editor.open(photo));
    if (photo !== this.#photo) return;
    this.#section.inert = false;
    this.#show();
  }

  close() {
    this.#photo = undefined;
    this.files.show();
    this.editor.close();
  }

  #show() {
    this.#layer.size = this.#form.readBrush().size;
    this.#undo.disabled = !this.#photo?.canUndo;
    this.#redo.disabled = !this.#photo?.canRedo;
    this.files.show(this.#photo);
  }

  #listenToForm() {
    const { element } = this.#form;
    element.addEventListener("submit", (event) => event.preventDefault());
    element.addEventListener("input", async ({ target }) => {
      const { name } = /** @type {HTMLInputElement | HTMLSelectElement} */ (target);
      if (name === "color" || name === "picture") this.#form.choose("background", name);
      if (name === "margin" || name === "shape") this.#form.cropToSubject();
      const isOn = this.#moving === name;
      this.#moving = name;
      if (await this.#page.attempt(() => this.editor.applyForm(isOn))) this.#page.clearFailure();
      this.#show();
    });
    element.addEventListener("change", () => (this.#moving = ""));
    find(".run", HTMLButtonElement, element).addEventListener("click", () => {
      this.#page.retry({ ...this.#page.photo?.options, ...this.#form.readRetryOptions() });
    });
  }

  #listenToBrush() {
    const { editor } = this;
    this.#brush.addEventListener("toggle", async () => {
      if (this.#brush.open && !(await this.#page.attempt(() => editor.prepare()))) this.#brush.open = false;
      this.#page.useTool(this.#brush.open ? "brush" : "");
    });
    this.#layer.addEventListener("strokestart", () => editor.beginStroke());
    this.#layer.addEventListener("stroke", (event) => {
      editor.paint(/** @type {CustomEvent<Line>} */ (event).detail, this.#form.readBrush());
    });
    this.#layer.addEventListener("strokeend", () => this.#change(() => editor.endStroke(), "stroked"));
    this.#layer.addEventListener("strokecancel", () => this.#change(() => editor.cancelStroke()));
    this.#layer.addEventListener("leave", () => {
      find("summary", HTMLElement, this.#brush).focus();
      this.#brush.open = false;
    });
  }

  #listenToUndo() {
    this.#undo.addEventListener("click", () => this.#change(() => this.editor.undo(), "undone"));
    this.#redo.addEventListener("click", () => this.#change(() => this.editor.redo(), "redone"));
    document.addEventListener("keydown", (event) => {
      const button = this.#buttonOf(event);
      if (!button || !this.#photo || this.#section.inert) return;
      const hasOwnUndo = "input:is([type=url], [type=number])";
      if (event.target instanceof Element && event.target.matches(hasOwnUndo)) return;
      event.preventDefault();
      button.click();
    });
  }

  /** @param {KeyboardEvent} event */
  #buttonOf({ ctrlKey, metaKey, shiftKey, key }) {
    if (!ctrlKey && !metaKey) return;
    const [isZ, isY] = [key.toLowerCase() === "z", key.toLowerCase() === "y"];
    if (isZ) return shiftKey ? this.#redo : this.#undo;
    return isY ? this.#redo : undefined;
  }

  /**
   * @param {() => Promise<void>} act
   * @param {string} [message] the key of what to report
   */
  async #change(act, message) {
    await this.#page.attempt(act);
    this.#show();
    if (message) this.#page.report(say(message));
  }
}
