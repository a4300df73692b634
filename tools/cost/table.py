"""The README's section: two tables, and every input by its name."""

from collections.abc import Iterable

from tools import markdown
from tools.container.run import Run

from . import capacity
from .bill import Case, bill, door
from .prices import Book, Price
from .runs import Runs

PICTURES = (1, 1_000, 1_000_000)  # a day
SHOWN = 1_000  # of these, the one that is shown by its parts
ARCHITECTURES = ("x86_64", "arm64")
CENT = 0.01


def section(runs: Runs, book: Book) -> str:
    return f"""{_head(runs, book)}

{totals(runs, book)}
The parts of {runs.runs[0].model} on {ARCHITECTURES[0]} at {SHOWN:,} a day, and what they come from:

{parts(runs, book)}
{notes(book)}
"""


def _head(runs: Runs, book: Book) -> str:
    return (
        f"Dollars for 1,000 pictures at so many a day, and how many run at once. Durations: "
        f"{runs.date}, {runs.machine}, of which one, and {book.assumed.memory_mb:,} MB. "
        f"Prices: {book.region}, {book.date}, without the free tiers."
    )


def totals(runs: Runs, book: Book) -> str:
    head = ["model", "MP", "processor", *(f"{count:,} a day" for count in PICTURES), "at once"]
    rows = [_totals(run, architecture, book) for run in runs.runs for architecture in ARCHITECTURES]
    return markdown.table(head, rows)


def _totals(run: Run, architecture: str, book: Book) -> list[str]:
    bills = [bill(Case(run, architecture, count), book) for count in PICTURES]
    size = f"{run.megapixels:g}{door(Case(run, architecture, SHOWN), book).mark}"
    called = architecture if architecture == run.architecture else f"{architecture}*"
    at_once = " / ".join(f"{one.at_once:,}" for one in bills)
    return [run.model, size, called, *(money(one.total) for one in bills), at_once]


def parts(runs: Runs, book: Book) -> str:
    names = list(dict.fromkeys(price.part for price in book.prices.values()))
    head = ["model", "MP", "cold, ms", "warm, ms", "in, MB", "out, MB", "log, bytes", *names]
    model = runs.runs[0].model
    cases = [
        Case(run, ARCHITECTURES[0], SHOWN, is_uploaded)
        for run in runs.runs if run.model == model
        for is_uploaded in (False, True)
    ]  # fmt: skip
    return markdown.table(head, [_parts(case, names, book) for case in cases])


def _parts(case: Case, names: Iterable[str], book: Book) -> list[str]:
    run, shown = case.run, bill(case, book)
    return [
        run.model,
        f"{run.megapixels:g}{door(case, book).mark}",
        f"{run.init_ms:.0f} + {run.first_ms:.0f}",
        f"{run.warm_ms:.0f}",
        f"{run.in_bytes / 1e6:.2f}",
        f"{run.out_bytes / 1e6:.2f}",
        f"{run.log_bytes:,}",
        *(money(shown.parts[name]) for name in names),
    ]


def notes(book: Book) -> str:
    busiest = capacity.busiest_rate(PICTURES[-1], book.assumed)
    mark = book.upload.mark
    return (
        f"\\* computed with {ARCHITECTURES[0]}'s durations: arm64 is not measured. "
        f"{mark} {book.upload.why}. Transfer is CloudFront's, and of {mark} S3's. "
        f"{PICTURES[-1]:,} a day are {busiest:.0f} calls a second in the busiest hour: more than "
        "the template's `RequestsPerSecond` lets in, and an account starts with 10 or 1,000 at "
        "once. Dashboard, alarms, their key, metrics, secrets and image are up to "
        f"${book.monthly:.2f} a month more, whatever the load; firewall, storage of logs, health "
        "checks and the page are left out.\n\n"
        f"Prices, of which `tools/prices.toml` has the pages: {'; '.join(_prices(book))}. "
        f"Assumed: {'; '.join(_assumptions(book))}."
    )


def _prices(book: Book) -> list[str]:
    return [f"{price.unit} {each(price)}" for price in book.prices.values()]


def each(price: Price) -> str:
    """The first tier's, as AWS puts it."""
    each = price.tiers[0][1]
    if each < CENT / 1000 and "GB" not in price.unit:
        return f"${each * 1e6:.4g} a million"
    return f"${each:.10f}".rstrip("0")


def _assumptions(book: Book) -> list[str]:
    return [f"`{name}` {vars(book.assumed)[name]:g} ({why})" for name, why in book.reasons.items()]


def money(dollars: float) -> str:
    return f"{dollars:.2f}" if dollars >= 1 or not dollars else f"{dollars:.4f}"
