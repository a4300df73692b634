"""Asks the tools of a plan in turn, and stores each round as soon as it is measured.

In a round each tool of a case is asked once, so that a machine whose speed drifts does so for all
of them. Figures are compared within a round only.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

from tqdm import tqdm

from tools.contenders.catalogue import Tool
from tools.contenders.process import Answer, Contender, Failed
from tools.machine import machine

from .photos import make
from .plan import Case, Plan

Round = dict[str, Answer]  # the answer of each tool, by its name in the plan
Tools = Mapping[str, Tool]


@dataclass(frozen=True)
class Results:
    """The rounds of each case so far, and why a case could not be measured."""

    rounds: Mapping[Case, list[Round]]
    failures: Mapping[Case, str] = field(default_factory=dict)

    def figures(self, case: Case, tool: str, name: str) -> list[float]:
        """Return a field of Answer, such as `seconds`, of each round.

        Raises LookupError if the case or the tool was not measured.
        """
        rounds = self.rounds[case]
        if not rounds:
            raise LookupError(self.failures.get(case, "not measured"))
        return [float(getattr(answers[tool], name)) for answers in rounds]

    def median(self, case: Case, tool: str, name: str) -> float:
        """Return the median of a field of Answer over the rounds; raises as `figures` does."""
        return median(self.figures(case, tool, name))

    def peak_mb(self, case: Case, tool: str) -> float:
        """Return the most memory that the tool's process had in any call of the case."""
        return max(self.figures(case, tool, "peak_mb"))

    def ratio(self, case: Case, tool: str, name: str) -> float:
        """Return the median of the rounds' ratios: the figure of the case's first tool over it."""
        first = next(iter(self.rounds[case][0])) if self.rounds[case] else tool
        pairs = zip(self.figures(case, first, name), self.figures(case, tool, name), strict=True)
        return median(theirs / ours for theirs, ours in pairs)


class Log:
    """The rounds of a plan in a file, a line each, which outlives a run that is stopped.

    A line counts as long as the code of its tools, their networks and the machine are the same.
    """

    def __init__(self, path: Path, plan: Plan, tools: Tools) -> None:
        self.path, self.plan, self.tools = path, plan, tools
        planned = {name for names, _ in plan.values() for name in names}
        prints = {name: tools[name].fingerprint() for name in planned}
        self._origins = {
            case: {"case": repr(case), "machine": machine(),
                   "tools": {name: prints[name] for name in names}}
            for case, (names, _) in plan.items()
        }  # fmt: skip
        self.rounds: dict[Case, list[Round]] = {case: [] for case in plan}
        self._dates: set[str] = set()
        cases = {json.dumps(origin): case for case, origin in self._origins.items()}
        for line in _lines(path):
            case = cases.get(json.dumps(line["origin"]))
            if case and len(self.rounds[case]) < plan[case][1]:
                self._dates.add(line["date"])
                self.rounds[case].append(
                    {name: Answer(**fields) for name, fields in line["answers"].items()}
                )

    def add(self, case: Case, answers: Round) -> None:
        """Store a round of a case, in the file before anywhere else."""
        today = str(date.today())
        line = {"date": today, "origin": self._origins[case],
                "answers": {name: asdict(answer) for name, answer in answers.items()}}  # fmt: skip
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("a", encoding="utf-8") as file:
            # The first newline ends what a run was writing when it was killed.
            file.write(f"\n{json.dumps(line)}\n")
        self._dates.add(today)
        self.rounds[case].append(answers)

    def missing(self, case: Case) -> int:
        """Return how many rounds of a case are still to be measured."""
        return self.plan[case][1] - len(self.rounds[case])

    def is_complete(self) -> bool:
        """Return whether no round is missing."""
        return not any(map(self.missing, self.plan))

    def dates(self) -> list[str]:
        """Return the first and the last date of the rounds, or the one that is both."""
        return sorted({min(self._dates), max(self._dates)})

    def clear(self) -> None:
        """Forget all rounds, and delete their file."""
        self.path.unlink()
        self.rounds = {case: [] for case in self.plan}
        self._dates = set()


def measure(log: Log, models: Path) -> dict[Case, str]:
    """Measure all rounds that the log does not have yet, and add each to it.

    `models` is the folder of rembg's networks. Returns why a case could not be measured, if so.
    """
    failures: dict[Case, str] = {}
    rounds = sum(rounds for _, rounds in log.plan.values())
    done = rounds - sum(map(log.missing, log.plan))
    with tqdm(total=rounds, initial=done, unit="round") as bar:

        def say(name: str) -> None:
            bar.set_description(f"{label}, {name}")

        for case, (names, _) in log.plan.items():
            label = f"{case.name}, threads: {case.threads}"
            tools = {name: log.tools[name] for name in names}
            try:
                for answers in _rounds(case, tools, models, log.missing(case), say):
                    log.add(case, answers)
                    bar.update()
            except Failed as error:
                failures[case] = str(error)
                bar.write(f"bench: {label}: {error}")
    return failures


def _rounds(
    case: Case, tools: Tools, models: Path, rounds: int, say: Callable[[str], None]
) -> Iterator[Round]:
    """Yield the answers of each of `rounds` rounds, after a first one that does not count.

    Of starts, the first one leaves the files in the system's cache. Of warm calls, it leaves in
    each process the memory that the later answers report as well.
    """
    if not rounds:
        return
    photo = make(case.photo)
    with ExitStack() as stack:
        running = {} if case.is_start else {
            name: stack.enter_context(Contender(tool, case.threads, models))
            for name, tool in tools.items()
        }  # fmt: skip

        def ask(name: str) -> Answer:
            say(name)
            if case.is_start:
                return _start(tools[name], case.threads, models, photo)
            return _accepted(running[name].ask(photo))

        for number in range(1 + rounds):
            # In one order and then in the other, so that none is always asked after the same one.
            answers = {name: ask(name) for name in sorted(tools, reverse=number % 2 == 0)}
            if number:
                yield {name: answers[name] for name in tools}


def _start(tool: Tool, threads: int, models: Path, photo: Path) -> Answer:
    """Return the first answer of a new process; its seconds count from the process's start."""
    begun = perf_counter()
    with Contender(tool, threads, models) as contender:
        answer = contender.ask(photo)
        return _accepted(replace(answer, seconds=perf_counter() - begun))


def _accepted(answer: Answer) -> Answer:
    if answer.refused:
        raise Failed(answer.refused)
    return answer


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    for text in path.read_text(encoding="utf-8").splitlines() if path.exists() else ():
        try:
            yield json.loads(text)
        except json.JSONDecodeError:  # an empty line, or one that a killed run had begun
            continue
