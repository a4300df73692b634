// A background of the photo itself, blurred and without its subject.

import { createContext } from "./layers.js";

/** @import { Size } from "../photo.js" */

const LONGER_PX = 48; // so small that it is blurred when enlarged

/**
 * The photo, with what the subject hides interpolated from all pixels around by inverse distance
 * (Shepard 1968).
 * @param {ImageBitmap} photo
 * @param {Size & { canvas: OffscreenCanvas }} edit
 */
export function blurredBackground(photo, edit) {
  const scale = LONGER_PX / Math.max(edit.width, edit.height);
  const [width, height] = [edit.width, edit.height].map((side) => Math.max(Math.round(side * scale), 1));
  const context = shrink(photo, width, height);
  const picture = context.getImageData(0, 0, width, height);
  const subject = shrink(edit.canvas, width, height).getImageData(0, 0, width, height);
  fill(picture.data, visibility(subject.data, width, height), width);
  context.putImageData(picture, 0, 0);
  return context.canvas;
}

/**
 * @param {CanvasImageSource} source
 * @param {number} width
 * @param {number} height
 */
function shrink(source, width, height) {
  const context = createContext(width, height, { willReadFrequently: true });
  context.imageSmoothingQuality = "high";
  context.drawImage(source, 0, 0, width, height);
  return context;
}

/**
 * How much of each pixel is background, 0..1: none of the subject and of the pixels around it.
 * @param {Uint8ClampedArray} subject RGBA
 * @param {number} width
 * @param {number} height
 */
function visibility(subject, width, height) {
  const seen = new Float32Array(width * height);
  for (let at = 0; at < seen.length; at++) {
    const [x, y] = [at % width, Math.floor(at / width)];
    let alpha = 0;
    for (let row = Math.max(y - 1, 0); row <= Math.min(y + 1, height - 1); row++) {
      for (let column = Math.max(x - 1, 0); column <= Math.min(x + 1, width - 1); column++) {
        alpha = Math.max(alpha, subject[4 * (row * width + column) + 3]);
      }
    }
    seen[at] = 1 - alpha / 255;
  }
  return seen;
}

/**
 * @param {Uint8ClampedArray} colors RGBA, changed in place
 * @param {Float32Array} seen
 * @param {number} width
 */
function fill(colors, seen, width) {
  const known = colors.slice();
  for (let at = 0; at < seen.length; at++) {
    if (seen[at] === 1) continue;
    const sums = [0, 0, 0, 0];
    for (let from = 0; from < seen.length; from++) {
      if (!seen[from]) continue;
      const [x, y] = [(at % width) - (from % width), Math.floor(at / width) - Math.floor(from / width)];
      const weight = seen[from] / (1 + x * x + y * y) ** 2;
      for (let channel = 0; channel < 3; channel++) sums[channel] += weight * known[4 * from + channel];
      sums[3] += weight;
    }
    if (!sums[3]) return; // the subject is all there is
    for (let channel = 0; channel < 3; channel++) {
      const own = known[4 * at + channel];
      colors[4 * at + channel] = seen[at] * own + (1 - seen[at]) * (sums[channel] / sums[3]);
    }
  }
}
