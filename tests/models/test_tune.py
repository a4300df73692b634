"""`cutout models tune`, on a small network with U2-Net's tail and drawn pictures."""

import re
from dataclasses import replace

import numpy as np
import onnx
import pytest
from onnx import helper
from PIL import Image

from cutout.__main__ import main
from cutout.core import saliency
from cutout.engine.models import Models
from cutout.engine.session import Session
from cutout.models import cards, features, fit, pairs, tail
from cutout.models.agreement import iou
from cutout.models.regression import Examples, fold, loss
from tests.networks import network, u2net_tail

SIDE = 32
COLOURS = np.random.default_rng(1).random((30, 3, 8, 8)).astype(np.float32)


def kernels(red, green, blue):
    """Six heads of which the first sees these colours at a pixel, and the others hardly any."""
    first = np.zeros((1, 3, 3, 3))
    first[0, :, 1, 1] = red, green, blue
    return [first, *(np.full((1, 3, 3, 3), 0.01) for _ in range(5))]


@pytest.fixture
def base(tmp_path):
    """A network that finds green where the pictures' subjects are red."""
    path = tmp_path / "own" / "green.onnx"
    path.parent.mkdir()
    return u2net_tail(path, kernels(0.04, 0.06, 0), [1, 1, 1, 1, 1, 1])


@pytest.fixture
def photos(tmp_path):
    """Folders of 30 photos of a red subject before green, and their masks."""
    folders = tmp_path / "photos", tmp_path / "masks"
    for folder in folders:
        folder.mkdir()
    generator = np.random.default_rng(0)
    for number in range(30):
        picture = generator.integers(0, 60, (SIDE, SIDE, 3), np.uint8)
        picture[..., 1] += 120
        left, top, width, height = generator.integers(4, 14, 4)
        mask = np.zeros((SIDE, SIDE), np.uint8)
        mask[top : top + height, left : left + width] = 255
        picture[mask > 0] = generator.integers(120, 255), 60, 60
        Image.fromarray(picture).save(folders[0] / f"{number:02}.png")
        Image.fromarray(mask).save(folders[1] / f"{number:02}.png")
    return folders


@pytest.fixture
def tune(base, photos, monkeypatch, capsys):
    """Run the command. Returns its exit code, output and errors."""
    monkeypatch.setenv("CUTOUT_MODELS", str(base.parent))
    monkeypatch.setenv("CUTOUT_THREADS", "1")

    def run(name="red", model="green"):
        folders = ["--photos", str(photos[0]), "--masks", str(photos[1])]
        code = main(["models", "tune", *folders, "--name", name, "--model", model])
        return code, *capsys.readouterr()

    return run


@pytest.fixture
def examples(base, tmp_path):
    """Examples of random colours, whose masks are the maps of the tail that the function gets."""
    model = onnx.load(base)
    before = tail.read(model)
    tensors = np.kron(COLOURS, np.ones((4, 4), np.float32))[:, None]
    stored = features.extract(model, before, tensors, len(tensors), tmp_path, 1)

    def create(truth):
        found = Examples(stored, np.zeros((len(tensors), SIDE, SIDE), np.uint8), 1)
        maps = [1 / (1 + np.exp(-found.logits(photo, truth))) for photo in range(len(tensors))]
        return Examples(stored, (np.stack(maps) * 255 + 0.5).astype(np.uint8), 1), before

    return create


def test_the_tail_in_numpy_computes_the_networks_map(base, photos):
    kernels = np.random.default_rng(4).normal(size=(6, 1, 3, 3, 3))
    base = u2net_tail(base, kernels, [1, -1, 0.5, 2, 1, 1], 0.3)
    square = np.asarray(Image.open(photos[0] / "00.png"))
    tensor = saliency.to_tensor(square, np.zeros(3, np.float32), np.ones(3, np.float32))
    model = onnx.load(base)
    before = tail.read(model)
    stored = features.extract(model, before, [tensor], 1, photos[0].parent, 1)

    logits = Examples(stored, np.zeros((1, SIDE, SIDE), np.uint8), 1).logits(0, before)

    expected = Session(base, 1).predict(Image.fromarray(square))
    np.testing.assert_allclose(1 / (1 + np.exp(-logits)), expected, atol=1e-4)


def test_the_derivative_of_the_loss_is_its_slope_by_the_logits():
    random = np.random.default_rng(0)
    logits, way = random.normal(size=(2, 8, 8)).astype(np.float32)
    mask = (random.random((8, 8)) > 0.5).astype(np.float32)

    _, by_logit = loss(logits, mask)

    ends = [loss(logits + step * way, mask)[0] for step in (-0.01, 0.01)]
    assert (by_logit * way).sum() == pytest.approx((ends[1] - ends[0]) / 0.02, rel=0.001)


def test_the_gradient_is_the_slope_of_the_loss(base, examples):
    before = tail.read(onnx.load(base))
    found, _ = examples(replace(before, bias=-2.0))  # masks of another area
    start = fold(before)
    random = np.random.default_rng(2)
    moved = start.with_kernels([head.kernel - np.float32(0.3) for head in start.heads])
    ways = [random.normal(size=head.kernel.shape).astype(np.float32) for head in start.heads]

    def value(step):
        kernels = [head.kernel + step * way for head, way in zip(moved.heads, ways, strict=True)]
        logits = found.logits(0, moved.with_kernels(kernels))
        return loss(logits, found.masks[0] / np.float32(255))[0]

    kernels = found.gradient([0], moved).kernels
    slope = sum((way * kernel).sum() for way, kernel in zip(ways, kernels, strict=True))

    assert slope == pytest.approx((value(0.01) - value(-0.01)) / 0.02, rel=0.01)


def test_the_last_layers_numbers_are_found_again_from_the_masks_that_they_make(base, examples):
    random = np.random.default_rng(3)
    before = tail.read(onnx.load(base))
    before = before.with_kernels([random.normal(0, 3, (9, 3)).astype(np.float32) for _ in range(6)])
    truth = np.float32([1.15, 0.85, 1.15, 0.85, 1.15, 0.85])
    found, _ = examples(replace(before, mix=truth))
    sharp = replace(found, masks=np.where(found.masks >= 128, 255, 0).astype(np.uint8))

    *_, last = fit.last_layers(sharp, range(30), before)

    # The sixth side map is one number for the whole picture, much as the bias is.
    np.testing.assert_allclose((last.mix / last.mix.mean())[:5], truth[:5], atol=0.05)


@pytest.mark.slow
def test_a_tuned_network_is_written_with_its_card_and_finds_the_subject(tune, base, photos):
    code, out, _ = tune()

    assert code == 0
    assert "on 6 photos that were held out" in out
    session = Models([base.parent], "red", 1).session()
    picture = Image.open(photos[0] / "00.png")
    mask = np.asarray(Image.open(photos[1] / "00.png")) / 255
    assert iou(saliency.stretch(session.predict(picture)), mask) > 0.9
    assert (session.card.name, len(session.card.version)) == ("red", 12)
    assert "tuned_from" in cards.read(base.parent / "red.onnx")
    assert sorted(path.name for path in base.parent.iterdir()) == ["green.onnx", "red.onnx"]


@pytest.mark.slow
def test_the_same_photos_give_the_same_bytes_with_any_number_of_threads(tune, base, monkeypatch):
    tune("one")
    monkeypatch.setenv("CUTOUT_THREADS", "3")
    tune("two")

    one, two = (onnx.load(base.parent / f"{name}.onnx") for name in ("one", "two"))
    assert one.graph == two.graph
    assert [prop.value for prop in one.metadata_props if prop.key == "version"] == [
        prop.value for prop in two.metadata_props if prop.key == "version"
    ]


@pytest.mark.slow
def test_a_network_that_is_not_better_on_photos_held_out_is_not_written(tune, base, photos):
    names = [path.name for path in sorted(photos[0].iterdir())]
    for index in pairs.split(names).held_out:  # the only masks that the network is right on
        picture = np.asarray(Image.open(photos[0] / names[index]))
        mask = np.where(picture[..., 1] > 100, 255, 0).astype(np.uint8)
        Image.fromarray(mask).save(photos[1] / names[index])

    code, out, err = tune()

    assert code == 1
    assert "IoU" in out
    assert re.fullmatch(
        r"(?s).*cutout: models: red is not better than small .+\[not_better\]\n", err
    )
    assert [path.name for path in base.parent.iterdir()] == ["green.onnx"]


@pytest.mark.parametrize("name", ["green", "u2net", "../red", "", ".red", "r" * 65])
def test_a_name_that_is_taken_or_no_file_name_is_an_error_at_once(tune, name):
    code, out, err = tune(name)

    assert (code, out) == (2, "")
    assert err.endswith("[invalid_parameter]\n")


def test_another_network_is_refused_before_any_work(tune, base):
    network(base, [helper.make_node("Sigmoid", ["first"], ["map"])])

    code, _, err = tune()

    assert code == 1
    assert "only built networks of the U2-Net family can be tuned" in err
    assert "reading" not in err
