"""An engine whose photos are the names of what happens when they are decoded."""

import os
import signal
import time
from collections import deque
from itertools import repeat

from cutout.deadline import NEVER
from cutout.errors import ImageDownloadFailed
from cutout.picture import Box, Result, Size


class HostileEngine:
    """Stands in for Engine in worker processes. Pickled, so that it has no state."""

    def prepare(self, options):
        pass

    def network(self, options):
        return "hostile", str(os.getpid())

    def remove_background(self, data, options, deadline=NEVER):
        return getattr(self, data.decode())(deadline)

    def sound(self, deadline):
        box = Box(1, 2, 3, 4)
        return Result(
            b"\0\xff", "image/png", Size(5, 6), Size(7, 8), box, box, (box, box), 0.1, "hostile",
            "1", 2, 1, {"decode": 1 / 3},
        )  # fmt: skip

    def endless(self, deadline):
        """Never return to the interpreter, as a C library that keeps its lock."""
        deque(repeat(None), maxlen=0)

    def staged(self, deadline):
        """Look at the deadline between stages."""
        while True:
            deadline.check()
            time.sleep(0.01)

    def busy(self, deadline):
        """Use 0.7 s of the processor."""
        end = time.process_time() + 0.7
        while time.process_time() < end:
            pass
        return self.sound(deadline)

    def segfault(self, deadline):
        os.kill(os.getpid(), signal.SIGSEGV)

    def killed(self, deadline):
        os.kill(os.getpid(), signal.SIGKILL)

    def bomb(self, deadline):
        return [bytes(1 << 26) for _ in repeat(None)]

    def bug(self, deadline):
        return {}["missing key"]

    def error(self, deadline):
        raise ImageDownloadFailed("there is no such picture", status=404)

    def environment(self, deadline):
        raise ImageDownloadFailed(" ".join(os.environ))
