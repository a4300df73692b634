"""`cutout batch DIR OUT`: on this machine, by a service, or on S3."""

from argparse import Namespace

from . import batch_flags


def run(arguments: Namespace) -> int:
    """Run the batch. Returns its exit code."""
    # Imported here, because a batch of a folder needs nothing of AWS, nor the other way round.
    if batch_flags.is_on_s3(arguments):
        from . import batch_s3

        return batch_s3.run(arguments)
    from . import batch_folder

    return batch_folder.run(arguments)
