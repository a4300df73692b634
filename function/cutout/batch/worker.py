"""What is done at some of a batch's items, by as many workers as one likes.

Whatever is wrong with a picture is its outcome. What is raised is no picture's fault, and is tried
again: what is there by then is not done again.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from math import inf
from time import perf_counter

from cutout.credits.ledger import Ledger, Receipt
from cutout.credits.meter import price
from cutout.credits.reservations import Purchase
from cutout.deadline import Deadline
from cutout.errors import (
    TRANSIENT,
    CutoutError,
    ImageDownloadFailed,
    InvalidParameter,
    Unavailable,
)
from cutout.options.record import Options
from cutout.picture import Result, Size
from cutout.ports import FileMissing, FileUnreadable, StoredFile

from . import outcome
from .lists import Buckets
from .marks import Marks
from .order import ATTEMPTS, LINES, OUTCOMES, Batch, Item, Order
from .outcome import Earlier, Outcome, Recipe
from .places import Place

KEY = "batch"  # in the ledger, where others have the key that a caller used


class BatchWorker:
    def __init__(
        self,
        buckets: Buckets,
        ledger: Ledger,
        measure: Callable[[bytes], Size],
        network: Callable[[Options], tuple[str, str]],
        remove_background: Callable[[bytes, Options, Deadline], Result],
        record: Callable[[Result], None],
        max_bytes: int,
        deadline_s: int = 0,
    ) -> None:
        """network gives the name and the version of the one that options mean; deadline_s is for
        each picture."""
        self._buckets = buckets
        self._ledger = ledger
        self._measure = measure
        self._network = network
        self._remove_background = remove_background
        self._record = record
        self._max_bytes = max_bytes
        self._deadline_s = deadline_s
        self._kept: tuple[dict[str, Place], dict[str, bytes]] = {}, {}

    def run(self, items: Sequence[Item], batch: Batch, attempt: int = 0) -> Counter[str]:
        """How many have which status. Their outcomes are put into one file, of the same name for
        the same items; attempt counts from 0 how often they were taken on."""
        name = f"{items[0].number:09d}"
        bucket = self._buckets(batch.order.target.bucket)
        marks = Marks(bucket, batch.file(f"{ATTEMPTS}{name}.json"), attempt)
        outcomes = [
            outcome.reviewed(self._outcome(item, batch, marks), batch.order.review_below)
            for item in items
        ]
        marks.end()  # what may fail from here on is the fault of no picture
        lines = b"".join(outcome.line(each) for each in outcomes)
        bucket.put(batch.file(f"{OUTCOMES}{name}.jsonl").key, lines, LINES)
        return Counter(each.status for each in outcomes)

    def _outcome(self, item: Item, batch: Batch, marks: Marks) -> Outcome:
        try:
            recipe = self._recipe(batch.order)
            if there := self._there(item, recipe):
                self._pay_again(there, recipe, batch.id)
                return outcome.known(item, there, batch.id)
            if marks.is_dead(item):
                return outcome.failed(item, Unavailable("its worker died of it; send it again"))
            marks.begin(item)
            return self._made(item, recipe, batch)
        except TRANSIENT:
            marks.end()
            raise
        except CutoutError as error:
            return outcome.failed(item, error)

    def _recipe(self, order: Order) -> Recipe:
        options = order.options
        return Recipe(options, *self._network(options), order.account)

    def _there(self, item: Item, recipe: Recipe) -> Earlier | None:
        """The same result. No file is ever put over that is none of ours."""
        try:
            known = self._buckets(item.target.bucket).head(item.target.key)
        except FileMissing:
            return None
        except FileUnreadable as error:
            raise InvalidParameter(
                f"{item.target} is there, and may not be read: {error}"
            ) from None
        if outcome.NAME not in known.metadata:
            raise InvalidParameter(f"{item.target} is there already, and is no cutout of ours")
        try:
            etag = item.etag or self._buckets(item.source.bucket).head(item.source.key).etag
        except (FileMissing, FileUnreadable):
            return None  # what is wrong with it, reading will tell
        return outcome.earlier(recipe.names(etag), known.metadata)

    def _pay_again(self, there: Earlier, recipe: Recipe, batch_id: str) -> None:
        """For a worker that died between a result and its payment."""
        if there.batch_id == batch_id and there.quarters:
            with self._ledger.charge_on_success(_purchase(recipe, there.name, there.quarters)):
                pass

    def _made(self, item: Item, recipe: Recipe, batch: Batch) -> Outcome:
        photo = self._photo(item.source)
        options = recipe.options.with_pictures(self._pictures(batch.order))
        start = perf_counter()
        deadline = Deadline.after(self._deadline_s or inf)
        target, (name, former_name) = item.target, recipe.names(photo.etag)
        bucket = self._buckets(target.bucket)
        with ExitStack() as unpaid:
            with self._paid(recipe, name, former_name, photo.data) as receipt:
                result = self._remove_background(photo.data, options, deadline)
                made = outcome.done(item, result, receipt.quarters_due, perf_counter() - start)
                notes = outcome.notes(name, made, batch.id)
                bucket.put(target.key, result.data, result.media_type, notes)
                # Left there, it would be skipped the next time, and never be paid.
                unpaid.callback(bucket.delete, [target.key])
            unpaid.pop_all()
        self._record(result)
        return outcome.charged(made, receipt.quarters_charged)

    def _pictures(self, order: Order) -> dict[str, bytes]:
        """Those of the options, read once for all items of a batch."""
        places = {name: order.picture(known) for name, known in order.options.references().items()}
        if self._kept[0] != places:
            self._kept = places, {name: self._photo(place).data for name, place in places.items()}
        return self._kept[1]

    def _photo(self, source: Place) -> StoredFile:
        try:
            return self._buckets(source.bucket).get(source.key, max_bytes=self._max_bytes)
        except FileMissing:
            raise ImageDownloadFailed(f"there is no {source}") from None
        except FileUnreadable as error:
            raise ImageDownloadFailed(f"{source} may not be read here: {error}") from None

    @contextmanager
    def _paid(self, recipe: Recipe, name: str, former_name: str, photo: bytes) -> Iterator[Receipt]:
        """A repetition within a day costs nothing, as everywhere."""
        if not recipe.account:
            yield Receipt()
            return
        quarters = price(self._measure(photo), recipe.options)
        with self._ledger.charge_on_success(
            _purchase(recipe, name, quarters, former_name)
        ) as receipt:
            yield receipt


def _purchase(recipe: Recipe, name: str, quarters: int, former_name: str = "") -> Purchase:
    return Purchase(
        recipe.account,
        KEY,
        name,
        fingerprint=name,
        quarters=quarters,
        former_fingerprint=former_name,
    )
