"""Fuzzes one target in this process: python -m tools.fuzz.run NAME [flags of libFuzzer] CORPUS...

atheris has an environment of its own (`make fuzz` makes it), which holds no other package.
"""

import logging
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parents[2]
VERSION = f"python{sys.version_info.major}.{sys.version_info.minor}"
ENVIRONMENT = ROOT / ".fuzz/lib" / VERSION / "site-packages"
# Processor time and memory of one input, where a picture has 1 MP at most: a sound one of them
# takes 0.05 s, several times that with the instrumentation, and 60 MB besides the process's 200.
MOST_S, MOST_MB = 3, 1024
INSTRUMENTED = ["cutout", "PIL", "python_multipart", "json", "urllib", "ipaddress"]


class TooSlow(Exception):
    """One input took more than MOST_S seconds of processor time."""


def main() -> None:
    sys.path.append(str(ENVIRONMENT))
    import atheris

    warnings.simplefilter("ignore")  # Pillow's, of damaged files
    logging.disable()  # python-multipart's, of broken forms
    name = sys.argv.pop(1)
    with atheris.instrument_imports(include=INSTRUMENTED):
        from .targets import TARGETS
    target = TARGETS[name]
    atheris.Setup(
        [*sys.argv, f"-rss_limit_mb={MOST_MB}", f"-max_len={target.max_bytes}"], timed(target.run)
    )
    atheris.Fuzz()


def timed(run: Callable[[bytes], None]) -> Callable[[bytes], None]:
    def measured(data: bytes) -> None:
        start = time.process_time()
        run(data)
        if (seconds := time.process_time() - start) > MOST_S:
            raise TooSlow(f"{seconds:.1f} s for {len(data):,} bytes")

    return measured


if __name__ == "__main__":
    main()
