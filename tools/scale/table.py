"""The README's section: what is predicted, what binds, and what a run on one machine says to it."""

from dataclasses import replace
from math import inf

from tools import markdown
from tools.container.run import Run
from tools.cost.capacity import DAY_S
from tools.cost.runs import Runs
from tools.cost.table import each, money

from . import limits, template
from .book import DOOR, Book, Rate, Way
from .case import FUNCTION_S, KEYS_A_LIST, Case, gather_s, listed_s, plan_s
from .measured import Check
from .predict import HOUR_S, predict

PICTURES = (10_000, 10_000_000)
MANY = 1000  # at once, beside the template's default
RAISED = "†"


def section(runs: Runs, book: Book, checks: list[Check]) -> str:
    run, most = runs.runs[0], PICTURES[-1]
    shown = f"{run.model} at {run.megapixels:g} MP, {most:,} pictures"
    parts = [
        _head(runs, book),
        totals(runs, book),
        f"The dollars of {shown}:",
        dollars(run, book),
        f"Pictures a second that each limit would let through alone ({shown}):",
        bounds(run, book),
        notes(run, book),
    ]
    if checks:
        parts += ["The same sum for batches that did run, on one machine:", checked(checks)]
    return "\n\n".join(part.strip("\n") for part in parts) + "\n"


def _head(runs: Runs, book: Book) -> str:
    counts = " and ".join(f"{count:,}" for count in PICTURES)
    return (
        f"Hours and dollars for {counts} pictures, computed and not measured on AWS: from the "
        f"durations of {runs.date}, {runs.machine}, of which one, {book.cost.assumed.memory_mb:,} "
        f"MB, and the prices of {book.cost.region}, {book.cost.date}, without the free tiers."
    )


def totals(runs: Runs, book: Book) -> str:
    head = ["model", "MP", "way", "at once"]
    for count in PICTURES:
        head += [f"hours, {count:,}", "$", "binds first"]
    rows = [
        _totals(run, way, at_once, book)
        for run in runs.runs
        for way in book.ways.values()
        for at_once in levels(way)
    ]
    return markdown.table([*head, "then"], rows)


def levels(way: Way) -> tuple[int, int]:
    return template.default(way.concurrency), MANY


def _totals(run: Run, way: Way, at_once: int, book: Book) -> list[str]:
    shown = [predict(_raised(Case(run, way, count, at_once)), book) for count in PICTURES]
    cells = [run.model, f"{run.megapixels:g}", way.name, _at_once(shown[-1].case)]
    for one in shown:
        cells += [number(one.hours), money(one.dollars), names(limits.first(one.limits))]
    return [*cells, names(limits.then(shown[-1].limits))]


def _raised(case: Case) -> Case:
    """Who lets many be at work lets as many in."""
    return replace(case, is_door_raised=not case.way.is_planned and case.at_once == MANY)


def _at_once(case: Case) -> str:
    return f"{case.at_once:,}{RAISED if case.is_door_raised else ''}"


def dollars(run: Run, book: Book) -> str:
    shown = [predict(_raised(case), book) for case in _cases(run, book)]
    parts = [part for part in shown[0].parts if any(one.parts[part] for one in shown)]
    rows = [
        [one.case.way.name, _at_once(one.case), *(money(one.parts[part]) for part in parts)]
        for one in shown
    ]
    return markdown.table(["way", "at once", *parts], rows)


def bounds(run: Run, book: Book) -> str:
    """The lowest first, by whichever case meets it."""
    cases = _cases(run, book)
    columns = [limits.limits(case, book) for case in cases]
    found = {name for column in columns for name in column}
    rates = {name: [column.get(name, inf) for column in columns] for name in found}
    head = ["pictures a second", *(f"{case.way.name}, {case.at_once:,}" for case in cases)]
    rows = [
        [name, *map(_bound, rates[name])]
        for name in sorted(found, key=lambda name: (min(rates[name]), name))
    ]
    return markdown.table(head, rows)


def _cases(run: Run, book: Book) -> list[Case]:
    return [
        Case(run, way, PICTURES[-1], at_once)
        for way in book.ways.values()
        for at_once in levels(way)
    ]


def _bound(rate: float) -> str:
    return "" if rate == inf else number(rate)


def notes(run: Run, book: Book) -> str:
    prices_limits = "; ".join(_prices(book) + _limits(book))
    return (
        f"{_of_batches(run, book)} {_of_jobs(run, book)}\n\n"
        "Prices besides those of `make cost`, and limits, of which `tools/prices.toml` has the "
        f"pages and how they were seen: {prices_limits}. "
        f"Assumed besides: {'; '.join(_assumptions(book))}."
    )


def _of_batches(run: Run, book: Book) -> str:
    way = book.ways["batch"]
    case = Case(run, way, PICTURES[-1], MANY)
    plan, gather = plan_s(case, book), gather_s(case, book)
    each_s = listed_s(1, book) + book.assumed.line_us / 1e6
    return (
        f"A batch lists a prefix, {KEYS_A_LIST:,} at a time, gives each call {way.items} pictures "
        "of which none is done yet, charges nobody, and leaves all in its owner's buckets, whose "
        f"storage is not counted. Of the hours for {case.pictures:,} pictures "
        f"{number(plan / HOUR_S)} are Plan's and {number(gather / HOUR_S)} Gather's. One call of "
        f"Lambda lists {FUNCTION_S / each_s:,.0f} in its {FUNCTION_S} seconds: more have to come "
        "in a list, as these do."
    )


def _of_jobs(run: Run, book: Book) -> str:
    way = book.ways["jobs"]
    at_once = template.default(way.concurrency)
    worked = limits.limits(Case(run, way, PICTURES[-1], at_once), book)[f"`{way.concurrency}`"]
    door = " and ".join(book.rates[name].what for name in DOOR)
    return (
        "A job is posted by one account, asked for once when it has ended, and its cutout fetched "
        f"through the internet. {RAISED} with {door} raised out of the way, which as they are let "
        f"no more through at {MANY:,}. A job waits for a day at most: at {at_once} at once no more "
        f"than {worked * DAY_S:,.0f} may stand in the queue."
    )


def _prices(book: Book) -> list[str]:
    return [f"{price.unit} {each(price)}" for price in book.own.values()]


def _limits(book: Book) -> list[str]:
    rooms = [f"{one.what} {one.size:,}" for one in book.rooms.values()]
    growths = [
        f"{one.what} {one.start:g} and {one.each_s:g} a second" for one in book.growths.values()
    ]
    return rooms + growths + [_rate(one) for one in book.rates.values()]


def _rate(rate: Rate) -> str:
    burst = f" after {rate.burst:,}" if rate.burst else ""
    return f"{rate.what} {rate.each_s:,.4g} a second{burst}"


def _assumptions(book: Book) -> list[str]:
    return [f"`{name}` {vars(book.assumed)[name]:g} ({why})" for name, why in book.reasons.items()]


def checked(checks: list[Check]) -> str:
    head = [
        "model", "MP", "way", "pictures", "bad", "workers", "one, s", "expected, s",
        "of it starts, s", "measured, s", "measured / expected", "pictures an hour",
        "outside the engine",
    ]  # fmt: skip
    last = checks[-1].measured
    return (
        f"{markdown.table(head, [_checked(check) for check in checks])}\n"
        f"{last.date}, {last.machine}, {last.threads} thread a worker. Expected is what each good "
        "one takes in a process with another beside it, shared out among the workers, and one "
        "start; all else, such as the local AWS with a child for each picture, is in the ratio."
    )


def _checked(check: Check) -> list[str]:
    run = check.measured
    return [
        run.model, f"{run.megapixels:g}", run.way, f"{run.pictures:,}", f"{run.bad:,}",
        str(run.workers), f"{run.seconds_each:.3f}", f"{check.expected_s:.1f}",
        f"{check.start_s:.1f}", f"{run.wall_s:.1f}", f"{check.ratio:.2f}",
        f"{check.an_hour:,.0f}", f"{check.outside:.0%}",
    ]  # fmt: skip


def names(bound: list[str]) -> str:
    return ", ".join(bound)


def number(value: float) -> str:
    """To three digits."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
