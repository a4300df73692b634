"""The networks as they were before they were quantized, for whoever is compared with them."""

from pathlib import Path

import onnx

from cutout.config import cache_folder
from cutout.models import cards, catalogue, fetch

from .catalogue import ORIGINALS


def prepare() -> Path:
    """The folder of the originals; besides, they get our card in a folder of ours."""
    cache = cache_folder()
    ORIGINALS.mkdir(parents=True, exist_ok=True)
    entries = catalogue.load()
    for entry, original in zip(entries, fetch.originals(entries, cache), strict=True):
        target = ORIGINALS / f"{entry.name}-fp32.onnx"
        card = cards.from_entry(entry)
        if cards.read(target) != card:
            cards.write(onnx.load(original), card, target)
    return cache
