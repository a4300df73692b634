"""Runs a command with Docker, the base image and `sam`: `python -m tools.container COMMAND...`"""

import os
import shutil
import signal
import subprocess
import sys

from tools.sections import ROOT

from . import base
from .engine import NoDocker, engine, is_ours
from .sandbox import IMAGE


def main(command: list[str]) -> int:
    if not command:
        print(__doc__, file=sys.stderr)
        return 2
    os.environ["PATH"] = f"{ROOT}/.venv/bin:{ROOT}/.sam/bin:{os.environ['PATH']}"
    os.environ.setdefault("SAM_CLI_TELEMETRY", "0")
    # Without a region or credentials SAM asks the machine's metadata service, and waits.
    os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")
    os.environ.setdefault("AWS_EC2_METADATA_DISABLED", "true")
    if not shutil.which(command[0]):
        print(f"container: there is no command {command[0]}", file=sys.stderr)
        return 127
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that our own engine ends too
    try:
        with engine():
            base.ensure()
            if is_ours():  # with the host's network, which `sam build` cannot ask for
                base.build(ROOT / "function", IMAGE)
            return subprocess.run(command, check=False).returncode
    except (NoDocker, base.NotBuilt) as error:
        print(f"container: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 128 + signal.SIGINT


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
