"""Background removal: a photo goes in, the subject comes out on transparency.

>>> from cutout import remove_background
>>> remove_background("photo.jpg").image.save("cutout.png")
"""

import os
from dataclasses import replace
from typing import TYPE_CHECKING

from cutout.options.quality import Quality
from cutout.options.record import Options
from cutout.picture import Box, Result, Size
from cutout.version import VERSION as __version__

if TYPE_CHECKING:
    from cutout.engine.inputs import PhotoInput

__all__ = ["Box", "Options", "Result", "Size", "__version__", "remove_background"]

# Before anything of ours loads ONNX Runtime, which would else keep a device id and a database of
# events in the user's cache folder.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")


def remove_background(
    photo: "PhotoInput", options: Options | None = None, *, quality: Quality | None = None
) -> Result:
    """Cut out a photo: the bytes or the path of a file, a PIL picture, or a NumPy array of uint8,
    (H, W), (H, W, 3) or (H, W, 4). quality, where it is named, replaces that of the options.

    Raises a CutoutError whose text is written for the user, TypeError for another kind of photo or
    of options, and OSError for a file that cannot be read.
    """
    # Here and not above: an entry point that imports one submodule must not pay for ONNX Runtime.
    from cutout import engines

    if not isinstance(options, Options | None):
        raise TypeError(f"the options are a {type(options).__name__}; give cutout.Options(...)")
    options = options or Options()
    if quality is not None:
        options = replace(options, quality=quality)
    engine = engines.default_engine(options)
    from cutout.engine import inputs

    return engine.remove_background(inputs.read(photo, engine.max_bytes), options)
