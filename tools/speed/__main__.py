"""Measures speed and memory, and stores each table for the README: `python -m tools.speed NAME...`

bench: beside rembg, as `make bench` does it: where Cutout stands at each aim, and the plots.
aims: the tables and plots of the last `bench` again, with what other commands stored since.
starts: of each Lambda function. workers: of a worker process beside none. page: in Chromium.
container: the Lambda image beside rembg in one, for `make bench-container`. networks: inference of
the quantized networks beside OpenVINO's.
"""

import argparse
import signal
import sys
from collections.abc import Callable
from pathlib import Path

from cutout.errors import ModelsMissing
from tools import local_aws, sections
from tools.contenders.process import Failed, Unavailable

from . import bench, container, networks, page, starts, workers

TABLES = {
    "starts": starts.table,
    "workers": workers.table,
    "page": page.table,
    "container": container.table,
    "networks": networks.table,
}
BENCHES: dict[str, Callable[[bool, Path | None], None]] = {
    "bench": bench.run,
    "aims": bench.repeat,
}
FAILURES = (Failed, Unavailable, ModelsMissing, local_aws.NotStarted, bench.Incomplete)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.speed", description=__doc__)
    parser.add_argument("names", nargs="+", choices=[*BENCHES, *TABLES], metavar="NAME")
    parser.add_argument("--quick", action="store_true", help="bench, aims: in 3 minutes")
    parser.add_argument(
        "--before", type=Path, metavar="DIR",
        help="bench, aims: another checkout, whose Cutout is measured in the same rounds",
    )  # fmt: skip
    arguments = parser.parse_args()
    if arguments.before and not (arguments.before / ".venv" / "bin" / "python").exists():
        parser.error(f"{arguments.before} is no checkout with a .venv; run `make models` there")
    for name in arguments.names:
        try:
            if name in BENCHES:
                BENCHES[name](arguments.quick, arguments.before)
            else:
                sections.store(name, TABLES[name]())
        except FAILURES as error:
            print(f"{name}: {error}", file=sys.stderr)
            return 1
        except KeyboardInterrupt:
            print(f"{name}: stopped", file=sys.stderr)
            return 128 + signal.SIGINT
    return 0


if __name__ == "__main__":
    sys.exit(main())
