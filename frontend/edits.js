// The edits of a photo and the steps that led to them: plain data, so that it can be stored as it is.

/** @import { Brush } from "./editing/settings-form.js" */
/** @import { Settings } from "./editing/settings.js" */

/** @typedef {{ x: number, y: number }} Point in shares of the photo's width and height */

/** @typedef {{ brush: Brush, points: Point[] }} BrushStroke through its points, of which the first is a dot */

/** @typedef {{ settings?: Settings, strokes: readonly BrushStroke[] }} Edits no settings before one has changed */

/** @typedef {{ past: readonly Edits[], present: Edits, future: readonly Edits[] }} History */

/** @type {History} */
export const UNEDITED = { past: [], present: { strokes: [] }, future: [] };

/**
 * A history with one more step, which undo takes back.
 * @param {History} history
 * @param {Edits} edits after the step
 * @returns {History}
 */
export function stepTo({ past, present }, edits) {
  return { past: [...past, present], present: edits, future: [] };
}

/**
 * @param {History} history
 * @returns {History}
 */
export function undone(history) {
  const before = history.past.at(-1);
  if (!before) return history;
  return { past: history.past.slice(0, -1), present: before, future: [history.present, ...history.future] };
}

/**
 * @param {History} history
 * @returns {History}
 */
export function redone(history) {
  const [next, ...future] = history.future;
  return next ? { past: [...history.past, history.present], present: next, future } : history;
}
