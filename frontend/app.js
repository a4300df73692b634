// Which event leads to which state; what a state shows is in styles/states.css.

import { Failure } from "./failure.js";
import { onPhotos } from "./inputs.js";
import { chooseLanguage, explain, preferredLanguage, say, showIn } from "./language.js";
import { keepForOffline } from "./offline.js";
import { find, findAll } from "./page.js";
import { Queue } from "./queue.js";
import { Thumbnails } from "./thumbnails.js";
import { deleteOnUnload } from "./unload.js";
import { Viewer } from "./viewer.js";

/** @import { Panel } from "./editing/panel.js" */
/** @import { Photo, RemovalOptions, Size } from "./photo.js" */

class App {
  viewer = new Viewer();
  #queue = new Queue();
  #thumbnails = new Thumbnails((photo) => this.#select(photo));
  #status = find("[role=status]", HTMLElement);
  #alert = find("[role=alert]", HTMLElement);
  #progress = find("progress", HTMLProgressElement);
  #percent = find(".percent", HTMLElement);
  #language = find(".language select", HTMLSelectElement);
  #region = find("region-box", HTMLElement);
  /** @type {Photo | undefined} */
  photo; // that is looked at
  /** @type {Panel | undefined} */
  #panel; // loaded with the first photo

  async start() {
    this.#queue.addEventListener("change", (event) => {
      this.#changed(/** @type {CustomEvent<Photo>} */ (event).detail);
    });
    await this.#speak(() => showIn(preferredLanguage()));
    this.#language.addEventListener("change", () => this.#speak(() => chooseLanguage(this.#language.value)));
    deleteOnUnload(this.#queue, (names) => this.report(say("reloaded", names.join(", "))));
    onPhotos((sources) => this.#add(sources));
    /** @type {[string, (photo: Photo) => unknown][]} */
    const buttons = [
      ["cancel", (photo) => (photo.hasResult ? photo.restore() : this.#remove(photo, "cancelled"))],
      ["back", (photo) => photo.restore()],
      ["delete", (photo) => this.#remove(photo, "deleted")],
      ["drop", (photo) => this.#remove(photo, "deleted")],
      ["retry", (photo) => this.retry(photo.options)],
    ];
    for (const [name, act] of buttons) this.#onClick(name, () => this.photo && act(this.photo));
    this.#onClick("zip", () => this.attempt(async () => (await this.loadPanel()).files.saveAll(this.#queue.photos)));
    keepForOffline();
  }

  /**
   * @param {string} name
   * @param {() => unknown} act
   */
  #onClick(name, act) {
    for (const button of findAll(`button.${name}`, HTMLButtonElement)) button.addEventListener("click", act);
  }

  /** @param {(File | string)[]} sources */
  #add(sources) {
    const [first] = this.#queue.add(sources);
    if (document.activeElement?.closest("[data-show=empty]")) this.viewer.focus(); // it is hidden now
    this.#select(first);
  }

  /** @param {() => Promise<void>} change of the language */
  async #speak(change) {
    try {
      await change();
    } catch (failure) {
      if (!(failure instanceof Failure)) throw failure;
      await showIn("en");
      this.report("", failure);
    }
    this.#language.value = document.documentElement.lang;
    if (this.photo) this.#present(this.photo);
    this.#showThumbnails();
  }

  /** @param {Photo} photo */
  #changed(photo) {
    if (photo === this.photo) this.#present(photo);
    else if (this.photo && !photo.step) this.#status.textContent = this.#describe(this.photo); // its count
    this.#showThumbnails();
  }

  /** @param {Photo} photo */
  #select(photo) {
    this.photo = photo;
    this.useTool("");
    this.viewer.fit();
    this.#present(photo);
    this.#showThumbnails();
  }

  #showThumbnails() {
    this.#thumbnails.show(this.#queue.photos, this.photo);
  }

  /** @param {Photo} photo */
  async #present(photo) {
    const { status } = photo;
    const failure = status.state === "failed" ? status.failure : undefined;
    Object.assign(document.body.dataset, { state: status.state, failure: failure?.code ?? "" });
    document.body.toggleAttribute("data-before", photo.hasResult);
    this.viewer.show(photo);
    this.report(this.#describe(photo), failure);
    this.#showProgress(status.state === "working" ? status.share : undefined);
    if (!photo.isDone) this.#panel?.close();
    await this.attempt(async () => {
      const panel = await this.loadPanel();
      if (photo === this.photo && photo.isDone) await panel.open(photo);
    });
  }

  /** @param {number} [share] 0..1, if it is known */
  #showProgress(share) {
    if (share === undefined) this.#progress.removeAttribute("value");
    else this.#progress.value = share;
    this.#percent.textContent = share === undefined ? "" : `${Math.round(100 * share)}%`;
  }

  /** The controls beside the picture, whose scripts come with the first photo. */
  async loadPanel() {
    if (this.#panel) return this.#panel;
    const { Panel } = await import("./editing/panel.js").catch(() => {
      throw new Failure("stale");
    });
    if (this.#panel) return this.#panel; // made by another call meanwhile
    this.#panel = new Panel(this);
    keepForOffline("editing/worker.js");
    return this.#panel;
  }

  /** @param {Photo} photo */
  #describe(photo) {
    const { photos } = this.#queue;
    const done = photos.filter(({ isDone }) => isDone).length;
    const several = photos.length > 1 ? `${say("progressOf", done, photos.length)} ` : "";
    return several + describeStatus(photo);
  }

  /**
   * @param {string} message
   * @param {Failure} [failure]
   */
  report(message, failure) {
    this.#status.textContent = message;
    this.#alert.textContent = failure ? explain(failure) : "";
  }

  /**
   * Reports what goes wrong, after which the page goes on.
   * @param {() => Promise<unknown>} work
   * @returns {Promise<boolean>} whether nothing went wrong
   */
  async attempt(work) {
    try {
      await work();
      return true;
    } catch (failure) {
      if (failure instanceof DOMException && failure.name === "AbortError") return false; // photo removed
      if (!(failure instanceof Failure)) throw failure;
      this.report("", failure);
      return false;
    }
  }

  clearFailure() {
    this.#alert.textContent = "";
  }

  /** @param {"" | "brush" | "region"} name */
  useTool(name) {
    document.body.dataset.tool = name;
    this.viewer.hold(Boolean(name));
    this.#region.hidden = name !== "region";
  }

  /** @param {RemovalOptions} options */
  retry(options) {
    this.useTool("");
    this.viewer.focus();
    if (this.photo) this.#queue.retry(this.photo, options);
  }

  /**
   * @param {Photo} photo
   * @param {"cancelled" | "deleted"} message
   */
  async #remove(photo, message) {
    const at = this.#queue.photos.indexOf(photo);
    if (!(await this.#queue.remove(photo))) return;
    const next = this.#queue.photos[at] ?? this.#queue.photos.at(-1);
    if (next) this.#select(next);
    else this.#clear();
    this.report(say(message));
  }

  #clear() {
    this.#panel?.close();
    this.photo = undefined;
    this.useTool("");
    this.viewer.clear();
    Object.assign(document.body.dataset, { state: "empty", failure: "" });
    find(".picker input", HTMLInputElement).focus();
  }
}

/** @param {Photo} photo */
function describeStatus(photo) {
  if (!photo.isDone) return photo.step && say(photo.step);
  const done = describeResult(photo);
  return photo.result.looksSkipped ? `${done} ${say("hurried")}` : done;
}

/** @param {Photo} photo */
function describeResult(photo) {
  if (!photo.isViewable) return say("notShown");
  return photo.isCopy ? say("copyOf", inPx(photo.result.size), inPx(photo.fullSize)) : say("done");
}

/** @param {Size} size */
function inPx({ width, height }) {
  return `${width} × ${height}`;
}

/** For benchmarks alone. */
export const app = new App();
await app.start();
