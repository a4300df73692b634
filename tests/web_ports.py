"""What the doors are given in tests: the engine, and nothing fetched, metered or limited."""

from threading import BoundedSemaphore

from cutout.credits.meter import free_meter
from cutout.errors import AuthFailed
from cutout.web.ports import Ports


def nobody(key):
    raise AuthFailed("nobody is let in")


def of(engine, **changes):
    given = {
        "check": engine.check,
        "remove_background": engine.remove_background,
        "fetch": lambda url, deadline: b"",
        "authenticate": nobody,
        "balance": lambda account: 0,
        "count": lambda caller: None,
        "meter": free_meter,
        "visitor": None,
        "allow": lambda visitor: None,
        "uploads": None,
        "jobs": None,
        "is_ready": lambda: True,
        "record": lambda result: None,
        "slots": BoundedSemaphore(2),
        "max_bytes": 1_000_000,
        "max_result_bytes": 0,
        "deadline_s": 0,
        "ask_for_keys": False,
        "open_rembg_door": False,
    }
    return Ports(**given | changes)
