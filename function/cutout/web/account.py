"""remove.bg's GET /v1.0/account. Strict clients take these keys and no other."""

from typing import Any

from fastapi import APIRouter, Request

from cutout.credits.accounts import ApiKey
from cutout.credits.entries import QUARTERS_PER_CREDIT
from cutout.options import removebg as dialect

from . import access
from .ports import Ports


def door(ports: Ports) -> APIRouter:
    router = APIRouter(prefix=dialect.PREFIX, tags=["remove.bg"], route_class=ports.keyed())

    @router.get("/account")
    def account(request: Request) -> dict[str, Any]:
        """What is left of the account's credits; nothing where no key is asked for."""
        payer = access.payer(request)
        quarters = ports.balance(payer.account) if isinstance(payer, ApiKey) else 0
        left = quarters / QUARTERS_PER_CREDIT
        # Of remove.bg's kinds of credits ours are those that are bought, and never come back.
        credits = {"total": left, "subscription": 0, "payg": left, "enterprise": 0}
        return {
            "data": {"attributes": {"credits": credits, "api": {"free_calls": 0, "sizes": "all"}}}
        }

    return router
