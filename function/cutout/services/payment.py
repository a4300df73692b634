"""Work that is paid when it is done, and given back where it fails."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress

from cutout.errors import Unavailable

from .charge import Claim, Reservation
from .ledger import Ledger


@contextmanager
def paid(ledger: Ledger, claim: Claim) -> Iterator[Reservation]:
    """Whoever comes to the same claim, it is paid once."""
    reservation = ledger.reserve(claim)
    with ExitStack() as on_failure:
        on_failure.callback(_release, ledger, reservation)
        yield reservation
        on_failure.pop_all()
    ledger.settle(reservation)


def _release(ledger: Ledger, reservation: Reservation) -> None:
    with suppress(Unavailable):  # the sweep does it then
        ledger.release(reservation)
