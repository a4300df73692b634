// The photos of this page, in the order in which they came, and the work at each.
//
// A "change" event tells which item is another now; its state is one of body[data-state].

import { cutOut, forget, upload, uploadFrom } from "./api.js";
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
      name: source.name ?? new URL(source).pathname.split("/").pop(),
      photo: source.name === undefined ? undefined : source,
      address: source.name === undefined ? source : "",
      uploadId: "",
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

  // Whether nothing of it is left; it stays here if the service could not be told.
  async remove(item) {
    item.running?.abort();
    try {
      if (item.uploadId) await forget(item.uploadId);
    } catch (failure) {
      this.#fail(item, failure);
      return false;
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
    item.running = new AbortController();
    try {
      item.result = await this.#process(item.running.signal, item);
      Object.assign(item, { state: "done", stage: "" });
    } catch (failure) {
      if (item.running.signal.aborted) return;
      this.#fail(item, failure);
    } finally {
      item.running = undefined;
      this.#changed(item);
      this.#next();
    }
  }

  async #process(signal, item) {
    if (!item.uploadId) {
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
      if (!ENDED.includes(failure.code)) throw failure;
      await this.#send(signal, item);
      return act();
    }
  }

  async #send(signal, item) {
    item.uploadId = "";
    if (!item.photo) {
      this.#tell(item, "fetching");
      Object.assign(item, await uploadFrom(signal, item.address));
    }
    this.#tell(item, "checking");
    const { type, size } = await inspect(item.photo);
    item.size = size;
    if (item.uploadId) return;
    this.#tell(item, "uploading", 0);
    item.uploadId = await upload(signal, item.photo, type, (share) => this.#tell(item, "uploading", share));
  }

  async #cut(signal, item) {
    this.#tell(item, "cutting");
    const late = setTimeout(() => this.#tell(item, "waking"), LONG_MS);
    try {
      return await cutOut(signal, item.uploadId, item.wanted, (share) => {
        clearTimeout(late);
        this.#tell(item, "downloading", share);
      });
    } finally {
      clearTimeout(late);
    }
  }

  #fail(item, failure) {
    if (!(failure instanceof Failure)) throw failure;
    const all = FOR_ALL.includes(failure.code) ? this.items.filter(({ stage }) => stage === "waiting") : [];
    if (ENDED.includes(failure.code)) item.uploadId = "";
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
