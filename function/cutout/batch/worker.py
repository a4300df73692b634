"""Makes the cutouts of a batch's items. Safe with any number of workers.

An error of a picture becomes its outcome, and so does a bug of the engine, which another attempt
would only repeat. Any other error is raised, so that the same items are run again; results that
exist by then are neither made nor charged again.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from math import inf
from time import perf_counter

from cutout.credits.entries import QUARTERS_PER_CREDIT
from cutout.credits.ledger import Ledger, Receipt
from cutout.credits.meter import price
from cutout.credits.reservations import Purchase
from cutout.deadline import Deadline
from cutout.errors import (
    TRANSIENT,
    CutoutError,
    ImageDownloadFailed,
    InternalError,
    InvalidParameter,
    Unavailable,
)
from cutout.options.record import Options
from cutout.picture import Result, Size
from cutout.ports import FileMissing, FileUnreadable, StoredFile

from . import outcome as outcomes
from .crashes import CrashLog
from .outcome import NAME_KEY, Outcome, Recipe, StoredResult
from .paths import S3Path
from .request import ATTEMPTS, LINES, OUTCOMES, Batch, BatchRequest, Item
from .sources import Buckets

KEY_ID = "batch"  # in the ledger, in place of the API key's id


@dataclass
class BatchWorker:
    """Makes and charges cutouts of items, and writes their outcomes."""

    buckets: Buckets
    ledger: Ledger
    measure: Callable[[bytes], Size]
    network: Callable[[Options], tuple[str, str]]  # returns the model's name and version
    remove_background: Callable[[bytes, Options, Deadline], Result]
    record: Callable[[Result], None]
    report_bug: Callable[[str, Exception], None]  # takes the result's address and the bug
    max_bytes: int
    deadline_s: int = 0  # for each picture; 0 for no limit
    _cached: tuple[dict[str, S3Path], dict[str, bytes]] = field(default=({}, {}), init=False)

    def run(self, items: Sequence[Item], batch: Batch, attempt: int = 0) -> Counter[str]:
        """Process the items, write their outcomes into one file, and count them by status.

        The file has the same name for the same items. attempt counts from 0.
        """
        name = f"{items[0].number:09d}"
        bucket = self.buckets(batch.request.target.bucket)
        crashes = CrashLog(bucket, batch.file(f"{ATTEMPTS}{name}.json"), attempt)
        review_below = batch.request.review_below
        made = [self._outcome(item, batch, crashes).reviewed(review_below) for item in items]
        crashes.clear()  # a failure from here on is not due to a picture
        lines = b"".join(map(outcomes.to_line, made))
        bucket.put(batch.file(f"{OUTCOMES}{name}.jsonl").key, lines, LINES)
        return Counter(outcome.status for outcome in made)

    def _outcome(self, item: Item, batch: Batch, crashes: CrashLog) -> Outcome:
        try:
            recipe = self._recipe(batch.request)
            if stored := self._stored(item, recipe):
                self._settle(stored, recipe, batch.id)
                return stored.outcome(item, batch.id)
            if crashes.is_fatal(item):
                return outcomes.failed(item, Unavailable("it ended its workers; send it again"))
            crashes.begin(item)
            return self._make(item, recipe, batch)
        except TRANSIENT:
            crashes.clear()
            raise
        except CutoutError as error:
            return outcomes.failed(item, error)

    def _recipe(self, request: BatchRequest) -> Recipe:
        return Recipe(request.options, *self.network(request.options), request.account)

    def _stored(self, item: Item, recipe: Recipe) -> StoredResult | None:
        """Return the item's result if it exists. Raises InvalidParameter if another file does."""
        try:
            found = self.buckets(item.target.bucket).head(item.target.key)
        except FileMissing:
            return None
        except FileUnreadable as error:
            raise InvalidParameter(f"{item.target} exists and cannot be read: {error}") from None
        if NAME_KEY not in found.metadata:
            raise InvalidParameter(f"{item.target} exists and was not made by Cutout")
        try:
            etag = item.etag or self.buckets(item.source.bucket).head(item.source.key).etag
        except (FileMissing, FileUnreadable):
            return None  # the attempt to read it reports the error
        return StoredResult.from_metadata(
            found.metadata, (recipe.name(etag), recipe.former_name(etag))
        )

    def _settle(self, stored: StoredResult, recipe: Recipe, batch_id: str) -> None:
        """Charge a result whose worker may have died before it was charged."""
        if stored.batch_id == batch_id and stored.quarters_due:
            purchase = _purchase(recipe, stored.name, stored.quarters_due)
            with self.ledger.charge_on_success(purchase):
                pass

    def _make(self, item: Item, recipe: Recipe, batch: Batch) -> Outcome:
        photo = self._read(item.source)
        options = recipe.options.with_pictures(self._pictures(batch.request))
        start = perf_counter()
        deadline = Deadline.after(self.deadline_s or inf)
        target, name = item.target, recipe.name(photo.etag)
        former_name = recipe.former_name(photo.etag)
        bucket = self.buckets(target.bucket)
        with ExitStack() as on_failure:
            with self._bug_as_outcome(item):
                size = self.measure(photo.data) if recipe.account else None
            with self._charged(recipe, name, former_name, size) as receipt:
                with self._bug_as_outcome(item):
                    result = self.remove_background(photo.data, options, deadline)
                done = outcomes.done(item, result, receipt.quarters_due, perf_counter() - start)
                metadata = outcomes.to_metadata(name, done, batch.id)
                bucket.put(target.key, result.data, result.media_type, metadata)
                # Otherwise the next batch would skip it and nobody would ever pay for it.
                on_failure.callback(bucket.delete, [target.key])
            on_failure.pop_all()
        self.record(result)
        return replace(done, credits=receipt.quarters_charged / QUARTERS_PER_CREDIT)

    def _pictures(self, request: BatchRequest) -> dict[str, bytes]:
        """Return the pictures of the options, which are read once for all items of a batch."""
        references = request.options.references()
        paths = {name: request.picture(reference) for name, reference in references.items()}
        if self._cached[0] != paths:
            self._cached = paths, {name: self._read(path).data for name, path in paths.items()}
        return self._cached[1]

    def _read(self, source: S3Path) -> StoredFile:
        try:
            return self.buckets(source.bucket).get(source.key, max_bytes=self.max_bytes)
        except FileMissing:
            raise ImageDownloadFailed(f"there is no {source}") from None
        except FileUnreadable as error:
            raise ImageDownloadFailed(f"{source} cannot be read: {error}") from None

    @contextmanager
    def _bug_as_outcome(self, item: Item) -> Iterator[None]:
        """Report a bug of the engine, and raise InternalError in its place."""
        try:
            yield
        except CutoutError:
            raise
        except Exception as error:  # a bug, which ends its picture alone and is reported
            self.report_bug(str(item.target), error)
            raise InternalError from error

    @contextmanager
    def _charged(
        self, recipe: Recipe, name: str, former_name: str, photo: Size | None
    ) -> Iterator[Receipt]:
        """Charge for the result when the block succeeds; a repetition within a day is free.

        Without a size nobody is charged.
        """
        if not photo:
            yield Receipt()
            return
        quarters = price(photo, recipe.options)
        with self.ledger.charge_on_success(
            _purchase(recipe, name, quarters, former_name)
        ) as receipt:
            yield receipt


def _purchase(recipe: Recipe, name: str, quarters: int, former_name: str = "") -> Purchase:
    return Purchase(
        recipe.account,
        KEY_ID,
        name,
        fingerprint=name,
        quarters=quarters,
        former_fingerprint=former_name,
    )
