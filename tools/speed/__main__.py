"""Measures speed and memory, and stores each table for the README: `python -m tools.speed NAME...`

bench: beside rembg. qualities: each quality beside rembg. stages: of the engine, by size and edges.
starts: of each Lambda function. workers: of a worker process beside none. page: in Chromium.
container: the Lambda image beside rembg in one, for `make bench-container`. networks: inference of
the quantized networks beside OpenVINO's.
"""

import argparse
import signal
import sys

from cutout.errors import ModelsMissing
from tools import local_aws, sections
from tools.contenders.process import Failed, Unavailable

from . import comparison, container, networks, page, qualities, stages, starts, workers

TABLES = {
    "bench": comparison.table,
    "qualities": qualities.table,
    "stages": stages.table,
    "starts": starts.table,
    "workers": workers.table,
    "page": page.table,
    "container": container.table,
    "networks": networks.table,
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.speed", description=__doc__)
    parser.add_argument("names", nargs="+", choices=TABLES, metavar="NAME")
    for name in parser.parse_args().names:
        try:
            sections.store(name, TABLES[name]())
        except (Failed, Unavailable, ModelsMissing, local_aws.NotStarted) as error:
            print(f"{name}: {error}", file=sys.stderr)
            return 1
        except KeyboardInterrupt:
            print(f"{name}: stopped", file=sys.stderr)
            return 128 + signal.SIGINT
    return 0


if __name__ == "__main__":
    sys.exit(main())
