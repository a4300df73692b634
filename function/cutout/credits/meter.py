"""What a call costs: measured, held back before the work, and paid when the answer is ready."""

import hmac
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Protocol

from cutout.contract import Options, Size

from .accounts import Caller
from .allowance import Visitor
from .charge import Claim
from .entries import QUARTERS
from .ledger import Ledger
from .payment import paid
from .rate import Budget, Rate

Payer = Caller | Visitor | None  # None where nobody is asked
PREVIEW_PIXELS = 250_000  # remove.bg's: for a quarter of what any larger result costs


@dataclass
class Charge:
    budget: Budget | None = None  # what the key has left of its minute, where there is a key
    quarters: int = 0  # of a credit; known when it is paid


class Meter(Protocol):
    def __call__(
        self,
        payer: Payer,
        photo: bytes,
        options: Options,
        idempotency_key: str,
        is_counted: bool = False,
    ) -> AbstractContextManager[Charge]:
        """is_counted: as Rate.take has it."""


class Counted:
    """A meter by keys and credits."""

    def __init__(
        self, ledger: Ledger, rate: Rate, measure: Callable[[bytes], Size], secret: str
    ) -> None:
        """measure raises what is wrong with a picture's header; secret keeps hashes of pictures
        from telling which they are."""
        self._ledger = ledger
        self._rate = rate
        self._measure = measure
        self._secret = secret.encode()

    @contextmanager
    def __call__(
        self,
        payer: Payer,
        photo: bytes,
        options: Options,
        idempotency_key: str,
        is_counted: bool = False,
    ) -> Iterator[Charge]:
        if not isinstance(payer, Caller):
            yield Charge()
            return
        size = self._measure(photo)
        charge = Charge(self._rate.take(payer, size, is_counted))
        if payer.is_test:
            yield charge
            return
        claim = self._claim(payer, photo, options, idempotency_key, price(size, options))
        with paid(self._ledger, claim) as payment:
            yield charge
        charge.quarters = payment.quarters

    def _claim(
        self, caller: Caller, photo: bytes, options: Options, idempotency_key: str, quarters: int
    ) -> Claim:
        request = self._digest(caller.account, *_contents(photo, options))
        named = self._digest(caller.account, idempotency_key) if idempotency_key else request
        return Claim(caller.account, caller.key_id, named, request, quarters)

    def _digest(self, *parts: str) -> str:
        return hmac.new(self._secret, "\n".join(parts).encode(), sha256).hexdigest()


@contextmanager
def free(
    payer: Payer, photo: bytes, options: Options, idempotency_key: str, is_counted: bool = False
) -> Iterator[Charge]:
    """The meter of a service without keys."""
    yield Charge()


def price(photo: Size, options: Options) -> int:
    """In quarters, by what is worked at: before any crop, canvas or background."""
    worked = photo.at_most(options.max_pixels)
    return 1 if worked.width * worked.height <= PREVIEW_PIXELS else QUARTERS


def _contents(photo: bytes, options: Options) -> Iterator[str]:
    """All that a result depends on; pictures by their hashes."""
    for picture in (photo, options.mask, options.alpha, options.backdrop):
        yield sha256(picture).hexdigest()
    yield repr(replace(options, mask=b"", alpha=b"", backdrop=b""))
