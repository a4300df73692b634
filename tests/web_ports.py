"""The ports of the HTTP API in tests: an engine, and nothing fetched, counted or charged."""

from functools import partial

from cutout.net.fetch import check
from cutout.net.policy import Policy
from cutout.web.bodies import BodyMemory
from cutout.web.concurrency import Slots
from cutout.web.ports import Ports


def ports(engine, **changes):
    values = {
        "check": engine.check,
        "remove_background": engine.remove_background,
        "is_ready": lambda: True,
        "model_names": lambda: ["red"],
        "fetch": lambda url, deadline: b"",
        "check_url": partial(check, policy=Policy.parse()),
        "check_webhook_url": partial(check, policy=Policy.parse()),
        "record": lambda result: None,
        "credits": None,
        "uploads": None,
        "jobs": None,
        "slots": Slots(2),
        "body_memory": BodyMemory(100_000_000),
        "max_bytes": 1_000_000,
        "max_result_bytes": 0,
        "deadline_s": 0,
        "ask_for_keys": False,
        "open_rembg_door": False,
        "substitute_models": True,
    }
    return Ports(**values | changes)
