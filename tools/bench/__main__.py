"""python -m tools.bench: see `make bench`."""

import json
import signal
import sys
from dataclasses import asdict, dataclass, field
from datetime import date
from statistics import median

from tqdm import tqdm

from cutout.errors import ModelsMissing
from tools import markdown
from tools.contenders import originals
from tools.contenders.catalogue import BUILD, find
from tools.contenders.process import Answer, Failed, Unavailable
from tools.machine import machine

from .duel import Duel, peaks, starts, warm
from .photos import Photo, make

OUT = BUILD / "bench"
THREADS = (1, 2)
ROUNDS = 7
PEAK_ROUNDS = 3
WARM = (Photo(1), Photo(12), Photo(12, grain=0))
PEAK = (Photo(1), Photo(12), Photo(50))
U2NET = find("cutout u2net"), find("rembg u2net")
LIKE_REMBG = find("cutout u2net, edges off"), find("rembg u2net")  # the map, and no more
U2NETP = find("cutout u2netp"), find("rembg u2netp")


@dataclass(frozen=True)
class Stages:
    """Of our own warm call: medians."""

    photo: str
    threads: int
    ms: dict[str, float]


@dataclass
class Findings:
    date: str
    machine: str
    duels: list[Duel] = field(default_factory=list)
    stages: list[Stages] = field(default_factory=list)

    def as_json(self) -> str:
        duels = [duel.as_json() for duel in self.duels]
        return json.dumps(asdict(self) | {"duels": duels}, indent=1)

    def table(self) -> str:
        head = f"{self.date}, {self.machine}; medians, and the median of the rounds' ratios:"
        names = list(self.stages[0].ms)
        duels = markdown.table(["", "threads", "rembg", "Cutout", "ratio"],
                               [duel.cells() for duel in self.duels])  # fmt: skip
        stages = markdown.table(
            ["Cutout's stages, ms", "threads", *names],
            [[one.photo, str(one.threads), *(f"{one.ms[name]:.0f}" for name in names)]
             for one in self.stages],
        )  # fmt: skip
        return f"{head}\n\n{duels}\n{stages}"


def main() -> int:
    try:
        findings = bench()
    except (Failed, Unavailable, ModelsMissing) as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("bench: stopped", file=sys.stderr)
        return 128 + signal.SIGINT
    OUT.mkdir(parents=True, exist_ok=True)
    (OUT / "results.json").write_text(findings.as_json())
    (OUT / "table.md").write_text(findings.table())
    print(f"\n{findings.table()}\nThis is {OUT}/table.md, and results.json has every round.")
    return 0


def bench() -> Findings:
    models = originals.prepare()
    photos = {photo: make(photo, BUILD / "photos") for photo in (*WARM, *PEAK)}
    findings = Findings(str(date.today()), machine())
    steps = len(THREADS) * (2 * len(WARM) + 1) + len(PEAK)
    with tqdm(total=steps, desc="bench", unit="duel") as bar:
        for photo in WARM:
            for threads in THREADS:
                ours, theirs = warm(U2NET, photos[photo], threads, ROUNDS, models)
                findings.duels += of_answers(photo.name, threads, ours, theirs)
                findings.stages.append(Stages(photo.name, threads, median_stages(ours)))
                bar.update()
                plain, theirs = warm(LIKE_REMBG, photos[photo], threads, ROUNDS, models)
                findings.duels += of_answers(f"{photo.name}, edges off", threads, plain, theirs)
                bar.update()
        for threads in THREADS:
            what = f"process start to first cutout, u2netp, {WARM[0].name}"
            seconds = starts(U2NETP, photos[WARM[0]], threads, ROUNDS, models)
            findings.duels.append(Duel(what, threads, "s", *seconds))
            bar.update()
        for photo in PEAK:
            what = f"peak memory, u2net, {photo.name}"
            findings.duels.append(
                Duel(what, 1, "MB", *peaks(U2NET, photos[photo], PEAK_ROUNDS, models))
            )
            bar.update()
    return findings


def of_answers(photo: str, threads: int, ours: list[Answer], theirs: list[Answer]) -> list[Duel]:
    seconds = ([one.seconds for one in side] for side in (ours, theirs))
    size_mb = ([one.bytes / 1e6 for one in side] for side in (ours, theirs))
    duels = [Duel(f"warm call, u2net, {photo}", threads, "s", *seconds)]
    if threads == THREADS[0]:
        duels.append(Duel(f"PNG of it, {photo}", threads, "MB", *size_mb))
    return duels


def median_stages(answers: list[Answer]) -> dict[str, float]:
    stages = [answer.said["stages_ms"] for answer in answers]
    return {name: median(one[name] for one in stages) for name in stages[0]}


if __name__ == "__main__":
    sys.exit(main())
