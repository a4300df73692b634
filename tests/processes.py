"""Run servers and commands in processes of their own."""

import re
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

from tools.time_limits import limit_s, wait_until

ROOT = Path(__file__).parents[1]
READY = re.compile(r"Cutout is on http://localhost:(\d+)")


@contextmanager
def started(module, environment, log, port=0, python=sys.executable, cwd=ROOT, arguments=()):
    """Start a server on a free port and yield both; the process always ends with the block."""
    command = [python, "-m", module, *arguments, "--port", str(port)]
    with log.open("w") as out:
        process = subprocess.Popen(command, cwd=cwd, env=environment, stdout=out, stderr=out)
    try:
        yield process, _port(log, process)
    finally:
        process.kill()
        process.wait()


def _port(log, process):
    ready = wait_while_running(process, lambda: READY.search(log.read_text()), "its address", log)
    return int(ready[1])


def wait_while_running(process, condition, what, log=None):
    """Wait until the condition is true and return its value; fail if the process ends first."""

    def answer():
        if found := condition():
            return found
        if process.poll() is not None:
            raise RuntimeError(f"the process ended before {what}: {log and log.read_text()}")
        return None

    return wait_until(answer, what)


def output(process, seconds=60):
    """Return the process's output until its end, stdout before stderr."""
    try:
        return [(text or b"").decode() for text in process.communicate(timeout=limit_s(seconds))]
    except subprocess.TimeoutExpired:
        process.kill()
        raise


def ended(module, environment, *arguments):
    """Run a module to its end and return the completed process."""
    return subprocess.run(
        [sys.executable, "-m", module, *arguments],
        cwd=ROOT, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
