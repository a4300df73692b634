"""What is done at some of a batch's items, by as many workers as one likes.

Whatever is wrong with a picture is its outcome. What is raised is no picture's fault, and is tried
again: what is there by then is not done again.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from math import inf
from time import perf_counter

from cutout.contract import Options, Result, Size
from cutout.credits.charge import Claim
from cutout.credits.ledger import Ledger
from cutout.credits.meter import price
from cutout.credits.payment import Payment, paid
from cutout.deadline import Deadline
from cutout.errors import (
    CutoutError,
    ImageDownloadFailed,
    InvalidParameter,
    InvalidSetting,
    ModelsMissing,
    Unavailable,
)
from cutout.ports.bucket import Missing, Stored, Unreadable

from . import outcome
from .lists import Buckets
from .marks import Marks
from .order import ATTEMPTS, LINES, OUTCOMES, Batch, Item, Order
from .outcome import Earlier, Outcome, Recipe
from .places import Place

KEY = "batch"  # in the ledger, where others have the key that a caller used
# These come and go, or are ours to mend. Any other error is the picture's.
NOT_THE_PICTURES = Unavailable, ModelsMissing, InvalidSetting


class BatchWork:
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
            return self._made(item, recipe, batch.id)
        except NOT_THE_PICTURES:
            marks.end()
            raise
        except CutoutError as error:
            return outcome.failed(item, error)

    def _recipe(self, order: Order) -> Recipe:
        options = order.options()
        return Recipe(options, *self._network(options), order.account)

    def _there(self, item: Item, recipe: Recipe) -> Earlier | None:
        """The same result. No file is ever put over that is none of ours."""
        try:
            known = self._buckets(item.target.bucket).know(item.target.key)
        except Missing:
            return None
        except Unreadable as error:
            raise InvalidParameter(
                f"{item.target} is there, and may not be read: {error}"
            ) from None
        if outcome.NAME not in known.notes:
            raise InvalidParameter(f"{item.target} is there already, and is no cutout of ours")
        try:
            etag = item.etag or self._buckets(item.source.bucket).know(item.source.key).etag
        except (Missing, Unreadable):
            return None  # what is wrong with it, reading will tell
        return outcome.earlier(recipe.name(etag), known.notes)

    def _pay_again(self, there: Earlier, recipe: Recipe, batch_id: str) -> None:
        """For a worker that died between a result and its payment."""
        if there.batch_id == batch_id and there.quarters:
            with paid(self._ledger, _claim(recipe, there.name, there.quarters)):
                pass

    def _made(self, item: Item, recipe: Recipe, batch_id: str) -> Outcome:
        photo = self._photo(item.source)
        start = perf_counter()
        deadline = Deadline.after(self._deadline_s or inf)
        target, name = item.target, recipe.name(photo.etag)
        bucket = self._buckets(target.bucket)
        with ExitStack() as unpaid:
            with self._paid(recipe, name, photo.data) as payment:
                result = self._remove_background(photo.data, recipe.options, deadline)
                made = outcome.done(item, result, payment.due, perf_counter() - start)
                notes = outcome.notes(name, made, batch_id)
                bucket.put(target.key, result.data, result.media_type, notes)
                # Left there, it would be skipped the next time, and never be paid.
                unpaid.callback(bucket.delete, [target.key])
            unpaid.pop_all()
        self._record(result)
        return outcome.charged(made, payment.quarters)

    def _photo(self, source: Place) -> Stored:
        try:
            return self._buckets(source.bucket).get(source.key, most_bytes=self._max_bytes)
        except Missing:
            raise ImageDownloadFailed(f"there is no {source}") from None
        except Unreadable as error:
            raise ImageDownloadFailed(f"{source} may not be read here: {error}") from None

    @contextmanager
    def _paid(self, recipe: Recipe, name: str, photo: bytes) -> Iterator[Payment]:
        """A repetition within a day costs nothing, as everywhere."""
        if not recipe.account:
            yield Payment(0)
            return
        quarters = price(self._measure(photo), recipe.options)
        with paid(self._ledger, _claim(recipe, name, quarters)) as payment:
            yield payment


def _claim(recipe: Recipe, name: str, quarters: int) -> Claim:
    return Claim(recipe.account, KEY, name, request=name, quarters=quarters)
