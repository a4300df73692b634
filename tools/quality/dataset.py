"""Pictures with their ground truth: a folder with INDEX.tsv, or one with im/ and gt/."""

import csv
import hashlib
import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

INDEX = "INDEX.tsv"
NO_TRUTH = {"calib"}  # splits for calibration, which have no ground truth
CATEGORIES = {"object": "product"}  # categories of INDEX.tsv that reports call otherwise
SUFFIXES = {".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff"}
MODES = {"1", "L", "P", "RGB", "RGBA"}
UNREADABLE = (
    UnidentifiedImageError,
    OSError,
    SyntaxError,
    ValueError,
    Image.DecompressionBombError,
)
LONGEST = 100  # bytes of a picture's name that its key holds
SMALLEST = 16  # px: some measures divide by the number of pixels less one
GREY = slice(16, 240)  # levels that antialiasing makes, and rounding or a lossy file does not
SOFT = 0.001  # share of grey pixels above which a ground truth is an alpha

Kind = Literal["mask", "alpha"]
KINDS: dict[str, Kind] = {"binary": "mask", "alpha": "alpha"}  # as INDEX.tsv spells them


class DataError(Exception):
    """A folder or a picture cannot be used; str(error) gives the reason."""


@dataclass(frozen=True)
class Picture:
    name: str
    category: str
    photo: Path
    truth: Path
    kind: Kind | None = None  # None: to be derived from the ground truth
    needs_colours: bool = False  # the ground truth is an alpha without foreground colours
    colours: Path | None = None  # an RGB estimate of these colours
    saliency_map: Path | None = None  # .npy, for tools that get a map instead of asking a network

    @cached_property
    def key(self) -> str:
        """A file name that changes with the content of the picture's files."""
        files = (self.photo, self.truth, self.saliency_map)
        content = b"".join(path.read_bytes() for path in files if path)
        name = os.fsdecode(os.fsencode(Path(self.name).stem)[:LONGEST])
        return f"{name}-{hashlib.sha256(content).hexdigest()[:12]}"


@dataclass(frozen=True)
class Truth:
    pixels: NDArray[np.uint8]  # (H, W, 4), straight alpha
    kind: Kind
    has_colours: bool  # False: the colours of `pixels` are 0

    @property
    def needs_colours(self) -> bool:
        return self.kind == "alpha" and not self.has_colours

    @property
    def alpha(self) -> NDArray[np.uint8]:
        return self.pixels[..., 3]

    def box(self, margin: float) -> tuple[int, int, int, int]:
        """Return (left, top, width, height) of the subject, enlarged by the share `margin`.

        The box stays a pixel inside the picture, because GrabCut needs to see some background.
        """
        height, width = self.alpha.shape
        rows, columns = np.nonzero(self.alpha >= 128)
        left, right = _widen(columns, margin, width)
        top, bottom = _widen(rows, margin, height)
        return left, top, right - left, bottom - top


def _widen(places: NDArray[np.intp], margin: float, length: int) -> tuple[int, int]:
    first, last = int(places.min()), int(places.max()) + 1
    more = (last - first) * margin / 2
    start = max(1, round(first - more))
    return start, max(start + 1, min(length - 1, round(last + more)))


@dataclass(frozen=True)
class DataSet:
    name: str
    pictures: list[Picture]


def load(folder: Path) -> DataSet:
    """List the pictures of a folder, without opening them; raise DataError if it has no truth."""
    if not folder.is_dir():
        raise DataError(f"there is no folder {folder.absolute()}")
    name = folder.resolve().name
    if (folder / INDEX).exists():
        return _from_index(folder, name)
    if not ((folder / "im").is_dir() and (folder / "gt").is_dir()):
        raise DataError(f"{folder} has no ground truth: it needs {INDEX}, or the folders im and gt")
    truths = {path.stem: path for path in _files(folder / "gt")}
    pictures = [
        Picture(photo.name, name, photo,
                truths.get(photo.stem, folder / "gt" / f"{photo.stem}.png"))
        for photo in _files(folder / "im")
    ]  # fmt: skip
    return DataSet(name, pictures)


def _from_index(folder: Path, name: str) -> DataSet:
    try:
        with (folder / INDEX).open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file, delimiter="\t", restval="")
            rows, columns = list(reader), set(reader.fieldnames or ())
    except UnicodeDecodeError as error:
        raise DataError(f"{folder / INDEX} is not written in UTF-8") from error
    except (OSError, csv.Error) as error:
        raise DataError(f"{folder / INDEX} cannot be read ({error})") from error
    if missing := {"category", "image", "gt"} - columns:
        raise DataError(f"{folder / INDEX} has no column {', '.join(sorted(missing))}")
    used = [row for row in rows if row.get("split") not in NO_TRUTH]
    splits = sorted({row["split"] for row in used if row.get("split")})
    pictures = [
        Picture(row["image"], CATEGORIES.get(row["category"], row["category"]),
                folder / row["image"], folder / row["gt"], KINDS.get(row.get("kind", "")))
        for row in used
    ]  # fmt: skip
    return DataSet("-".join([name, *splits]), pictures)


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES)


def read_truth(picture: Picture) -> Truth:
    """Read the ground truth; raise DataError if it does not fit the photo or shows no subject."""
    photo, truth = read(picture.photo, "photo"), read(picture.truth, "ground truth")
    if photo.size != truth.size:
        sizes = ["{} x {}".format(*image.size) for image in (photo, truth)]
        raise DataError(f"the photo is {sizes[0]} and its ground truth {sizes[1]}")
    if min(photo.size) < SMALLEST:
        raise DataError("the photo is {} x {}, too small to measure".format(*photo.size))
    is_opaque = truth.mode == "RGBA" and truth.getchannel("A").getextrema() == (255, 255)
    has_colours = truth.mode == "RGBA" and not is_opaque  # opaque RGBA holds a mask in its colours
    pixels = np.array(truth) if has_colours else _without_colours(truth)
    if picture.colours:
        pixels[..., :3] = np.asarray(read(picture.colours, "estimate of colours"))
        has_colours = True
    if pixels[..., 3].max() < 128:
        raise DataError("the ground truth is all black")
    return Truth(pixels, picture.kind or _kind(pixels[..., 3], picture.truth), has_colours)


def read(path: Path, what: str) -> Image.Image:
    """Open an image upright; raise DataError that names `what` if it is missing or unreadable."""
    if not path.is_file():
        raise DataError(f"there is no {what} {path.name}")
    try:
        with Image.open(path) as image:
            return ImageOps.exif_transpose(image)
    except UNREADABLE as error:
        raise DataError(f"the {what} {path.name} cannot be read") from error


def _without_colours(truth: Image.Image) -> NDArray[np.uint8]:
    """Convert to RGBA whose colours are 0. Any two values become 0 and 255: 0 and 1, a palette."""
    if truth.mode not in MODES:
        raise DataError(f"a ground truth with pixels of type {truth.mode} is not supported")
    grey = np.asarray(truth.convert("L"))
    values = np.unique(grey)
    if len(values) == 2:
        grey = np.where(grey == values[1], 255, 0).astype(np.uint8)
    elif truth.mode == "P" and len(values) > 2:
        raise DataError("the ground truth has a palette of more than two colours")
    return np.dstack([np.zeros((*grey.shape, 3), np.uint8), grey])


def _kind(alpha: NDArray[np.uint8], path: Path) -> Kind:
    counts = np.bincount(alpha.ravel(), minlength=256)
    lossy = path.suffix.lower() in (".jpg", ".jpeg")
    return "alpha" if counts[GREY].sum() > SOFT * alpha.size and not lossy else "mask"
