"""rembg's own code, run on the saliency map that our code gets."""

import numpy as np
import pytest
from PIL import Image

from tools.contenders.catalogue import MATTES
from tools.contenders.process import Contender

pytestmark = pytest.mark.peers


@pytest.fixture
def files(tmp_path):
    """A disc and a saliency map of it that is slightly too large and soft."""
    y, x = np.mgrid[:240, :320]
    reach = np.hypot(x - 160, y - 120)
    is_disc = reach < 70
    photo = np.where(is_disc[..., None], (220, 40, 30), (30, 60, 200)).astype(np.uint8)
    Image.fromarray(photo).save(tmp_path / "photo.png")
    soft = Image.fromarray(((86 - reach) / 24).clip(0, 1).astype(np.float32))
    np.save(tmp_path / "map.npy", np.asarray(soft.resize((320, 320), Image.Resampling.BILINEAR)))
    return tmp_path, is_disc, np.asarray(soft)


def cut(name, folder):
    tool = next(tool for tool in MATTES if tool.name == name)
    with Contender(tool, 1, folder) as contender:
        answer = contender.ask(folder / "photo.png", folder / "out.png",
                               map=str(folder / "map.npy"))  # fmt: skip
    return np.asarray(Image.open(folder / "out.png")).astype(float), answer


def test_decontamination_keeps_the_map_as_alpha_and_changes_the_colours(files):
    folder, _, soft = files

    cutout, answer = cut("rembg -dc", folder)

    assert np.abs(cutout[..., 3] / 255 - soft).mean() < 0.01
    is_edge = (soft > 0.5) & (soft < 0.8)
    photo = np.asarray(Image.open(folder / "photo.png"))
    assert cutout[is_edge][:, 0].mean() > photo[is_edge][:, 0].mean() + 10  # the disc's own red
    assert 0 < answer.said["seconds"] < 60


def test_alpha_matting_finds_the_disc(files):
    folder, is_disc, _ = files

    cutout, _ = cut("rembg -a", folder)

    assert np.abs(cutout[..., 3] / 255 - is_disc).mean() < 0.01
