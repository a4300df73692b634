"""`python -m cutout.migrate`, the same as `cutout migrate`."""

import sys

from cutout.cli import migrate
from cutout.cli.console import INTERRUPTED

if __name__ == "__main__":
    try:
        sys.exit(migrate.run(migrate.parser().parse_args()))
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
