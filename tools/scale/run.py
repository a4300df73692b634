"""500 pictures through the state machine on a local AWS: `python -m tools.scale.run`, for the last
table of `make scale`."""

import json
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from datetime import date
from pathlib import Path
from statistics import median
from typing import Any

from cutout import bootstrap
from cutout.config import Settings
from cutout.contract import Options
from tools import local_aws, state_machine
from tools.bench.photos import Photo, make
from tools.contenders.catalogue import BUILD
from tools.environments import environments
from tools.local_aws import LocalAws
from tools.machine import machine

from .measured import FILE, Measured

PICTURES, BAD = 500, 10
WORKERS = 2
MODEL = "u2net"
PHOTO = Photo(1)
ALONE = 20  # calls, of which the median is taken
SETTINGS = {"CUTOUT_MODEL": MODEL, "CUTOUT_THREADS": "1", "POWERTOOLS_LOG_LEVEL": "ERROR"}
BUCKET = "pictures"
LIST = "lists/all.csv"


def main() -> int:
    photo = make(PHOTO, BUILD / "photos").read_bytes()
    print(f"scale: one of {PHOTO.name} alone, {ALONE} times", file=sys.stderr)
    seconds_each = _alone(photo)
    try:
        with tempfile.TemporaryDirectory() as folder, local_aws.running(Path(folder)) as aws:
            names = _put(aws.client("s3"), photo)
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
    print(f"This is {FILE}, of {len(names)} pictures each.")
    return 0
