"""Background removal: a photo goes in, the subject comes out on transparency.

>>> from cutout import remove_background
>>> png = remove_background(Path("photo.jpg").read_bytes()).data
"""

import os

from cutout.options.record import Options
from cutout.picture import Box, Result, Size
from cutout.version import VERSION as __version__

__all__ = ["Box", "Options", "Result", "Size", "__version__", "remove_background"]

# Before anything of ours loads ONNX Runtime, which would else keep a device id and a database of
# events in the user's cache folder.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")


def remove_background(photo: bytes, options: Options | None = None) -> Result:
    """Cut out an encoded photo. Raises a CutoutError whose text is written for the user."""
    # Here and not above: an entry point that imports one submodule must not pay for ONNX Runtime.
    from cutout import bootstrap

    return bootstrap.default_engine().remove_background(photo, options or Options())
