// A photo and its cutout as arrays, at the cutout's size.

import { Failure } from "../failure.js";

/**
 * @typedef Layers
 * @property {number} width in px
 * @property {number} height in px
 * @property {Uint8ClampedArray<ArrayBuffer>} colors RGBA of width * height * 4, opaque all over
 * @property {Uint8ClampedArray<ArrayBuffer>} alpha of width * height
 */

const MIN_ALPHA = 16; // of 255; a canvas keeps too little of the colour of less visible pixels

/**
 * Separates colours and alpha. Where the cutout is opaque the colours are the photo's, as the
 * service's are before a WebP approximates them; also where it is transparent, for a brush to restore.
 * @param {Blob | undefined} photo
 * @param {Blob} cutout
 * @returns {Promise<Layers>}
 */
export async function readLayers(photo, cutout) {
  const { width, height, data: colors } = await readPixels(cutout);
  const around = photo && (await readPixels(photo, width, height)).data;
  const alpha = new Uint8ClampedArray(width * height);
  const [own, other] = [new Uint32Array(colors.buffer), around && new Uint32Array(around.buffer)];
  for (let at = 0; at < alpha.length; at++) {
    alpha[at] = colors[4 * at + 3];
    if (other && (alpha[at] < MIN_ALPHA || alpha[at] === 255)) own[at] = other[at];
    colors[4 * at + 3] = 255;
  }
  return { width, height, colors, alpha };
}

/**
 * @param {Blob} blob
 * @param {number} [width] in px; without one, the picture's own
 * @param {number} [height]
 */
export async function readPixels(blob, width, height) {
  const bitmap = await decode(blob, "failed_to_read_image");
  const context = createContext(width ?? bitmap.width, height ?? bitmap.height, { willReadFrequently: true });
  const { canvas } = context;
  context.imageSmoothingQuality = "high";
  context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  bitmap.close();
  return context.getImageData(0, 0, canvas.width, canvas.height);
}

/**
 * Decodes a picture at its own size: Chromium ignores the EXIF orientation if it resizes at once.
 * @param {Blob} blob
 * @param {string} code of the failure if it cannot be read, as a file that was moved meanwhile
 */
export function decode(blob, code) {
  return createImageBitmap(blob).catch(() => {
    throw new Failure(code);
  });
}

/**
 * The 2D context of a new canvas.
 * @param {number} width in px
 * @param {number} height in px
 * @param {CanvasRenderingContext2DSettings} [settings]
 */
export function createContext(width, height, settings) {
  return contextOf(new OffscreenCanvas(width, height), settings);
}

/**
 * @template {HTMLCanvasElement | OffscreenCanvas} T
 * @param {T} canvas
 * @param {CanvasRenderingContext2DSettings} [settings]
 */
export function contextOf(canvas, settings) {
  const context = /** @type {T extends OffscreenCanvas ? OffscreenCanvasRenderingContext2D : CanvasRenderingContext2D | null} */ (
    canvas.getContext("2d", settings)
  );
  if (!context) throw new Failure("failed_to_read_image"); // the browser has no memory for the canvas
  return context;
}
