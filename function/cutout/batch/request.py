"""The request for a batch on S3 and the items that it is planned into, with their JSON forms."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from cutout.credits.accounts import ACCOUNT
from cutout.errors import InvalidParameter, UnsupportedOption
from cutout.options import canonical, grammar, removebg, text
from cutout.options.record import Options
from cutout.options.values import Reference
from cutout.picture import REVIEW_BELOW, SIZES

from . import paths
from .paths import S3Path

FOLDER = "_cutout/"  # in the target: the files in which batches keep their state
ITEMS, SUMMARY = "plan.jsonl", "summary.json"  # the summary is written last
OUTCOMES, ATTEMPTS = "outcomes/", "attempts/"
JSON, LINES = "application/json", "application/x-ndjson"
MAX_PIXELS = SIZES["50mp"]  # for requests without a size
MOST_FAILED = 0.1  # share of the pictures
MANIFESTS = (".jsonl", ".csv", "/manifest.json")  # the last one is that of an S3 inventory
NOT_OFFERED = text.NOT_OFFERED | {
    "mask": "it belongs to one photo",
    "alpha": "it belongs to one photo",
}
MOST_CHARACTERS = 16_384  # of the parameters, which every worker receives


@dataclass(frozen=True)
class BatchRequest:
    source: S3Path  # a folder or a manifest
    target: S3Path  # a folder
    options: Options  # with a reference for its backdrop
    review_below: float = REVIEW_BELOW  # confidence under which a person should check; 0 for none
    most_failed: float = MOST_FAILED  # the batch fails if a larger share of the pictures does
    account: str = ""  # who pays; empty if nobody is charged

    def to_json(self) -> dict[str, Any]:
        return {
            "source": str(self.source),
            "target": str(self.target),
            "options": canonical.to_json(self.options),
            "review_below": self.review_below,
            "most_failed": self.most_failed,
            "account": self.account,
        }

    def picture(self, reference: Reference) -> S3Path:
        """Return where a picture of the options is stored for all workers."""
        return self.target.file(f"{FOLDER}pictures/{reference.sha256}")


@dataclass(frozen=True)
class Batch:
    id: str
    request: BatchRequest

    def file(self, name: str) -> S3Path:
        """Return the path of one of the batch's own files."""
        return self.request.target.file(f"{FOLDER}{self.id}/{name}")


@dataclass(frozen=True)
class Item:
    """One picture of a batch."""

    number: int  # from 0, in the order of the source
    source: S3Path
    target: S3Path
    etag: str = ""  # of the source, if the listing has it

    def to_json(self) -> dict[str, Any]:
        # asdict() takes five times as long, and a batch may have ten million items.
        return {
            "number": self.number,
            "source": str(self.source),
            "target": str(self.target),
            "etag": self.etag,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Item":
        source, target = paths.parse(data["source"]), paths.parse(data["target"])
        return cls(data["number"], source, target, data["etag"])


def from_json(data: Any) -> BatchRequest:
    """Check and convert the input of an execution. Raises InvalidParameter, UnsupportedOption."""
    if not isinstance(data, dict):
        raise InvalidParameter("the input of a batch has to be an object of JSON")
    unknown = data.keys() - {*BatchRequest.__dataclass_fields__, "parameters"}
    if unknown:
        raise InvalidParameter(f"a batch has no field {grammar.quoted(min(unknown))}")
    source = paths.parse(_text(data, "source"))
    request = BatchRequest(
        source=source,
        target=paths.parse_folder(_text(data, "target")),
        options=_options(data),
        review_below=_share(data, "review_below", BatchRequest.review_below),
        most_failed=_share(data, "most_failed", BatchRequest.most_failed),
        account=_text(data, "account", ""),
    )
    if not source.is_folder and not f"/{source.key}".endswith(MANIFESTS):
        raise InvalidParameter(
            f"{source} is neither a folder, which ends with /, nor a .csv, .jsonl or manifest.json"
        )
    if source.is_folder and request.target.holds(source):
        # Its pictures would be taken for results of earlier batches and left out.
        raise InvalidParameter("target has to be a folder beside source or below it")
    if request.account and not ACCOUNT.fullmatch(request.account):
        raise InvalidParameter(f"{grammar.quoted(request.account)} is not an account's name")
    return request


def _text(data: Mapping[str, Any], name: str, default: str | None = None) -> str:
    value = data.get(name, default)
    if not isinstance(value, str):
        raise InvalidParameter(f"{name} has to be a text")
    return value


def _options(data: Mapping[str, Any]) -> Options:
    """Read the options in canonical form, or from remove.bg's parameters.

    Version 0.1.0 wrote parameters, and so does a person who starts an execution by hand.
    """
    if "options" in data and "parameters" in data:
        raise InvalidParameter("options and parameters are two forms of the same; send one of them")
    if "options" in data:
        options = canonical.from_json(data["options"])
    else:
        options = _from_parameters(data.get("parameters", {}))
    for name, reason in NOT_OFFERED.items():
        if getattr(options, name) != getattr(Options, name):
            raise UnsupportedOption(f"{name}: {reason}")
    if any(not picture.sha256 for picture in options.references().values()):
        raise UnsupportedOption("backdrop: a batch takes it by its sha256")
    limited = options if options.max_pixels else replace(options, max_pixels=MAX_PIXELS)
    return removebg.within_limits(limited, in_bucket=True)


def _from_parameters(data: Any) -> Options:
    if not isinstance(data, dict) or not all(isinstance(value, str) for value in data.values()):
        raise InvalidParameter("parameters has to be an object of texts")
    if sum(len(name) + len(value) for name, value in data.items()) > MOST_CHARACTERS:
        raise InvalidParameter(f"the parameters have more than {MOST_CHARACTERS:,} characters")
    options = removebg.parse({"size": "50MP"} | data)
    removebg.check_strictly(data)  # a batch has no response that could hold notices
    return options


def _share(data: Mapping[str, Any], name: str, default: float) -> float:
    share = data.get(name, default)
    if isinstance(share, bool) or not isinstance(share, int | float) or not 0 <= share <= 1:
        raise InvalidParameter(f"{name} has to be a number from 0 to 1")
    return float(share)
