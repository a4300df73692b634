"""Which looks are taken, with sessions that record what they are shown."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from math import inf
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from cutout import errors
from cutout.core import looks as core_looks
from cutout.engine.looks import Looks
from cutout.options.record import Options
from cutout.options.values import Length, Point, Region
from cutout.picture import Size
from tests.conftest import SIDE, encoded, opened
from tests.pages import read

PHOTO = Image.new("RGB", (1000, 1000))
VIEW = (0, 0, 1000, 1000)
BEST = Options(quality="best")


@dataclass
class RecordingSession:
    """A session whose predictions are all of one value, and which takes some seconds for each."""

    value: float = 1.0
    seconds: float = 0
    clock: "Countdown | None" = None
    seen: list = field(default_factory=list)
    card = SimpleNamespace(size=SIDE)

    def predict(self, photo, part=None, is_mirrored=False):
        self.seen.append((part, is_mirrored))
        if self.clock:
            self.clock.seconds -= self.seconds
        map = np.zeros((SIDE, SIDE), np.float32)
        map[10:22, 10:22] = self.value
        return map


@dataclass
class Countdown:
    """A deadline whose clock a session moves."""

    seconds: float

    def left(self):
        return self.seconds


def px(*values):
    return [Length(value) for value in values]


def small_subject():
    map = np.zeros((SIDE, SIDE), np.float32)
    map[12:20, 12:20] = 1
    return map


def improved(map, session, deadline=None):
    looks = Looks(session, deadline or Countdown(inf))
    looks.predict(PHOTO, VIEW)
    return looks, looks.improve(map, PHOTO, VIEW)


def test_a_small_subject_is_seen_once_more_from_closer_and_mirrored():
    session = RecordingSession()

    looks, _ = improved(small_subject(), session)

    square = core_looks.subject_square(small_subject(), PHOTO.size)
    assert session.seen == [(VIEW, False), (square, True)]
    assert (looks.made, looks.skipped) == (2, 0)


def test_a_subject_that_fills_the_photo_is_seen_once_more_in_its_mirror_image():
    session = RecordingSession()

    looks, _ = improved(np.ones((SIDE, SIDE), np.float32), session)

    assert session.seen == [(VIEW, False), (VIEW, True)]
    assert looks.made == 2


def test_a_closer_look_stays_within_the_view():
    session, view = RecordingSession(), (400, 300, 900, 800)

    Looks(session).improve(small_subject(), PHOTO, view)

    ((part, _),) = session.seen
    assert view[0] < part[0] < part[2] < view[2]
    assert view[1] < part[1] < part[3] < view[3]


@pytest.mark.parametrize(("left_s", "made"), [(100, 2), (5.5, 2), (4.5, 1)])
def test_a_look_without_time_for_it_and_the_rest_is_skipped(left_s, made):
    clock = Countdown(left_s)
    session = RecordingSession(seconds=1, clock=clock)

    looks, map = improved(small_subject(), session, clock)

    assert (looks.made, looks.skipped) == (made, 2 - made)
    assert (map.shape == (SIDE, SIDE)) == (made == 1)


def test_a_look_that_finds_nothing_has_no_vote():
    looks, map = improved(small_subject(), RecordingSession(value=0.1))

    assert looks.made == 2
    assert np.array_equal(map, small_subject())


def test_the_page_of_options_says_how_many_looks_best_takes(engine, photo):
    made = engine.remove_background(photo, BEST).looks

    assert f"| `best` | `CUTOUT_MODEL` | {made} |" in read("api/options.md")


def test_best_takes_further_looks_and_standard_one(engine, photo):
    assert engine.remove_background(photo, Options()).looks == 1
    assert engine.remove_background(photo, BEST).looks == 2


def test_best_gives_the_same_bytes_from_any_number_of_threads(engine, photo):
    one = engine.remove_background(photo, BEST).data

    with ThreadPoolExecutor(4) as pool:
        results = pool.map(lambda _: engine.remove_background(photo, BEST).data, range(12))

    assert set(results) == {one}


def test_best_cuts_a_subject_out_as_standard_does(engine, photo, red_disc):
    alpha = np.asarray(opened(engine.remove_background(photo, BEST).data))[..., 3]

    is_subject, is_true = alpha > 127, red_disc[1] > 127
    assert (is_subject & is_true).sum() / (is_subject | is_true).sum() > 0.9


@pytest.mark.parametrize("colour", ["black", "blue"])
def test_best_takes_one_look_at_a_photo_without_a_subject(engine, colour):
    with pytest.raises(errors.UnknownForeground):
        engine.remove_background(encoded(Image.new("RGB", (40, 30), colour), "PNG"), BEST)


@pytest.mark.parametrize("size", [(1, 2), (2, 1), (7, 5), (2000, 1)])
def test_best_takes_photos_smaller_than_the_networks_input(engine, size):
    photo = Image.new("RGB", size, "blue")
    photo.paste((255, 0, 0), (0, 0, (size[0] + 1) // 2, (size[1] + 1) // 2))

    assert engine.remove_background(encoded(photo, "PNG"), BEST).size == Size(*size)


def test_a_subject_of_one_pixel_is_not_lost(engine):
    photo = Image.new("RGB", (SIDE, SIDE), "blue")
    photo.putpixel((9, 20), (255, 0, 0))

    result = engine.remove_background(encoded(photo, "PNG"), BEST)

    assert result.box.left <= 9 < result.box.left + result.box.width


def test_hints_act_on_the_merged_map(engine, photo):
    region = Options(quality="best", roi=Region(*px(60, 0, 120, 90)))
    added = Options(quality="best", points=(Point(*px(10, 10)),))

    box = engine.remove_background(photo, region).box

    assert box.left >= 60
    assert box.width > 20
    assert engine.remove_background(photo, added).box.left <= 10


def test_a_photo_that_is_cut_out_already_needs_no_look(engine, red_disc):
    photo = red_disc[0].copy()
    photo.putalpha(Image.fromarray(red_disc[1]))

    assert engine.remove_background(encoded(photo, "PNG"), BEST).looks == 0
