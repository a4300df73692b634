"""Replayed requests are those that the clients themselves sent to a socket."""

from hashlib import sha256

import pytest

from tests.clients import replay

PHOTO = b"\x89PNG\r\n\x1a\nPHOTO"
# Of the recorded bytes, in which the boundary, a random text, has become that of replay.py.
RECORDED = {
    "Ruby": "763d639bbc35c71652de80be0fd3ba04f1bb62988d9648e92bf747b97456ecfb",
    "Go": "33f64eb921cafc3c1e3aa18c0fa2325e4327b68979385f2eaf20bd6fca03558e",
    "NodeCli": "14b40414a220ff31357c1f69e2926e4f0c3180fa2e0a2453a8e08d94f541166f",
    "Php": "7659d44f2495d82ec4e8e1e814be76f461e7138231117ea9fd4b846aacaf6991",
}

pytestmark = pytest.mark.clients


@pytest.mark.parametrize("name", RECORDED)
def test_a_replayed_request_has_the_bytes_of_the_client(monkeypatch, name):
    sent = []

    def exchange(address, method, request):
        sent.append(request)
        raise replay.Failed

    monkeypatch.setattr(replay, "exchange", exchange)
    options = {"format": "jpg", "crop": "true"}
    if name == "Php":  # the others ask for this size by themselves
        options = {"size": "auto"} | options

    with pytest.raises(replay.Failed):
        getattr(replay, name)(5000, "key").file(PHOTO, **options)

    assert [sha256(request).hexdigest() for request in sent] == [RECORDED[name]]
