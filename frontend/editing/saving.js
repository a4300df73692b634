// The files that one takes away. Each is made once, whoever asks for it how often.

import { fullSize } from "../api.js";
import { compose, cover } from "./compose.js";
import { isUntouched, sceneOf, settled, withEdit } from "./desk.js";

const TYPES = { png: "image/png", webp: "image/webp", jpg: "image/jpeg", alpha: "image/png" };
const QUALITY = 0.92;
const BLUR = "1.2%"; // as much as compose.js blurs
const GROUND_PIXELS = 4_000_000; // of a picture behind that is sent: Lambda takes 4.7 MB, alpha and all

// Where the photo is larger than what is seen and edited here.
export function isCopy({ result: { size }, size: whole }) {
  return size.width < whole.width;
}

// Of an item that may not be the one that is looked at.
export async function file(signal, queue, asked, kind) {
  await settled();
  const files = (asked.files ??= new Map());
  if (!files.has(kind)) {
    const made = make(signal, queue, asked, kind);
    files.set(kind, made);
    made.catch(() => files.delete(kind));
  }
  return files.get(kind);
}

async function make(signal, queue, asked, kind) {
  if (isCopy(asked)) return queue.withUpload(signal, asked, () => atFullSize(signal, asked, kind));
  if (kind === "png" && isUntouched(asked)) return asked.result.blob;
  return withEdit(asked, async (edit) => drawn(edit, await sceneOf(asked, edit), kind));
}

async function drawn(edit, scene, kind) {
  if (kind === "alpha") return alphaIn(scene.frame, edit);
  if (kind === "jpg") scene.ground.color ??= "#ffffff";
  const canvas = new OffscreenCanvas(1, 1);
  compose(canvas, edit, scene);
  return canvas.convertToBlob({ type: TYPES[kind], quality: QUALITY });
}

async function alphaIn({ left, top, width, height }, edit) {
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext("2d");
  context.fillRect(0, 0, width, height);
  context.drawImage(await createImageBitmap(await edit.asPng()), -left, -top);
  return canvas.convertToBlob({ type: TYPES.alpha });
}

// The service makes it, with the alpha as it is here, or with its own if nobody has touched it.
async function atFullSize(signal, asked, kind) {
  const format = kind === "alpha" ? { format: "png", channels: "alpha" } : { format: kind };
  if (isUntouched(asked)) return fullSize(signal, asked.uploadId, { ...asked.wanted, ...format });
  return withEdit(asked, async (edit) => {
    const { frame, ground, shadow } = await sceneOf(asked, edit);
    return fullSize(signal, asked.uploadId, {
      ...format,
      alpha_file: await edit.asPng(),
      ...(asked.wanted.edges && { edges: asked.wanted.edges }),
      ...(asked.settings?.crop && { frame: inShares(frame, edit) }),
      ...(ground.color && { bg_color: ground.color }),
      ...(ground.picture && { bg_image_file: await groundIn(frame, ground.picture) }),
      ...(ground.photo && { bg_blur: BLUR }),
      ...(shadow && { shadow_type: "drop", shadow_opacity: String(Math.round(100 * shadow)) }),
    });
  });
}

// x1 y1 x2 y2, in per cent of the photo.
function inShares({ left, top, width, height }, photo) {
  const [x, y] = [100 / photo.width, 100 / photo.height];
  const sides = [left * x, top * y, (left + width) * x, (top + height) * y];
  return sides.map((side) => `${side.toFixed(6)}%`).join(" ");
}

async function groundIn({ width, height }, picture) {
  const scale = Math.min(Math.sqrt(GROUND_PIXELS / (width * height)), 1);
  const canvas = new OffscreenCanvas(Math.max(width * scale, 1), Math.max(height * scale, 1));
  cover(canvas.getContext("2d"), picture, canvas);
  return canvas.convertToBlob({ type: TYPES.jpg, quality: QUALITY });
}

// What this browser can write, for not all have WebP.
export async function canWrite(kind) {
  const canvas = new OffscreenCanvas(1, 1);
  canvas.getContext("2d");
  const { type } = await canvas.convertToBlob({ type: TYPES[kind] });
  return type === TYPES[kind];
}
