"""Print the calls that a month charged, one a line: as CSV, or as Stripe's meter events."""

import csv
import io
import json
from collections.abc import Iterable, Iterator

from cutout.credits.entries import Entry, format_credits

EVENT = "cutout_quarter_credits"


def to_csv(calls: Iterable[Entry]) -> Iterator[str]:
    yield _row("time", "call", "key", "credits")
    for call in calls:
        yield _row(call.at, call.reservation, call.key_id, format_credits(call.charged))


def to_meter_events(calls: Iterable[Entry], customer: str) -> Iterator[str]:
    """Yield the bodies of Stripe's POST /v2/billing/meter_events.

    Stripe takes whole numbers, so values are quarter credits; a repeated identifier counts once.
    """
    for call in calls:
        yield json.dumps(
            {
                "event_name": EVENT,
                "identifier": call.reservation,
                "timestamp": call.at,
                "payload": {"stripe_customer_id": customer, "value": str(call.charged)},
            }
        )


def _row(*cells: str) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow(cells)
    return line.getvalue()
