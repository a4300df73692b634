"""The networks before quantization, for the tools that use them."""

from pathlib import Path

import onnx

from cutout.config import cache_folder
from cutout.models import cards, catalogue, fetch

from .catalogue import ORIGINALS


def prepare() -> Path:
    """Download the originals, copy them with our cards into ORIGINALS, and return their folder."""
    cache = cache_folder()
    ORIGINALS.mkdir(parents=True, exist_ok=True)
    entries = catalogue.load()
    for entry, original in zip(entries, fetch.originals(entries, cache), strict=True):
        target = ORIGINALS / f"{entry.name}-fp32.onnx"
        card = cards.from_entry(entry)
        if cards.read(target) != card:
            cards.write(onnx.load(original), card, target)
    return cache
