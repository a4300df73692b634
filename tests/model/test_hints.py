"""Hints for a real network, on photographs that scikit-image ships."""

import numpy as np
import pytest
from PIL import Image
from scipy import ndimage
from skimage import data

from cutout import installation
from cutout.core import geometry, hints, saliency, subjects
from cutout.core.hints import Mark
from cutout.engine.session import Session

pytestmark = pytest.mark.model


@pytest.fixture(scope="module")
def session():
    return Session(installation.MODELS / "u2net.onnx", threads=2)


@pytest.fixture(scope="module")
def astronaut(session):
    """The astronaut's saliency map and the square that it was predicted from."""
    photo = Image.fromarray(data.astronaut())
    return seen(session, photo), geometry.squash(photo, session.card.size)


def seen(session, photo):
    return saliency.remove_haze(saliency.stretch(session.predict(photo)))


def test_the_astronaut_is_one_subject_and_loses_only_strays(astronaut):
    found = astronaut[0]
    labels = subjects.separate(found)

    assert labels.max() == 1
    assert np.abs(subjects.without_strays(found, labels) - found).mean() < 0.001


def test_a_subject_point_on_the_rocket_adds_the_rocket(astronaut):
    found, square = astronaut

    steered = hints.steer(found, square, [Mark(250, 90, True)])

    assert found[60:110, 245:255].max() < 0.1
    assert steered[70:110, 245:255].min() > 0.5
    assert np.abs(steered - found)[:, :200].max() < 0.05  # she herself
    assert 400 < (np.abs(steered - found) > 0.5).sum() < 4000


def test_a_background_point_on_the_coffee_removes_it_and_keeps_the_cup(session):
    photo = Image.fromarray(data.coffee())
    found, square = seen(session, photo), geometry.squash(photo, session.card.size)

    steered = hints.steer(found, square, [Mark(150, 150, False)])

    assert steered[105:140, 135:180].max() < 0.1
    assert (np.abs(steered - found) > 0.5).sum() < 0.15 * (found > 0.5).sum()


def test_a_region_around_the_rocket_finds_the_rocket(session):
    photo = Image.fromarray(data.astronaut())
    region = (370, 0, 480, 260)
    box = hints.expand_region(region, photo.size)

    found = hints.clip_to_region(seen(session, photo.crop(box)), region, box)

    alpha = np.zeros((512, 512), np.uint8)
    left, top, right, bottom = box
    alpha[top:bottom, left:right] = geometry.enlarge(found, (right - left, bottom - top))
    assert alpha[60:180, 395:405].mean() > 200
    assert alpha[:, :365].max() == 0


def test_a_rough_mask_of_her_head_gives_its_outline(astronaut):
    found = astronaut[0]
    head = found * (np.arange(320)[:, None] < 95)
    mask = (ndimage.maximum_filter(head, 11) > 0.5).astype(np.float32)  # 5 px too wide

    traced = hints.trace(found, mask)

    is_beside_her = (mask > 0) & (found < 0.1)
    assert is_beside_her.sum() > 500
    assert (traced[is_beside_her] < 0.2).mean() > 0.95
    assert traced[30:85, 120:160].min() > 0.95
    assert traced[120:].max() == 0
