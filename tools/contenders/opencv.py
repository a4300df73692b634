"""GrabCut and MOG2 of OpenCV, in the peers' environment."""

import os

import cv2
import numpy as np
from numpy.typing import NDArray

from .contract import RGB8, Cut, Run, decode, encode

ITERATIONS = 5  # GrabCut's, as in OpenCV's tutorial
FRAMES = 30


def grabcut() -> Run:
    """Run Rother et al. 2004 from a box (left, top, width, height) around the subject."""
    cv2.setNumThreads(int(os.environ["OMP_NUM_THREADS"]))

    def run(data: bytes, box: list[int]) -> Cut:
        cv2.setRNGSeed(1)
        rgb = decode(data)
        labels = np.zeros(rgb.shape[:2], np.uint8)
        cv2.grabCut(rgb, labels, box, np.zeros((1, 65)), np.zeros((1, 65)), ITERATIONS,
                    cv2.GC_INIT_WITH_RECT)  # fmt: skip
        return _cut(rgb, np.isin(labels, (cv2.GC_FGD, cv2.GC_PR_FGD)))

    return run


def mog2() -> Run:
    """Run Zivkovic 2004, which first sees a background that is guessed from the border."""
    cv2.setNumThreads(int(os.environ["OMP_NUM_THREADS"]))

    def run(data: bytes) -> Cut:
        rgb = decode(data)
        subtractor = cv2.createBackgroundSubtractorMOG2(detectShadows=False)
        background = _from_border(rgb)
        for _ in range(FRAMES):
            subtractor.apply(background)
        return _cut(rgb, subtractor.apply(rgb, learningRate=0) > 0)

    return run


def _from_border(rgb: RGB8) -> RGB8:
    """Guess the background by interpolating between the edges of the photo, down and across."""
    height, width = rgb.shape[:2]
    down = np.linspace(0, 1, height)[:, None, None]
    across = np.linspace(0, 1, width)[None, :, None]
    columns = rgb[:1] * (1 - down) + rgb[-1:] * down
    rows = rgb[:, :1] * (1 - across) + rgb[:, -1:] * across
    return ((columns + rows) / 2).round().astype(np.uint8)


def _cut(rgb: RGB8, is_fg: NDArray[np.bool_]) -> Cut:
    return Cut(encode(np.dstack([rgb, is_fg.astype(np.uint8) * 255])))
