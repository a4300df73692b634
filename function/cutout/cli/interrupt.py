"""Ctrl-C."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event

INTERRUPTED = 128 + signal.SIGINT


@contextmanager
def interrupts(stop: Event) -> Iterator[None]:
    """The first Ctrl-C asks to stop; the second is a KeyboardInterrupt again."""

    def ask(*_: object) -> None:
        stop.set()
        signal.signal(signal.SIGINT, before)

    before = signal.signal(signal.SIGINT, ask)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
