"""An engine in this process whose calls end at their deadline."""

from concurrent.futures import Future, wait
from math import isfinite
from threading import Thread

from PIL import Image

from cutout.deadline import NEVER, Deadline
from cutout.options.record import Options
from cutout.picture import Result

from .pipeline import Engine

GRACE_S = 1  # past the deadline, for the engine to end by itself between two stages


class WatchedEngine(Engine):
    """An Engine for ApiFunction, where a worker process would make the init phase a third longer.

    A call that does not end by itself raises DeadlineExceeded GRACE_S after its deadline, and its
    picture goes on in a thread. `is_stuck` is True from then on: end the process after the
    response, since nothing else stops that thread.
    """

    is_stuck = False

    def remove_background(
        self, data: bytes | Image.Image, options: Options, deadline: Deadline = NEVER
    ) -> Result:
        """Return Engine.remove_background's result. Raises as it does, at most GRACE_S late."""
        call: Future[Result] = Future()

        def run() -> None:
            try:
                call.set_result(
                    super(WatchedEngine, self).remove_background(data, options, deadline)
                )
            except BaseException as error:  # noqa: BLE001 (raised again below)
                call.set_exception(error)

        Thread(target=run, daemon=True).start()
        left = deadline.left()
        wait([call], max(left, 0) + GRACE_S if isfinite(left) else None)
        if not call.done():
            self.is_stuck = True
            raise deadline.exceeded()
        return call.result()
