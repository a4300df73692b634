// Checks of chosen files before any upload.

import { Failure } from "./failure.js";
import { copyUpright } from "./orientation.js";

/** @import { Size } from "./photo.js" */

const MAX_BYTES = 22 * 1024 * 1024;
const MAX_PIXELS = 50_000_000;
/** @type {[RegExp, string][]} */
const SIGNATURES = [
  [/^\xff\xd8\xff/, "image/jpeg"],
  [/^\x89PNG\r\n/, "image/png"],
  [/^RIFF....WEBP/s, "image/webp"],
  [/^....ftyp(?:....){0,13}?avi[fs]/s, "image/avif"], // any brand
  [/^....ftyp(?:....){0,13}?he[iv][cxms]/s, "image/heic"],
  [/^GIF8/, "image/gif"],
  [/^BM/, "image/bmp"],
  [/^(II[*+]\0|MM\0[*+])/, "image/tiff"],
];
const SOME_BROWSERS_READ = ["image/avif", "image/tiff", "image/heic"];

/**
 * Checks that the service can read a file, and finds its type by its first bytes, as a name or a
 * browser may be wrong.
 * @param {Blob} file
 * @returns {Promise<{ type: string, size?: Size, view: Blob }>} the size if this browser can show
 *   the file, and what it shows upright
 */
export async function inspect(file) {
  if (!file.size) throw new Failure("failed_to_read_image");
  if (file.size > MAX_BYTES) throw new Failure("file_too_large");
  const start = await readStart(file);
  const type = SIGNATURES.find(([signature]) => signature.test(start))?.[1];
  if (!type) throw new Failure("invalid_file_type");
  const size = await measure(file);
  if (!size && !SOME_BROWSERS_READ.includes(type)) throw new Failure("failed_to_read_image");
  if (size && size.width * size.height > MAX_PIXELS) throw new Failure("resolution_too_high");
  const copy = size && (await copyUpright(file, type));
  return { type, size: copy ? await measure(copy) : size, view: copy ?? file };
}

/** @param {Blob} file */
async function readStart(file) {
  // A folder, or a file that has changed since it was chosen, cannot be read.
  const bytes = await file.slice(0, 64).arrayBuffer().catch(() => {
    throw new Failure("failed_to_read_image");
  });
  return String.fromCharCode(...new Uint8Array(bytes));
}

/**
 * The size of a picture when upright, if this browser can show it.
 * @param {Blob} file
 * @returns {Promise<Size | undefined>}
 */
function measure(file) {
  const image = new Image();
  image.src = URL.createObjectURL(file);
  return new Promise((resolve) => {
    image.onload = () => resolve({ width: image.naturalWidth, height: image.naturalHeight });
    image.onerror = () => resolve(undefined);
  }).finally(() => URL.revokeObjectURL(image.src));
}
