"""The installed rembg and OpenCV on a red disc on blue, which every tool can cut out."""

import numpy as np
import pytest
from PIL import Image

from tools.contenders import originals
from tools.contenders.catalogue import COLOURS, TOOLS
from tools.contenders.process import Contender

pytestmark = pytest.mark.peers

BOX = [27, 12, 66, 66]  # of the disc, a tenth larger


@pytest.fixture
def photo_file(tmp_path, photo):
    path = tmp_path / "photo.png"
    path.write_bytes(photo)
    return path


@pytest.fixture(scope="module")
def models():
    return originals.prepare()


@pytest.mark.parametrize(
    "tool", [tool for tool in TOOLS if tool.environment == "peers"], ids=lambda tool: tool.name
)
def test_every_peer_keeps_the_disc(tmp_path, photo_file, red_disc, models, tool):
    with Contender(tool, 1, models) as contender:
        answer = contender.ask(
            photo_file, tmp_path / "out.png", **({"box": BOX} if tool.hint else {})
        )

    alpha = np.asarray(Image.open(tmp_path / "out.png"))[..., 3]
    is_kept, is_disc = alpha >= 128, red_disc[1] >= 128
    assert (is_kept & is_disc).sum() / (is_kept | is_disc).sum() > 0.95
    assert answer.peak_mb > 30


def test_with_the_true_alpha_the_colours_are_those_of_the_subject(tmp_path, red_disc, models):
    photo, alpha = red_disc
    soft = Image.fromarray(alpha).resize((60, 45), Image.Resampling.BOX)
    photo.resize((60, 45), Image.Resampling.BOX).save(tmp_path / "photo.png")
    soft.save(tmp_path / "alpha.png")

    with Contender(COLOURS, 1, models) as contender:
        contender.ask(
            tmp_path / "photo.png", tmp_path / "out.png", alpha=str(tmp_path / "alpha.png")
        )

    found = np.asarray(Image.open(tmp_path / "out.png")).astype(int)
    opacity = np.asarray(soft)
    edge = (opacity > 60) & (opacity < 200)
    assert edge.sum() > 20
    assert np.abs(found[edge] - (250, 10, 10)).mean() < 10
