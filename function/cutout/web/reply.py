"""A result as an HTTP answer: in it, or at an address that it tells."""

import json
from base64 import b64encode
from dataclasses import dataclass
from http import HTTPStatus

from fastapi import Response

from cutout.errors import ResultTooLarge
from cutout.picture import Result

from . import openapi as descriptions
from .ports import Ports


@dataclass(frozen=True)
class Place:
    """Whose a result is. Those of an upload are in the bucket, and go with it."""

    owner: str
    upload_id: str = ""


def picture(result: Result, headers: dict[str, str], ports: Ports, place: Place) -> Response:
    if not place.upload_id and _fits(len(result.data), ports.max_result_bytes):
        return Response(result.data, media_type=result.media_type, headers=headers)
    there = headers | {"Location": _keep(result, ports, place)}
    return Response(status_code=HTTPStatus.SEE_OTHER, headers=there)


def in_json(result: Result, headers: dict[str, str], ports: Ports, place: Place) -> Response:
    """remove.bg's, with result_url for what is in the bucket."""
    box = {f"foreground_{side}": getattr(result.placed, side) for side in descriptions.SIDES}
    body = b"" if place.upload_id else _json({"result_b64": _base64(result)} | box)
    # As text it needs no base64 on its way through Lambda.
    if not body or not _fits(len(body), ports.max_result_bytes * 4 // 3):
        body = _json({"result_url": _keep(result, ports, place)} | box)
    return Response(body, media_type="application/json", headers=headers)


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


def _fits(count: int, most: int) -> bool:
    return not most or count <= most


def _keep(result: Result, ports: Ports, place: Place) -> str:
    if not ports.uploads:
        raise ResultTooLarge(
            f"the result has {len(result.data):,} bytes and this service answers with "
            f"{ports.max_result_bytes:,} at most; send a smaller picture"
        )
    return ports.uploads.store_result(place.owner, place.upload_id, result.data, result.media_type)


def _base64(result: Result) -> str:
    return b64encode(result.data).decode()


def _json(data: dict[str, str | int]) -> bytes:
    return json.dumps({"data": data}).encode()
