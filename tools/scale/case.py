"""So many pictures of a kind by one of the ways, and what they need."""

from dataclasses import dataclass
from math import ceil

from cutout.batch import gather
from tools.container.run import Run

from .book import Book, Room, Way

KEYS_A_LIST = 1000
FUNCTION_S = 900  # Lambda's longest


@dataclass(frozen=True)
class Case:
    run: Run
    way: Way
    pictures: int
    at_once: int
    is_door_raised: bool = False  # out of the way, for jobs: what a stack and a key are given

    @property
    def calls(self) -> float:
        """Of the worker."""
        return self.pictures / self.way.items


def account(case: Case, book: Book) -> Room:
    """A new one, for as long as that is enough."""
    new = book.rooms["new_account"]
    return new if case.at_once <= new.size else book.rooms["account"]


def call_s(case: Case, book: Book) -> float:
    """Of a warm call of the worker, as Lambda bills it: to the next whole millisecond. Photos come
    one after the other, and what is waited for as well."""
    way, assumed = case.way, book.assumed
    picture_ms = way.s3_waits * assumed.s3_ms + way.dynamodb_waits * assumed.dynamodb_ms
    picture_ms += case.run.warm_ms
    return ceil(way.items * picture_ms + way.s3_waits_a_call * assumed.s3_ms) / 1000


def picture_s(case: Case, book: Book) -> float:
    return call_s(case, book) / case.way.items


def start_s(case: Case) -> float:
    """What a new environment takes longer than a warm one."""
    return (case.run.init_ms + case.run.first_ms - case.run.warm_ms) / 1000


def plan_s(case: Case, book: Book) -> float:
    """Before the first is worked at: its own time for each line, and for that of LISTs, as long as
    one call of Lambda is enough for these. Else there is a list."""
    if not case.way.is_planned:
        return 0.0
    own, lists = case.pictures * book.assumed.line_us / 1e6, listed_s(case.pictures, book)
    return own + (lists if own + lists <= FUNCTION_S else 0)


def listed_s(pictures: float, book: Book) -> float:
    return pictures / KEYS_A_LIST * book.assumed.list_ms / 1000


def gather_s(case: Case, book: Book) -> float:
    """GETs of the outcomes, after the last."""
    if not case.way.is_planned:
        return 0.0
    return case.calls * book.assumed.s3_ms / 1000 / gather.AT_ONCE
