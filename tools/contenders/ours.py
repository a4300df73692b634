"""Cutout itself, in the product's own environment."""

from typing import Literal

from cutout import bootstrap
from cutout.config import Settings
from cutout.errors import UnknownForeground
from cutout.options.quality import Edges
from cutout.options.record import Options

from .contract import Cut, Refused, Run


def cutout(model: str, models: str, edges: Edges | Literal[""] = "") -> Run:
    settings = Settings(model=model, models=models, threads=Settings.from_env().threads)
    engine = bootstrap.engine(settings)
    options = Options(edges=edges)
    engine.prepare(options)

    def run(data: bytes) -> Cut:
        try:
            result = engine.remove_background(data, options)
        except UnknownForeground as error:
            raise Refused(str(error)) from error
        said = {"confidence": result.confidence, "stages_ms": dict(result.timings_ms)}
        return Cut(result.data, said)

    return run
