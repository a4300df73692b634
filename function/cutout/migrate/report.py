"""What a search or a check has found, as text for a person or as JSON."""

import json
from collections import Counter
from collections.abc import Iterator
from typing import get_args

from .find import Find, Search
from .rules import Kind
from .service import Outcome

ORDER: tuple[Kind, ...] = get_args(Kind)


def lines(found: Search) -> Iterator[str]:
    """Yield each use as grep would, with a line on what changes, and then a summary."""
    for find in found.finds:
        rule = find.rule
        yield f"{find.path}:{find.line}: {find.text}"
        yield f"    {rule.service}, {rule.kind}: {rule.what}. {rule.change}"
    if found.finds:
        yield ""
    yield summary(found)
    for number, (change, count) in enumerate(steps(found.finds), 1):
        yield f"{number}. {change} ({count})"


def summary(found: Search) -> str:
    kinds = Counter(find.rule.kind for find in found.finds)
    parts = ", ".join(f"{kinds[kind]} {kind}" for kind in ORDER if kinds[kind])
    uses = f"{len(found.finds)} uses ({parts})" if found.finds else "no use"
    files = len({find.path for find in found.finds})
    unread = f", {len(found.unreadable)} unreadable" if found.unreadable else ""
    return (
        f"{uses} of remove.bg or rembg in {files} of {found.files} files;"
        f" {found.left_out} binary or large left out{unread}"
    )


def steps(finds: list[Find]) -> list[tuple[str, int]]:
    """Return each change that is to be made with its number of places, hosts first."""
    ordered = sorted(finds, key=lambda find: ORDER.index(find.rule.kind))
    return list(Counter(find.rule.change for find in ordered).items())


def as_json(found: Search) -> str:
    uses = [
        {
            "path": find.path,
            "line": find.line,
            "text": find.text,
            "service": find.rule.service,
            "kind": find.rule.kind,
            "what": find.rule.what,
            "change": find.rule.change,
            "source": find.rule.source,
        }
        for find in found.finds
    ]
    unreadable = [{"path": path, "reason": reason} for path, reason in found.unreadable]
    counts = {"files": found.files, "left_out": found.left_out}
    changes = [{"change": change, "places": count} for change, count in steps(found.finds)]
    return json.dumps(counts | {"uses": uses, "steps": changes, "unreadable": unreadable}, indent=1)


def outcome_lines(outcome: Outcome) -> Iterator[str]:
    if outcome.skipped:
        yield f"skipped  {outcome.name}: {outcome.skipped}"
    elif outcome.wrong:
        yield f"FAILED   {outcome.name}: {outcome.wrong}"
    else:
        yield f"passed   {outcome.name}"


def outcome_summary(outcomes: list[Outcome]) -> str:
    tried = [outcome for outcome in outcomes if not outcome.skipped]
    passed = sum(not outcome.wrong for outcome in tried)
    left = len(outcomes) - len(tried)
    return f"{passed} of {len(tried)} calls passed" + (f", {left} skipped" if left else "")


def outcomes_as_json(outcomes: list[Outcome]) -> str:
    calls = [
        {
            "call": outcome.name,
            "outcome": "skipped" if outcome.skipped else "failed" if outcome.wrong else "passed",
            "reason": outcome.skipped or outcome.wrong,
        }
        for outcome in outcomes
    ]
    return json.dumps({"calls": calls}, indent=1)
