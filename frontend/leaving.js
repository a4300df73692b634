// When the page goes, it asks for what it has sent to be deleted, and the next load says so. And what of it stays,
// for when there is no network.

import { forget } from "./api.js";
import { drop, keep, recall } from "./storage.js";

const NOTE = "reloaded";

export function onReload(queue, tell) {
  const names = JSON.parse(recall("sessionStorage", NOTE) ?? "[]");
  drop("sessionStorage", NOTE);
  if (names.length) tell(names);
  addEventListener("pagehide", ({ persisted }) => {
    if (persisted || !queue.items.length) return; // it may come back as it was
    keep("sessionStorage", NOTE, JSON.stringify(queue.items.map(({ name }) => name)));
    for (const { uploadId } of queue.items) {
      if (uploadId) forget(uploadId).catch(() => {}); // the hour ends it, if not this
    }
  });
}

// The page's own files: those that have been asked for, and some that may be later.
export async function keepForOffline(...later) {
  const { serviceWorker } = navigator;
  if (!serviceWorker) return;
  const registered = await serviceWorker.register("/sw.js").catch(() => undefined);
  if (!registered) return; // a browser that keeps nothing
  const { active } = await serviceWorker.ready;
  const asked = performance.getEntriesByType("resource").map(({ name }) => name);
  const files = ["/", ...asked, ...later].map((name) => new URL(name, import.meta.url));
  active.postMessage({
    version: new URL(".", import.meta.url).pathname,
    files: files.filter(({ origin }) => origin === location.origin).map(({ href }) => href),
  });
}
