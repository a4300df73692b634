"""What keys, ledger and bucket cost beside the bare engine: `python -m tools.bench.contract`.

Every way is asked in turn, and with another picture each time, so that each call is charged.
"""

import json
import os
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

import boto3
import requests
from mangum import Mangum
from tqdm import tqdm

from cutout import bootstrap
from cutout.config import Settings
from cutout.engine import Engine
from cutout.options.record import Options
from tools import gateway, local_aws, markdown
from tools.contenders.catalogue import BUILD
from tools.machine import machine

from .photos import Photo, make

OUT = BUILD / "contract"
PHOTO = Photo(1)
ROUNDS = 30
ACCOUNT, MANY = "bench", 1_000_000
OPTIONS = Options(max_pixels=10_000_000)  # what the fields below say
FIELDS = {"size": "full", "format": "png"}
Call = Callable[[], object]
Way = Callable[[bytes], Call]  # gets all ready for one call, which is then timed


@dataclass(frozen=True)
class Line:
    way: str
    ms: float
    over_ms: float  # than the engine alone
    requests: Mapping[str, int]  # of a call, one after another

    def cells(self) -> list[str]:
        share = 100 * self.over_ms / (self.ms - self.over_ms)
        asked = (str(self.requests.get(service, 0)) for service in ("dynamodb", "s3"))
        return [self.way, f"{self.ms:.0f}", f"{self.over_ms:.1f}", f"{share:.1f} %", *asked]


def main() -> int:
    try:
        with tempfile.TemporaryDirectory() as folder, local_aws.running(Path(folder)) as aws:
            photo = make(PHOTO, BUILD / "photos").read_bytes()
            told = table(measure(aws, Settings(threads=1), photo, ROUNDS))
    except local_aws.NotStarted as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    OUT.mkdir(parents=True, exist_ok=True)
    (OUT / "table.md").write_text(told)
    print(f"\n{told}\nThis is {OUT}/table.md.")
    return 0


def measure(aws: local_aws.LocalAws, settings: Settings, photo: bytes, rounds: int) -> list[Line]:
    os.environ.update(aws.environment())
    counts: Counter[str] = Counter()
    boto3.setup_default_session()
    session: Any = boto3.DEFAULT_SESSION
    session.events.register(
        "before-call", lambda model, **_: counts.update([model.service_model.service_name])
    )
    engine = bootstrap.engine(settings)
    engine.prepare(OPTIONS)
    all_ways = ways(settings, _with_stores(aws, settings), engine)
    seconds: dict[str, list[float]] = {name: [] for name in all_ways}
    asked: dict[str, Counter[str]] = {}
    for number in tqdm(range(rounds + 1), desc="contract", unit="round"):
        for name, way in all_ways.items():
            call = way(photo + b"%d" % number)  # what follows a JPEG's end is no part of it
            counts.clear()
            start = perf_counter()
            call()
            seconds[name].append(perf_counter() - start)
            asked[name] = counts.copy()
    ms = {name: 1000 * median(times[1:]) for name, times in seconds.items()}
    bare_ms = next(iter(ms.values()))
    return [Line(name, ms[name], ms[name] - bare_ms, asked[name]) for name in ms]


def ways(plain: Settings, keyed: Settings, engine: Engine) -> dict[str, Way]:
    def door(settings: Settings) -> Mangum:
        return Mangum(bootstrap.app(settings, engine, lambda result: None), lifespan="off")

    open_door, paid_door = door(plain), door(keyed)
    key = _key(keyed)

    def alone(photo: bytes) -> Call:
        return lambda: engine.remove_background(photo, OPTIONS)

    def without_keys(photo: bytes) -> Call:
        return lambda: answered(open_door, gateway.removebg(photo, {}, **FIELDS))

    def with_key(photo: bytes) -> Call:
        return lambda: answered(paid_door, gateway.removebg(photo, key, **FIELDS))

    def by_upload(photo: bytes) -> Call:
        asked = {"type": "image/jpeg", "bytes": len(photo)}
        made = answered(paid_door, gateway.json_event("/v1.0/uploads", asked, key))
        ticket = json.loads(made["body"])["data"]
        requests.post(ticket["url"], ticket["fields"], files={"file": photo}).raise_for_status()
        wanted = {"upload_id": ticket["upload_id"], **FIELDS}
        return lambda: answered(paid_door, gateway.json_event("/v1.0/removebg", wanted, key))

    return {
        "the engine alone": alone,
        "its door, without keys": without_keys,
        "with key, rate and ledger": with_key,
        "the same, of an upload": by_upload,
    }


def answered(door: Mangum, event: gateway.Event) -> dict[str, Any]:
    answer: dict[str, Any] = door(event, None)  # type: ignore[arg-type]
    if answer["statusCode"] >= 400:
        raise RuntimeError(answer["body"])
    return answer


def table(lines: list[Line]) -> str:
    head = ["", "ms", "more, ms", "more", "DynamoDB requests", "S3 requests"]
    said = (
        f"{date.today()}, {machine()}, one thread; a warm call with u2net and {PHOTO.name}, "
        f"medians of {ROUNDS}, by the Lambda handler's way and with a local AWS, whose requests "
        "take a millisecond or two. On AWS each takes what the network to it takes, one after "
        "another:"
    )
    return f"{said}\n\n{markdown.table(head, [line.cells() for line in lines])}"


def _with_stores(aws: local_aws.LocalAws, settings: Settings) -> Settings:
    kept = aws.deploy("contract")
    return replace(
        settings,
        ask_for_keys=True,
        ledger_table=kept["LedgerTable"],
        state_table=kept["StateTable"],
        bucket=kept["PictureBucket"],
        secret="secret",
    )


def _key(settings: Settings) -> dict[str, str]:
    """As a header."""
    table = bootstrap.table(settings.ledger_table)
    key = bootstrap.accounts(table).create_key(ACCOUNT, megapixels_per_minute=MANY)
    bootstrap.ledger(table).grant(ACCOUNT, MANY)
    return {"X-Api-Key": key}


if __name__ == "__main__":
    sys.exit(main())
