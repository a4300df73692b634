"""Fuzz everything that reads what clients send, and print what each target did: `make fuzz`.

The corpus, which grows from run to run, is in build/fuzz/NAME, and an input that fails is in
build/fuzz/findings. The exit status is 1 if there is a finding.
"""

import argparse
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from tools.markdown import table

from .run import ENVIRONMENT, ROOT
from .targets import TARGETS

FOLDER = ROOT / "build/fuzz"
FINDINGS = FOLDER / "findings"
EXECUTIONS = re.compile(r"stat::number_of_executed_units:\s*(\d+)")
COVERAGE = re.compile(r"cov: (\d+)")
TAIL = 60  # lines of libFuzzer's output that tell of a finding


@dataclass(frozen=True)
class Outcome:
    target: str
    executions: int
    coverage: int  # edges of the instrumented modules
    files: int  # of the corpus
    finding: str  # the end of libFuzzer's output; empty for none


def main() -> int:
    parser = argparse.ArgumentParser(prog="make fuzz", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(TARGETS)}")
    parser.add_argument("--minutes", type=float, default=5, help="for all targets together")
    arguments = parser.parse_args()
    names = arguments.names or list(TARGETS)
    if unknown := set(names) - TARGETS.keys():
        parser.error(f"there is no target {', '.join(sorted(unknown))}")
    if not ENVIRONMENT.is_dir():
        parser.error("atheris is not installed; run `make fuzz`")
    seconds = max(1, round(60 * arguments.minutes / len(names)))
    outcomes = [fuzz(name, seconds) for name in names]
    print(report(outcomes, seconds))
    for outcome in outcomes:
        if outcome.finding:
            print(f"\n== {outcome.target}\n{outcome.finding}", file=sys.stderr)
    return int(any(outcome.finding for outcome in outcomes))


def fuzz(name: str, seconds: int) -> Outcome:
    """Fuzz one target for so many seconds, or until its first finding."""
    corpus = FOLDER / name
    for folder in (corpus, FINDINGS):
        folder.mkdir(parents=True, exist_ok=True)
    for seed in TARGETS[name].seeds():
        (corpus / sha256(seed).hexdigest()).write_bytes(seed)
    done = subprocess.run(
        [sys.executable, "-m", "tools.fuzz.run", name, f"-max_total_time={seconds}",
         "-print_final_stats=1", "-timeout=120", f"-artifact_prefix={FINDINGS}/{name}-", corpus],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
    )  # fmt: skip
    lines = done.stdout.splitlines()
    return Outcome(
        name,
        max(_numbers(EXECUTIONS, done.stdout), default=0),
        max(_numbers(COVERAGE, done.stdout), default=0),
        _count(corpus),
        "\n".join(lines[-TAIL:]) if done.returncode else "",
    )


def report(outcomes: list[Outcome], seconds: int) -> str:
    rows = [
        [each.target, f"{each.executions:,}", f"{each.coverage:,}", f"{each.files:,}",
         "yes" if each.finding else "no"]
        for each in outcomes
    ]  # fmt: skip
    head = ["target", "executions", "edges covered", "corpus files", "finding"]
    minutes = seconds * len(outcomes) / 60
    return f"{minutes:.1f} minutes in total\n\n{table(head, rows)}"


def _numbers(pattern: re.Pattern[str], text: str) -> Iterator[int]:
    return map(int, pattern.findall(text))


def _count(folder: Path) -> int:
    return sum(1 for _ in folder.iterdir())


if __name__ == "__main__":
    sys.exit(main())
