// The photos of this page in the order of their arrival. A few at a time are processed.

import { deleteUpload } from "./api.js";
import { Failure } from "./failure.js";
import { Photo } from "./photo.js";
import { cutOut } from "./processing.js";

/** @import { RemovalOptions } from "./photo.js" */

const CONCURRENCY = 2;
const AFFECTING_ALL = ["allowance_used_up"]; // codes that every waiting photo would meet, too

/** Dispatches "change", a CustomEvent with the photo that has changed, come or gone. */
export class Queue extends EventTarget {
  /** @type {Photo[]} */
  #photos = [];

  get photos() {
    return this.#photos;
  }

  /**
   * Adds files, or addresses from which the service fetches them.
   * @param {(File | string)[]} sources
   */
  add(sources) {
    const added = sources.map((source) => new Photo(source));
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
    try {
      if (photo.uploadId) await deleteUpload(photo.uploadId);
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

  #next() {
    const running = this.#photos.filter(({ isRunning }) => isRunning);
    const waiting = this.#photos.filter(({ isWaiting }) => isWaiting);
    waiting.slice(0, CONCURRENCY - running.length).forEach((photo) => this.#run(photo));
  }

  /** @param {Photo} photo */
  async #run(photo) {
    const signal = photo.start();
    try {
      photo.finish(await cutOut(signal, photo));
    } catch (failure) {
      if (!signal.aborted) this.#fail(photo, failure);
    } finally {
      photo.stop();
      this.#next();
    }
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
