"""Runs a command with Docker, the base image and the image `cutout` there, and `sam` on its path.

`python -m tools.container COMMAND...`
"""

import os
import subprocess
import sys

from tools.contenders.catalogue import ROOT

from . import base
from .engine import FOLDER, NoDocker, engine

IMAGE = "cutout"


def main(command: list[str]) -> int:
    if not command:
        print(__doc__, file=sys.stderr)
        return 2
    _environment()
    try:
        with engine():
            base.ensure(FOLDER)
            base.build(ROOT / "function", IMAGE)
            return subprocess.run(command, check=False).returncode
    except (NoDocker, base.NotBuilt) as error:
        print(f"container: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _environment() -> None:
    os.environ["PATH"] = f"{ROOT}/.venv/bin:{ROOT}/.sam/bin:{os.environ['PATH']}"
    os.environ.setdefault("SAM_CLI_TELEMETRY", "0")
    # Without a region or credentials SAM asks the machine's metadata service, and waits.
    os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")
    os.environ.setdefault("AWS_EC2_METADATA_DISABLED", "true")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
