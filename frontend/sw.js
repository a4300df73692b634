// The page's own files, for when there is no network; with one, they come from there. The API's
// answers and photos are never kept.

const API = /^\/(api\/|v1\.0\/|healthz$|readyz$|docs|openapi\.json$)/;

addEventListener("install", (event) => {
  // Else Chrome asks this worker first, and drops what a page sends while it goes.
  event.addRoutes?.({ condition: { urlPattern: "/v1.0/*" }, source: "network" });
  skipWaiting();
});
addEventListener("activate", (event) => event.waitUntil(clients.claim()));
addEventListener("message", (event) => event.waitUntil(keep(event.data)));
addEventListener("fetch", (event) => {
  if (isOurs(event.request)) event.respondWith(fetchOr(event.request));
});

async function keep({ version, files }) {
  const cache = await caches.open(version);
  await cache.addAll(files.filter((url) => !API.test(new URL(url).pathname)));
  for (const name of await caches.keys()) if (name !== version) await caches.delete(name);
}

function isOurs({ method, url }) {
  const { origin, pathname } = new URL(url);
  return method === "GET" && origin === location.origin && !API.test(pathname);
}

async function fetchOr(request) {
  const answer = await fetch(request).catch((error) => error);
  if (answer.ok) return answer;
  // No network; or a file of a version before, which a page that is still open asks for.
  const kept = await caches.match(request, { ignoreVary: true }); // by Origin, which is the same here
  if (kept) return kept;
  if (answer instanceof Response) return answer;
  throw answer;
}
