"""500 pictures through the state machine on a local AWS: `python -m tools.scale.run`, for the last
table of `make scale`."""

import json
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from datetime import date
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from typing import Any

from cutout import bootstrap
from cutout.batch import paths
from cutout.config import Settings
from cutout.options.record import Options
from tools import local_aws, state_machine
from tools.bench.photos import Photo, make
from tools.contenders.catalogue import BUILD
from tools.environments import environments
from tools.local_aws import LocalAws
from tools.machine import machine

from .measured import FILE, Measured

PICTURES = 500
BAD_EACH = 50  # is empty
LOOK_S = 0.05
WORKERS = 2
MODEL = "u2net"
PHOTO = Photo(1)
CALLS = 20  # of which the median is taken
SETTINGS = {"CUTOUT_MODEL": MODEL, "CUTOUT_THREADS": "1", "POWERTOOLS_LOG_LEVEL": "ERROR"}
BUCKET = "pictures"
LIST = "lists/all.csv"


def main() -> int:
    photo = make(PHOTO, BUILD / "photos")
    print(f"scale: one of {PHOTO.name}, {CALLS} times in {WORKERS} processes", file=sys.stderr)
    seconds_each = _each(photo)
    try:
        with tempfile.TemporaryDirectory() as folder, local_aws.running(Path(folder)) as aws:
            _put(aws.client("s3"), photo.read_bytes())
            with _deployed(aws) as arn:
                runs = [
                    _measured(aws, arn, way, source, seconds_each)
                    for way, source in (("prefix", "in/"), ("manifest", LIST))
                ]
    except local_aws.NotStarted as error:
        print(f"scale: {error}", file=sys.stderr)
        return 1
    FILE.parent.mkdir(parents=True, exist_ok=True)
    FILE.write_text(json.dumps([asdict(run) for run in runs], indent=1), encoding="utf-8")
    print(f"This is {FILE}.")
    return 0


def _each(photo: Path) -> float:
    """Seconds of a warm call with as many at work beside it as there are workers."""
    with ProcessPoolExecutor(WORKERS, get_context("spawn")) as pool:
        return median(took for runs in pool.map(_warm, [photo] * WORKERS) for took in runs)


def _warm(photo: Path) -> list[float]:
    engine = bootstrap.engine(Settings(model=MODEL, threads=1))
    engine.prepare(Options())
    data, took = photo.read_bytes(), []
    for _ in range(CALLS):
        start = time.perf_counter()
        engine.remove_background(data, Options())
        took.append(time.perf_counter() - start)
    return took


def _put(s3: Any, photo: bytes) -> None:
    """The photo again and again, each a file of its own, and some that are none."""
    s3.create_bucket(Bucket=BUCKET)
    names = [f"in/{n:03d}.jpg" for n in range(PICTURES)]
    for n, name in enumerate(names):
        # What follows a JPEG's end is no part of the picture.
        s3.put_object(Bucket=BUCKET, Key=name, Body=b"" if n % BAD_EACH == 0 else photo + bytes(n))
    s3.put_object(Bucket=BUCKET, Key=LIST, Body="\n".join(["source", *names]).encode())


@contextmanager
def _deployed(aws: LocalAws) -> Iterator[str]:
    ledger = aws.deploy("scale")["LedgerTable"]
    environment = aws.environment() | SETTINGS | {"CUTOUT_LEDGER_TABLE": ledger}
    with ExitStack() as stack:
        functions = {
            name: stack.enter_context(environments(f"cutout.{module}", environment, count))
            for name, module, count in (
                ("BatchFunction", "lambdas.batch", 1),
                ("BatchWorkerFunction", "lambdas.batch_worker", WORKERS),
            )
        }
        yield stack.enter_context(state_machine.deployed(aws, WORKERS, **functions))


def _measured(aws: LocalAws, arn: str, way: str, source: str, seconds_each: float) -> Measured:
    print(f"scale: {PICTURES} by {way}", file=sys.stderr)
    states, s3 = aws.client("stepfunctions"), aws.client("s3")
    told = {"source": f"s3://{BUCKET}/{source}", "target": f"s3://{BUCKET}/by-{way}/"}
    start = time.perf_counter()
    begun = states.start_execution(stateMachineArn=arn, input=json.dumps(told))["executionArn"]
    while (found := states.describe_execution(executionArn=begun))["status"] == "RUNNING":
        time.sleep(LOOK_S)
    wall_s = time.perf_counter() - start
    summary = json.loads(found["output"])
    outcomes = [
        json.loads(line)
        for place in summary["manifests"]
        for line in s3.get_object(Bucket=BUCKET, Key=paths.parse(place).key)["Body"].iter_lines()
    ]
    return Measured(
        machine=machine(),
        date=str(date.today()),
        pictures=len(outcomes),
        bad=summary["failed"],
        workers=WORKERS,
        wall_s=wall_s,
        engine_s=sum(outcome["seconds"] for outcome in outcomes),
        megapixels=PHOTO.megapixels,
        model=MODEL,
        threads=1,
        seconds_each=seconds_each,
        way=way,
    )


if __name__ == "__main__":
    sys.exit(main())
