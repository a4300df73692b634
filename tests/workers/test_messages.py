"""Errors and results on their way from a worker."""

import inspect
import json
from multiprocessing import Pipe

import pytest

from cutout import errors
from cutout.workers import messages

FIELDS = {"retry_after_s": 3, "limit": 1, "remaining": 0, "full_at": 9, "code": "theirs"}


def every_error():
    """Yield an error of each class, with values for whatever its __init__ wants."""
    for _, kind in inspect.getmembers(errors, inspect.isclass):
        if issubclass(kind, errors.CutoutError) and kind is not errors.CutoutError:
            wanted = inspect.getfullargspec(kind.__init__).args
            yield kind("a sentence", **{name: FIELDS[name] for name in wanted if name in FIELDS})


@pytest.mark.parametrize("error", [*every_error()], ids=lambda error: type(error).__name__)
def test_an_error_keeps_its_class_sentence_and_fields(error):
    ours, theirs = Pipe()
    messages.send(theirs, error)

    with pytest.raises(type(error)) as received:
        messages.receive(ours)

    assert str(received.value) == "a sentence"
    assert vars(received.value) == vars(error)
    assert (received.value.code, received.value.title) == (error.code, error.title)


def test_nothing_that_a_worker_sends_is_unpickled():
    ours, theirs = Pipe()
    theirs.send(errors.InternalError())

    with pytest.raises(ValueError):
        messages.receive(ours)


@pytest.mark.parametrize("kind", ["os", "Iterator", "missing"])
def test_an_error_that_is_no_cutout_error_is_a_bug(kind):
    ours, theirs = Pipe()
    theirs.send_bytes(json.dumps({"error": [kind, [], {}]}).encode())

    with pytest.raises(TypeError, match="a worker sent an error"):
        messages.receive(ours)
