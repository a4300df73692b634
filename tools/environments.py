"""Lambda's environments on this machine: processes that each have loaded a handler, and run one
call at a time."""

import os
from collections.abc import Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from multiprocessing import get_context
from threading import Lock
from time import monotonic
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # its imports would be paid by each environment
    from tools.state_machine import Function

TIMEOUT_S = 900


@dataclass
class Context:
    """What Lambda tells a handler of the call."""

    function_name: str
    memory_limit_in_mb: int = 1769
    aws_request_id: str = "local"
    invoked_function_arn: str = "local"

    def __post_init__(self) -> None:
        self._until = monotonic() + TIMEOUT_S

    def get_remaining_time_in_millis(self) -> int:
        return int((self._until - monotonic()) * 1000)


class Environments:
    """One that dies fails its call, as on AWS, and makes room for another."""

    def __init__(self, module: str, environment: Mapping[str, str], count: int) -> None:
        self._told = module, dict(environment)
        self._count = count
        self._lock = Lock()
        self._pool = self._started()

    def __call__(self, event: dict[str, Any]) -> Any:
        pool = self._pool
        try:
            return pool.submit(_call, self._told[0], event).result()
        except BrokenProcessPool:
            with self._lock:
                if self._pool is pool:
                    self._pool = self._started()
            raise

    def close(self) -> None:
        self._pool.shutdown()

    def _started(self) -> ProcessPoolExecutor:
        # Not forked: an engine's threads are not copied with it.
        context = get_context("spawn")
        return ProcessPoolExecutor(self._count, context, _load, self._told)


@contextmanager
def environments(module: str, environment: Mapping[str, str], count: int) -> "Iterator[Function]":
    """module has a handler, and reads its settings when it is imported."""
    made = Environments(module, environment, count)
    try:
        yield made
    finally:
        made.close()


@cache
def _handler(module: str) -> Any:
    return import_module(module).handler


def _load(module: str, environment: Mapping[str, str]) -> None:
    os.environ.update(environment)
    _handler(module)


def _call(module: str, event: dict[str, Any]) -> Any:
    return _handler(module)(event, Context("local"))
