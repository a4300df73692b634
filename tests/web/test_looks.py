"""Every endpoint gives its deadline to the engine, and reports a second look that had no time."""

from dataclasses import replace

import pytest
from starlette.testclient import TestClient

from cutout.deadline import NEVER
from cutout.web.app import create_app
from tests.web_ports import ports

URL = "https://photos.example/a.png"
REQUESTS = {
    "removebg": ("POST", "/v1.0/removebg", {"data": {"image_url": URL, "quality": "best"}}),
    "removebg, JSON": (
        "POST", "/v1.0/removebg",
        {"json": {"image_url": URL, "quality": "best"}, "headers": {"Accept": "application/json"}},
    ),
    "rembg, POST": ("POST", "/api/remove", {"data": {"url": URL, "quality": "best"}}),
    "rembg, GET": ("GET", "/api/remove", {"params": {"url": URL, "quality": "best"}}),
}  # fmt: skip


class SlowEngine:
    """An engine whose second look takes 10 s."""

    def __init__(self, engine):
        self.check = engine.check
        self._engine = engine

    def remove_background(self, data, options, deadline=NEVER):
        result = self._engine.remove_background(data, options, deadline)
        taken = 1 if options.quality == "best" and deadline.left() > 10 else 0
        return replace(result, looks=1 + taken, looks_skipped=1 - taken)


@pytest.mark.parametrize("name", REQUESTS)
@pytest.mark.parametrize(("deadline_s", "looks", "skipped"), [(5, "1", "1"), (0, "2", None)])
def test_a_best_cutout_out_of_time_is_answered_with_the_looks_it_has(
    engine, photo, name, deadline_s, looks, skipped
):
    fetch = {"fetch": lambda url, deadline: photo}
    client = TestClient(create_app(ports(SlowEngine(engine), deadline_s=deadline_s, **fetch)))
    method, path, request = REQUESTS[name]

    response = client.request(method, path, **request)

    assert response.status_code == 200
    assert response.headers["x-cutout-looks"] == looks
    assert response.headers.get("x-cutout-looks-skipped") == skipped
