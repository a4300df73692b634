"""Cutout itself, in the product's own environment."""

from typing import Literal

from cutout import engines
from cutout.config import Settings
from cutout.errors import UnknownForeground
from cutout.options.quality import Edges, Quality
from cutout.options.record import Options

from .contract import Cut, Refused, Run


def cutout(
    model: str, models: str, edges: Edges | Literal[""] = "", quality: Quality = "standard"
) -> Run:
    """Run the engine with `model` as the default of its settings, from the folder `models`."""
    settings = Settings(model=model, models=models, threads=Settings.from_env().threads)
    options = Options(edges=edges, quality=quality)
    engine = engines.engine(settings, options)
    engine.prepare(options)

    def run(data: bytes) -> Cut:
        try:
            result = engine.remove_background(data, options)
        except UnknownForeground as error:
            raise Refused(str(error)) from error
        said = {"confidence": result.confidence, "looks": result.looks,
                "stages_ms": dict(result.timings_ms)}  # fmt: skip
        return Cut(result.data, said)

    return run
