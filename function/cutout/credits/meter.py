"""Meters: what a request costs, reserved before the work and charged when the result is ready."""

import hmac
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from hashlib import sha256
from typing import Protocol

from cutout.errors import InsufficientCredits
from cutout.options import canonical, former
from cutout.options.record import Options
from cutout.picture import Size

from .accounts import ApiKey
from .allowance import Visitor
from .entries import QUARTERS_PER_CREDIT
from .ledger import Ledger, Receipt
from .rate_limit import RateLimit
from .reservations import Purchase, charge_key

Identity = ApiKey | Visitor | None
"""Who sent a request; None if the service asks for no API key."""

LEAST_PRICE = 1  # quarters of a credit
LARGEST = Size(100_000, 100_000)  # more than any photo has
PREVIEW_PIXELS = 250_000  # remove.bg's largest preview, which costs a quarter of a credit


class Meter(Protocol):
    def __call__(
        self,
        identity: Identity,
        photo: bytes,
        options: Options,
        idempotency_key: str,
        minimum_consumed: bool = False,
    ) -> AbstractContextManager[Receipt]:
        """Charge the work of the block to the identity, unless the block raises.

        minimum_consumed is passed to RateLimit.usage.
        """


class CreditMeter:
    """A meter that applies the rate limits of API keys and charges their accounts."""

    def __init__(
        self,
        ledger: Ledger,
        rate_limit: RateLimit,
        measure: Callable[[bytes], Size],
        secret: str,
    ) -> None:
        """measure returns a picture's size from its header, or raises what is wrong with it.

        secret keys the fingerprints, so that the ledger does not reveal which pictures were sent.
        """
        self._ledger = ledger
        self._rate_limit = rate_limit
        self._measure = measure
        self._secret = secret.encode()

    @contextmanager
    def __call__(
        self,
        identity: Identity,
        photo: bytes,
        options: Options,
        idempotency_key: str,
        minimum_consumed: bool = False,
    ) -> Iterator[Receipt]:
        if not isinstance(identity, ApiKey):
            yield Receipt()
            return
        size = self._measure(photo)
        usage = self._rate_limit.usage(identity, size, minimum_consumed)
        if identity.is_test:
            yield Receipt(rate_limit=usage.count())
            return
        purchase = self._purchase(identity, photo, options, idempotency_key, price(size, options))
        with self._ledger.charge_on_success(purchase, usage) as receipt:
            receipt.rate_limit = usage.state
            yield receipt

    def count_unseen(self, api_key: ApiKey, quarters: int, idempotency_key: str) -> None:
        """Count a picture of unknown size, which costs so many quarters of a credit at most.

        Raises RateLimited, or InsufficientCredits if the account has fewer, unless the request with
        this Idempotency-Key is reserved or was charged within 24 hours. Nothing is counted then.
        """
        usage, account = self._rate_limit.minimum(api_key), api_key.account
        try:
            usage.count(0 if api_key.is_test else quarters)
        except InsufficientCredits:
            if not idempotency_key:
                raise
            paid = charge_key(account, self._digest(account, idempotency_key))
            self._ledger.check_funds(account, quarters, paid)
            usage.count()

    def _purchase(
        self, key: ApiKey, photo: bytes, options: Options, idempotency_key: str, quarters: int
    ) -> Purchase:
        present, old = self._fingerprints(key.account, photo, options)
        # Without an Idempotency-Key a charge of version 0.1.0 costs a read at each call. Only its
        # own keys can have made one.
        may_be_paid = idempotency_key or key.is_of_first_version
        return Purchase(
            account=key.account,
            key_id=key.id,
            id=self._digest(key.account, idempotency_key) if idempotency_key else present,
            fingerprint=present,
            quarters=quarters,
            former_fingerprint=old if may_be_paid else "",
        )

    def _fingerprints(self, account: str, photo: bytes, options: Options) -> tuple[str, str]:
        """Return the digest of all that a result depends on, and the one of version 0.1.0, which is
        empty for options that it did not have."""
        pictures = (photo, options.mask, options.alpha, options.backdrop)
        hashes = [canonical.digest(picture) for picture in pictures]
        present, old = canonical.identity(options), former.identity(options)
        return (
            self._digest(account, *hashes, present),
            self._digest(account, *hashes, old) if old else "",
        )

    def _digest(self, *parts: str) -> str:
        return hmac.new(self._secret, "\n".join(parts).encode(), sha256).hexdigest()


@contextmanager
def free_meter(*args: object, **kwargs: object) -> Iterator[Receipt]:
    """A meter that charges nobody, for a service without API keys."""
    yield Receipt()


def price(photo: Size, options: Options) -> int:
    """Return the price in quarters of a credit, by the size at which the engine works.

    Crop, canvas and background do not change the price.
    """
    worked = photo.at_most(options.max_pixels)
    is_preview = worked.width * worked.height <= PREVIEW_PIXELS
    return LEAST_PRICE if is_preview else QUARTERS_PER_CREDIT


def highest_price(options: Options) -> int:
    """Return the price in quarters of a credit of the largest photo with these options."""
    return price(LARGEST, options)
