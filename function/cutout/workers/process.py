"""The worker process: `python -m cutout.workers.process FD` serves the connection FD."""

import fcntl
import os
import pickle
import select
import signal
import sys
import traceback
from contextlib import suppress
from math import inf
from multiprocessing.connection import Connection
from time import monotonic
from typing import TYPE_CHECKING, Any

from cutout.deadline import Deadline
from cutout.errors import CutoutError, MemoryExceeded
from cutout.options.record import Options

from . import messages
from .limits import MB, Limits
from .messages import EngineBug, Request

if TYPE_CHECKING:  # unpickling imports it
    from cutout.engine.pipeline import Engine

BEGUN = monotonic()
LIFELINE = 0  # standard input: a pipe that only the parent can write to, and never does


def main(connection: Connection) -> None:
    """Send the seconds that the start took, and serve requests until the parent closes the
    connection."""
    end_with_parent()
    engine, limits = pickle.loads(connection.recv_bytes())
    limits.apply()
    with suppress(CutoutError):  # each request raises it again
        engine.prepare(Options())
    server = Server(engine, limits)
    signal.signal(signal.SIGUSR1, server.abandon)
    messages.send(connection, monotonic() - BEGUN)
    with suppress(EOFError):
        while True:
            request = connection.recv()
            messages.send(connection, server.respond(request))


def end_with_parent() -> None:
    """Let the kernel end this process when the parent ends, even by SIGKILL.

    SIGIO, which Linux then sends, needs no interpreter to be handled, so that a C library cannot
    delay it. Elsewhere a worker ends after its picture, at the end of its connection.
    """
    if sys.platform != "linux":
        return
    fcntl.fcntl(LIFELINE, fcntl.F_SETOWN, os.getpid())
    fcntl.fcntl(LIFELINE, fcntl.F_SETFL, os.O_ASYNC | fcntl.fcntl(LIFELINE, fcntl.F_GETFL))
    if select.select([LIFELINE], [], [], 0)[0]:  # it ended before
        sys.exit()


class Server:
    """Calls the engine, for one request at a time."""

    def __init__(self, engine: "Engine", limits: Limits) -> None:
        self._engine = engine
        self._limits = limits
        self._deadline = Deadline.after(inf)

    def abandon(self, signal: int, frame: Any) -> None:
        """Handle the signal that the client has gone: the engine stops before its next stage."""
        self._deadline.abandon()

    def respond(self, request: Request) -> Any:
        """Return what the engine's method returns or raises."""
        self._limits.begin()
        try:
            return self._call(request)
        except CutoutError as error:
            return error
        except MemoryError:
            most = f"{self._limits.data_bytes // MB:,} MB"
            return MemoryExceeded(
                f"the picture needs more than {most} of memory; send a smaller one"
            )
        except Exception:  # noqa: BLE001 (a bug, which the parent reports)
            return EngineBug(traceback.format_exc())

    def _call(self, request: Request) -> Any:
        if request.method == "network":
            return self._engine.network(*request.arguments)
        seconds, left, way_out = request.deadline
        self._deadline = Deadline(seconds, monotonic() + left, way_out)
        data, options = request.arguments
        return self._engine.remove_background(data, options, self._deadline)


if __name__ == "__main__":
    main(Connection(int(sys.argv[1])))
