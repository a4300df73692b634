// Deletes the uploads when the page unloads; the next load reports the deletion.

import { deleteUpload } from "./api.js";
import { read, remove, write } from "./storage.js";

/** @import { Queue } from "./queue.js" */

const DELETED = "reloaded"; // key in the session storage, of the names of deleted photos

/**
 * @param {Queue} queue
 * @param {(names: string[]) => void} onDeleted gets the names of the photos that the last unload deleted
 */
export function deleteOnUnload(queue, onDeleted) {
  const names = JSON.parse(read("sessionStorage", DELETED) ?? "[]");
  remove("sessionStorage", DELETED);
  if (names.length) onDeleted(names);
  addEventListener("pagehide", ({ persisted }) => {
    if (persisted || !queue.photos.length) return; // a persisted page may come back as it was
    write("sessionStorage", DELETED, JSON.stringify(queue.photos.map(({ name }) => name)));
    for (const { uploadId } of queue.photos) {
      if (uploadId) deleteUpload(uploadId).catch(() => {}); // else it expires within the hour
    }
  });
}
