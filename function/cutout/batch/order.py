"""What is asked of a batch, and the items it becomes."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from cutout.credits.accounts import ACCOUNT
from cutout.errors import InvalidParameter, UnsupportedOption
from cutout.options import canonical, removebg, text
from cutout.options.record import Options, Reference
from cutout.picture import SIZES

from . import places
from .folder import REVIEW_BELOW
from .places import Place

FOLDER = "_cutout/"  # under the target: what batches write down of themselves
ITEMS, SUMMARY = "plan.jsonl", "summary.json"  # the summary is there when the batch has ended
OUTCOMES, ATTEMPTS = "outcomes/", "attempts/"
JSON, LINES = "application/json", "application/x-ndjson"
LARGEST = SIZES["50mp"]  # where no size is asked for
MOST_FAILED = 0.1  # the share that may fail
LISTS = (".jsonl", ".csv", "/manifest.json")  # the last is an inventory's
NOT_OFFERED = text.NOT_OFFERED | {
    "mask": "it belongs to one photo",
    "alpha": "it belongs to one photo",
}
MOST_CHARACTERS = 16_384  # of the parameters, which every worker is told


@dataclass(frozen=True)
class Order:
    source: Place  # a folder, or a list of files
    target: Place  # a folder
    options: Options  # with a reference for its backdrop
    review_below: float = REVIEW_BELOW  # confidences that a person should look at; 0 is none
    most_failed: float = MOST_FAILED
    account: str = ""  # who pays; empty is nobody

    def told(self) -> dict[str, Any]:
        """As read() takes it."""
        return {
            "source": str(self.source),
            "target": str(self.target),
            "options": canonical.to_json(self.options),
            "review_below": self.review_below,
            "most_failed": self.most_failed,
            "account": self.account,
        }

    def picture(self, known: Reference) -> Place:
        """Where a picture of the options lies, for all workers."""
        return self.target.file(f"{FOLDER}pictures/{known.sha256}")


@dataclass(frozen=True)
class Batch:
    id: str
    order: Order

    def file(self, name: str) -> Place:
        """One that it writes down of itself."""
        return self.order.target.file(f"{FOLDER}{self.id}/{name}")


@dataclass(frozen=True)
class Item:
    number: int  # from 0, in the order of the source
    source: Place
    target: Place
    etag: str = ""  # of the source, where a list has told it

    def told(self) -> dict[str, Any]:
        # By hand: asdict() takes five times as long, and there may be ten million.
        return {
            "number": self.number,
            "source": str(self.source),
            "target": str(self.target),
            "etag": self.etag,
        }


def item(told: Mapping[str, Any]) -> Item:
    return Item(
        told["number"], places.place(told["source"]), places.place(told["target"]), told["etag"]
    )


def read(told: Any) -> Order:
    """From JSON."""
    if not isinstance(told, dict):
        raise InvalidParameter("what a batch is told is an object of JSON")
    unknown = told.keys() - {*Order.__dataclass_fields__, "parameters"}
    if unknown:
        raise InvalidParameter(f"there is no {text.quoted(min(unknown))} of a batch")
    source = places.place(_text(told, "source"))
    order = Order(
        source=source,
        target=places.folder(_text(told, "target")),
        options=_options(told),
        review_below=_share(told, "review_below", Order.review_below),
        most_failed=_share(told, "most_failed", Order.most_failed),
        account=_text(told, "account", ""),
    )
    if not source.is_folder and not f"/{source.key}".endswith(LISTS):
        raise InvalidParameter(
            f"{source} is no folder, which ends with /, and no .csv, .jsonl or manifest.json"
        )
    if source.is_folder and order.target.holds(source):
        # Its pictures would be taken for results, which are none.
        raise InvalidParameter("target has to be a folder beside source or below it")
    if order.account and not ACCOUNT.fullmatch(order.account):
        raise InvalidParameter(f"{text.quoted(order.account)} is no account's name")
    return order


def _text(told: Mapping[str, Any], name: str, default: str | None = None) -> str:
    text = told.get(name, default)
    if not isinstance(text, str):
        raise InvalidParameter(f"{name} has to be a text")
    return text


def _options(told: Mapping[str, Any]) -> Options:
    """Of the canonical form, or of remove.bg's parameters: as version 0.1.0 wrote them, and as
    people write them who start an execution by hand."""
    if "options" in told and "parameters" in told:
        raise InvalidParameter("options and parameters are two forms of the same; give one")
    if "options" in told:
        options = canonical.from_json(told["options"])
    else:
        options = _from_parameters(told.get("parameters", {}))
    for name, reason in NOT_OFFERED.items():
        if getattr(options, name) != getattr(Options, name):
            raise UnsupportedOption(f"{name}: {reason}")
    if any(not picture.sha256 for picture in options.references().values()):
        raise UnsupportedOption("backdrop: a batch takes it by its sha256")
    largest = options if options.max_pixels else replace(options, max_pixels=LARGEST)
    return removebg.within_limits(largest, in_bucket=True)


def _from_parameters(told: Any) -> Options:
    if not isinstance(told, dict) or not all(isinstance(value, str) for value in told.values()):
        raise InvalidParameter("parameters have to be texts by their names")
    if sum(len(name) + len(value) for name, value in told.items()) > MOST_CHARACTERS:
        raise InvalidParameter(f"the parameters have more than {MOST_CHARACTERS:,} characters")
    return removebg.parse({"size": "50MP"} | told)


def _share(told: Mapping[str, Any], name: str, default: float) -> float:
    share = told.get(name, default)
    if isinstance(share, bool) or not isinstance(share, int | float) or not 0 <= share <= 1:
        raise InvalidParameter(f"{name} has to be a number from 0 to 1")
    return float(share)
