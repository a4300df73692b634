// Caches the page's own files for use offline; online they come from the network. API responses and
// photos are never cached.

const API = /^\/(api\/|v1\.0\/|healthz?$|readyz$|docs|openapi\.json$)/;
const worker = /** @type {WorkerScope} */ (/** @type {unknown} */ (globalThis));

/**
 * What is used here of a service worker's scope, which TypeScript's DOM types leave out.
 * @typedef WorkerScope
 * @property {() => Promise<void>} skipWaiting
 * @property {{ claim(): Promise<void> }} clients
 * @property {(type: "install" | "activate" | "message" | "fetch", listener: (event: WorkerEvent) => void) => void} addEventListener
 */

/**
 * @typedef WorkerEvent
 * @property {(work: Promise<unknown>) => void} waitUntil
 * @property {(routes: object) => void} [addRoutes] in the newest browsers, of "install"
 * @property {any} data of "message"
 * @property {Request} request of "fetch"
 * @property {(response: Promise<Response>) => void} respondWith of "fetch"
 */

worker.addEventListener("install", (event) => {
  // Else Chrome asks this worker first, and drops what an unloading page sends.
  event.addRoutes?.({ condition: { urlPattern: "/v1.0/*" }, source: "network" });
  worker.skipWaiting();
});
worker.addEventListener("activate", (event) => event.waitUntil(worker.clients.claim()));
worker.addEventListener("message", (event) => event.waitUntil(keep(event.data)));
worker.addEventListener("fetch", (event) => {
  if (isOurs(event.request)) event.respondWith(fetchOrRecall(event.request));
});

/** @param {{ version: string, files: string[] }} page */
async function keep({ version, files }) {
  const cache = await caches.open(version);
  await cache.addAll(files.filter((url) => !API.test(new URL(url).pathname)));
  for (const name of await caches.keys()) if (name !== version) await caches.delete(name);
}

/** @param {Request} request */
function isOurs({ method, url }) {
  const { origin, pathname } = new URL(url);
  return method === "GET" && origin === location.origin && !API.test(pathname);
}

/** @param {Request} request */
async function fetchOrRecall(request) {
  const response = await fetch(request).catch((error) => error);
  if (response.ok) return response;
  // No network, or a file of an earlier version, which a page that is still open asks for.
  const kept = await caches.match(request, { ignoreVary: true }); // by Origin, which is the same here
  if (kept) return kept;
  if (response instanceof Response) return response;
  throw response;
}
