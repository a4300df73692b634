// The copy of one photo in the store, which follows the photo's changes.

/** @import { Edits } from "../edits.js" */
/** @import { Photo, PhotoRecord } from "../photo.js" */
/** @import { Kept, Store } from "./store.js" */

export class Copy {
  #store;
  #place;
  /** @type {PhotoRecord | undefined} */
  #record; // that is stored
  /** @type {Map<Blob, string>} */
  #names = new Map(); // of the pictures that are stored
  #count = 0; // of names given so far
  /** @type {Promise<void>} */
  #writing = Promise.resolve();

  /**
   * @param {Store} store
   * @param {{ id: string, session: string, order: number }} place
   */
  constructor(store, place) {
    this.#store = store;
    this.#place = place;
  }

  /**
   * Reads a stored photo. This object then follows it.
   * @param {Kept} kept
   * @returns {Promise<PhotoRecord>}
   */
  async read({ pictures: names, ...rest }) {
    const pictures = await this.#store.pictures(names);
    this.#names = new Map(pictures.map(([name, picture]) => [picture, name]));
    this.#count = 1 + Math.max(...names.map((name) => Number(name.split("/").pop())), -1);
    const named = new Map(pictures);
    return withPictures(/** @type {PhotoRecord} */ (/** @type {unknown} */ (rest)), (name) => named.get(name));
  }

  /**
   * Stores a photo after a change, unless there is nothing new, as in the progress of an upload.
   * @param {Photo} photo
   */
  update(photo) {
    return this.#queue(async () => {
      const { record } = photo;
      if (isSame(this.#record, record)) return;
      /** @type {Map<Blob, string>} */
      const names = new Map();
      const kept = withPictures(record, (/** @type {Blob} */ picture) => {
        const name = names.get(picture) ?? this.#names.get(picture) ?? `${this.#place.id}/${this.#count++}`;
        names.set(picture, name);
        return name;
      });
      const added = [...names].filter(([picture]) => !this.#names.has(picture));
      const dropped = [...this.#names].filter(([picture]) => !names.has(picture));
      await this.#store.put(
        { ...kept, ...this.#place, pictures: [...names.values()] },
        added.map(([picture, name]) => [name, picture]),
        dropped.map(([, name]) => name),
      );
      [this.#record, this.#names] = [record, names];
    });
  }

  remove() {
    return this.#queue(() => this.#store.remove([{ id: this.#place.id, pictures: [...this.#names.values()] }]));
  }

  /** @param {() => Promise<void>} act runs after all earlier changes, whether they succeeded or failed */
  #queue(act) {
    const acting = this.#writing.then(act);
    this.#writing = acting.catch(() => {}); // the caller hears of it
    return acting;
  }
}

/**
 * A record with each of its pictures replaced by what stands for it.
 * @param {PhotoRecord} record
 * @param {(picture: any) => any} replace
 * @returns {PhotoRecord}
 */
function withPictures(record, replace) {
  /** @param {any} picture */
  const replaced = (picture) => picture && replace(picture);
  /** @param {Edits} edits */
  const inEdits = ({ settings, strokes }) => ({
    settings: settings && { ...settings, picture: replaced(settings.picture) },
    strokes, // shared by all steps, so that a stored history has each stroke once
  });
  const { file, view, result, history } = record;
  return {
    ...record,
    file: replaced(file),
    view: replaced(view),
    result: result && { ...result, blob: replaced(result.blob) },
    history: {
      past: history.past.map(inEdits),
      present: inEdits(history.present),
      future: history.future.map(inEdits),
    },
  };
}

/**
 * @param {PhotoRecord | undefined} one
 * @param {PhotoRecord} other
 */
function isSame(one, other) {
  const names = /** @type {(keyof PhotoRecord)[]} */ (Object.keys(other));
  return Boolean(one) && names.every((name) => one?.[name] === other[name]);
}
