"""The command line: `cutout photo.jpg`, `cutout batch DIR OUT`, `models`, `migrate`."""

import sys
from collections.abc import Sequence

from cutout.cli import flags
from cutout.cli.console import INTERRUPTED


def main(argv: Sequence[str] | None = None) -> int:
    # Commands are imported when they run, because `cutout models` and --help need no ONNX Runtime.
    words = list(sys.argv[1:] if argv is None else argv)
    try:
        if words[:1] == ["batch"]:
            from cutout.cli import batch_flags

            arguments = batch_flags.batch().parse_args(words[1:])
            from cutout.cli import batch_folder, batch_s3

            on_s3 = batch_flags.is_on_s3(arguments)
            return batch_s3.run(arguments) if on_s3 else batch_folder.run(arguments)
        if words[:1] == ["models"]:
            from cutout.cli import models

            return models.run(models.parser().parse_args(words[1:]))
        if words[:1] == ["migrate"]:
            from cutout.cli import migrate

            return migrate.run(migrate.parser().parse_args(words[1:]))
        arguments = flags.single().parse_args(words)
        from cutout.cli import photo

        return photo.run(arguments)
    except KeyboardInterrupt:
        return INTERRUPTED


if __name__ == "__main__":
    sys.exit(main())
