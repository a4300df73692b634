"""Values of options: lengths, points, regions, margins, thresholds and references to pictures.

`str()` of a value is its text, which `cutout.options.grammar` reads back exactly.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from cutout.errors import InvalidMargin, InvalidParameter

MOST_MARGIN = {"px": 500, "%": 50}  # remove.bg's
MOST_ERODE_PX = 1000
# Numbers have at most 9 digits before the point and 40 after it, so that no text is slow to read
# and each value has a text.
LEAST_NUMBER, MOST_NUMBER = 1e-20, 1e9


def decimal(value: float) -> str:
    """The shortest text without an exponent that reads as the same number."""
    text = format(Decimal(repr(value or 0.0)), "f")
    return text.removesuffix(".0")


def percent(share: float) -> str:
    """A share of 0..1 as a percentage."""
    text = format(Decimal(repr(share or 0.0)) * 100, "f")
    return f"{text.rstrip('0').rstrip('.') if '.' in text else text}%"


@dataclass(frozen=True)
class Length:
    value: float
    unit: Literal["px", "%"] = "px"  # the field that holds it says what a percentage refers to

    def __post_init__(self) -> None:
        if not (self.value == 0 or LEAST_NUMBER <= abs(self.value) < MOST_NUMBER):
            raise InvalidParameter(f"{self.value} is not a length")

    def __str__(self) -> str:
        return f"{decimal(self.value)}{self.unit}"

    def px(self, whole: float) -> float:
        return self.value * whole / 100 if self.unit == "%" else self.value

    def is_outside(self) -> bool:
        """Whether it certainly lies outside of a picture of any size."""
        return self.value < 0 or (self.unit == "%" and self.value > 100)


@dataclass(frozen=True)
class Point:
    """A place in the upright photo, from its top left corner; % are of its width and height."""

    x: Length
    y: Length
    is_subject: bool = True

    def __str__(self) -> str:
        return f"{self.x},{self.y}" + ("" if self.is_subject else ",0")


@dataclass(frozen=True)
class Region:
    """A rectangle of the upright photo; % are of its width and height."""

    left: Length
    top: Length
    right: Length
    bottom: Length

    def __str__(self) -> str:
        return f"{self.left} {self.top} {self.right} {self.bottom}"

    def px(self, width: float, height: float) -> tuple[float, float, float, float]:
        """Left, top, right and bottom in a photo of this size."""
        return (
            self.left.px(width),
            self.top.px(height),
            self.right.px(width),
            self.bottom.px(height),
        )

    def is_outside(self) -> bool:
        """Whether it certainly reaches beyond a picture of any size."""
        return any(side.is_outside() for side in (self.left, self.top, self.right, self.bottom))

    def is_empty(self) -> bool:
        """Return whether the region is empty in a picture of any size."""
        pairs = (self.left, self.right), (self.top, self.bottom)
        return any(near.unit == far.unit and near.value >= far.value for near, far in pairs)


@dataclass(frozen=True)
class Margins:
    """% are of the subject's height at the top and bottom, and of its width at the sides."""

    top: Length
    right: Length
    bottom: Length
    left: Length

    def __post_init__(self) -> None:
        lengths = (self.top, self.right, self.bottom, self.left)
        if not all(0 <= length.value <= MOST_MARGIN[length.unit] for length in lengths):
            raise InvalidMargin(f"{self} is not within 0px to 500px, or 0% to 50%")

    def __str__(self) -> str:
        return f"{self.top} {self.right} {self.bottom} {self.left}"


@dataclass(frozen=True)
class Thresholds:
    """Which values of the saliency map count as known: rembg's af, ab and ae."""

    foreground: int = 240  # of 255; what is above is opaque
    background: int = 10  # of 255; what is below is gone
    erode_px: int = 10  # both shrink by a square of this side

    def __post_init__(self) -> None:
        if not 0 <= self.background <= self.foreground <= 255:
            raise InvalidParameter(
                f"the thresholds of foreground (af) and background (ab) are {self.foreground} and "
                f"{self.background}: both have to be within 0 to 255, and af not below ab"
            )
        if not 0 <= self.erode_px <= MOST_ERODE_PX:
            raise InvalidParameter(
                f"the erosion (ae) is {self.erode_px}, and not within 0 to {MOST_ERODE_PX}"
            )

    def __str__(self) -> str:
        return f"{self.foreground} {self.background} {self.erode_px}"


@dataclass(frozen=True)
class Reference:
    """A picture that is not at hand: at a URL, or stored and known by its SHA-256."""

    url: str = ""
    sha256: str = ""  # hexadecimal


Picture = bytes | Reference  # empty bytes are no picture
