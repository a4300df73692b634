"""What became of a picture: a line of a batch's manifest."""

import json
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, replace
from hashlib import sha256
from typing import Any

from cutout.credits.entries import QUARTERS_PER_CREDIT
from cutout.errors import CutoutError
from cutout.options import canonical, former
from cutout.options.record import Options
from cutout.picture import Result

from . import folder as batch
from .order import Item

# Notes at a result: what it was made of, and what an outcome tells of it.
RECIPE = "0.1.0"  # of the version that last changed a result's bytes
NAME, TOLD = "cutout-name", "cutout-result"
KEPT = (
    "width", "height", "bytes", "sha256", "confidence", "model", "model_version", "credits",
    "seconds",
)  # fmt: skip


@dataclass(frozen=True)
class Outcome(batch.Outcome):
    bytes: int = 0
    sha256: str = ""
    model_version: str = ""
    credits: float = 0.0


@dataclass(frozen=True)
class Recipe:
    """What a result depends on besides the picture, and who pays for it."""

    options: Options
    model: str
    model_version: str
    account: str  # empty is nobody

    def name(self, etag: str) -> str:
        """Of the result of a picture, in hexadecimal digits."""
        return self._digest(etag, canonical.identity(self.options))

    def names(self, etag: str) -> tuple[str, str]:
        """The name, and the one that version 0.1.0 gave to the same result."""
        return self.name(etag), self._digest(etag, former.identity(self.options))

    def _digest(self, etag: str, options: str) -> str:
        parts = self.account, etag, options, self.model, self.model_version, RECIPE
        return sha256("\n".join(parts).encode()).hexdigest()


def failed(item: Item, error: CutoutError) -> Outcome:
    return Outcome(str(item.source), str(item.target), "failed", error.code, str(error))


def done(item: Item, result: Result, quarters: int, seconds: float) -> Outcome:
    return Outcome(
        str(item.source),
        str(item.target),
        "done",
        width=result.size.width,
        height=result.size.height,
        bytes=len(result.data),
        sha256=sha256(result.data).hexdigest(),
        confidence=None if result.confidence is None else round(result.confidence, 4),
        model=result.model,
        model_version=result.model_version,
        credits=quarters / QUARTERS_PER_CREDIT,
        seconds=round(seconds, 3),
    )


def notes(name: str, outcome: Outcome, batch_id: str) -> Mapping[str, str]:
    """By which it is known again, and can be told of."""
    told = _kept(asdict(outcome)) | {"batch": batch_id}
    return {NAME: name, TOLD: json.dumps(told)}


@dataclass(frozen=True)
class Earlier:
    """A result that is there, and what was noted of it."""

    name: str
    told: Mapping[str, Any]

    @property
    def batch_id(self) -> str:
        return str(self.told["batch"])

    @property
    def quarters(self) -> int:
        """That were due."""
        return int(self.told["credits"] * QUARTERS_PER_CREDIT)


def earlier(names: Collection[str], notes: Mapping[str, str]) -> Earlier | None:
    """The result that is there, if it is one of these names; None is another result."""
    return Earlier(notes[NAME], json.loads(notes[TOLD])) if notes[NAME] in names else None


def known(item: Item, there: Earlier, batch_id: str) -> Outcome:
    """Done by an earlier attempt of this batch, or in another."""
    found = Outcome(str(item.source), str(item.target), "done", **_kept(there.told))
    if there.batch_id == batch_id:
        return found
    return replace(found, status="skipped", credits=0.0, seconds=0.0)


def _kept(told: Mapping[str, Any]) -> dict[str, Any]:
    return {field: told[field] for field in KEPT}


def charged(outcome: Outcome, quarters: int) -> Outcome:
    return replace(outcome, credits=quarters / QUARTERS_PER_CREDIT)


def reviewed(outcome: Outcome, below: float) -> Outcome:
    confidence = outcome.confidence
    return replace(outcome, review=confidence is not None and confidence < below)


def line(outcome: Outcome) -> bytes:
    return json.dumps(asdict(outcome)).encode() + b"\n"
