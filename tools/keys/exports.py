"""What was charged in a month, a line for each call: for a spreadsheet, or for who bills by it."""

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
    """As Stripe's v2/billing/meter_events takes them, which wants whole numbers for values and
    takes no identifier twice in a day."""
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
