// A photo on this page: its file and upload, the work in progress, its cutout, and its edit.

import { makeSamePicture } from "./editing/settings.js";
import { redone, stepTo, undone, UNEDITED } from "./edits.js";
import { Failure } from "./failure.js";

/** @import { Edits, History } from "./edits.js" */
/** @import { Format } from "./editing/settings.js" */

/** @typedef {{ width: number, height: number }} Size in px */

/** @typedef {{ left: number, top: number, width: number, height: number }} Box */

// A WebP has no longer side. Every browser that has OffscreenCanvas, which this page needs, shows WebP.
const MAX_WEBP_PX = 16_383;

/**
 * @typedef Result
 * @property {Blob} blob the cutout, a WebP or a PNG
 * @property {Size} size of the cutout, which may be a reduced copy
 * @property {number} looksSkipped inferences for which the service had no time
 * @property {Size} fullSize of the photo
 * @property {Box} box around the subject, in shares of the cutout's size
 */

/** @typedef {Record<string, string>} RemovalOptions parameters of POST /v1.0/removebg */

/**
 * A step of the work: a key of messages/.
 * @typedef {"waiting" | "offline" | "fetching" | "checking" | "uploading" | "cutting" | "waking" | "downloading"} Step
 */

/**
 * What body[data-state] can be once a photo is shown. `share` of the step is done, 0..1; the step
 * is empty while the photo is being deleted.
 * @typedef {{ state: "working", step: Step | "", share?: number }
 *   | { state: "done" }
 *   | { state: "failed", failure: Failure }} Status
 */

/**
 * Everything of a photo that outlasts the page. What has not changed is the same object.
 * @typedef PhotoRecord
 * @property {string} address
 * @property {File | Blob | undefined} file
 * @property {Blob | undefined} view
 * @property {Size | undefined} size
 * @property {string} type
 * @property {number} since
 * @property {string} uploadId
 * @property {boolean} isUploaded
 * @property {RemovalOptions} options
 * @property {Result | undefined} result
 * @property {History} history
 * @property {Status["state"]} state
 * @property {string} failure its code, if the photo failed
 * @property {string} message of the service about the failure
 */

/** Owns its state. Every transition is a method; those of the status dispatch "change", those of the edits "edit". */
export class Photo extends EventTarget {
  /** @type {File | Blob | undefined} */
  #file;
  /** @type {Blob | undefined} */
  #view;
  /** @type {Size | undefined} */
  #size;
  type = ""; // media type, once its first bytes are looked at
  /** @type {Status} */
  #status = { state: "working", step: "waiting" };
  #uploadId = "";
  #isUploaded = false;
  #since = Date.now();
  #isExpired = false;
  /** @type {RemovalOptions} */
  #options = {};
  /** @type {Result | undefined} */
  #result;
  /** @type {AbortController | undefined} */
  #work;
  #removal = new AbortController();
  /** @type {History} */
  #history = UNEDITED;
  /** @type {Map<Format, Promise<Blob>>} */
  #exports = new Map();

  /** @param {File | string} source a file, or an address from which the service fetches it */
  constructor(source) {
    super();
    const isAddress = typeof source === "string";
    /** @readonly */
    this.address = isAddress ? source : "";
    /** @readonly */
    this.name = isAddress ? nameIn(source) : source.name;
    if (!isAddress) this.#file = source;
  }

  /**
   * A photo as it was on a page that was left; its work in progress starts again.
   * @param {PhotoRecord} record
   */
  static from(record) {
    const { address, file } = record;
    const photo = new Photo(address || /** @type {File} */ (file));
    photo.#file = file;
    photo.#view = record.view;
    photo.#size = record.size;
    photo.type = record.type;
    photo.#since = Math.min(record.since, Date.now()); // else the clock was set back
    photo.#uploadId = record.uploadId;
    photo.#isUploaded = record.isUploaded;
    photo.#options = record.options;
    photo.#result = record.result;
    photo.#history = record.history;
    if (record.state === "done") photo.#status = { state: "done" };
    if (record.failure) photo.#status = { state: "failed", failure: new Failure(record.failure, record.message) };
    return photo;
  }

  /** @returns {PhotoRecord} */
  get record() {
    const { code = "", message = "" } = this.#status.state === "failed" ? this.#status.failure : {};
    return {
      address: this.address,
      file: this.#file,
      view: this.#view,
      size: this.#size,
      type: this.type,
      since: this.#since,
      uploadId: this.#uploadId,
      isUploaded: this.#isUploaded,
      options: this.#options,
      result: this.#result,
      history: this.#history,
      state: this.#status.state,
      failure: code,
      message,
    };
  }

  /** Known from the start, or once the service has fetched the photo. */
  get file() {
    return this.#file;
  }

  /** The photo upright: the file, or a copy where this browser does not turn it. */
  get view() {
    return this.#view ?? this.#file;
  }

  /** Whether this browser can show the photo itself. */
  get isViewable() {
    return Boolean(this.#size);
  }

  get status() {
    return this.#status;
  }

  get step() {
    return this.#status.state === "working" ? this.#status.step : "";
  }

  get isWaiting() {
    return ["waiting", "offline"].includes(this.step) && !this.#work;
  }

  get isRunning() {
    return Boolean(this.#work);
  }

  get isDone() {
    return this.#status.state === "done";
  }

  /** Known before anything is sent, so that the upload of a cancelled photo is deleted, too. */
  get uploadId() {
    return this.#uploadId;
  }

  get isUploaded() {
    return this.#isUploaded;
  }

  /** When it was uploaded, or chosen if it was not yet, by this device's clock; in ms since 1970. */
  get since() {
    return this.#since;
  }

  /** Whether the service has deleted it, so that this page alone has it. */
  get isExpired() {
    return this.#isExpired;
  }

  get options() {
    return this.#options;
  }

  get hasResult() {
    return Boolean(this.#result);
  }

  /** The latest cutout, which a retry does not take away. */
  get result() {
    if (!this.#result) throw new Error(`${this.name} has no cutout yet`);
    return this.#result;
  }

  /** The size of what is shown, if it is known. */
  get shownSize() {
    return this.#result?.size ?? this.#size;
  }

  /** The size of the photo itself, once there is a cutout. */
  get fullSize() {
    return this.#size ?? this.result.fullSize;
  }

  /** Whether the cutout is smaller than the photo, so that the service makes the files to save. */
  get isCopy() {
    return this.result.size.width < this.fullSize.width;
  }

  /**
   * The format in which the cutout is fetched. A WebP has a third of a PNG's bytes or less and the same alpha.
   * Its colours are approximate: where the cutout is opaque, those of the photo replace them
   * (layers.js), which this browser therefore has to be able to show.
   */
  get resultFormat() {
    const { width, height } = this.#size ?? { width: Infinity, height: Infinity };
    return Math.max(width, height) <= MAX_WEBP_PX ? "webp" : "png";
  }

  /** What was set in the editor, if anything was. */
  get settings() {
    return this.#history.present.settings;
  }

  /** Of the brush, in the order in which they were drawn. */
  get strokes() {
    return this.#history.present.strokes;
  }

  get canUndo() {
    return this.#history.past.length > 0;
  }

  get canRedo() {
    return this.#history.future.length > 0;
  }

  /** Aborted when the photo is about to be removed. */
  get signal() {
    return this.#removal.signal;
  }

  /** Waits to be cut out, maybe once more. */
  enqueue(options = this.#options) {
    this.#options = { ...options };
    this.#become({ state: "working", step: "waiting" });
  }

  /**
   * Starts the work.
   * @returns {AbortSignal} aborted by `restore` and `abort`
   */
  start() {
    this.#work = new AbortController();
    return this.#work.signal;
  }

  /** Ends the work, however it went. */
  stop() {
    this.#work = undefined;
  }

  /**
   * Shows how far the work is. A finished photo that is uploaded again for a file to save stays so.
   * @param {Step} step
   * @param {number} [share]
   */
  proceed(step, share) {
    if (this.#status.state === "working") this.#become({ state: "working", step, share });
  }

  /**
   * The service has fetched the photo from its address, which is an upload, too.
   * @param {Blob} file
   */
  fetched(file) {
    this.#file = file;
    this.uploaded();
  }

  /** @param {{ type: string, size?: Size, view: Blob }} found no size if this browser cannot show it */
  inspected({ type, size, view }) {
    this.type = type;
    this.#size = size;
    this.#view ??= view;
  }

  /** @param {string} uploadId */
  uploading(uploadId) {
    this.#uploadId = uploadId;
    this.#isUploaded = false;
  }

  uploaded() {
    this.#isUploaded = true;
    this.#since = Date.now();
    this.#isExpired = false;
  }

  /** The service has deleted the photo, after an hour. */
  expire() {
    this.#isUploaded = false;
    this.#isExpired = true;
    this.#become(this.#status);
  }

  uploadLost() {
    this.#isUploaded = false;
  }

  /** @param {Result} result */
  finish(result) {
    this.#result = result;
    this.#outdateExports();
    this.#become({ state: "done" });
  }

  /** @param {Failure} failure */
  fail(failure) {
    if (failure.isUploadGone) this.uploadLost();
    this.#become({ state: "failed", failure });
  }

  /** Aborts the work and goes back to the result before it. */
  restore() {
    this.#work?.abort();
    this.#become({ state: "done" });
  }

  /** Aborts all work with the photo, which is about to be removed. */
  abort() {
    this.#work?.abort();
    this.#removal.abort();
    this.#removal = new AbortController(); // the photo stays if the service cannot delete it
    if (this.#status.state === "working") this.#become({ state: "working", step: "" });
  }

  removeRegion() {
    const { roi: _, ...options } = this.#options;
    this.#options = options;
  }

  /**
   * Edits the picture: one more step that can be undone.
   * @param {Partial<Edits>} edits that have changed
   */
  edit(edits) {
    this.#travel(stepTo(this.#history, { ...this.#history.present, ...edits }));
  }

  /**
   * Edits the picture within the latest step, as while a slider moves.
   * @param {Partial<Edits>} edits that have changed
   */
  editOn(edits) {
    this.#travel({ ...this.#history, present: { ...this.#history.present, ...edits } });
  }

  undo() {
    this.#travel(undone(this.#history));
  }

  redo() {
    this.#travel(redone(this.#history));
  }

  /** @param {History} history */
  #travel(history) {
    const [before, after] = [this.#history.present, history.present];
    this.#history = history;
    if (before.strokes !== after.strokes || !makeSamePicture(before.settings, after.settings)) this.#outdateExports();
    this.dispatchEvent(new Event("edit"));
  }

  /** The picture has changed since files were made of it. */
  #outdateExports() {
    this.#exports = new Map();
  }

  /**
   * A file of the picture as it is now, made once however often it is asked for.
   * @param {Format} format
   * @param {() => Promise<Blob>} make
   */
  exported(format, make) {
    const exports = this.#exports;
    const known = exports.get(format);
    if (known) return known;
    const made = make();
    exports.set(format, made);
    made.catch(() => exports.delete(format));
    return made;
  }

  /** @param {Status} status */
  #become(status) {
    this.#status = status;
    this.dispatchEvent(new Event("change"));
  }
}

/** @param {string} address */
function nameIn(address) {
  const last = new URL(address).pathname.split("/").filter(Boolean).pop() ?? "photo";
  try {
    return decodeURIComponent(last);
  } catch (error) {
    if (!(error instanceof URIError)) throw error;
    return last; // percent-encoded, but not UTF-8
  }
}
