"""Answer for numbers of one's own: `python -m tools.cost --pictures 50000 --mp 3 --model u2net`."""

from dataclasses import fields, replace
from itertools import pairwise

from tools import markdown

from .inputs import Inputs, Run
from .model import HOUR_S, Case


class NotMeasured(ValueError):
    """A model or size without measurements. str(error) is a sentence."""


def answer(inputs: Inputs, pictures: int, megapixels: float, model: str, concurrency: int) -> str:
    """Return a table of what so many pictures cost in each way, and how long they take.

    Durations and sizes between two measured sizes are interpolated linearly. Raises NotMeasured.
    """
    rows = []
    for name, way in inputs.ways.items():
        runs = [run for run in inputs.runs_of(way) if run.model == model]
        if not runs:
            measured = ", ".join(sorted({run.model for run in inputs.runs}))
            raise NotMeasured(f"{model} is not measured; tools/prices.toml has {measured}")
        if megapixels > max(run.megapixels for run in runs):
            continue  # the page sends none that large
        case = Case(_interpolated(runs, megapixels), way, inputs)
        if way.concurrency:
            limits = case.rates(concurrency)
            load = case.backlog(pictures, concurrency)
            limit, rate = min(limits.items(), key=lambda pair: pair[1])
            hours = [f"{rate:,.1f}", limit, f"{load.seconds / HOUR_S:,.2f}"]
        else:
            load, hours = replace(case.steady(pictures), pictures=pictures), ["", "", ""]
            load = replace(load, starts=load.starts / inputs.assumed["days_a_month"])
        dollars = sum(case.dollars(load).values())
        rows.append([name, f"{dollars:,.2f}", f"{1000 * dollars / pictures:.4f}", *hours])
    if not rows:
        most = max(run.megapixels for run in inputs.runs if run.model == model)
        raise NotMeasured(f"{megapixels:g} megapixels are not measured; the most are {most:g}")
    head = ["way", "dollars", "for 1,000", "pictures a second", "limited by", "hours"]
    return f"""{pictures:,} pictures of {megapixels:g} MP with {model}, computed from \
{inputs.source}, at list prices; calls within a day, jobs and batches with a concurrency of \
{concurrency:,}:

{markdown.table(head, rows)}
Besides up to ${inputs.monthly_dollars:.2f} a month, with or without a picture."""


def _interpolated(runs: list[Run], megapixels: float) -> Run:
    """Return a run of a size between measured ones; below the smallest, that one."""
    ordered = sorted(runs, key=lambda run: run.megapixels)
    for low, high in pairwise(ordered):
        if low.megapixels <= megapixels <= high.megapixels:
            share = (megapixels - low.megapixels) / (high.megapixels - low.megapixels)
            numbers = [it.name for it in fields(Run) if it.name != "model"]
            between = {
                name: getattr(low, name) + share * (getattr(high, name) - getattr(low, name))
                for name in numbers
            }
            return replace(low, **between)
    return ordered[0] if megapixels < ordered[0].megapixels else ordered[-1]
