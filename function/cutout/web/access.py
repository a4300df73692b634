"""Access rules: who may use an endpoint. A rule is called before the body is read, and returns the
client's identity."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hmac import compare_digest
from ipaddress import ip_address

from starlette.requests import Request

from cutout.credits.accounts import ApiKey
from cutout.credits.allowance import Visitor
from cutout.credits.meter import Identity
from cutout.errors import AuthFailed
from cutout.options.grammar import switch

from .concurrency import Threads

API_KEY = "X-Api-Key"
WITHOUT_A_KEY = (
    f"without a key in {API_KEY} no photo is taken but by its upload_id, and little else"
)


@dataclass(frozen=True)
class Authenticate:
    """Authenticates a request by its API key, and records the key's use."""

    find: Callable[[str], ApiKey]  # raises AuthFailed
    record_use: Callable[[ApiKey], None]
    origin_secrets: tuple[str, ...]  # which client_address takes

    def __call__(self, request: Request) -> ApiKey:
        """Return the request's API key. Raises AuthFailed, also for a key that is restricted to
        other origins or addresses."""
        api_key = self.find(_api_key(request))
        address = client_address(request, self.origin_secrets)
        api_key.check_use(request.headers.get("Origin", ""), address)
        self.record_use(api_key)
        return api_key


@dataclass(frozen=True)
class Anyone:
    """The route asks for no API key."""

    async def __call__(self, request: Request) -> None:
        return None


@dataclass(frozen=True)
class Closed:
    """The route is closed to all: the service asks for API keys, and has no table of them."""

    async def __call__(self, request: Request) -> None:
        raise AuthFailed(
            "this route is for callers with an API key, and no keys are given out here"
        )


@dataclass(frozen=True)
class KeyRequired:
    """The route is for clients with an API key. Raises AuthFailed for others."""

    authenticate: Authenticate
    threads: Threads

    async def __call__(self, request: Request) -> ApiKey:
        return await self.threads.run(self.authenticate, request)


@dataclass(frozen=True)
class KeyOrVisitor:
    """The route is for clients with an API key, and within limits for visitors.

    Raises AuthFailed for an API key that is not valid."""

    authenticate: Authenticate
    visitor: Callable[[Request], Visitor]
    threads: Threads

    async def __call__(self, request: Request) -> ApiKey | Visitor:
        if _api_key(request):
            return await self.threads.run(self.authenticate, request)
        return self.visitor(request)


Rule = Anyone | Closed | KeyRequired | KeyOrVisitor


def is_test(identity: Identity) -> bool:
    return isinstance(identity, ApiKey) and identity.is_test


def is_strict(request: Request, identity: Identity) -> bool:
    """Return whether a request is refused where Cutout would do otherwise than it asks: by its
    X-Cutout-Strict, or else by the setting of its API key. Raises InvalidParameter."""
    if text := request.headers.get("X-Cutout-Strict", ""):
        return switch("X-Cutout-Strict")(text)
    return isinstance(identity, ApiKey) and identity.is_strict


def account(identity: Identity) -> str:
    """Return the account's name; empty for an identity without an account."""
    return identity.account if isinstance(identity, ApiKey) else ""


def visitor(request: Request, origin_secrets: Sequence[str]) -> Visitor:
    return Visitor(client_address(request, origin_secrets))


def client_address(request: Request, origin_secrets: Sequence[str]) -> str:
    """Return the client's address, which it cannot forge.

    CloudFront appends the client's address to X-Forwarded-For, and API Gateway appends the address
    of CloudFront. X-Origin-Secret proves that the request came through CloudFront: it is one of
    origin_secrets, of which there are two while the secret is being replaced.
    """
    context = request.scope.get("aws.event", {}).get("requestContext", {})
    nearest = context.get("identity", {}).get("sourceIp") or _peer(request)
    sent = request.headers.get("X-Origin-Secret", "").encode()
    if not any(secret and compare_digest(sent, secret.encode()) for secret in origin_secrets):
        return nearest
    addresses = request.headers.get("X-Forwarded-For", "").split(",")
    second = addresses[-2].strip() if len(addresses) > 1 else ""
    return second if _is_address(second) else nearest


def _api_key(request: Request) -> str:
    return request.headers.get(API_KEY, "")


def _peer(request: Request) -> str:
    peer = request.client.host if request.client else ""
    return peer if _is_address(peer) else "0.0.0.0"  # a socket without addresses, or a test's


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
