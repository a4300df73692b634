"""Comparing variants of looks, with sessions that find what is red."""

from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from cutout.core import geometry, saliency
from cutout.engine.looks import Looks
from tools.quality import looks

SIDE = 64
BEST = next(name for name in looks.VARIANTS if name.startswith("best"))


class RedSession:
    """A network of SIDE px whose map is the red of what it is shown."""

    card = SimpleNamespace(size=SIDE)

    def predict(self, photo, part=None, is_mirrored=False):
        square = geometry.squash(photo, SIDE, part)
        return square[..., 0].astype(np.float32) / 255


def photo(left, right):
    """A blue picture, 200 x 200, with a red rectangle."""
    picture = Image.new("RGB", (200, 200), "blue")
    picture.paste((255, 0, 0), (left, 60, right, 140))
    return picture


@pytest.mark.parametrize("picture", [photo(60, 120), photo(0, 200)])
def test_the_variant_best_is_what_the_engine_does(picture):
    session, view = RedSession(), (0, 0, 200, 200)
    first = saliency.remove_haze(saliency.stretch(session.predict(picture)))

    merged = looks.Album(picture, session, session).merged(looks.VARIANTS[BEST])

    assert np.array_equal(merged, Looks(session).improve(first, picture, view))


@pytest.mark.parametrize("name", looks.VARIANTS)
@pytest.mark.parametrize("picture", [photo(60, 120), photo(0, 200)])
def test_every_variant_finds_a_subject_that_all_looks_agree_on(name, picture):
    album = looks.Album(picture, RedSession(), RedSession())

    merged = np.asarray(geometry.enlarge(album.merged(looks.VARIANTS[name]), picture.size)) > 127

    is_red = np.asarray(picture)[..., 0] > 0
    assert (merged & is_red).sum() / (merged | is_red).sum() > 0.9


def scores(*ious):
    return np.array(ious), np.tile(np.array(ious)[:, None], (1, 256))


def test_the_variant_of_a_source_is_chosen_by_the_others():
    found = {
        "one look": scores(0.5, 0.5, 0.5, 0.5),
        "good on a": scores(0.9, 0.9, 0.4, 0.4),
        "good on b": scores(0.4, 0.4, 0.8, 0.8),
    }

    lines = looks.cross_validate(found, ["a", "a", "b", "b"])

    assert lines[0] == "without a (2): good on b; there IoU -0.1000"
    assert lines[1] == "without b (2): good on a; there IoU -0.1000"
    assert lines[2].startswith("cross-validated, against one look: IoU -0.1000")


def test_a_row_counts_the_pictures_made_visibly_worse_and_better():
    found = {"one look": scores(0.5, 0.5, 0.5), "other": scores(0.4, 0.51, 0.8)}

    row = looks.rows(found)[-1]

    assert row.startswith("| other | 0.5700 | 0.5700 | +0.0700 (")
    assert row.endswith("| 1, 1 |")
