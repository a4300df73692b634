"""The photos of the speed benches."""

from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from cutout.config import LAMBDA_RESULT_BYTES
from tools.speed.photos import ROOM, Photo, in_a_room, make

pytestmark = pytest.mark.slow


def test_photos_have_their_size_and_grain_and_are_reproducible(tmp_path):
    grainy, smooth = (make(Photo(1, grain), tmp_path / "a") for grain in (3, 0))
    again = make(Photo(1), tmp_path / "b")

    noise = np.asarray(Image.open(grainy)).astype(int) - np.asarray(Image.open(smooth))
    assert noise.shape == (1000, 1000, 3)
    assert 1 < noise.std() < 4
    assert again.read_bytes() == grainy.read_bytes()


def test_a_subject_with_a_share_of_the_frame_has_a_plain_wall_around_it(tmp_path):
    photo = np.asarray(Image.open(make(Photo(1, grain=0, share=0.7), tmp_path))).astype(int)

    wall = np.abs(photo - np.array(ROOM)).max(2) < 6
    assert photo.shape == (1000, 1000, 3)
    assert wall[:290].all()
    assert wall[:, :140].all()
    assert not wall[310:, 160:840].all()


def test_the_subject_in_a_room_has_its_size_and_fits_lambdas_limit():
    photo = in_a_room(12)

    assert Image.open(BytesIO(photo)).size == (3464, 3464)
    assert len(photo) < LAMBDA_RESULT_BYTES
