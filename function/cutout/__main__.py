"""The command line: `cutout photo.jpg`, `cutout batch DIR OUT` and `cutout models`."""

import sys
import warnings
from collections.abc import Sequence

from cutout.cli import flags
from cutout.cli.interrupt import INTERRUPTED


def main(argv: Sequence[str] | None = None) -> int:
    # Pillow warns of damaged metadata, in lines of its own code; what is wrong we say ourselves.
    warnings.filterwarnings("ignore", module="PIL")
    # Commands are imported when they run: `cutout models` and --help need no ONNX Runtime.
    words = list(sys.argv[1:] if argv is None else argv)
    try:
        if words[:1] == ["batch"]:
            given = flags.batch().parse_args(words[1:])
            from cutout.cli import batch_folder as folder
            from cutout.cli import batch_s3 as bucket

            return bucket.run(given) if flags.is_of_buckets(given) else folder.run(given)
        if words[:1] == ["models"]:
            from cutout.cli import models

            return models.run(flags.models().parse_args(words[1:]))
        given = flags.single().parse_args(words)
        from cutout.cli import photo

        return photo.run(given)
    except KeyboardInterrupt:
        return INTERRUPTED


if __name__ == "__main__":
    sys.exit(main())
