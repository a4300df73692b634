"""A worker as its parent process sees it."""

import logging
import os
import signal
import subprocess
import sys
from collections.abc import Iterable
from contextlib import suppress
from math import isfinite
from multiprocessing import Pipe
from threading import Lock, Timer
from types import TracebackType
from typing import Any

from cutout.deadline import Deadline
from cutout.errors import CutoutError, DeadlineExceeded, Unavailable, WorkerDied

from . import messages
from .limits import Limits
from .messages import Request

COMMAND = [sys.executable, "-m", "cutout.workers.process"]
# Past the deadline, for an engine that ends by itself between two stages. Without its client it has
# as long as the start of another worker takes, if that is more: a kill before that saves no time.
GRACE_S = 1
SECRET = "AWS_", "CUTOUT_"  # prefixes of the environment variables that a worker does not get
FROM_OUTSIDE = signal.SIGKILL, signal.SIGTERM  # no picture causes these
log = logging.getLogger(__name__)


class Worker:
    """A worker process, for one call at a time. It loads the default network while it starts."""

    def __init__(self, setup: bytes, limits: Limits) -> None:
        """setup is the pickled pair of engine and limits. Raises Unavailable if the system starts
        no process."""
        self._limits = limits
        self._connection, theirs = Pipe()
        try:
            self._process = subprocess.Popen(
                [*COMMAND, str(theirs.fileno())],
                stdin=subprocess.PIPE,  # see process.end_with_parent
                pass_fds=[theirs.fileno()],
                env=_environment(sys.path),
                process_group=0,  # Ctrl-C is for the parent, which then has its grace period
            )
        except OSError as error:
            raise Unavailable(f"no worker process can be started ({error}); try again") from error
        finally:
            theirs.close()
        self._connection.send_bytes(setup)
        self._start_s = 0.0  # how long the start took, 0 until it has ended
        self._was_ended = False

    def is_alive(self) -> bool:
        return self._process.poll() is None

    def end(self) -> None:
        """End the process at once; a call in another thread raises Unavailable."""
        self._was_ended = True
        self._process.kill()
        self._process.wait()
        assert self._process.stdin
        self._process.stdin.close()

    def call(self, method: str, arguments: tuple[Any, ...], deadline: Deadline) -> Any:
        """Return what the engine's method returns, or raise what it raises.

        Ends the process GRACE_S after the deadline, and GRACE_S or the time of a start after the
        client's disconnect. Raises DeadlineExceeded or Abandoned then, and Unavailable or
        WorkerDied if it ends otherwise.
        """
        remaining = deadline.seconds, deadline.left(), deadline.way_out
        watch = _Watch(self._process, deadline, max(GRACE_S, self._start_s))
        with watch, deadline.interrupting(watch.abandon):
            try:
                self._connection.send(Request(method, arguments, remaining))
                if not self._start_s:
                    self._start_s = messages.receive(self._connection)
                return messages.receive(self._connection)
            except (OSError, EOFError) as error:
                raise self._cause(watch, deadline) from error

    def _cause(self, watch: "_Watch", deadline: Deadline) -> CutoutError:
        """Return the error for a process that has closed its connection."""
        was_ended = self._was_ended  # which the next line changes
        ending = -self._ending()
        if watch.has_killed or deadline.is_abandoned:
            return deadline.exceeded()
        if was_ended:
            return Unavailable("the server is stopping; try again")
        name = signal.Signals(ending).name if ending > 0 else f"exit status {-ending}"
        log.error("worker process %d has ended: %s", self._process.pid, name)
        if ending == signal.SIGXCPU:
            most = self._limits.processor_s
            return DeadlineExceeded(
                f"the picture took more than the {most} s of processor time allowed; "
                f"{deadline.way_out}"
            )
        if ending in FROM_OUTSIDE:
            return Unavailable(
                "the process that worked on the picture was killed, maybe for lack of memory; "
                "try again"
            )
        return WorkerDied(f"the process that worked on the picture has ended ({name})")

    def _ending(self) -> int:
        """Return the exit status of a process that is ending."""
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(GRACE_S)
        self.end()
        return int(self._process.returncode)


class _Watch:
    """Kills a process within its block: GRACE_S after the deadline, grace_s after the client's
    disconnect."""

    def __init__(
        self, process: subprocess.Popen[bytes], deadline: Deadline, grace_s: float
    ) -> None:
        self._process = process
        self._deadline = deadline
        self._grace_s = grace_s
        self._timers: list[Timer] = []
        self._lock = Lock()
        self._is_over = False
        self.has_killed = False

    def __enter__(self) -> "_Watch":
        if isfinite(left := self._deadline.left()):
            self._kill_after(max(left, 0) + GRACE_S)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:  # fmt: skip
        with self._lock:  # from here on the process belongs to others
            self._is_over = True
        for timer in self._timers:
            timer.cancel()

    def abandon(self) -> None:
        """Tell the process that the client has gone. Safe from any thread."""
        with self._lock:
            if not self._is_over:
                self._process.send_signal(signal.SIGUSR1)
                self._kill_after(self._grace_s)

    def _kill_after(self, seconds: float) -> None:
        timer = Timer(seconds, self._kill)
        timer.daemon = True
        self._timers.append(timer)
        timer.start()

    def _kill(self) -> None:
        with self._lock:
            if not self._is_over:
                self.has_killed = True
                self._process.kill()


def _environment(path: Iterable[str]) -> dict[str, str]:
    """Return a worker's environment, with this process's module path and without its secrets."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(SECRET)}
    # As serving.share_arenas has it: the threads that compress a PNG have arenas, too.
    return kept | {"PYTHONPATH": os.pathsep.join(filter(None, path)), "MALLOC_ARENA_MAX": "2"}
