"""Tunes a model: fits the last layers of a built network to a user's photos and masks.

The network's other layers, and with them its speed, stay as they are.
"""

import errno
import hashlib
import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from numpy.typing import NDArray
from onnx import ModelProto
from PIL import Image
from tqdm import tqdm

from cutout.core import saliency
from cutout.engine.session import ModelCard, Session
from cutout.errors import NotBetter

from . import agreement, cards, features, names, pairs, tail
from .agreement import Scores
from .fit import EPOCHS, fit
from .pairs import Pair
from .regression import Examples
from .tail import Tail


def tune(base: Path, name: str, photos: Path, masks: Path, out: Path, threads: int) -> Path:
    """Fit the last layers of the network `base` to photos and masks. Returns the new model's path:
    `name`.onnx in the folder `out`.

    A fifth of the pairs is held out to judge the result. Raises NotBetter if it is not better on
    these, InvalidPairs for pairs and InvalidParameter for a name that cannot be used, and
    UnusableModel for a network of another kind. Nothing is written then.
    """
    path = names.new_path(out, name)
    found = pairs.find(photos, masks)
    model = cards.load(base)
    before = tail.read(model)
    with TemporaryDirectory(prefix=".tune-", dir=out) as temporary:
        folder = Path(temporary)
        _require_space(folder, len(found) * features.bytes_per_photo(before))
        card = ModelCard.parse(cards.read(base), base)
        squares, examples = _examples(model, before, card, found, folder, threads)
        parts = pairs.split([pair.photo.name for pair in found])
        with tqdm(desc="fitting", total=EPOCHS, unit="epoch") as bar:
            after = fit(examples, parts, before, bar.update)
        trial = folder / path.name
        tail.write(model, after)
        cards.write(model, _card(cards.read(base), name, after, len(found)), trial)
        seen = [(squares[index], examples.masks[index]) for index in parts.held_out]
        _judge(name, card.name, _scores(base, seen, threads), _scores(trial, seen, threads))
        trial.replace(path)
    return path


def _require_space(folder: Path, size: int) -> None:
    if shutil.disk_usage(folder).free < size:
        raise OSError(
            errno.ENOSPC, f"{os.strerror(errno.ENOSPC)}, {size / 1e9:.1f} GB", str(folder)
        )


def _examples(
    model: ModelProto,
    tail: Tail,
    card: ModelCard,
    found: Sequence[Pair],
    folder: Path,
    threads: int,
) -> tuple[NDArray[np.uint8], Examples]:
    """Read the pairs, then compute their features. Returns the photos too, (pairs, S, S, 3)."""
    shape = len(found), card.size, card.size
    squares = np.lib.format.open_memmap(folder / "photos.npy", "w+", np.uint8, (*shape, 3))
    masks = np.lib.format.open_memmap(folder / "masks.npy", "w+", np.uint8, shape)
    pairs.read(tqdm(found, "reading", unit="photo"), card.size, squares, masks)
    tensors = (
        saliency.to_tensor(square, card.mean, card.std)
        for square in tqdm(squares, "features", unit="photo")
    )
    stored = features.extract(model, tail, tensors, len(found), folder, threads)
    return squares, Examples(stored, masks, threads)


def _card(base: dict[str, str], name: str, fitted: Tail, photos: int) -> dict[str, str]:
    """Return the card of the tuned network, whose version is a hash of what was fitted."""
    numbers = [*(head.kernel for head in fitted.heads), fitted.mix, np.float32(fitted.bias)]
    version = hashlib.sha256(b"".join(array.tobytes() for array in numbers)).hexdigest()[:12]
    origin = f"{base['name']} {base.get('version', '1')}, tuned on {photos} photos"
    return base | {"name": name, "version": version, "tuned_from": origin}


def _scores(
    path: Path, held_out: Sequence[tuple[NDArray[np.uint8], NDArray[np.uint8]]], threads: int
) -> Scores:
    session = Session(path, threads)
    maps = [saliency.stretch(session.predict(Image.fromarray(square))) for square, _ in held_out]
    return agreement.score(maps, [agreement.in_unit(mask) for _, mask in held_out])


def _judge(name: str, base: str, before: Scores, after: Scores) -> None:
    """Print the scores. Raises NotBetter."""
    print(f"{base} -> {name}, on {len(before.iou)} photos that were held out:")
    print(agreement.report(before, after))
    if not agreement.is_better(before, after):
        raise NotBetter(
            f"{name} is not better than {base} on the photos that were held out, or not by more "
            "than chance; nothing is written"
        )
