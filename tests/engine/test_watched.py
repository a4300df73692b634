"""The engine whose calls end at their deadline, in this process."""

import threading

import pytest

from cutout import engines
from cutout.deadline import Deadline
from cutout.engine.watched import WatchedEngine
from cutout.errors import DeadlineExceeded, UnknownFileType
from cutout.options.record import Options


def test_it_gives_the_results_and_errors_of_the_engine(settings, engine, photo):
    watched = engines.watched_engine(settings)

    assert watched.remove_background(photo, Options()).data == (
        engine.remove_background(photo, Options(), Deadline.after(100)).data
    )
    with pytest.raises(UnknownFileType):
        watched.remove_background(b"words", Options())
    assert not watched.is_stuck


def test_a_picture_that_goes_on_past_its_deadline_is_a_timeout_and_makes_it_stuck(
    settings, monkeypatch, photo
):
    engine, end = engines.watched_engine(settings), threading.Event()
    monkeypatch.setattr(WatchedEngine, "check", lambda self, options: end.wait())

    with pytest.raises(DeadlineExceeded):
        engine.remove_background(photo, Options(), Deadline.after(0.1))

    assert engine.is_stuck
    end.set()


def test_a_picture_that_stops_between_two_stages_leaves_it_as_it_was(settings, photo):
    engine = engines.watched_engine(settings)

    with pytest.raises(DeadlineExceeded):
        engine.remove_background(photo, Options(), Deadline.after(0))

    assert not engine.is_stuck
