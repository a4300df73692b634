/**
 * Has the service worker keep the page's own files for when there is no network: those that were
 * requested so far, and some that may be later.
 * @param {...string} more
 */
export async function keepForOffline(...more) {
  const { serviceWorker } = navigator;
  if (!serviceWorker) return;
  const registration = await serviceWorker.register("/sw.js").catch(() => undefined);
  if (!registration) return; // a browser that keeps nothing
  const { active } = await serviceWorker.ready;
  const requested = performance.getEntriesByType("resource").map(({ name }) => name);
  const files = ["/", ...requested, ...more].map((name) => new URL(name, import.meta.url));
  const own = files.filter(({ origin }) => origin === location.origin).map(({ href }) => href);
  active?.postMessage({
    version: new URL(".", import.meta.url).pathname,
    files: [...new Set(own)], // Chromium lists the icon twice, and a cache refuses to add a URL twice
  });
}
