// Keeps the photos of this page on the device for as long as the service keeps them, so that neither a
// reload nor a crash loses them. Each page has a session of its own, and holds a lock while it is open.

import { Photo } from "../photo.js";
import { KEPT, read, remove, SESSION, write } from "../storage.js";
import { Copy } from "./copy.js";
import { Store } from "./store.js";

/** @import { Queue } from "../queue.js" */
/** @import { Kept } from "./store.js" */

const KEPT_MS = 60 * 60 * 1000; // the service deletes uploads and results within the hour
const CHECK_MS = 30_000;
const UNLOAD_MS = 2000; // until a page that is reloaded has given its lock back

export class Keeper {
  #queue;
  #store;
  #session;
  #onUnkept;
  /** @type {Map<Photo, Copy>} */
  #copies = new Map();
  #order = 0; // of the latest photo

  /**
   * Brings back the photos of this page, or of one that is no longer open, and keeps the queue's from now on.
   * @param {Queue} queue
   * @param {() => void} onUnkept called when the browser does not keep a photo
   */
  static async start(queue, onUnkept) {
    if (!navigator.locks) return onUnkept(); // outside https
    try {
      const store = await Store.open();
      await deleteExpired(store);
      const kept = await store.all();
      if (!kept.length) remove("localStorage", KEPT);
      const session = await claimSession(kept);
      const keeper = new Keeper(queue, store, session, onUnkept);
      await keeper.#restore(kept.filter((photo) => photo.session === session));
      keeper.#watch();
    } catch (error) {
      if (!(error instanceof DOMException)) throw error;
      onUnkept(); // the database is forbidden, or cannot be read
    }
  }

  /**
   * @param {Queue} queue
   * @param {Store} store
   * @param {string} session
   * @param {() => void} onUnkept
   */
  constructor(queue, store, session, onUnkept) {
    this.#queue = queue;
    this.#store = store;
    this.#session = session;
    this.#onUnkept = onUnkept;
  }

  /** @param {Kept[]} kept */
  async #restore(kept) {
    const photos = [];
    for (const one of kept) {
      const copy = new Copy(this.#store, one);
      const photo = Photo.from(await copy.read(one));
      this.#copies.set(photo, copy);
      this.#order = one.order;
      photos.push(photo);
    }
    if (photos.length) this.#queue.restore(photos);
  }

  #watch() {
    for (const photo of this.#queue.photos) this.#follow(photo);
    this.#queue.addEventListener("change", (event) => {
      const photo = /** @type {CustomEvent<Photo>} */ (event).detail;
      if (!this.#queue.photos.includes(photo)) this.#drop(photo);
      else if (this.#copies.has(photo)) this.#keep(photo);
      else this.#follow(photo);
    });
    setInterval(() => this.#expire(), CHECK_MS);
    document.addEventListener("visibilitychange", () => this.#expire());
  }

  /** @param {Photo} photo */
  #follow(photo) {
    photo.addEventListener("edit", this.#edited);
    this.#keep(photo);
  }

  /** @param {Event} event */
  #edited = ({ target }) => this.#keep(/** @type {Photo} */ (target));

  /** @param {Photo} photo */
  #keep(photo) {
    if (photo.isExpired) return;
    const copy = this.#copies.get(photo) ?? this.#makeCopy();
    this.#copies.set(photo, copy);
    write("localStorage", KEPT, "yes");
    this.#attempt(() => copy.update(photo));
  }

  #makeCopy() {
    const order = ++this.#order;
    const [session, store] = [this.#session, this.#store];
    return new Copy(store, { id: `${session}/${order}`, session, order });
  }

  /** @param {Photo} photo */
  #drop(photo) {
    const copy = this.#copies.get(photo);
    this.#copies.delete(photo);
    photo.removeEventListener("edit", this.#edited);
    if (!copy) return;
    this.#attempt(async () => {
      await copy.remove();
      if (!(await this.#store.all()).length) remove("localStorage", KEPT);
    });
  }

  /** Deletes what the service has deleted, also where the page slept meanwhile. */
  #expire() {
    for (const photo of this.#queue.photos) {
      if (photo.isExpired || !isExpired(photo)) continue;
      this.#drop(photo);
      photo.expire();
    }
    this.#attempt(() => deleteExpired(this.#store));
  }

  /** @param {() => Promise<void>} act */
  async #attempt(act) {
    try {
      await act();
    } catch (error) {
      if (!(error instanceof DOMException)) throw error;
      this.#onUnkept();
    }
  }
}

/** @param {{ since: number }} photo */
function isExpired({ since }) {
  return Date.now() - since >= KEPT_MS;
}

/**
 * Deletes the photos of all pages that are past their hour.
 * @param {Store} store
 */
async function deleteExpired(store) {
  const kept = await store.all();
  await store.remove(kept.filter(isExpired));
  const now = Date.now();
  // The clock was set back meanwhile: an hour from now at most.
  for (const photo of kept) if (photo.since > now) await store.put({ ...photo, since: now }, [], []);
}

/**
 * This page's session: the one that it had before a reload, else the latest of a page that is no longer open, else
 * a new one. A session that another page has open, as after "Duplicate tab", stays with that page.
 * @param {Kept[]} kept
 * @returns {Promise<string>}
 */
async function claimSession(kept) {
  const own = read("sessionStorage", SESSION);
  const others = new Set(kept.toReversed().map(({ session }) => session));
  if (own && (await hold(own, { signal: AbortSignal.timeout(UNLOAD_MS) }))) return own;
  for (const session of others) if (await hold(session, { ifAvailable: true })) return claimed(session);
  const session = crypto.randomUUID();
  await hold(session, {});
  return claimed(session);
}

/** @param {string} session */
function claimed(session) {
  write("sessionStorage", SESSION, session);
  return session;
}

/**
 * Holds a session's lock for as long as this page is open.
 * @param {string} session
 * @param {LockOptions} options
 * @returns {Promise<boolean>} false if another page has it
 */
function hold(session, options) {
  return new Promise((resolve, reject) => {
    const forever = new Promise(() => {});
    const asked = navigator.locks.request(`photos of ${session}`, options, (lock) => {
      resolve(Boolean(lock));
      return lock ? forever : undefined;
    });
    asked.catch((error) => (error.name === "TimeoutError" ? resolve(false) : reject(error)));
  });
}
