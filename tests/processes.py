"""Servers in processes of their own."""

import re
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[1]
READY = re.compile(r"Cutout is on http://localhost:(\d+)")


@contextmanager
def started(module, environment, log, port=0, python=sys.executable, cwd=ROOT):
    """A server on a free port, with the port; whatever goes wrong, the process does not stay."""
    command = [python, "-m", module, "--port", str(port)]
    with log.open("w") as out:
        process = subprocess.Popen(command, cwd=cwd, env=environment, stdout=out, stderr=out)
    try:
        yield process, _port(log, process)
    finally:
        process.kill()
        process.wait()


def _port(log, process):
    deadline = time.monotonic() + 30
    while not (ready := READY.search(log.read_text())):
        assert time.monotonic() < deadline
        assert process.poll() is None, log.read_text()
        time.sleep(0.05)
    return int(ready[1])


def ended(module, environment, *arguments):
    """A run that ends by itself."""
    return subprocess.run(
        [sys.executable, "-m", module, *arguments],
        cwd=ROOT, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
