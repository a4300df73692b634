"""What a call costs, as HTTP says it."""

import re

from fastapi import Request

from cutout.errors import InvalidParameter
from cutout.services.entries import in_credits
from cutout.services.meter import Charge

IDEMPOTENCY_KEY = re.compile("[ -~]{0,255}")


def idempotency_key(request: Request) -> str:
    text = request.headers.get("Idempotency-Key", "")
    if not IDEMPOTENCY_KEY.fullmatch(text):
        raise InvalidParameter("an Idempotency-Key has at most 255 characters, all of ASCII")
    return text


def headers(charge: Charge) -> dict[str, str]:
    told = {"X-Credits-Charged": in_credits(charge.quarters)}
    if charge.budget:
        told |= {
            "X-RateLimit-Limit": str(charge.budget.limit),
            "X-RateLimit-Remaining": str(charge.budget.remaining),
            "X-RateLimit-Reset": str(charge.budget.full_at),
        }
    return told
