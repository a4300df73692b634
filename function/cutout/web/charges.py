"""Work that is paid for, and what it has cost as HTTP says it."""

import re
from collections.abc import Callable
from dataclasses import replace

from fastapi import Request, Response

from cutout.credits.entries import format_credits
from cutout.credits.ledger import Receipt
from cutout.deadline import Deadline
from cutout.errors import InvalidParameter
from cutout.options.record import Options
from cutout.picture import Result

from . import access
from .ports import Ports

IDEMPOTENCY_KEY = re.compile("[ -~]{0,255}")


def idempotency_key(request: Request) -> str:
    text = request.headers.get("Idempotency-Key", "")
    if not IDEMPOTENCY_KEY.fullmatch(text):
        raise InvalidParameter("an Idempotency-Key has at most 255 characters, all of ASCII")
    return text


def answer(
    ports: Ports,
    request: Request,
    photo: bytes,
    options: Options,
    deadline: Deadline,
    present: Callable[[Result], Response],
    was_fetched: bool,
) -> Response:
    """The work itself, which is paid when its answer is there. was_fetched is what Ports.admit was
    told."""
    payer = access.payer(request)
    options = replace(options, watermark=access.is_test(payer))
    named = idempotency_key(request)
    with ports.meter(payer, photo, options, named, was_fetched) as receipt:
        result = ports.remove_background(photo, options, deadline)
        response = present(result)
    ports.record(result)
    response.headers.update(headers(receipt))
    return response


def headers(receipt: Receipt) -> dict[str, str]:
    headers = {"X-Credits-Charged": format_credits(receipt.quarters_charged)}
    if state := receipt.rate_limit:
        headers |= {
            "X-RateLimit-Limit": str(state.limit),
            "X-RateLimit-Remaining": str(state.remaining),
            "X-RateLimit-Reset": str(state.full_at),
        }
    return headers
