"""The port of a queue: messages for somebody else to work at, each delivered once or more."""

from typing import Protocol


class Queue(Protocol):
    def send(self, message: str) -> None:
        """Kept by the time this returns."""
