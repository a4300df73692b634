"""Cards: descriptions of models in their files, in ONNX's metadata_props (see engine.session)."""

from collections.abc import Sequence
from pathlib import Path

import onnx
from google.protobuf.message import DecodeError
from onnx.checker import ValidationError

from cutout.errors import UnusableModel

from .catalogue import Entry


def card(
    name: str, version: str, size: int, mean: Sequence[float], std: Sequence[float]
) -> dict[str, str]:
    """Return the fields that every card needs."""
    return {
        "name": name,
        "version": version,
        "size": str(size),
        "mean": ",".join(map(str, mean)),
        "std": ",".join(map(str, std)),
    }


def from_entry(entry: Entry) -> dict[str, str]:
    """Return the card of a network of MODELS.toml."""
    needed = card(entry.name, entry.version, entry.size, entry.mean, entry.std)
    return needed | {"source": entry.url, "source_sha256": entry.sha256, "licence": entry.licence}


def read(path: Path) -> dict[str, str]:
    """Return a file's card; empty if the file is missing or damaged."""
    try:
        return {prop.key: prop.value for prop in load(path).metadata_props}
    except (FileNotFoundError, UnusableModel):
        return {}


def load(path: Path) -> onnx.ModelProto:
    """Read an ONNX file. Raises UnusableModel for another one, and OSError."""
    try:
        return onnx.load(path)
    except DecodeError as error:
        raise UnusableModel(f"{path} is not an ONNX file") from error
    except (ValidationError, ValueError) as error:  # weights in a further file
        raise UnusableModel(
            f"{path} keeps its weights in another file beside it, which is missing or damaged"
        ) from error


def write(model: onnx.ModelProto, card: dict[str, str], path: Path) -> None:
    """Write a model with a card, whole or not at all. The same input gives the same bytes."""
    del model.metadata_props[:]
    onnx.helper.set_model_props(model, card)
    part = path.with_suffix(".part")
    try:
        part.write_bytes(model.SerializeToString(deterministic=True))
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
