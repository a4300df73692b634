import { Failure } from "../failure.js";
import { explain, say } from "../language.js";
import { find, findAll } from "../page.js";
import { unique, zip } from "../zip.js";
import { canWrite, exportFile } from "./export.js";

/** @import { Photo } from "../photo.js" */
/** @import { Editor } from "./editor.js" */
/** @import { Page } from "./panel.js" */
/** @import { Format } from "./settings.js" */
/** @import { SettingsForm } from "./settings-form.js" */

const NAMES = { png: "PNG", webp: "WebP", jpg: "JPEG", alpha: "PNG" };
const SAVING_MS = 60_000; // after that the browser has read the file that it saves

/** The controls that save, copy and share the picture, and show how large its files are. */
export class FileControls {
  #page;
  #editor;
  #form;
  #formats = find(".formats", HTMLDetailsElement);
  #save = find(".save .download", HTMLButtonElement);
  /** @type {Photo | undefined} */
  #photo;
  #measuring = new AbortController();

  /**
   * @param {Page} page
   * @param {Editor} editor
   * @param {SettingsForm} form
   */
  constructor(page, editor, form) {
    this.#page = page;
    this.#editor = editor;
    this.#form = form;
    this.#formats.addEventListener("toggle", () => this.#measure());
    const share = find(".save .share", HTMLButtonElement);
    share.hidden = !navigator.canShare?.({ files: [new File([], "cutout.png", { type: "image/png" })] });
    this.#onClick(this.#save, (photo, format) => this.#saveFile(photo, format));
    this.#onClick(find(".save .copy", HTMLButtonElement), (photo, format) => this.#copy(photo, format));
    this.#onClick(share, (photo, format) => this.#share(photo, format));
  }

  /**
   * @param {HTMLButtonElement} button
   * @param {(photo: Photo, format: Format) => Promise<void>} act
   */
  #onClick(button, act) {
    button.addEventListener("click", () => {
      const photo = this.#photo;
      if (photo) this.#page.attempt(() => act(photo, this.#form.read().format));
    });
  }

  /**
   * Shows a photo's files as the form's settings describe them.
   * @param {Photo} [photo] none while none is edited
   */
  show(photo) {
    if (photo !== this.#photo) for (const bytes of findAll(".bytes", HTMLElement, this.#formats)) bytes.textContent = "";
    this.#photo = photo;
    this.#save.textContent = say("download", NAMES[this.#form.read().format]);
    this.#measure();
  }

  /**
   * Saves all finished photos in one archive, and says which are not in it and why.
   * @param {Photo[]} photos
   */
  async saveAll(photos) {
    const done = photos.filter(({ isDone }) => isDone);
    /** @type {Set<string>} */
    const taken = new Set();
    /** @type {[string, Blob][]} */
    const files = [];
    const missing = photos.flatMap(({ name, status }) => (status.state === "failed" ? leftOut(name, status.failure) : []));
    for (const photo of done) {
      this.#page.report(`${say("saving")} ${say("progressOf", files.length, done.length)}`);
      const format = photo.settings?.format ?? "png";
      const file = await this.#fileOf(photo, format).catch((failure) => {
        if (!(failure instanceof Failure)) throw failure;
        missing.push(leftOut(photo.name, failure));
      });
      if (file) files.push([unique(fileName(photo, format), taken), file]);
    }
    if (files.length) this.#download("cutouts.zip", await zip(files));
    if (missing.length) this.#page.report([files.length ? say("saved", "cutouts.zip") : "", ...missing].join(" ").trim());
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
    const file = await exportFile(signal, this.#editor, photo, format);
    signal.throwIfAborted();
    return file;
  }

  /** Shows how large each file would be, while the formats are shown. */
  #measure() {
    this.#measuring.abort();
    this.#measuring = new AbortController();
    const { signal } = this.#measuring;
    const photo = this.#photo;
    if (this.#formats.open && photo) this.#page.attempt(() => this.#showSizes(signal, photo));
  }

  /**
   * @param {AbortSignal} signal
   * @param {Photo} photo
   */
  async #showSizes(signal, photo) {
    for (const label of findAll("label", HTMLLabelElement, this.#formats)) {
      const format = /** @type {Format} */ (find("input", HTMLInputElement, label).value);
      label.hidden = !(await canWrite(format));
      const text = photo.isCopy ? sizeAtService(photo) : inBytes(await this.#fileOf(photo, format));
      if (signal.aborted) return;
      find(".bytes", HTMLElement, label).textContent = text;
    }
  }
}

/**
 * @param {string} name
 * @param {Failure} failure
 */
function leftOut(name, failure) {
  return say("leftOut", name, explain(failure));
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

/** @param {Blob} file */
function inBytes({ size }) {
  const unit = size < 1e6 ? "kilobyte" : "megabyte";
  const style = /** @type {const} */ ({ style: "unit", unit, maximumSignificantDigits: 2 });
  return new Intl.NumberFormat(document.documentElement.lang, style).format(size / (size < 1e6 ? 1e3 : 1e6));
}
