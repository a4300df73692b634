"""Runs in the image: what the init phase of a new process is made of, in ms."""

import json
import statistics
import subprocess
import sys
import time

ROUNDS = 7
CHILD = """
import time; begun = time.monotonic()
from cutout import bootstrap, contract, telemetry
from cutout.net import fetch
from cutout.web import app
import mangum, onnxruntime
imported = time.monotonic()
from cutout.lambdas import api
print(begun, imported, time.monotonic())
"""


def parts() -> tuple[float, float, float]:
    start = time.monotonic()
    said = subprocess.run([sys.executable, "-c", CHILD], capture_output=True, check=True).stdout
    begun, imported, ready = map(float, said.decode().split()[-3:])
    return begun - start, imported - begun, ready - imported


def main() -> None:
    rounds = [parts() for _ in range(ROUNDS + 1)][1:]  # the first one reads the disk
    medians = [statistics.median(column) * 1000 for column in zip(*rounds, strict=True)]
    print(json.dumps(dict(zip(("interpreter", "imports", "session"), medians, strict=True))))


if __name__ == "__main__":
    main()
