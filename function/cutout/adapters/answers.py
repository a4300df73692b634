"""A result as an HTTP answer."""

from fastapi import Response

from cutout.contract import Result
from cutout.errors import ResultTooLarge


def picture(result: Result, max_bytes: int) -> Response:
    return bounded(result.data, result.media_type, headers(result), max_bytes)


def bounded(data: bytes, media_type: str, headers: dict[str, str], max_bytes: int) -> Response:
    if max_bytes and len(data) > max_bytes:
        raise ResultTooLarge(
            f"the result has {len(data):,} bytes and this service answers with "
            f"{max_bytes:,} at most; send a smaller picture"
        )
    return Response(data, media_type=media_type, headers=headers)


def headers(result: Result) -> dict[str, str]:
    """remove.bg's names where it has one."""
    told = {
        "X-Width": str(result.size.width),
        "X-Height": str(result.size.height),
        "X-Foreground-Left": str(result.placed.left),
        "X-Foreground-Top": str(result.placed.top),
        "X-Foreground-Width": str(result.placed.width),
        "X-Foreground-Height": str(result.placed.height),
        "Server-Timing": ", ".join(
            f"{stage};dur={ms:.1f}" for stage, ms in result.timings_ms.items()
        ),
    }
    if result.confidence is not None:
        told |= {
            "X-Cutout-Model": result.model,
            "X-Cutout-Model-Version": result.model_version,
            "X-Cutout-Confidence": f"{result.confidence:.3f}",
        }
    return told
