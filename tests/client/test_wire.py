"""One request and its whole answer."""

import pytest

from cutout.client import wire
from cutout.client.wire import Question, Unconnected


@pytest.mark.parametrize("name", ["a..b", ".a.example", "a" * 64 + ".example"])
def test_behind_a_proxy_whose_name_no_host_can_have_nobody_is_reached(name, monkeypatch):
    monkeypatch.setenv("http_proxy", f"http://{name}:3128")

    with pytest.raises(Unconnected, match="no connection"):
        wire.ask(Question("GET", "http://cutout.example/"), 1)
