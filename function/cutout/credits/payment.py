"""Work that is paid when it is done, and given back where it fails."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass

from cutout.errors import Unavailable

from .charge import Claim, Reservation
from .ledger import Ledger


@dataclass
class Payment:
    """In quarters of a credit."""

    due: int  # nothing where it was paid before
    quarters: int = 0  # by this; known when it is paid


@contextmanager
def paid(ledger: Ledger, claim: Claim) -> Iterator[Payment]:
    """Whoever comes to the same claim, it is paid once."""
    reservation = ledger.reserve(claim)
    payment = Payment(0 if reservation.is_paid else claim.quarters)
    with ExitStack() as on_failure:
        on_failure.callback(_release, ledger, reservation)
        yield payment
        on_failure.pop_all()
    if ledger.settle(reservation):
        payment.quarters = claim.quarters


def _release(ledger: Ledger, reservation: Reservation) -> None:
    with suppress(Unavailable):  # the sweep does it then, and what failed is heard
        ledger.release(reservation)
