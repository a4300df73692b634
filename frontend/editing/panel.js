import { BrushLayer } from "../elements/brush-layer.js";
import { Failure } from "../failure.js";
import { unique } from "../files.js";
import { say } from "../language.js";
import { find, findAll } from "../page.js";
import { zip } from "../zip.js";
import { Editor } from "./editor.js";
import { canWrite, exportFile } from "./export.js";
import { SettingsForm } from "./settings-form.js";

/** @import { Line } from "../elements/brush-layer.js" */
/** @import { Photo, RemovalOptions, Result } from "../photo.js" */
/** @import { Viewer } from "../viewer.js" */
/** @import { Format } from "./settings.js" */

/**
 * What the panel asks of the page.
 * @typedef Page
 * @property {Viewer} viewer
 * @property {(message: string, failure?: Failure) => void} report
 * @property {() => void} clearFailure
 * @property {(options: RemovalOptions) => void} retry
 * @property {(name: "" | "brush") => void} useTool
 */

const NAMES = { png: "PNG", webp: "WebP", jpg: "JPEG", alpha: "PNG" };
const SAVING_MS = 60_000; // after that the browser has read the file that it saves

/** The controls beside the picture: they set, brush and save. */
export class Panel {
  #page;
  #form = new SettingsForm();
  #section = find("section.editor", HTMLElement);
  #formats = find(".formats", HTMLDetailsElement);
  #brush = find(".brush", HTMLDetailsElement);
  #layer = find("brush-layer", BrushLayer);
  #undo = find(".undo", HTMLButtonElement);
  #redo = find(".redo", HTMLButtonElement);
  #save = find(".save .download", HTMLButtonElement);
  /** @type {Photo | undefined} */
  #photo; // that is looked at and done
  /** @type {Result | undefined} */
  #result; // of the photo when it was opened
  #measuring = new AbortController();

  /** @param {Page} page */
  constructor(page) {
    this.#page = page;
    this.editor = new Editor(page.viewer, this.#form);
    this.#listenToSettings();
    this.#listenToBrush();
    this.#listenToButtons();
  }

  /** Parameters of the API for a retry. */
  get retryOptions() {
    return this.#form.readRetryOptions();
  }

  /** @param {Photo} photo with a result */
  async open(photo) {
    if (photo === this.#photo && photo.result === this.#result) return this.#update(); // in another language
    this.#photo = photo;
    this.#result = photo.result;
    this.#brush.open = false;
    this.#section.inert = true; // settings made meanwhile would be lost
    await this.#try(() => this.editor.open(photo));
    if (photo !== this.#photo) return;
    this.#section.inert = false;
    this.#update();
  }

  close() {
    this.#photo = undefined;
    this.#measuring.abort();
    this.editor.close();
  }

  /**
   * Saves all finished photos in one archive.
   * @param {Photo[]} photos
   */
  async saveAll(photos) {
    const done = photos.filter(({ isDone }) => isDone);
    await this.#try(async () => {
      /** @type {Set<string>} */
      const taken = new Set();
      /** @type {[string, Blob][]} */
      const files = [];
      for (const photo of done) {
        this.#page.report(`${say("saving")} ${say("progressOf", files.length, done.length)}`);
        const format = photo.settings?.format ?? "png";
        files.push([unique(fileName(photo, format), taken), await this.#fileOf(photo, format)]);
      }
      this.#download("cutouts.zip", await zip(files));
    });
  }

  #listenToSettings() {
    const { element } = this.#form;
    element.addEventListener("submit", (event) => event.preventDefault());
    element.addEventListener("input", async ({ target }) => {
      const { name } = /** @type {HTMLInputElement | HTMLSelectElement} */ (target);
      if (name === "color" || name === "picture") this.#form.choose("background", name);
      if (name === "margin" || name === "shape") this.#form.cropToSubject();
      if (await this.#try(() => this.editor.update())) this.#page.clearFailure();
      this.#update();
    });
    this.#formats.addEventListener("toggle", () => this.#measureFiles());
  }

  #listenToBrush() {
    const { editor } = this;
    this.#brush.addEventListener("toggle", async () => {
      if (this.#brush.open && !(await this.#try(() => editor.prepare()))) this.#brush.open = false;
      this.#page.useTool(this.#brush.open ? "brush" : "");
    });
    this.#layer.addEventListener("strokestart", () => editor.beginStroke());
    this.#layer.addEventListener("stroke", (event) => {
      editor.paint(/** @type {CustomEvent<Line>} */ (event).detail, this.#form.readBrush());
    });
    this.#layer.addEventListener("strokeend", () => this.#change(() => editor.endStroke(), "stroked"));
    this.#layer.addEventListener("strokecancel", () => this.#change(() => editor.cancelStroke()));
    this.#undo.addEventListener("click", () => this.#change(() => editor.undo(), "undone"));
    this.#redo.addEventListener("click", () => this.#change(() => editor.redo(), "stroked"));
    document.addEventListener("keydown", (event) => {
      if (!(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== "z" || !this.#photo) return;
      const hasOwnUndo = "input:not([type=range], [type=radio], [type=checkbox])";
      if (event.target instanceof Element && event.target.matches(hasOwnUndo)) return;
      event.preventDefault();
      (event.shiftKey ? this.#redo : this.#undo).click();
    });
  }

  #listenToButtons() {
    find(".run", HTMLButtonElement, this.#form.element).addEventListener("click", () => {
      if (this.#photo) this.#page.retry({ ...this.#photo.options, ...this.retryOptions });
    });
    const canShare = navigator.canShare?.({ files: [new File([], "cutout.png", { type: "image/png" })] });
    const share = find(".save .share", HTMLButtonElement);
    share.hidden = !canShare;
    /** @type {[HTMLButtonElement, (photo: Photo, format: Format) => Promise<void>][]} */
    const buttons = [
      [this.#save, (photo, format) => this.#saveFile(photo, format)],
      [find(".save .copy", HTMLButtonElement), (photo, format) => this.#copy(photo, format)],
      [share, (photo, format) => this.#share(photo, format)],
    ];
    for (const [button, act] of buttons) {
      button.addEventListener("click", () => {
        const photo = this.#photo;
        if (photo) this.#try(() => act(photo, this.#form.read().format));
      });
    }
  }

  /**
   * @param {() => Promise<void>} act
   * @param {string} [message] the key of what to report
   */
  async #change(act, message) {
    await this.#try(act);
    this.#update();
    if (message) this.#page.report(say(message));
  }

  /**
   * @param {Photo} photo
   * @param {Format} format
   */
  async #saveFile(photo, format) {
    this.#page.report(say("saving"));
    this.#download(fileName(photo, format), await this.#fileOf(photo, format));
  }

  /**
   * @param {Photo} photo
   * @param {Format} format
   */
  async #copy(photo, format) {
    const png = this.#fileOf(photo, format === "alpha" ? format : "png");
    // The promise and not the file: Safari allows copying during the click alone.
    const [made, copied] = await Promise.allSettled([
      png,
      navigator.clipboard.write([new ClipboardItem({ "image/png": png })]),
    ]);
    if (made.status === "rejected") throw made.reason;
    if (copied.status === "rejected") throw new Failure("copy_failed");
    this.#page.report(say("copied"));
  }

  /**
   * @param {Photo} photo
   * @param {Format} format
   */
  async #share(photo, format) {
    const blob = await this.#fileOf(photo, format);
    const files = [new File([blob], fileName(photo, format), { type: blob.type })];
    await navigator.share({ files }).catch((error) => {
      if (error.name !== "AbortError") throw new Failure("share_failed"); // else the person cancelled it
    });
  }

  /**
   * @param {string} name
   * @param {Blob} blob
   */
  #download(name, blob) {
    const link = Object.assign(document.createElement("a"), { download: name, href: URL.createObjectURL(blob) });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), SAVING_MS);
    this.#page.report(say("saved", name));
  }

  /**
   * @param {Photo} photo
   * @param {Format} format
   */
  async #fileOf(photo, format) {
    const { signal } = photo;
    const file = await exportFile(signal, this.editor, photo, format);
    signal.throwIfAborted();
    return file;
  }

  #update() {
    this.#save.textContent = say("download", NAMES[this.#form.read().format]);
    this.#layer.size = this.#form.readBrush().size;
    this.#undo.disabled = !this.editor.canUndo;
    this.#redo.disabled = !this.editor.canRedo;
    this.#measureFiles();
  }

  /** Shows how large each file would be, while the formats are shown. */
  #measureFiles() {
    this.#measuring.abort();
    this.#measuring = new AbortController();
    const { signal } = this.#measuring;
    const photo = this.#photo;
    if (this.#formats.open && photo) this.#try(() => this.#showFileSizes(signal, photo));
  }

  /**
   * @param {AbortSignal} signal
   * @param {Photo} photo
   */
  async #showFileSizes(signal, photo) {
    for (const label of findAll("label", HTMLLabelElement, this.#formats)) {
      const format = /** @type {Format} */ (find("input", HTMLInputElement, label).value);
      label.hidden = !(await canWrite(format));
      const text = photo.isCopy ? sizeAtService(photo) : bytes(await this.#fileOf(photo, format));
      if (signal.aborted) return;
      find(".bytes", HTMLElement, label).textContent = text;
    }
  }

  /**
   * Reports what goes wrong, after which the page goes on.
   * @param {() => Promise<unknown>} work
   * @returns {Promise<boolean>} whether nothing went wrong
   */
  async #try(work) {
    try {
      await work();
      return true;
    } catch (failure) {
      if (failure instanceof DOMException && failure.name === "AbortError") return false; // photo removed
      if (!(failure instanceof Failure)) throw failure;
      this.#page.report("", failure);
      return false;
    }
  }
}

/**
 * @param {Photo} photo
 * @param {Format} format
 */
function fileName({ name }, format) {
  return `${name.replace(/^(.+)\.[^.]*$/, "$1")}-${format === "alpha" ? "alpha.png" : `cutout.${format}`}`;
}

/** @param {Photo} photo */
function sizeAtService({ fullSize: { width, height }, settings }) {
  return settings?.crop ? "" : say("onService", `${width} × ${height}`);
}

/** @param {Blob} blob */
function bytes({ size }) {
  const unit = size < 1e6 ? "kilobyte" : "megabyte";
  const style = /** @type {const} */ ({ style: "unit", unit, maximumSignificantDigits: 2 });
  return new Intl.NumberFormat(document.documentElement.lang, style).format(size / (size < 1e6 ? 1e3 : 1e6));
}
