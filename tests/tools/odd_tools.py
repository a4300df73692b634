"""Misbehaving tools for tests, run by `tools.contenders.worker` like any other."""

import time
from io import BytesIO

from PIL import Image

from tools.contenders.contract import Cut, Refused


def counting():
    """Write the number of the call in its process."""
    calls = []

    def run(data):
        calls.append(data)
        return Cut(data, {"call": len(calls), "stages_ms": {}})

    return run


def hanging():
    def run(data):
        time.sleep(600)

    return run


def halving():
    """Return a cutout that is too small."""

    def run(data):
        buffer = BytesIO()
        Image.open(BytesIO(data)).reduce(2).save(buffer, "PNG")
        return Cut(buffer.getvalue())

    return run


def refusing():
    def run(data):
        raise Refused("nothing stands out")

    return run


def loud():
    """Print to stdout, as libraries do."""
    print("hello")

    def run(data):
        print("hello")
        return Cut(b"")

    return run


def waiting():
    """Wait without working."""

    def run(data):
        time.sleep(0.5)
        return Cut(b"")

    return run
