"""Processes that run a Lambda handler locally, one call at a time each."""

import os
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from multiprocessing import get_context
from threading import Lock
from time import monotonic

TIMEOUT_S = 900


@dataclass
class Context:
    """The second argument of a Lambda handler."""

    function_name: str
    memory_limit_in_mb: int = 1769
    aws_request_id: str = "local"
    invoked_function_arn: str = "local"

    def __post_init__(self):
        self._until = monotonic() + TIMEOUT_S

    def get_remaining_time_in_millis(self):
        return int((self._until - monotonic()) * 1000)


class Environments:
    """A pool of processes. One that dies fails its call, as on AWS, and is replaced."""

    def __init__(self, module, environment, count):
        self._arguments = module, dict(environment)
        self._count = count
        self._lock = Lock()
        self._pool = self._start()

    def __call__(self, event):
        pool = self._pool
        try:
            return pool.submit(_call, self._arguments[0], event).result()
        except BrokenProcessPool:
            with self._lock:
                if self._pool is pool:
                    self._pool = self._start()
            raise

    def close(self):
        self._pool.shutdown()

    def _start(self):
        # Not forked: an engine's threads are not copied with it.
        context = get_context("spawn")
        return ProcessPoolExecutor(self._count, context, _load, self._arguments)


@contextmanager
def environments(module, environment, count):
    """Yield a function from event to answer. The module has a `handler` and is imported in each of
    `count` processes, with these environment variables set before."""
    pool = Environments(module, environment, count)
    try:
        yield pool
    finally:
        pool.close()


@cache
def _handler(module):
    return import_module(module).handler


def _load(module, environment):
    os.environ.update(environment)
    _handler(module)


def _call(module, event):
    return _handler(module)(event, Context("local"))
