// The browser's database of photos. Pictures are stored apart from a photo's record: an edit changes the
// record only, and the database rewrites a stored value as a whole.

/** @typedef {{ id: string, session: string, order: number, since: number, pictures: string[], [name: string]: any }} Kept what is said of a photo, with the names of its pictures */

const [PHOTOS, PICTURES] = ["photos", "pictures"];

/** Its methods throw a DOMException where the browser has no room, or does not let the page keep anything. */
export class Store {
  #database;

  static async open() {
    const request = indexedDB.open("cutout", 1);
    request.onupgradeneeded = () => {
      request.result.createObjectStore(PHOTOS, { keyPath: "id" });
      request.result.createObjectStore(PICTURES);
    };
    const database = await answerTo(request);
    database.onversionchange = () => database.close();
    return new Store(database);
  }

  /** @param {IDBDatabase} database */
  constructor(database) {
    this.#database = database;
  }

  /** @returns {Promise<Kept[]>} in the order of their arrival */
  async all() {
    const photos = await answerTo(this.#database.transaction(PHOTOS).objectStore(PHOTOS).getAll());
    return photos.sort((one, other) => one.order - other.order);
  }

  /**
   * @param {string[]} names
   * @returns {Promise<[name: string, picture: Blob][]>}
   */
  pictures(names) {
    const pictures = this.#database.transaction(PICTURES).objectStore(PICTURES);
    return Promise.all(names.map(async (name) => [name, await answerTo(pictures.get(name))]));
  }

  /**
   * @param {Kept} photo
   * @param {[name: string, picture: Blob][]} added pictures that it did not have before
   * @param {string[]} dropped names of those that it no longer has
   */
  async put(photo, added, dropped) {
    await this.#change((photos, pictures) => {
      photos.put(photo);
      for (const [name, picture] of added) pictures.put(picture, name);
      for (const name of dropped) pictures.delete(name);
    });
  }

  /** @param {{ id: string, pictures: string[] }[]} gone */
  async remove(gone) {
    await this.#change((photos, pictures) => {
      for (const { id, pictures: names } of gone) {
        photos.delete(id);
        for (const name of names) pictures.delete(name);
      }
    });
  }

  /** @param {(photos: IDBObjectStore, pictures: IDBObjectStore) => void} act */
  #change(act) {
    const transaction = this.#database.transaction([PHOTOS, PICTURES], "readwrite");
    act(transaction.objectStore(PHOTOS), transaction.objectStore(PICTURES));
    return new Promise((resolve, reject) => {
      transaction.oncomplete = () => resolve(undefined);
      transaction.onabort = () => reject(transaction.error);
    });
  }
}

/**
 * @template T
 * @param {IDBRequest<T>} request
 * @returns {Promise<T>}
 */
function answerTo(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
