// The photos of this page in the order of their arrival. A few at a time are processed.

import { Failure, loaded } from "./failure.js";
import { Photo } from "./photo.js";

/** @import { RemovalOptions } from "./photo.js" */

const CONCURRENCY = 2;
const AFFECTING_ALL = ["allowance_used_up"]; // codes that every waiting photo would meet, too

/** Dispatches "change", a CustomEvent with the photo that has changed, come or gone. */
export class Queue extends EventTarget {
  /** @type {Photo[]} */
  #photos = [];
  /** @type {Set<Photo>} */
  #interrupted = new Set(); // failed, as the connection broke
  #isAwake = false; // the service has made a cutout during this visit

  constructor() {
    super();
    for (const change of ["online", "offline"]) addEventListener(change, () => this.#resume());
  }

  get photos() {
    return this.#photos;
  }

  /**
   * Adds files, or addresses from which the service fetches them.
   * @param {(File | string)[]} sources
   */
  add(sources) {
    return this.restore(sources.map((source) => new Photo(source)));
  }

  /**
   * Adds photos that were here before, of which those that were in progress go on.
   * @param {Photo[]} added
   */
  restore(added) {
    this.#photos = [...this.#photos, ...added];
    for (const photo of added) {
      photo.addEventListener("change", () => this.#changed(photo));
      this.#changed(photo);
    }
    this.#next();
    return added;
  }

  /**
   * Cuts a photo out again.
   * @param {Photo} photo
   * @param {RemovalOptions} [options]
   */
  retry(photo, options) {
    this.#interrupted.delete(photo);
    photo.enqueue(options);
    this.#next();
  }

  /**
   * Removes a photo and its upload. It stays, failed, if the service could not delete the upload.
   * @param {Photo} photo
   * @returns {Promise<boolean>} whether it is gone
   */
  async remove(photo) {
    photo.abort();
    this.#interrupted.delete(photo);
    try {
      if (photo.uploadId) await (await loaded(import("./api.js"))).deleteUpload(photo.uploadId);
    } catch (failure) {
      if (!(failure instanceof Failure)) throw failure;
      if (!failure.isUploadGone) {
        this.#fail(photo, failure);
        return false;
      }
    }
    this.#photos = this.#photos.filter((other) => other !== photo);
    this.#changed(photo);
    this.#next();
    return true;
  }

  /** Lets what the connection interrupted go on, or wait for the connection. */
  #resume() {
    for (const photo of this.#photos) {
      if (this.#interrupted.delete(photo) || photo.isWaiting) photo.enqueue();
    }
    this.#next();
  }

  #next() {
    if (!navigator.onLine) {
      for (const photo of this.#photos) if (photo.step === "waiting" && photo.isWaiting) photo.proceed("offline");
      return;
    }
    const running = this.#photos.filter(({ isRunning }) => isRunning);
    const waiting = this.#photos.filter(({ isWaiting }) => isWaiting);
    waiting.slice(0, CONCURRENCY - running.length).forEach((photo) => this.#run(photo));
  }

  /** @param {Photo} photo */
  async #run(photo) {
    const signal = photo.start();
    try {
      const { cutOut } = await loaded(import("./processing.js"));
      signal.throwIfAborted();
      photo.finish(await cutOut(signal, photo, this.#isAwake));
      this.#isAwake = true;
    } catch (failure) {
      if (!signal.aborted) this.#interrupt(photo, failure);
    } finally {
      photo.stop();
      this.#next();
    }
  }

  /**
   * @param {Photo} photo
   * @param {unknown} failure of its work
   */
  #interrupt(photo, failure) {
    const isLost = failure instanceof Failure && failure.isConnectionLost;
    if (isLost && !navigator.onLine) return photo.enqueue();
    if (isLost) this.#interrupted.add(photo);
    this.#fail(photo, failure);
  }

  /**
   * @param {Photo} photo
   * @param {unknown} failure
   */
  #fail(photo, failure) {
    if (!(failure instanceof Failure)) throw failure;
    photo.fail(failure);
    if (!AFFECTING_ALL.includes(failure.code)) return;
    for (const other of this.#photos) if (other.isWaiting) other.fail(failure);
  }

  /** @param {Photo} photo */
  #changed(photo) {
    this.dispatchEvent(new CustomEvent("change", { detail: photo }));
  }
}
