"""Adds a person's own network: reads it, quantizes it, and measures what that changes."""

import hashlib
import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from onnx import ModelProto
from onnx.shape_inference import InferenceError
from onnx.version_converter import ConvertError
from PIL import Image
from tqdm import tqdm

from cutout.config import available_threads
from cutout.core import saliency
from cutout.core.arrays import RGB8, Tensor
from cutout.engine.session import NO_NETWORK, Session
from cutout.errors import CutoutError, InvalidParameter, UnusableModel

from . import calibrate, cards, catalogue, graph, layout, names, own, photos, quantize
from .compare import Comparison, compare

LEAST_PHOTOS = 16
MOST_PHOTOS = 64
HELD_OUT = 4  # one photo of so many is kept for the comparison
# Bounds of what 8 bits may change against fp32; u2net has 0.0009 and 0.992.
MOST_MAE = 0.01
LEAST_IOU = 0.97


@dataclass(frozen=True)
class Request:
    """A network file to add, and how to read and quantize it."""

    file: Path
    name: str
    mean: Sequence[float]  # of red, green and blue
    std: Sequence[float]
    size: int = 0  # px; 0 is what the file says
    photos: Path | None = None  # a folder; None keeps the network in fp32
    overwrite: bool = False


@dataclass(frozen=True)
class Added:
    """The model that a file was turned into."""

    path: Path
    version: str
    size: int  # px
    sentences: list[str]  # on the choice of output and on what was added to the network
    megabytes: tuple[float, float]  # in fp32, and as stored
    calibrated: int = 0  # number of photos
    comparison: Comparison | None = None  # None for a network that stays in fp32

    def lines(self) -> list[str]:
        """Return the lines to print: sentences, and a table of the comparison."""
        name, found, (before, after) = self.path.stem, self.comparison, self.megabytes
        lines = [*self.sentences, f"{name}: {self.size} x {self.size} px, version {self.version}"]
        if found:
            slow, fast = found.seconds
            lines += [
                f"calibrated on {self.calibrated} photos, compared on {found.photos} others",
                f"{'':6}{'MB':>8}{'s':>8}{'faster':>8}{'MAE':>8}{'IoU':>8}{'max-F':>8}",
                f"{'fp32':6}{before:8.1f}{slow:8.2f}",
                f"{'int8':6}{after:8.1f}{fast:8.2f}{slow / fast:7.1f}x"
                f"{found.mae:8.4f}{found.iou:8.4f}{found.max_f:8.4f}",
            ]
        return [
            *lines,
            f"{name} is in {self.path}; --model {name} and model={name} ask for it, and servers "
            "that are running have it after a restart",
        ]


def add(request: Request, folder: Path) -> Added:
    """Put the network of a person's file into a folder of models, quantized with its photos.

    Raises InvalidParameter for a name or photos that cannot be used, and UnusableModel for a file
    that is not a saliency network, or that quantizing changes by more than MOST_MAE or LEAST_IOU.
    """
    path = names.new_path(folder, request.name, request.overwrite)
    model = own.read(request.file, request.size)
    sentences = own.choose_output(model, request.file)
    squares = _read_photos(request.photos, own.side(model)) if request.photos else []
    network = _simplify(model, request.file)
    folder.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix=".add-", dir=folder) as drafts:
        draft = Path(drafts) / request.file.name
        fp32 = kept = _write(network.model(), request, own.side(model), draft)
        megabytes = draft.stat().st_size / 1e6
        comparison, shown = None, []
        if squares:
            shown = [square for index, square in enumerate(squares) if index % HELD_OUT]
            int8 = _quantize(network, shown, fp32)
            kept = _write(int8, request, own.side(model), draft)
            comparison = _compare(fp32, kept, squares[::HELD_OUT], request)
        draft.replace(path)
    return Added(
        path, kept.card.version, kept.card.size, sentences,
        (megabytes, path.stat().st_size / 1e6), len(shown), comparison,
    )  # fmt: skip


def _read_photos(folder: Path, side: int) -> list[RGB8]:
    """Return at most MOST_PHOTOS of the folder's photos, spread over it. Files that cannot be read
    are named on standard error. Raises InvalidParameter if fewer than LEAST_PHOTOS are left."""
    if not folder.is_dir():
        raise InvalidParameter(f"--photos: there is no folder {folder}")
    paths = photos.find(folder)
    squares = []
    for path in paths[:: -(-len(paths) // MOST_PHOTOS) or 1]:
        try:
            squares.append(photos.read_square(path, side))
        except (CutoutError, OSError) as error:
            print(f"{path} is left out: {error}", file=sys.stderr)
    if len(squares) < LEAST_PHOTOS:
        raise InvalidParameter(
            f"--photos: {folder} has {len(squares)} photos that can be read, and {LEAST_PHOTOS} "
            "are the fewest; --fp32 adds the network without any, as it is"
        )
    return squares


def _simplify(model: ModelProto, file: Path) -> graph.Network:
    try:
        return graph.simplify(model)
    except (*NO_NETWORK, ConvertError, InferenceError) as error:
        raise UnusableModel(
            f"{file.name} cannot be converted to opset {graph.OPSET}; export it with that one"
        ) from error


def _write(model: ModelProto, request: Request, side: int, path: Path) -> Session:
    """Write a network with its card, and return its session. Raises UnusableModel."""
    version = hashlib.sha256(model.SerializeToString(deterministic=True)).hexdigest()[:12]
    card = cards.card(request.name, version, side, request.mean, request.std)
    cards.write(model, card | {"source_sha256": catalogue.file_sha256(request.file)}, path)
    session = Session(path, available_threads(os.environ))
    session.try_out()
    return session


def _quantize(network: graph.Network, squares: Sequence[RGB8], session: Session) -> ModelProto:
    """Return the network in int8, with the ranges of its activations on photos."""

    def tensors(label: str) -> Iterator[Tensor]:
        with tqdm(squares, unit="photo", desc=label) as progress:
            for square in progress:
                yield saliency.to_tensor(square, session.card.mean, session.card.std)

    prepared = network.model()
    widest = calibrate.extremes(prepared, tensors("extremes"))
    ranges = calibrate.ranges(prepared, tensors("ranges"), widest)
    model = quantize.quantize(network, ranges, [])
    layout.optimize(model)
    return graph.fuse(model)


def _compare(fp32: Session, int8: Session, squares: Sequence[RGB8], request: Request) -> Comparison:
    """Compare the networks on photos. Raises UnusableModel for a loss beyond the bounds."""
    with tqdm(squares, unit="photo", desc="comparison") as progress:
        found = compare(fp32, int8, map(Image.fromarray, progress))
    if not found.photos:
        raise UnusableModel(
            f"{request.file.name} finds a subject on none of {len(squares)} photos; see whether "
            "--preset, or --mean and --std, are those that it was trained with"
        )
    if found.mae > MOST_MAE or found.iou < LEAST_IOU:
        raise UnusableModel(
            f"{request.file.name} loses too much by 8 bits: MAE {found.mae:.4f} and IoU "
            f"{found.iou:.4f} against its fp32, where {MOST_MAE} is the most and {LEAST_IOU} the "
            "least; bring more photos of the kind that it will see, or keep it as it is by --fp32"
        )
    return found
