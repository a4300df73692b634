"""Where a call comes from, as far as nobody can forge it."""

from hmac import compare_digest
from ipaddress import ip_address

from fastapi import Request

from cutout.credits.allowance import Visitor


def visitor(request: Request, origin_secret: str) -> Visitor:
    """CloudFront writes the caller's address behind what he has sent as X-Forwarded-For, and API
    Gateway writes CloudFront's behind that. By the secret it is known to come from there."""
    context = request.scope.get("aws.event", {}).get("requestContext", {})
    nearest = context.get("identity", {}).get("sourceIp") or _peer(request)
    sent = request.headers.get("X-Origin-Secret", "")
    if not origin_secret or not compare_digest(sent.encode(), origin_secret.encode()):
        return Visitor(nearest)
    addresses = request.headers.get("X-Forwarded-For", "").split(",")
    second = addresses[-2].strip() if len(addresses) > 1 else ""
    return Visitor(second if _is_address(second) else nearest)


def _peer(request: Request) -> str:
    peer = request.client.host if request.client else ""
    return peer if _is_address(peer) else "0.0.0.0"  # a socket without addresses, or a test's


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
