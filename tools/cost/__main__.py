"""`python -m tools.cost`: see `make cost`; with --pictures and --mp it answers for one load."""

import argparse
import sys
from collections.abc import Iterable
from dataclasses import replace

from tools import markdown, sections
from tools.deploy import page

from . import inputs
from .day import ROOT, Day, Line
from .inputs import Inputs
from .model import HOUR_S, Case
from .question import NotMeasured, answer
from .savings import FEW, changes_section, plans_section

MANY = 1_000_000  # pictures a day
BACKLOGS = 10_000, 10_000_000  # pictures
QUOTA = 1_000  # calls that a Lambda account may run at once, unless AWS raises it


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.cost", description=__doc__)
    parser.add_argument("--pictures", type=int, help="print what so many cost, and no table")
    parser.add_argument("--mp", type=float, default=12, help="megapixels of each")
    parser.add_argument("--model", default="u2net")
    parser.add_argument("--concurrency", type=int, default=4, help="of jobs and batches")
    arguments = parser.parse_args()
    if arguments.pictures is None:
        store_tables()
        return 0
    if min(arguments.pictures, arguments.mp, arguments.concurrency) <= 0:
        parser.error("--pictures, --mp and --concurrency have to be above 0")
    load = arguments.pictures, arguments.mp, arguments.model, arguments.concurrency
    try:
        print(answer(inputs.load(), *load))
    except NotMeasured as error:
        print(f"python -m tools.cost: {error}", file=sys.stderr)
        return 1
    return 0


def store_tables() -> None:
    sections.store("cost", section(inputs.load()))
    sections.store("day", day_section(inputs.load()))
    sections.store("changes", changes_section(inputs.tables()))
    sections.store("plans", plans_section(inputs.load()))


def section(inputs: Inputs) -> str:
    x86, arm = (inputs.prices[f"gb_second_{name}"].tiers[0][1] for name in ("x86_64", "arm64"))
    parts = list(dict.fromkeys(price.part for price in inputs.prices.values()))
    pairs = [(run, name) for name, way in inputs.ways.items() for run in inputs.runs_of(way)]
    cases = {
        (run.model, f"{run.megapixels:g}", name): Case(run, inputs.ways[name], inputs)
        for run, name in sorted(pairs, key=lambda pair: pair[0].megapixels)
    }
    steady = markdown.table(
        ["model", "MP", "way", *parts, "total", "list", f"total, {MANY:,} a day", "at once"],
        [[*names, *_steady(case)] for names, case in cases.items()],
    )
    backlogs = markdown.table(
        ["model", "MP", "way", "concurrency", "pictures a second", "limited by"]
        + [f"{what}, {count:,}" for count in BACKLOGS for what in ("hours", "dollars")],
        [
            [*names, *_backlog(case, concurrency)]
            for names, case in cases.items()
            if case.way.concurrency
            for concurrency in (case.way.concurrency["default"], QUOTA)
        ],
    )
    return f"""Computed, not billed: from {inputs.source}. \
Dollars for 1,000 pictures at {FEW:,} a day, and how many run at once when {MANY:,} a day come. \
Of what AWS gives each month only bytes out and CloudFront's requests and functions are taken \
off, and not in `list`; the account's other distributions and buckets share them:

{steady}
A photo of more than 4.7 MB does not fit into a call. After the first 6 MB of a cutout each MB \
takes half a second of Lambda, with which 1,000 cutouts of 10 MB cost \
${_streamed(inputs):.2f} more. The second look of `quality=best`, which takes less \
than a whole call at {inputs.runs[0].megapixels:g} MP, makes 1,000 cutouts \
${_second_looks(inputs):.4f} dearer at most. On arm64 a GB-second of Lambda is \
{1 - arm / x86:.0%} cheaper; durations there are not measured. Dashboard, alarms, their key, \
metrics, secrets, image and firewall add up to ${inputs.monthly_dollars:.2f} a month at most. Not \
included: storage of logs, health checks and the page. docs/deploy/cost.md has the dearest day.

Many pictures that wait, with the template's concurrency and with {QUOTA:,}, Lambda's usual quota \
(a new account may have 10). For {QUOTA:,} the template's `RequestsPerSecond` and the API key's \
rate limit are taken to be raised too:

{backlogs}"""


def day_section(inputs: Inputs) -> str:
    day = Day(inputs)
    files = page.version(ROOT / "frontend").values()
    largest = max(len(file.body) for file in files)
    return f"""Computed with the defaults of the templates and {inputs.source}, without the free \
tiers, in dollars a day.

Clients without a valid API key:

{_lines(day.visitors())}
Callers with valid API keys add at most, apart from bytes (below):

{_lines(day.callers())}
Without `CostAlarm`, links that are fetched at the same rate all day would cost \
${day.endless_links():,.0f}, and uploads ${day.endless_uploads():,.0f}.

What grows with the number of addresses: one that sends as many requests as the firewall allows \
costs ${day.address():.2f} a day in requests, and ${day.page(largest):.2f} if each of them \
fetches the page's largest file, of {largest / 1000:.0f} kB. One million requests that the \
firewall refuses cost ${inputs.prices["waf_request"].dollars(1_000_000):.2f}.
"""


def _lines(lines: Iterable[Line]) -> str:
    rows = list(lines)
    total = sum(line.dollars for line in rows)
    cells = [[line.what, line.formula, f"{line.dollars:,.2f}"] for line in rows]
    return markdown.table(["line", "from", "dollars"], [*cells, ["**total**", "", f"{total:,.2f}"]])


def _streamed(inputs: Inputs) -> float:
    """Return what streaming adds to the dollars of 1,000 calls with cutouts of 10 MB."""
    run = replace(inputs.runs[0], out_bytes=10_000_000)
    whole = Case(run, inputs.ways["call"], inputs)
    cases = whole, replace(whole, way=replace(whole.way, streams=False))
    streamed, free = (sum(it.dollars(it.steady(FEW)).values()) for it in cases)
    return (streamed - free) / whole.steady(FEW).pictures * 1000


def _second_looks(inputs: Inputs) -> float:
    """Return the most that second looks add to the dollars of 1,000 pictures.

    A look takes as long at every size of the photo: less than the shortest warm call.
    """
    seconds = min(run.warm_ms for run in inputs.runs)  # of 1,000 pictures
    gigabytes = inputs.assumed["memory_mb"] / 1024
    return inputs.prices["gb_second_x86_64"].dollars(seconds * gigabytes)


def _steady(case: Case) -> list[str]:
    few, many = case.steady(FEW), case.steady(MANY)
    parts = list(case.dollars(few, counts_free=True).values())
    listed = sum(case.dollars(few).values())
    dollars = [1000 * part / few.pictures for part in (*parts, sum(parts), listed)]
    dollars.append(1000 * sum(case.dollars(many, counts_free=True).values()) / many.pictures)
    at_once = "" if case.way.concurrency else f"{case.at_once(MANY):,}"
    return [*(f"{each:.4f}" for each in dollars), at_once]


def _backlog(case: Case, concurrency: int) -> list[str]:
    rates = case.rates(concurrency)
    limit = min(rates, key=rates.__getitem__)
    loads = [case.backlog(count, concurrency) for count in BACKLOGS]
    sums = [(load.seconds / HOUR_S, sum(case.dollars(load).values())) for load in loads]
    cells = [f"{value:,.2f}" for pair in sums for value in pair]
    return [f"{concurrency:,}", f"{rates[limit]:,.1f}", limit, *cells]


if __name__ == "__main__":
    sys.exit(main())
