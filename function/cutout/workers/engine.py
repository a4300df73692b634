"""An engine whose pictures are decoded, cut out and encoded in worker processes."""

import pickle
from functools import partial
from types import TracebackType
from typing import Self

from PIL import Image

from cutout.deadline import NEVER, Deadline
from cutout.engine.models import Models
from cutout.engine.pipeline import Engine
from cutout.options.record import Options
from cutout.picture import Result

from .limits import Limits
from .pool import Pool
from .worker import Worker


class WorkerEngine(Engine):
    """An Engine that makes cutouts in at most `workers` processes, each with one at a time.

    Only headers are read in this process. A worker is started when none is free, and in place of
    one that has ended. Use it as a context manager, which ends them all.
    """

    def __init__(
        self, models: Models, max_bytes: int, max_pixels: int, threads: int, workers: int
    ) -> None:
        super().__init__(models, max_bytes, max_pixels, threads)
        limits = Limits.for_pictures(max_bytes, max_pixels, threads)
        setup = pickle.dumps((Engine(models, max_bytes, max_pixels, threads), limits))
        self._pool = Pool(partial(Worker, setup, limits), workers)
        self._has_loaded = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:  # fmt: skip
        self._pool.close()

    def is_ready(self) -> bool:
        """Return whether a worker has loaded the default network."""
        return self._has_loaded

    def network(self, options: Options) -> tuple[str, str]:
        """Load the options' network in a worker and return its name and version. Raises as Engine
        does."""
        self.check(options)
        with self._pool.worker(NEVER) as worker:
            name, version = worker.call("network", (options,), NEVER)
        self._has_loaded = True
        return name, version

    def remove_background(
        self, data: bytes | Image.Image, options: Options, deadline: Deadline = NEVER
    ) -> Result:
        """Return Engine.remove_background's result, with the same bytes.

        Raises as Engine does, and when a worker is ended: DeadlineExceeded, Abandoned, Unavailable
        or WorkerDied. Raises MemoryExceeded for a picture that needs too much memory.
        """
        self.check(options)
        with self._pool.worker(deadline) as worker:
            result: Result = worker.call("remove_background", (data, options), deadline)
        return result
