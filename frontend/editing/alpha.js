// Operations on an alpha, without the page.

/** @import { Box, Size } from "../photo.js" */

/** @typedef {Uint8ClampedArray<ArrayBuffer>} Alpha of width * height, 0..255 */

/** @typedef {{ left: number, top: number, right: number, bottom: number }} Area in px; right and bottom are outside */

/** @typedef {{ x: number, y: number }} Point in px */

/** @typedef {[from: Point, to: Point]} Stroke */

/** @typedef {{ radius: number, hardness: number, restores: boolean }} Tip of a brush: px, and the share of these drawn in full */

/** @typedef {{ shift: number, feather: number }} Edge in px; below 0 it shifts inwards */

/**
 * @callback Filter one-dimensional
 * @param {(index: number) => number} read a value of the line
 * @param {number} length of the line
 * @param {(index: number, value: number) => void} write
 * @returns {void}
 */

const VISIBLE = 26; // of 255; the service, too, counts less than a tenth as no subject

/**
 * Erases or restores alpha along a line: in full up to the hardness, and less from there to the
 * radius. A stroke over a stroke changes nothing, as they are not added.
 * @param {Alpha} alpha changed in place
 * @param {number} width
 * @param {number} height
 * @param {Stroke} line
 * @param {Tip} tip
 * @returns {Area} that has changed
 */
export function stroke(alpha, width, height, [from, to], { radius, hardness, restores }) {
  const area = areaAround({ width, height }, from, to, radius);
  const core = Math.min(radius * hardness, radius - 1); // at least 1 px is soft
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  const length2 = dx * dx + dy * dy || 1;
  for (let y = area.top; y < area.bottom; y++) {
    for (let x = area.left; x < area.right; x++) {
      const [px, py] = [x + 0.5 - from.x, y + 0.5 - from.y];
      const along = Math.min(Math.max((px * dx + py * dy) / length2, 0), 1);
      const distance = Math.hypot(px - along * dx, py - along * dy);
      if (distance >= radius) continue;
      const share = Math.min((radius - distance) / (radius - core), 1);
      const at = y * width + x;
      alpha[at] = restores ? Math.max(alpha[at], 255 * share) : Math.min(alpha[at], 255 * (1 - share));
    }
  }
  return area;
}

/**
 * @param {Size} size
 * @param {Point} from
 * @param {Point} to
 * @param {number} radius
 * @returns {Area}
 */
function areaAround({ width, height }, from, to, radius) {
  return {
    left: Math.max(Math.floor(Math.min(from.x, to.x) - radius), 0),
    top: Math.max(Math.floor(Math.min(from.y, to.y) - radius), 0),
    right: Math.min(Math.ceil(Math.max(from.x, to.x) + radius), width),
    bottom: Math.min(Math.ceil(Math.max(from.y, to.y) + radius), height),
  };
}

/**
 * @param {Area | undefined} one
 * @param {Area} other
 * @returns {Area}
 */
export function union(one, other) {
  if (!one) return other;
  return {
    left: Math.min(one.left, other.left),
    top: Math.min(one.top, other.top),
    right: Math.max(one.right, other.right),
    bottom: Math.max(one.bottom, other.bottom),
  };
}

/**
 * Copies an area.
 * @param {Alpha} alpha
 * @param {number} width
 * @param {Area} area
 */
export function cut(alpha, width, { left, top, right, bottom }) {
  const part = new Uint8ClampedArray((right - left) * (bottom - top));
  for (let y = top; y < bottom; y++) {
    part.set(alpha.subarray(y * width + left, y * width + right), (y - top) * (right - left));
  }
  return part;
}

/**
 * Writes an area back.
 * @param {Alpha} alpha changed in place
 * @param {number} width
 * @param {Area} area
 * @param {Alpha} part from `cut`
 */
export function paste(alpha, width, { left, top, right, bottom }, part) {
  for (let y = top; y < bottom; y++) {
    const start = (y - top) * (right - left);
    alpha.set(part.subarray(start, start + right - left), y * width + left);
  }
}

/**
 * Shifts the edge, then softens it.
 * @param {Alpha} alpha
 * @param {number} width
 * @param {number} height
 * @param {Edge} edge
 */
export function refine(alpha, width, height, { shift, feather }) {
  let refined = alpha;
  if (shift) refined = dilate(refined, width, height, Math.abs(shift), shift > 0);
  if (feather) refined = blur(refined, width, height, feather);
  return refined;
}

/**
 * Dilates by a square of 2 radius + 1, or erodes.
 * @param {Alpha} alpha
 * @param {number} width
 * @param {number} height
 * @param {number} radius
 * @param {boolean} grows
 */
function dilate(alpha, width, height, radius, grows) {
  const best = grows ? Math.max : Math.min;
  return separably(alpha, width, height, (read, length, write) => {
    // van Herk 1992: the best of a window is that of a prefix and a suffix of two blocks.
    const block = 2 * radius + 1;
    const whole = Math.ceil((length + 2 * radius) / block) * block;
    /** @param {number} index */
    const at = (index) => read(Math.min(Math.max(index - radius, 0), length - 1));
    const [prefix, suffix] = [new Uint8Array(whole), new Uint8Array(whole)];
    for (let i = 0; i < whole; i++) prefix[i] = i % block ? best(prefix[i - 1], at(i)) : at(i);
    for (let i = whole - 1; i >= 0; i--) suffix[i] = (i + 1) % block ? best(suffix[i + 1], at(i)) : at(i);
    for (let i = 0; i < length; i++) write(i, best(suffix[i], prefix[i + block - 1]));
  });
}

/**
 * Blurs by a box of 2 radius + 1 twice, which is a tent.
 * @param {Alpha} alpha
 * @param {number} width
 * @param {number} height
 * @param {number} radius
 */
function blur(alpha, width, height, radius) {
  /** @type {Filter} */
  const box = (read, length, write) => {
    /** @param {number} index */
    const at = (index) => read(Math.min(Math.max(index, 0), length - 1));
    let sum = 0;
    for (let i = -radius; i <= radius; i++) sum += at(i);
    for (let i = 0; i < length; i++) {
      write(i, sum / (2 * radius + 1));
      sum += at(i + radius + 1) - at(i - radius);
    }
  };
  return separably(separably(alpha, width, height, box), width, height, box);
}

/**
 * Filters the rows, then the columns.
 * @param {Alpha} alpha
 * @param {number} width
 * @param {number} height
 * @param {Filter} filter
 */
function separably(alpha, width, height, filter) {
  const rows = new Uint8ClampedArray(alpha.length);
  for (let y = 0; y < height; y++) {
    const start = y * width;
    filter((x) => alpha[start + x], width, (x, value) => (rows[start + x] = value));
  }
  const both = new Uint8ClampedArray(alpha.length);
  for (let x = 0; x < width; x++) {
    filter((y) => rows[y * width + x], height, (y, value) => (both[y * width + x] = value));
  }
  return both;
}

/**
 * The smallest area around what is visible, if anything is.
 * @param {Alpha} alpha
 * @param {number} width
 * @param {number} height
 */
export function bounds(alpha, width, height) {
  /** @type {Area | undefined} */
  let found;
  for (let y = 0; y < height; y++) {
    const row = alpha.subarray(y * width, (y + 1) * width);
    const left = row.findIndex((value) => value >= VISIBLE);
    if (left < 0) continue;
    const right = row.findLastIndex((value) => value >= VISIBLE) + 1;
    found = union(found, { left, top: y, right, bottom: y + 1 });
  }
  return found;
}

/**
 * The box of the subject with a margin, which may reach beyond the photo.
 * @param {Area} subject
 * @param {number} margin as a share of the subject's longer side
 * @param {number} shape width / height of the box; 0 keeps the subject's
 * @returns {Box}
 */
export function frameAround(subject, margin, shape) {
  const { left, top, right, bottom } = subject;
  const border = margin * Math.max(right - left, bottom - top);
  let [width, height] = [right - left + 2 * border, bottom - top + 2 * border];
  if (shape) [width, height] = [Math.max(width, height * shape), Math.max(height, width / shape)];
  return {
    left: Math.round((left + right - width) / 2),
    top: Math.round((top + bottom - height) / 2),
    width: Math.round(width),
    height: Math.round(height),
  };
}
