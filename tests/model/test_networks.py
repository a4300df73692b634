"""The networks that `make models` built, on photographs that scikit-image ships."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from skimage import data

from cutout import engines, errors, installation
from cutout.config import Settings, cache_folder
from cutout.core import saliency
from cutout.engine.session import Session
from cutout.models import cards, catalogue, fetch, graph
from cutout.options.record import Options
from tests.conftest import encoded, opened

pytestmark = pytest.mark.model

ENTRIES = catalogue.load()
NAMES = [entry.name for entry in ENTRIES]
PHOTOS = {name: Image.fromarray(getattr(data, name)()) for name in ("astronaut", "chelsea")}


@pytest.fixture(scope="module")
def engine():
    return engines.engine(Settings(threads=1))


@pytest.fixture(scope="module", params=ENTRIES, ids=NAMES)
def pair(request, tmp_path_factory):
    """The built network and the original one, both as sessions of the engine."""
    entry = request.param
    (original,) = fetch.originals([entry], cache_folder())
    path = tmp_path_factory.mktemp("original") / entry.original
    cards.write(graph.prepare(original).model(), cards.from_entry(entry), path)
    return Session(entry.built, threads=2), Session(path, threads=2)


@pytest.mark.parametrize("name", PHOTOS)
def test_the_int8_network_agrees_with_the_fp32_network(pair, name):
    built, original = (saliency.stretch(session.predict(PHOTOS[name])) for session in pair)

    a, b = built > 0.5, original > 0.5
    assert np.abs(built - original).mean() < 0.02
    assert (a & b).sum() / (a | b).sum() > 0.95  # u2netp without its fp32 layers: 0.72


@pytest.mark.parametrize("name", NAMES)
def test_the_astronaut_is_kept_and_the_wall_removed(engine, name):
    photo = encoded(PHOTOS["astronaut"], "PNG")

    alpha = np.asarray(opened(engine.remove_background(photo, Options(model=name)).data))[..., 3]

    assert alpha[180:230, 200:260].min() > 240  # her neck
    assert alpha[20:120, 330:420].max() < 20  # the wall
    assert alpha[100:250, 380:440].mean() < 60  # the rocket behind


@pytest.mark.parametrize("name", NAMES)
def test_the_number_of_threads_changes_no_bit(name):
    predictions = [
        Session(installation.MODELS / f"{name}.onnx", threads).predict(PHOTOS["chelsea"])
        for threads in (1, 2)
    ]

    assert np.array_equal(*predictions)


def empty_pictures():
    noise = np.random.default_rng(0).normal(128, 30, (240, 320, 3)).clip(0, 255)
    y = np.linspace(0, 255, 240)[:, None, None]
    return {
        "black": Image.new("RGB", (320, 240), "black"),
        "white": Image.new("RGB", (320, 240), "white"),
        "grey": Image.new("RGB", (320, 240), "grey"),
        "blue": Image.new("RGB", (320, 240), "#3050c0"),
        "noise": Image.fromarray(noise.astype(np.uint8)),
        "gradient": Image.fromarray(np.broadcast_to(y, (240, 320, 3)).astype(np.uint8)),
    }


@pytest.mark.parametrize("kind", empty_pictures())
@pytest.mark.parametrize("name", NAMES)
def test_an_empty_picture_has_no_subject(engine, name, kind):
    with pytest.raises(errors.UnknownForeground):
        engine.remove_background(encoded(empty_pictures()[kind], "PNG"), Options(model=name))


@pytest.mark.parametrize("name", NAMES)
def test_the_confidence_of_a_photo_exceeds_0_9(engine, name):
    result = engine.remove_background(encoded(PHOTOS["astronaut"], "PNG"), Options(model=name))

    assert result.confidence > 0.9


@pytest.mark.parametrize("entry", ENTRIES, ids=NAMES)
def test_the_model_file_names_its_source(entry):
    card = cards.read(entry.built)

    assert (card["name"], card["version"]) == (entry.name, entry.version)
    assert card["source_sha256"] == entry.sha256


def build(*arguments):
    return subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "cutout", "models", "build", *arguments],
        capture_output=True, text=True, check=True, cwd=Path(__file__).parents[2],
    )  # fmt: skip


def test_a_second_build_changes_nothing():
    before = {path: path.stat().st_mtime_ns for path in installation.MODELS.glob("*.onnx")}

    again = build()

    assert again.stdout == ""
    assert "onnx" not in again.stderr  # is not imported
    assert {path: path.stat().st_mtime_ns for path in installation.MODELS.glob("*.onnx")} == before


@pytest.mark.parametrize("entry", ENTRIES, ids=NAMES)
def test_the_built_file_has_the_pinned_hash(entry):
    """The build depends on the pinned tools only, so that every machine makes the same bytes."""
    assert catalogue.file_sha256(entry.built) == entry.built_sha256
    assert entry.built.stat().st_size == entry.built_bytes


def test_clean_deletes_the_originals(tmp_path, monkeypatch):
    (tmp_path / "cutout").mkdir()
    (tmp_path / "cutout" / "u2net.onnx").write_bytes(bytes(3_000_000))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))

    assert build("--clean").stdout == "deleted the originals, which frees 3 MB\n"
    assert list((tmp_path / "cutout").iterdir()) == []
