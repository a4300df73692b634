"""Send calls to a service whose AWS fails in many ways, and print what is left: `make faults`."""

import argparse
import sys
import tempfile
from pathlib import Path

from tests.networks import red_network
from tools import local_aws

from .run import run


def main():
    parser = argparse.ArgumentParser(prog="make faults", description=__doc__)
    parser.add_argument("--calls", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rate", type=float, default=0.15, help="share of AWS's calls that fail")
    parser.add_argument("--threads", type=int, default=8, help="of the clients; with 1, runs of"
                        " one seed meet the same faults")  # fmt: skip
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, local_aws.running(Path(name)) as aws:
        folder = Path(name)
        red_network(folder / "red.onnx")
        settings = {"CUTOUT_MODEL": "red", "CUTOUT_MODELS": name, "CUTOUT_THREADS": "2"}
        names = aws.deploy("faults")
        outcome = run(aws, names, "shop", settings, folder, **vars(arguments))
    print(outcome.report())
    return int(bool(outcome.finding.problems))


if __name__ == "__main__":
    sys.exit(main())
