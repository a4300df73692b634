// The files that are saved, copied and shared.

import { renderFullSize } from "../api.js";
import { withUpload } from "../processing.js";
import { compose, cover } from "./compose.js";
import { createContext, decode } from "./layers.js";

/** @import { Box, Photo, Size } from "../photo.js" */
/** @import { Scene } from "./compose.js" */
/** @import { Edit } from "./edit.js" */
/** @import { Editor } from "./editor.js" */
/** @import { Format } from "./settings.js" */

const TYPES = { png: "image/png", webp: "image/webp", jpg: "image/jpeg", alpha: "image/png" };
const QUALITY = 0.92;
const BLUR = "1.2%"; // as blurred as by blur.js
const BACKGROUND_PIXELS = 4_000_000; // of a picture that is sent: Lambda takes 4.7 MB with the alpha

/**
 * A file of any photo that has a result. It is made once, however often it is asked for.
 * @param {AbortSignal} signal
 * @param {Editor} editor
 * @param {Photo} photo
 * @param {Format} format
 */
export async function exportFile(signal, editor, photo, format) {
  await editor.settle();
  return photo.exported(format, () => make(signal, editor, photo, format));
}

/**
 * @param {AbortSignal} signal
 * @param {Editor} editor
 * @param {Photo} photo
 * @param {Format} format
 */
function make(signal, editor, photo, format) {
  if (photo.isCopy) return withUpload(signal, photo, () => makeByService(signal, editor, photo, format));
  if (editor.isUntouched(photo) && isIn(format, photo.result.blob)) return Promise.resolve(photo.result.blob);
  return editor.withEdit(photo, async (edit) => draw(edit, await editor.sceneOf(photo, edit), format));
}

/**
 * Whether a cutout from the service is a file of that format.
 * @param {Format} format
 * @param {Blob} cutout
 */
function isIn(format, { type }) {
  return format !== "alpha" && type === TYPES[format];
}

/**
 * @param {Edit} edit
 * @param {Scene} scene
 * @param {Format} format
 */
function draw(edit, scene, format) {
  if (format === "alpha") return drawAlpha(edit, scene.frame);
  if (format === "jpg") scene.background.color ??= "#ffffff";
  const canvas = new OffscreenCanvas(1, 1);
  compose(canvas, edit, scene);
  return canvas.convertToBlob({ type: TYPES[format], quality: QUALITY });
}

/**
 * @param {Edit} edit
 * @param {Box} frame
 */
async function drawAlpha(edit, { left, top, width, height }) {
  const context = createContext(width, height);
  context.fillRect(0, 0, width, height);
  context.drawImage(await decode(await edit.toPng(), "failed_to_read_image"), -left, -top);
  return context.canvas.convertToBlob({ type: TYPES.alpha });
}

/**
 * At the photo's full size, with the alpha as it was edited here, or the service's own if untouched.
 * @param {AbortSignal} signal
 * @param {Editor} editor
 * @param {Photo} photo
 * @param {Format} format
 */
function makeByService(signal, editor, photo, format) {
  const { options, settings, uploadId } = photo;
  /** @type {Record<string, string>} */
  const output = format === "alpha" ? { format: "png", channels: "alpha" } : { format };
  if (editor.isUntouched(photo)) return renderFullSize(signal, uploadId, { ...options, ...output });
  return editor.withEdit(photo, async (edit) => {
    const { frame, background, shadow } = await editor.sceneOf(photo, edit);
    return renderFullSize(signal, uploadId, {
      ...output,
      alpha_file: await edit.toPng(),
      ...(options.edges && { edges: options.edges }),
      ...(settings?.crop && { frame: inPerCent(frame, edit) }),
      ...(background.color && { bg_color: background.color }),
      ...(background.picture && { bg_image_file: await coverFrame(frame, background.picture) }),
      ...(background.photo && { bg_blur: BLUR }),
      ...(shadow && { shadow_type: "drop", shadow_opacity: String(Math.round(100 * shadow)) }),
    });
  });
}

/**
 * The frame as the API's x1 y1 x2 y2.
 * @param {Box} frame
 * @param {Size} photo
 */
function inPerCent({ left, top, width, height }, photo) {
  const [x, y] = [100 / photo.width, 100 / photo.height];
  const sides = [left * x, top * y, (left + width) * x, (top + height) * y];
  return sides.map((side) => `${side.toFixed(6)}%`).join(" ");
}

/**
 * @param {Box} frame
 * @param {ImageBitmap} picture
 */
function coverFrame({ width, height }, picture) {
  const scale = Math.min(Math.sqrt(BACKGROUND_PIXELS / (width * height)), 1);
  const context = createContext(Math.max(width * scale, 1), Math.max(height * scale, 1));
  cover(context, picture, context.canvas);
  return context.canvas.convertToBlob({ type: TYPES.jpg, quality: QUALITY });
}

/**
 * Whether this browser can write a format, as not all can write WebP.
 * @param {Format} format
 */
export async function canWrite(format) {
  const { type } = await createContext(1, 1).canvas.convertToBlob({ type: TYPES[format] });
  return type === TYPES[format];
}
