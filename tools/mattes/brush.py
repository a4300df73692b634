"""Generator A's pen."""

import numpy as np
from numpy.typing import ArrayLike

from tools.evaluate.scenes.fur import STEPS
from tools.evaluate.scenes.sheet import Colour, Pen, curve

RIBBON = 2 * len(STEPS)  # points of a hair's outline, as `grow` draws it


class Brush(Pen):
    """Bends hairs between their few points, which one would see at 12 MP."""

    def at(self, x: float, y: float, scale: float = 1) -> "Brush":
        pen = super().at(x, y, scale)
        return Brush(pen.draw, pen.origin, pen.scale)

    def polygon(self, points: ArrayLike, colour: Colour) -> None:
        outline = np.asarray(points)
        if len(outline) == RIBBON:
            outline = np.concatenate([curve(side) for side in np.split(outline, 2)])
        super().polygon(outline, colour)
