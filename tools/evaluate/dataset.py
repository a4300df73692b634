"""Pictures with their ground truth: a folder with INDEX.tsv, or one with im/ and gt/."""

import csv
import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

INDEX = "INDEX.tsv"
NO_TRUTH = {"calib"}  # splits that are for calibration, and have no ground truth
CATEGORIES = {"object": "product"}  # as shops call it
PICTURES = {".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff"}
MODES = {"1", "L", "P", "RGB", "RGBA"}
UNREADABLE = (
    UnidentifiedImageError,
    OSError,
    SyntaxError,
    ValueError,
    Image.DecompressionBombError,
)
LONGEST = 100  # bytes of a name that go into a key
SMALLEST = 16  # px: what is smaller shows nothing, and some measures divide by its pixels less one
GREY = slice(16, 240)  # what antialiasing leaves, and rounding or a lossy file does not
SOFT = 0.001  # of the pixels: more greys than this and the truth is an alpha

Kind = Literal["mask", "alpha"]


class DataError(Exception):
    """str(error) says what is wrong with the folder or the picture."""


@dataclass(frozen=True)
class Picture:
    name: str
    category: str
    photo: Path
    truth: Path
    kind: Kind | None = None  # None: told from the truth itself
    needs_colours: bool = False  # a true alpha, and nobody knows the colours under it
    colours: Path | None = None  # RGB, the estimate of them

    @cached_property
    def key(self) -> str:
        """Another for every content, so that nothing stale is taken for this picture's."""
        content = self.photo.read_bytes() + self.truth.read_bytes()
        name = os.fsdecode(os.fsencode(Path(self.name).stem)[:LONGEST])
        return f"{name}-{hashlib.sha256(content).hexdigest()[:12]}"


@dataclass(frozen=True)
class Truth:
    pixels: NDArray[np.uint8]  # (H, W, 4), straight
    kind: Kind
    has_colours: bool  # else they are 0

    @property
    def needs_colours(self) -> bool:
        return self.kind == "alpha" and not self.has_colours

    @property
    def alpha(self) -> NDArray[np.uint8]:
        return self.pixels[..., 3]

    def box(self, margin: float) -> tuple[int, int, int, int]:
        """(left, top, width, height) around the subject, larger by margin, a pixel inside the
        picture: GrabCut needs to see some background."""
        height, width = self.alpha.shape
        rows, columns = np.nonzero(self.alpha >= 128)
        left, right = _widen(columns, margin, width)
        top, bottom = _widen(rows, margin, height)
        return left, top, right - left, bottom - top


def _widen(at: NDArray[np.intp], margin: float, length: int) -> tuple[int, int]:
    first, last = int(at.min()), int(at.max()) + 1
    more = (last - first) * margin / 2
    start = max(1, round(first - more))
    return start, max(start + 1, min(length - 1, round(last + more)))


@dataclass(frozen=True)
class DataSet:
    name: str
    pictures: list[Picture]


def load(folder: Path) -> DataSet:
    """What the folder lists; `read_truth` tells which pictures can be used."""
    if not folder.is_dir():
        raise DataError(f"there is no folder {folder.absolute()}")
    name = folder.resolve().name
    if (folder / INDEX).exists():
        return _indexed(folder, name)
    if (folder / "im").is_dir() and (folder / "gt").is_dir():
        return DataSet(name, list(_paired(folder, name)))
    raise DataError(f"{folder} has no ground truth: it needs {INDEX}, or the folders im and gt")


def _indexed(folder: Path, name: str) -> DataSet:
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
    return DataSet("-".join([name, *splits]), [_of_row(folder, row) for row in used])


def _of_row(folder: Path, row: dict[str, str]) -> Picture:
    kinds: dict[str, Kind] = {"binary": "mask", "alpha": "alpha"}
    return Picture(
        name=row["image"],
        category=CATEGORIES.get(row["category"], row["category"]),
        photo=folder / row["image"],
        truth=folder / row["gt"],
        kind=kinds.get(row.get("kind", "")),
    )


def _paired(folder: Path, name: str) -> Iterator[Picture]:
    truths = {path.stem: path for path in _pictures(folder / "gt")}
    for photo in _pictures(folder / "im"):
        truth = truths.get(photo.stem, folder / "gt" / f"{photo.stem}.png")
        yield Picture(photo.name, name, photo, truth)


def _pictures(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.suffix.lower() in PICTURES)


def read_truth(picture: Picture) -> Truth:
    """The truth, after a look at whether it goes with the photo and says anything."""
    photo, truth = read(picture.photo, "photo"), read(picture.truth, "ground truth")
    if photo.size != truth.size:
        sizes = ["{} x {}".format(*image.size) for image in (photo, truth)]
        raise DataError(f"the photo is {sizes[0]} and its ground truth {sizes[1]}")
    if min(photo.size) < SMALLEST:
        raise DataError("the photo is {} x {}, too small to measure".format(*photo.size))
    has_colours = truth.mode == "RGBA" and not _is_opaque(truth)  # else it is a mask in RGBA
    pixels = np.array(truth) if has_colours else _without_colours(truth)
    if picture.colours:
        pixels[..., :3] = np.asarray(read(picture.colours, "estimate of colours"))
        has_colours = True
    if pixels[..., 3].max() < 128:
        raise DataError("the ground truth is all black")
    return Truth(pixels, picture.kind or _kind(pixels[..., 3], picture.truth), has_colours)


def _is_opaque(image: Image.Image) -> bool:
    return image.getchannel("A").getextrema() == (255, 255)


def read(path: Path, what: str) -> Image.Image:
    if not path.is_file():
        raise DataError(f"there is no {what} {path.name}")
    try:
        with Image.open(path) as image:
            return ImageOps.exif_transpose(image)
    except UNREADABLE as error:
        raise DataError(f"the {what} {path.name} cannot be read") from error


def _without_colours(truth: Image.Image) -> NDArray[np.uint8]:
    """A mask of two values is black and white, however it was written: 0 and 1, or a palette."""
    if truth.mode not in MODES:
        raise DataError(f"a ground truth with pixels of type {truth.mode} is not supported")
    grey = np.asarray(truth.convert("L"))
    values = np.unique(grey)
    if len(values) == 2:
        grey = np.where(grey == values[1], 255, 0).astype(np.uint8)
    elif truth.mode == "P" and len(values) > 2:
        raise DataError("the ground truth has a palette of more than two colours")
    colours = np.zeros((*grey.shape, 3), np.uint8)
    return np.dstack([colours, grey])


def _kind(alpha: NDArray[np.uint8], path: Path) -> Kind:
    counts = np.bincount(alpha.ravel(), minlength=256)
    lossy = path.suffix.lower() in (".jpg", ".jpeg")
    return "alpha" if counts[GREY].sum() > SOFT * alpha.size and not lossy else "mask"
