"""Limits of memory and processor time of a worker process."""

import resource
from dataclasses import dataclass

MB = 1 << 20
# With u2net and two threads a worker starts with 210 MB. The most that was measured is 2.8 GB, for
# an AVIF of 50 megapixels: 52 bytes a pixel. A larger network of one's own needs more.
BASE_BYTES = 1024 * MB
BYTES_PER_PIXEL = 72
BYTES_PER_THREAD = 64 * MB  # 8 are its stack
FILES = 8  # as large as a photo: it, the options' pictures, the result, and a copy of each
PROCESSOR_S = 300  # 25 times what that AVIF takes


@dataclass(frozen=True)
class Limits:
    """A worker's memory for data in bytes, and its processor time for one picture in s."""

    data_bytes: int
    processor_s: int

    @classmethod
    def for_pictures(cls, max_bytes: int, max_pixels: int, threads: int) -> "Limits":
        """Return limits for pictures of at most max_bytes and max_pixels."""
        data = BASE_BYTES + BYTES_PER_PIXEL * max_pixels + FILES * max_bytes
        return cls(data + threads * BYTES_PER_THREAD, PROCESSOR_S)

    def apply(self) -> None:
        """Limit this process's memory, and turn off core dumps, which would hold a picture.

        RLIMIT_DATA counts what a process may write to, and not, as RLIMIT_AS does, the files and
        addresses that libraries reserve. macOS accepts the limit without enforcing it.
        """
        resource.setrlimit(resource.RLIMIT_DATA, (self.data_bytes, self.data_bytes))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))

    def begin(self) -> None:
        """Give this process the processor time of one more picture. The system ends it with SIGXCPU
        when that is used up."""
        usage = resource.getrusage(resource.RUSAGE_SELF)
        used = usage.ru_utime + usage.ru_stime
        most = resource.getrlimit(resource.RLIMIT_CPU)[1]
        resource.setrlimit(resource.RLIMIT_CPU, (int(used) + 1 + self.processor_s, most))
