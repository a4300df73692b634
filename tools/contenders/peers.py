"""What runs in the peers' environment, tools/peers.txt. Nothing of ours is installed there."""

import os
from io import BytesIO

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from .contract import Cut, Run

RGB8 = NDArray[np.uint8]
ITERATIONS = 5  # GrabCut's, as in OpenCV's tutorial
FRAMES = 30


def rembg(model: str, matting: bool = False) -> Run:
    """Its library as it is, with its defaults: `rembg i -m MODEL [-a]`."""
    from rembg import new_session, remove

    session = new_session(model)
    if matting:  # compiles what numba has to, before the clock runs
        remove(_disc(), alpha_matting=True, session=session)

    def run(data: bytes) -> Cut:
        return Cut(remove(data, alpha_matting=matting, session=session))

    return run


def _disc() -> bytes:
    y, x = np.mgrid[:128, :128]
    inside = np.hypot(x - 64, y - 64) < 40
    return _png(np.where(inside[..., None], (200, 30, 30), (240, 240, 240)).astype(np.uint8))


def grabcut() -> Run:
    """Rother et al. 2004, from a box (left, top, width, height) around the subject."""
    cv2.setNumThreads(int(os.environ["OMP_NUM_THREADS"]))

    def run(data: bytes, box: list[int]) -> Cut:
        cv2.setRNGSeed(1)
        rgb = _rgb(data)
        labels = np.zeros(rgb.shape[:2], np.uint8)
        cv2.grabCut(rgb, labels, box, np.zeros((1, 65)), np.zeros((1, 65)), ITERATIONS,
                    cv2.GC_INIT_WITH_RECT)  # fmt: skip
        return _cut(rgb, np.isin(labels, (cv2.GC_FGD, cv2.GC_PR_FGD)))

    return run


def mog2() -> Run:
    """Zivkovic 2004, on a still scene that is made up: see the catalogue's note."""
    cv2.setNumThreads(int(os.environ["OMP_NUM_THREADS"]))

    def run(data: bytes) -> Cut:
        rgb = _rgb(data)
        subtractor = cv2.createBackgroundSubtractorMOG2(detectShadows=False)
        background = _from_border(rgb)
        for _ in range(FRAMES):
            subtractor.apply(background)
        return _cut(rgb, subtractor.apply(rgb, learningRate=0) > 0)

    return run


def _from_border(rgb: RGB8) -> RGB8:
    """The background as the photo's four edges tell it, each column and row faded into the next."""
    height, width = rgb.shape[:2]
    down = np.linspace(0, 1, height)[:, None, None]
    across = np.linspace(0, 1, width)[None, :, None]
    columns = rgb[:1] * (1 - down) + rgb[-1:] * down
    rows = rgb[:, :1] * (1 - across) + rgb[:, -1:] * across
    return ((columns + rows) / 2).round().astype(np.uint8)


def foreground() -> Run:
    """The colours under a true alpha: Germer et al. 2020, multi-level, by pymatting."""
    from pymatting import estimate_foreground_ml

    def run(data: bytes, truth: str) -> Cut:
        rgb = _rgb(data)
        alpha = np.asarray(Image.open(truth).convert("L"))
        colours = estimate_foreground_ml(rgb / 255, alpha / 255)
        return Cut(_png(np.dstack([(colours * 255).round().astype(np.uint8), alpha])))

    return run


def _rgb(data: bytes) -> RGB8:
    upright = ImageOps.exif_transpose(Image.open(BytesIO(data)))
    return np.asarray(upright.convert("RGB"))


def _cut(rgb: RGB8, is_fg: NDArray[np.bool_]) -> Cut:
    return Cut(_png(np.dstack([rgb, is_fg.astype(np.uint8) * 255])))


def _png(pixels: RGB8) -> bytes:
    buffer = BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()
