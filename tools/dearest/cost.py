"""Measures what reading a picture file costs, in a child process with limits."""

import multiprocessing
import os
import resource
import sys
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

from cutout import codec
from cutout.config import Settings
from cutout.errors import CutoutError

LIMITS = Settings().max_bytes, Settings().max_pixels
MOST_S, MOST_MB = 60, 4000  # of a child, which is ended past them
STATUS = Path("/proc/self/status")
CLEAR = Path("/proc/self/clear_refs")  # "5" resets the peak of a process's memory
# Forked from a process that has never read a picture, whose free memory a child would reuse.
CHILDREN = multiprocessing.get_context("forkserver")
CHILDREN.set_forkserver_preload([__name__])


@dataclass(frozen=True)
class Cost:
    """The processor seconds and the growth of memory of measuring and decoding a file once."""

    seconds: float
    mb: float
    outcome: str  # the size of the picture, or the error


def measure(data: bytes) -> Cost:
    """Return the cost of a file, as the API reads it: its size first and then its pixels."""
    ours, theirs = CHILDREN.Pipe(duplex=False)
    child = CHILDREN.Process(target=_report, args=(data, theirs))
    child.start()
    theirs.close()
    try:
        cost: Cost = ours.recv()
    except EOFError:
        cost = Cost(MOST_S, MOST_MB, f"child: ended with {child.exitcode}")
    child.join()
    return cost


def _report(data: bytes, pipe: Connection) -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (MOST_S, MOST_S))
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MB << 20, MOST_MB << 20))
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno())  # libtiff's warnings
    CLEAR.write_text("5")
    memory, seconds = _status("VmRSS"), _seconds()
    outcome = _read(data)
    pipe.send(Cost(_seconds() - seconds, _status("VmHWM") - memory, outcome))


def _read(data: bytes) -> str:
    try:
        codec.measure(data, *LIMITS)
        photo, _ = codec.decode(data, *LIMITS, frames="first")
    except CutoutError as error:
        return f"{type(error).__name__}: {error}"
    except MemoryError:
        return "MemoryError: more than the child may have"
    return f"{photo.width} x {photo.height}"


def _seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def _status(name: str) -> float:
    """Return a row of the process's status in MB."""
    rows = dict(row.split(":", 1) for row in STATUS.read_text().splitlines())
    return int(rows[name].split()[0]) / 1024
