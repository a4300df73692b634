"""A network that ONNX Runtime has loaded, described by its card."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray
from onnxruntime.capi.onnxruntime_pybind11_state import (
    Fail,
    InvalidArgument,
    InvalidGraph,
    InvalidProtobuf,
    NoSuchFile,
    NotImplemented,
    RuntimeException,
)
from PIL import Image

from cutout.core import geometry, saliency
from cutout.core.arrays import Map, Photo, Rectangle
from cutout.errors import UnusableModel

NO_NETWORK = (Fail, InvalidArgument, InvalidGraph, InvalidProtobuf, NoSuchFile, NotImplemented)
SIDES = 16, 2048  # px; published networks have 256 to 2048
TOLERANCE = 0.01  # beyond 0 and 1: a quantized sigmoid may round there


@dataclass(frozen=True)
class ModelCard:
    """A model's description in its file, in ONNX's metadata_props. `cutout.models` writes it."""

    name: str
    version: str
    size: int  # the side of the square input, in px
    mean: NDArray[np.float32]  # of red, green and blue, after the division by the maximum
    std: NDArray[np.float32]

    @classmethod
    def parse(cls, metadata: dict[str, str], path: Path) -> "ModelCard":
        """Read the card of the file at `path`. Raises UnusableModel if it is incomplete."""
        try:
            return cls(
                name=metadata["name"],
                version=metadata.get("version", "1"),
                size=int(metadata["size"]),
                mean=np.array(metadata["mean"].split(","), np.float32),
                std=np.array(metadata["std"].split(","), np.float32),
            )._checked()
        except (KeyError, ValueError) as error:
            raise UnusableModel(
                f"{path.name} has no complete card ({error}); `cutout models add {path.name}` "
                "writes one"
            ) from error

    def _checked(self) -> "ModelCard":
        if self.mean.shape != (3,) or self.std.shape != (3,) or not (self.std > 0).all():
            raise ValueError("mean and std need a number each for red, green and blue")
        if not SIDES[0] <= self.size <= SIDES[1]:
            raise ValueError(f"size is the side of a square, {SIDES[0]} to {SIDES[1]} px")
        for field in (self.name, self.version):
            if (
                not field.isascii()
                or not field.isprintable()
                or field != field.strip()
                or not field
            ):
                raise ValueError(
                    "name and version are printable ASCII, for they go into HTTP headers"
                )
        return self


class Session:
    """A network that is loaded, for predictions from any number of threads at once.

    Raises UnusableModel for a file that is not such a network.
    """

    def __init__(self, path: Path, threads: int) -> None:
        options = ort.SessionOptions()
        options.intra_op_num_threads = threads
        options.enable_mem_pattern = False  # planned memory costs 70 to 120 MB and saves no time
        # The arena stays as it is: one that grows by what is requested takes 5 to 18 MB more, and
        # none 5 to 27 MB. To shrink it after each call saves 31 to 55 MB, for 18,000 page faults
        # in the next.
        # Its threads would go on waiting in a loop, on the processors that the PNG needs next.
        options.add_session_config_entry("session.force_spinning_stop", "1")
        try:
            self._network = ort.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        except NO_NETWORK as error:
            raise UnusableModel(f"{path.name} is not a network that ONNX Runtime reads") from error
        self.card = ModelCard.parse(self._network.get_modelmeta().custom_metadata_map, path)
        side, inputs = self.card.size, self._network.get_inputs()
        if len(inputs) != 1:
            raise UnusableModel(f"{path.name} has {len(inputs)} inputs, not one")
        self._file = path.name
        self._input = _name(inputs[0], [1, 3, side, side], path)
        # d0, the fused map, is the first of U2-Net's outputs
        self._output = _name(self._network.get_outputs()[0], [1, 1, side, side], path)

    def predict(
        self, photo: Photo, part: Rectangle | None = None, is_mirrored: bool = False
    ) -> Map:
        """Return the network's saliency map of the photo or of a part of it, (S, S), not stretched.

        `is_mirrored` shows the network the mirror image; the map is turned back.
        Raises UnusableModel for a network that fails, or whose output is no such map.
        """
        side = self.card.size
        square = geometry.squash(photo, side, part)
        if is_mirrored:
            square = square[:, ::-1]
        tensor = saliency.to_tensor(square, self.card.mean, self.card.std)
        try:
            prediction: Map = self._network.run([self._output], {self._input: tensor})[0]
        except (*NO_NETWORK, RuntimeException) as error:
            raise UnusableModel(f"{self._file} fails on a picture of {side} x {side} px") from error
        if prediction.shape != (1, 1, side, side):
            shape = list(prediction.shape)
            raise UnusableModel(f"{self._file}: its map is {shape}, not {[1, 1, side, side]}")
        low, high = float(prediction.min()), float(prediction.max())
        if not -TOLERANCE <= low <= high <= 1 + TOLERANCE:  # nor is NaN
            raise UnusableModel(
                f"{self._file}: its map has values from {low:g} to {high:g}, not from 0 to 1; end "
                "the network with a sigmoid"
            )
        map: Map = prediction.reshape(side, side)
        return map[:, ::-1].copy() if is_mirrored else map

    def try_out(self) -> None:
        """Predict on a drawn picture, to raise UnusableModel before any photo does."""
        self.predict(drawn_picture(self.card.size))


def drawn_picture(side: int) -> Photo:
    """Return a square picture in all colours, for trying out a network."""
    grey = Image.linear_gradient("L").resize((side, side))
    return Image.merge("RGB", (grey, grey.transpose(Image.Transpose.ROTATE_90), grey))


def _name(end: ort.NodeArg, shape: list[int], path: Path) -> str:
    """Return the name of an input or output. Raises UnusableModel if it has another shape."""
    fits = len(end.shape) == len(shape) and all(
        have == want or not isinstance(have, int)  # not fixed in the file
        for have, want in zip(end.shape, shape, strict=True)
    )
    if not fits or end.type != "tensor(float)":
        raise UnusableModel(f"{path.name}: {end.name} is {end.type} {end.shape}, not float {shape}")
    return str(end.name)
