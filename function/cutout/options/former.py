"""The identity that options had in version 0.1.0: Python's `repr` of the record of that time.

Results in customers' buckets are named by it, and so were requests that were charged. What was
made or charged under this identity is not made or charged again.
"""

from dataclasses import fields

from .grammar import PERCENTAGE
from .record import Options
from .values import percent

FIELDS = (
    "model", "model_version", "roi", "points", "mask", "alpha", "subject", "inverse", "edges",
    "thresholds", "binary", "max_pixels", "crop", "margin", "frame", "canvas", "scale", "position",
    "background", "backdrop", "blur", "blend", "shadow", "format", "channels", "profile",
    "watermark",
)  # fmt: skip
PICTURES = ("mask", "alpha", "backdrop")  # which the text left out


def identity(options: Options) -> str:
    """Return the text of version 0.1.0, which left the pictures out.

    It is empty for options that version 0.1.0 did not have: nothing was made or charged with them.
    """
    if any(
        field.name not in FIELDS and getattr(options, field.name) != field.default
        for field in fields(options)
    ):
        return ""
    values = (_value(options, name) for name in FIELDS)
    pairs = (f"{name}={_repr(value)}" for name, value in zip(FIELDS, values, strict=True))
    return f"Options({', '.join(pairs)})"


def _value(options: Options, name: str) -> object:
    if name in PICTURES:
        return b""
    return options.effective_edges if name == "edges" else getattr(options, name)


def _repr(value: object) -> str:
    if isinstance(value, float) and 0 < value < 1:
        # Version 0.1.0 divided a rounded percentage by 100, where today's division is exact.
        percentage = PERCENTAGE.fullmatch(percent(value))
        return repr(float(percentage[1]) / 100) if percentage else repr(value)
    if isinstance(value, tuple):
        values = ", ".join(map(_repr, value))
        return f"({values},)" if len(value) == 1 else f"({values})"
    return repr(value)
