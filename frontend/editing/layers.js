// A photo and its cutout as arrays, at the cutout's size.

import { Failure } from "../failure.js";

const KNOWN = 16; // of 255; a canvas keeps too little of the colour of what is less visible

// The colours, which are opaque all over, and the alpha: RGBA of width * height * 4, and A. What is
// no part of the subject has the photo's own, for the brush to bring back.
export async function layers(photo, cutout) {
  const seen = await pixels(cutout);
  const { width, height } = seen;
  const behind = photo && (await pixels(photo, width, height));
  const [colours, around] = [seen.data, behind?.data];
  const alpha = new Uint8ClampedArray(width * height);
  const [own, other] = [new Uint32Array(colours.buffer), around && new Uint32Array(around.buffer)];
  for (let at = 0; at < alpha.length; at++) {
    alpha[at] = colours[4 * at + 3];
    if (other && alpha[at] < KNOWN) own[at] = other[at];
    colours[4 * at + 3] = 255;
  }
  return { width, height, colours, alpha };
}

export async function pixels(blob, width, height) {
  const bitmap = await bitmapOf(blob, "failed_to_read_image");
  const canvas = new OffscreenCanvas(width ?? bitmap.width, height ?? bitmap.height);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.imageSmoothingQuality = "high";
  context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  bitmap.close();
  return context.getImageData(0, 0, canvas.width, canvas.height);
}

// At its own size: Chromium forgets how a photo was held if it makes it smaller at once. With the
// code of what is wrong if it cannot be read, as a file that was moved since it was chosen.
export async function bitmapOf(blob, code) {
  return createImageBitmap(blob).catch(() => {
    throw new Failure(code);
  });
}
