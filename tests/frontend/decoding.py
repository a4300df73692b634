"""Decode files in the browser, as the page does."""

import base64

import numpy as np

SCRIPT = """async ([encoded, type]) => {
  const bytes = Uint8Array.from(atob(encoded), (letter) => letter.charCodeAt(0));
  const image = new Image();
  image.src = URL.createObjectURL(new Blob([bytes], { type }));
  await image.decode();
  URL.revokeObjectURL(image.src);
  const { naturalWidth: width, naturalHeight: height } = image;
  const context = new OffscreenCanvas(width, height).getContext("2d", { colorSpace: "srgb" });
  context.drawImage(image, 0, 0);
  return { width, height, pixels: [...context.getImageData(0, 0, width, height).data] };
}"""


def decoded(page, data, media_type):
    """Return the pixels (H, W, 4) of a file that the browser shows, in sRGB."""
    shown = page.evaluate(SCRIPT, [base64.b64encode(data).decode(), media_type])
    return np.array(shown["pixels"], np.uint8).reshape(shown["height"], shown["width"], 4)
