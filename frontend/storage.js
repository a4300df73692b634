// The browser's storage, which some browsers deny.

/** @typedef {"localStorage" | "sessionStorage"} Area */

// Keys of keeping/keeper.js: the session of a tab, and whether any tab has kept photos.
export const [SESSION, KEPT] = ["session", "kept"];

/**
 * @param {Area} area
 * @param {string} key
 */
export function read(area, key) {
  return attempt(() => globalThis[area].getItem(key)) ?? null;
}

/**
 * @param {Area} area
 * @param {string} key
 * @param {string} value
 */
export function write(area, key, value) {
  attempt(() => globalThis[area].setItem(key, value));
}

/**
 * @param {Area} area
 * @param {string} key
 */
export function remove(area, key) {
  attempt(() => globalThis[area].removeItem(key));
}

/**
 * @template T
 * @param {() => T} act
 */
function attempt(act) {
  try {
    return act();
  } catch (error) {
    if (!(error instanceof DOMException)) throw error; // not allowed, or full
  }
}
