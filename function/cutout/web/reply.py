"""Responses with a result: the picture itself, JSON that describes it, or the URL of either."""

import json
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from time import time

from starlette.responses import Response

from cutout.credits.entries import format_credits
from cutout.credits.ledger import Receipt
from cutout.credits.meter import Identity
from cutout.credits.rate_limit import unlimited
from cutout.errors import ResultTooLarge
from cutout.jobs.uploads import Uploads
from cutout.picture import Result

SIDES = ("top", "left", "width", "height")  # of the box around the subject


@dataclass(frozen=True)
class Delivery:
    """How results reach one client: in the response, or stored in the bucket.

    The result of an upload is always stored, beside the upload, and is deleted with it."""

    uploads: Uploads | None
    max_bytes: int  # of a picture in a response; 0 is no limit
    account: str
    upload_id: str = ""

    def image(self, result: Result, headers: dict[str, str]) -> Response:
        """Respond with the picture, or with 303 and its Location."""
        if self._fits(result):
            return Response(result.data, media_type=result.media_type, headers=headers)
        headers = headers | {"Location": self._store(result)}
        return Response(status_code=HTTPStatus.SEE_OTHER, headers=headers)

    def json(self, result: Result, headers: dict[str, str]) -> Response:
        """Respond with remove.bg's JSON; it has result_url where the result is in the bucket."""
        box = {f"foreground_{side}": getattr(result.placed, side) for side in SIDES}
        if self._fits(result):
            where = {"result_b64": b64encode(result.data).decode()}
        else:
            where = {"result_url": self._store(result)}
        body = json.dumps({"data": where | box})
        return Response(body, media_type="application/json", headers=headers)

    def _fits(self, result: Result) -> bool:
        is_small = not self.max_bytes or len(result.data) <= self.max_bytes
        return is_small and not self.upload_id

    def _store(self, result: Result) -> str:
        if not self.uploads:
            raise ResultTooLarge(
                f"the result has {len(result.data):,} bytes and this service answers with "
                f"{self.max_bytes:,} at most; send a smaller picture"
            )
        return self.uploads.store_result(
            self.account, self.upload_id, result.data, result.media_type
        )


def result_headers(result: Result) -> dict[str, str]:
    """Describe a result: size and box in px, model and looks, stages in ms. remove.bg's names come
    first."""
    headers = {
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
        headers |= {
            "X-Cutout-Model": result.model,
            "X-Cutout-Model-Version": result.model_version,
            "X-Cutout-Confidence": f"{result.confidence:.3f}",
            "X-Cutout-Subjects": str(result.subject_count),
            "X-Cutout-Looks": str(result.looks),
        }
    if result.looks_skipped:
        headers["X-Cutout-Looks-Skipped"] = str(result.looks_skipped)
    return headers


def credit_headers(receipt: Receipt, identity: Identity) -> dict[str, str]:
    """Describe what a request cost, and what the API key's rate limit has left."""
    headers = {"X-Credits-Charged": format_credits(receipt.quarters_charged)}
    state = unlimited(time()) if identity is None else receipt.rate_limit
    if state:
        headers |= {
            "X-RateLimit-Limit": str(state.limit),
            "X-RateLimit-Remaining": str(state.remaining),
            "X-RateLimit-Reset": str(state.full_at),
        }
    return headers


def notice_headers(notices: Sequence[str]) -> dict[str, str]:
    """Describe what was done otherwise than asked. No client reads it as a part of the contract."""
    return {"X-Cutout-Notice": "; ".join(notices)} if notices else {}
