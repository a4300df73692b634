"""The outcome of a picture, a line of the batch's manifest, and the metadata of its result."""

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

from . import folder
from .request import Item

RECIPE = "0.2.0"  # the version that last changed the bytes of results
FORMER_RECIPE = "0.1.0"
# Keys of a result's metadata in S3: its name, and the outcome's fields as JSON.
NAME_KEY, OUTCOME_KEY = "cutout-name", "cutout-result"
STORED_FIELDS = (
    "width", "height", "bytes", "sha256", "confidence", "model", "model_version", "subjects",
    "looks", "looks_skipped", "credits", "seconds",
)  # fmt: skip


@dataclass(frozen=True)
class Outcome(folder.Outcome):
    bytes: int = 0
    sha256: str = ""
    model_version: str = ""
    credits: float = 0.0

    def reviewed(self, below: float) -> "Outcome":
        """Mark the outcome for review if its confidence is lower than this."""
        return replace(self, review=self.confidence is not None and self.confidence < below)


@dataclass(frozen=True)
class Recipe:
    """All that a result depends on besides the picture, and the account that pays for it."""

    options: Options
    model: str
    model_version: str
    account: str  # empty if nobody is charged

    def name(self, etag: str) -> str:
        """Return the name of a picture's result, a hex digest."""
        return self._digest(etag, canonical.identity(self.options), RECIPE)

    def former_name(self, etag: str) -> str:
        """Return its name in version 0.1.0, empty for options that batches did not have then."""
        identity = "" if self.options.references() else former.identity(self.options)
        return self._digest(etag, identity, FORMER_RECIPE) if identity else ""

    def _digest(self, etag: str, options: str, recipe: str) -> str:
        parts = self.account, etag, options, self.model, self.model_version, recipe
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
        subjects=result.subject_count,
        looks=result.looks,
        looks_skipped=result.looks_skipped,
        credits=quarters / QUARTERS_PER_CREDIT,
        seconds=round(seconds, 3),
    )


def to_metadata(name: str, outcome: Outcome, batch_id: str) -> Mapping[str, str]:
    """Return the metadata with which a result is stored, for StoredResult to read."""
    fields = _stored_fields(asdict(outcome)) | {"batch": batch_id}
    return {NAME_KEY: name, OUTCOME_KEY: json.dumps(fields)}


@dataclass(frozen=True)
class StoredResult:
    """A result that exists already, as its metadata describe it."""

    name: str
    fields: Mapping[str, Any]

    @classmethod
    def from_metadata(
        cls, metadata: Mapping[str, str], names: Collection[str]
    ) -> "StoredResult | None":
        """Return None if the result has none of these names: it is another picture's."""
        name = metadata[NAME_KEY]
        return cls(name, json.loads(metadata[OUTCOME_KEY])) if name in names else None

    @property
    def batch_id(self) -> str:
        return str(self.fields["batch"])

    @property
    def quarters_due(self) -> int:
        return int(self.fields["credits"] * QUARTERS_PER_CREDIT)

    def outcome(self, item: Item, batch_id: str) -> Outcome:
        """Return "done" if an earlier attempt of the same batch made it, otherwise "skipped"."""
        fields = _stored_fields(self.fields)
        outcome = Outcome(str(item.source), str(item.target), "done", **fields)
        if self.batch_id == batch_id:
            return outcome
        return replace(outcome, status="skipped", credits=0.0, seconds=0.0)


def _stored_fields(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields for S3's metadata, which results of earlier versions have not all."""
    return {name: fields[name] for name in STORED_FIELDS if name in fields}


def to_line(outcome: Outcome) -> bytes:
    """Encode an outcome as a line of JSON."""
    return json.dumps(asdict(outcome)).encode() + b"\n"
