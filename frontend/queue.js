// The photos of this page, in the order in which they came, and the work at each.
//
// A "change" event tells which item is another now; its state is one of body[data-state].

import { cutOut, download, forget, post, ticket, ticketFrom } from "./api.js";
import { Failure } from "./failure.js";
import { inspect } from "./files.js";

const AT_ONCE = 2;
const LONG_MS = 4000; // a warm service has answered by then
const ENDED = ["upload_gone", "upload_not_found", "upload_changed"];
const FOR_ALL = ["allowance_used_up"]; // what each photo that waits would meet, too

export class Queue extends EventTarget {
  items = [];

  // Files, or an address from which the service fetches one.
  add(sources) {
    const added = sources.map((source) => ({
      name: source.name ?? nameIn(source),
      photo: source.name === undefined ? undefined : source,
      address: source.name === undefined ? source : "",
      gone: new AbortController(), // for what is still done with it when it is removed
      uploadId: "",
      isSent: false,
      wanted: {},
      state: "working",
      stage: "waiting",
    }));
    this.items.push(...added);
    added.forEach((item) => this.#changed(item));
    this.#next();
    return added;
  }

  // Once more, from what is there already; wanted are parameters of the API.
  again(item, wanted = item.wanted) {
    Object.assign(item, { wanted, state: "working", stage: "waiting", failure: undefined });
    this.#changed(item);
    this.#next();
  }

  // To the result that was there before the last try.
  back(item) {
    item.running?.abort();
    Object.assign(item, { state: "done", stage: "", failure: undefined });
    this.#changed(item);
  }

  // Nothing of it stays; whether that is so. It is still here if the service could not be told.
  async remove(item) {
    item.running?.abort();
    item.gone.abort();
    item.gone = new AbortController();
    item.stage = ""; // else its turn may come while it is deleted
    try {
      if (item.uploadId) await forget(item.uploadId);
    } catch (failure) {
      if (!ENDED.includes(failure.code)) {
        this.#fail(item, failure);
        return false;
      }
    }
    this.items = this.items.filter((other) => other !== item);
    this.#changed(item);
    this.#next();
    return true;
  }

  #next() {
    const working = this.items.filter(({ running }) => running);
    const waiting = this.items.filter(({ stage }) => stage === "waiting");
    waiting.slice(0, AT_ONCE - working.length).forEach((item) => this.#work(item));
  }

  async #work(item) {
    const running = (item.running = new AbortController());
    try {
      item.result = await this.#process(running.signal, item);
      // Nothing that was done to an alpha before holds for another.
      Object.assign(item, { state: "done", stage: "", alpha: undefined, files: undefined });
    } catch (failure) {
      if (!running.signal.aborted) this.#fail(item, failure);
    } finally {
      item.running = undefined;
      this.#changed(item);
      this.#next();
    }
  }

  async #process(signal, item) {
    if (!item.isSent) {
      await this.#send(signal, item);
      return this.#cut(signal, item);
    }
    return this.withUpload(signal, item, () => this.#cut(signal, item));
  }

  // What needs the upload of an item; the photo is sent once more if it has been deleted meanwhile.
  async withUpload(signal, item, act) {
    try {
      return await act();
    } catch (failure) {
      if (!ENDED.includes(failure.code) || !this.items.includes(item)) throw failure;
      const { stage } = item;
      await this.#send(signal, item);
      item.stage = stage;
      return act();
    }
  }

  async #send(signal, item) {
    item.isSent = false;
    if (!item.photo) await this.#fetch(signal, item);
    this.#tell(item, "checking");
    const { type, size } = await inspect(item.photo);
    Object.assign(item, { size, isShown: Boolean(size) });
    if (!item.isSent) await this.#upload(signal, item, type);
  }

  // Its id is known before anything is sent, so that a cancelled one is deleted, too.
  async #upload(signal, item, type) {
    this.#tell(item, "uploading", 0);
    const given = await ticket(signal, item.photo, type);
    item.uploadId = given.upload_id;
    await post(signal, given, item.photo, (share) => this.#tell(item, "uploading", share));
    item.isSent = true;
  }

  async #fetch(signal, item) {
    this.#tell(item, "fetching");
    const given = await ticketFrom(signal, item.address);
    item.uploadId = given.upload_id;
    item.photo = await download(signal, given.photo_url, () => {});
    item.isSent = true;
  }

  async #cut(signal, item) {
    this.#tell(item, "cutting");
    const late = setTimeout(() => this.#tell(item, "waking"), LONG_MS);
    try {
      const result = await cutOut(signal, item.uploadId, item.wanted, (share) => {
        clearTimeout(late);
        this.#tell(item, "downloading", share);
      });
      item.size ??= result.whole; // where this browser cannot tell it
      return result;
    } finally {
      clearTimeout(late);
    }
  }

  #fail(item, failure) {
    if (!(failure instanceof Failure)) throw failure;
    const all = FOR_ALL.includes(failure.code) ? this.items.filter(({ stage }) => stage === "waiting") : [];
    if (ENDED.includes(failure.code)) item.isSent = false;
    for (const one of [item, ...all]) {
      Object.assign(one, { state: "failed", stage: "", failure });
      this.#changed(one);
    }
  }

  #tell(item, stage, share) {
    Object.assign(item, { stage, share });
    this.#changed(item);
  }

  #changed(item) {
    this.dispatchEvent(new CustomEvent("change", { detail: item }));
  }
}

function nameIn(address) {
  const last = new URL(address).pathname.split("/").filter(Boolean).pop() ?? "photo";
  try {
    return decodeURIComponent(last);
  } catch (error) {
    if (!(error instanceof URIError)) throw error;
    return last; // it is percent-encoded in no UTF-8
  }
}
