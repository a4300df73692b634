// Which event leads to which state; what a state shows is in styles/states.css.

import { Failure, loaded } from "./failure.js";
import { onPhotos } from "./inputs.js";
import { chooseLanguage, explain, preferredLanguage, say, showIn } from "./language.js";
import { keepForOffline } from "./offline.js";
import { find, findAll } from "./page.js";
import { Queue } from "./queue.js";
import { KEPT, read, SESSION } from "./storage.js";
import { Viewer } from "./viewer.js";

/** @import { Panel } from "./editing/panel.js" */
/** @import { Photo, RemovalOptions, Size } from "./photo.js" */
/** @import { Thumbnails } from "./thumbnails.js" */

const COUNT_MS = 4000;
const LATER = ["editing/worker.js", "thumbnails.js", "keeping/keeper.js", "keeping/copy.js", "keeping/store.js"];

class App {
  viewer = new Viewer();
  #queue = new Queue();
  /** @type {Promise<Thumbnails> | undefined} */
  #thumbnails; // loaded with the second photo
  #status = find("[role=status]", HTMLElement);
  #alert = find("[role=alert]", HTMLElement);
  #progress = find("progress", HTMLProgressElement);
  #percent = find(".percent", HTMLElement);
  #language = find(".language select", HTMLSelectElement);
  #region = find("region-box", HTMLElement);
  #unkept = find(".unkept", HTMLElement);
  #isKeeping = false;
  #described = ""; // the latest description of a photo
  #count = ""; // of the photos that are done, as it was said last
  #countedAt = -Infinity;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #counting; // once more, later
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
    this.#queue.addEventListener("change", () => this.#keep(), { once: true });
    if (read("sessionStorage", SESSION) || read("localStorage", KEPT)) this.#keep();
    onPhotos((sources) => this.#add(sources));
    /** @type {[string, (photo: Photo) => unknown][]} */
    const buttons = [
      ["cancel", (photo) => (photo.hasResult ? photo.restore() : this.#remove(photo, "cancelled"))],
      ["back", (photo) => photo.restore()],
      ["delete", (photo) => this.#askAndDelete(photo)],
      ["drop", (photo) => this.#askAndDelete(photo)],
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

  /** Keeps the photos on this device from now on, and shows those that a page has left there. */
  async #keep() {
    if (this.#isKeeping) return;
    this.#isKeeping = true;
    await this.attempt(async () => {
      const { Keeper } = await loaded(import("./keeping/keeper.js"));
      await Keeper.start(this.#queue, () => (this.#unkept.textContent = say("unkept")));
      if (this.photo || !this.#queue.photos.length) return;
      this.#select(this.#queue.photos[0]);
      this.report(`${say("restored")} ${this.#status.textContent}`);
    });
  }

  /** @param {(File | string)[]} sources */
  #add(sources) {
    const isHiding = document.activeElement?.closest("[data-show=empty]"); // what has the focus
    const [first] = this.#queue.add(sources);
    this.#select(first);
    if (isHiding) this.viewer.focus();
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
    this.#countedAt = -Infinity;
    if (this.#unkept.textContent) this.#unkept.textContent = say("unkept");
    if (this.photo) this.#present(this.photo);
    this.#showThumbnails();
  }

  /** @param {Photo} photo */
  #changed(photo) {
    if (photo === this.photo) this.#present(photo);
    else if (this.photo && !photo.step) this.#tellCount();
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
    if (!this.#thumbnails && this.#queue.photos.length < 2) return;
    this.#thumbnails ??= loaded(import("./thumbnails.js")).then(
      ({ Thumbnails }) => new Thumbnails((photo) => this.#select(photo)),
    );
    this.attempt(async () => (await this.#thumbnails)?.show(this.#queue.photos, this.photo));
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
    const { Panel } = await loaded(import("./editing/panel.js"));
    if (this.#panel) return this.#panel; // made by another call meanwhile
    this.#panel = new Panel(this);
    keepForOffline(...LATER);
    return this.#panel;
  }

  /** @param {Photo} photo */
  #describe(photo) {
    this.#described = this.#countDone() + describeStatus(photo);
    return this.#described;
  }

  /** How many of several photos are done, which changes every few seconds at most. */
  #countDone() {
    const { photos } = this.#queue;
    if (photos.length < 2) return "";
    const left = this.#countedAt + COUNT_MS - performance.now();
    if (left > 0 && photos.some(({ status }) => status.state === "working")) {
      this.#counting ??= setTimeout(() => {
        this.#counting = undefined;
        this.#tellCount();
      }, left);
    } else {
      const done = photos.filter(({ isDone }) => isDone).length;
      this.#count = `${say("progressOf", done, photos.length)} `;
      this.#countedAt = performance.now();
    }
    return this.#count;
  }

  /** Says how many photos are done, unless that was said last. */
  #tellCount() {
    const before = this.#described;
    if (this.photo && this.#describe(this.photo) !== before) tell(this.#status, this.#described);
  }

  /**
   * @param {string} message
   * @param {Failure} [failure]
   */
  report(message, failure) {
    tell(this.#status, message);
    tell(this.#alert, failure ? explain(failure) : "");
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

  /** @param {Photo} photo which is deleted unasked if nothing in it has been edited */
  #askAndDelete(photo) {
    if (!photo.canUndo) return this.#remove(photo, "deleted");
    const dialog = find("dialog.sure", HTMLDialogElement);
    dialog.returnValue = "";
    dialog.onclose = () => dialog.returnValue === "delete" && this.#remove(photo, "deleted");
    dialog.showModal();
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

/**
 * Writes a text, unless it stands there: a screen reader reads what is written once more.
 * @param {HTMLElement} element
 * @param {string} text
 */
function tell(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** @param {Photo} photo */
function describeStatus(photo) {
  if (!photo.isDone) return photo.step && say(photo.step);
  if (photo.isExpired) return say("expired");
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
