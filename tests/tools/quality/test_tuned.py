"""`python -m tools.quality.tuned`: a tuned model beside the one it was made of."""

import sys

import numpy as np

from tests.networks import u2net_tail
from tests.tools.quality.folders import HALF, index, picture, write
from tools.quality.tuned import main


def colours(channel, *heads):
    """Kernels of which the first gives back one channel of the input."""
    first = np.zeros((1, 3, 3, 3))
    first[0, channel, 1, 1] = 1
    return [first, *(np.zeros((1, 3, 3, 3)) for _ in range(5))]


def test_each_kind_of_pictures_has_the_figures_of_both_models(tmp_path, monkeypatch, capsys):
    photo = picture((0, 255, 0))
    photo.paste((255, 0, 0), HALF)
    write(tmp_path / "one.png", photo)
    write(tmp_path / "one-gt.png", HALF)
    index(tmp_path, split=["dev", "dev"], category=["logo", "animal"],
          image=["one.png", "one.png"], gt=["one-gt.png"] * 2, kind=["binary"] * 2)  # fmt: skip
    for name, channel in (("red", 0), ("green", 1)):
        u2net_tail(tmp_path / f"{name}.onnx", colours(channel), [1] * 6)
    monkeypatch.setenv("CUTOUT_MODELS", str(tmp_path))
    monkeypatch.setattr(sys, "argv", ["tuned", str(tmp_path), "red", "green"])

    assert main() == 0

    out = capsys.readouterr().out
    assert "logo: small -> small, 1 pictures" in out
    assert "animal: small -> small, 1 pictures" in out
    assert out.count("IoU    0.0000 -> 1.0000  +1.0000 (95 %: +1.0000 to +1.0000)") == 2


def test_an_unknown_model_is_a_sentence(tmp_path, red_folder, monkeypatch, capsys):
    monkeypatch.setenv("CUTOUT_MODELS", str(red_folder))
    monkeypatch.setattr(sys, "argv", ["tuned", str(tmp_path), "nobody", "red"])

    assert main() == 1
    assert capsys.readouterr().err.startswith("quality: there is no model 'nobody'")
