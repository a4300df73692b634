"""Serve the API without AWS and without the page: `python -m cutout.server`."""

import argparse
import os
import sys
from typing import NoReturn

from cutout import installation
from cutout.errors import ExtraMissing

PROGRAM = "python -m cutout.server"
LOOPBACK = "127.0.0.1"


def main() -> int:
    parser = argparse.ArgumentParser(prog=PROGRAM, description=__doc__)
    parser.add_argument("--host", default=LOOPBACK)
    parser.add_argument("--port", type=int, default=5000)
    arguments = parser.parse_args()
    try:
        installation.require_extra("server", "the server")
    except ExtraMissing as error:
        print(f"{PROGRAM}: {error}", file=sys.stderr)
        return 1
    # Imported here: an installation without the extra lacks its dependencies.
    from cutout import serving

    return serving.run(
        arguments.host, arguments.port, serving.with_root, PROGRAM, another="--port 5001"
    )


def leave(status: int) -> NoReturn:
    """Exit immediately. Python would wait for threads whose requests have been cancelled."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


if __name__ == "__main__":
    leave(main())
