"""The same alpha on a processor with AVX2 and without VNNI, as Lambda may give: by emulation."""

import os
import shutil
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image
from skimage import data

from cutout import bootstrap
from cutout.config import Settings
from cutout.contract import Options
from tests.conftest import opened
from tools.models import calibrate, cards, catalogue, fetch, graph, quantize

QEMU = shutil.which("qemu-x86_64")
MEAN, WORST = 0.001, 0.1  # of alpha, 0..1

pytestmark = [
    pytest.mark.portability,
    pytest.mark.skipif(not QEMU, reason="qemu-user is not installed"),
]

CUT_OUT = """
import sys
from pathlib import Path
from cutout import Options, remove_background
model, *photos = sys.argv[1:]
for photo in map(Path, photos):
    result = remove_background(photo.read_bytes(), Options(model=model, channels="alpha"))
    photo.with_suffix(".alpha").write_bytes(result.data)
"""


def differences(model, photos, folder, models=""):
    """Of each photo's alpha, between this processor and the emulated one."""
    paths = [folder / f"{photo}.png" for photo in photos]
    for photo, path in zip(photos, paths, strict=True):
        Image.fromarray(getattr(data, photo)()).save(path)
    settings = Settings(models=str(models), threads=1)
    engine = bootstrap.engine(settings)
    here = [
        engine.remove_background(path.read_bytes(), Options(model=model, channels="alpha")).data
        for path in paths
    ]
    emulated = subprocess.run(
        [QEMU, "-cpu", "Haswell-noTSX", sys.executable, "-c", CUT_OUT, model, *paths],
        capture_output=True, timeout=900, env=os.environ | {"CUTOUT_MODELS": str(models)},
    )  # fmt: skip
    assert emulated.returncode == 0, emulated.stderr.decode()
    there = [path.with_suffix(".alpha").read_bytes() for path in paths]
    return [np.abs(levels(a) - levels(b)) / 255 for a, b in zip(here, there, strict=True)]


def levels(png):
    return np.asarray(opened(png)).astype(int)


@pytest.mark.parametrize(
    ("model", "photos"),
    [("u2netp", ["astronaut", "chelsea", "coffee"]), ("u2net", ["astronaut"])],
)
def test_a_processor_without_vnni_makes_the_same_alpha(model, photos, tmp_path):
    for photo, found in zip(photos, differences(model, photos, tmp_path), strict=True):
        print(f"{model}, {photo}: mean {found.mean():.5f}, worst {found.max():.3f}")
        assert found.mean() <= MEAN
        assert found.max() <= WORST


def test_weights_that_saturate_would_be_seen(tmp_path, monkeypatch):
    """The same network, quantized without regard for what those processors add in 16 bits."""
    monkeypatch.setattr(quantize, "PAIR_LIMIT", 2 * 127 + quantize.ROUNDING)
    (entry,) = (one for one in catalogue.load() if one.name == "u2netp")
    prepared = graph.prepare(fetch.original(entry, fetch.cache_folder()))
    unsafe = quantize.quantize(prepared, calibrate.load(entry.ranges), entry.keep_fp32)
    cards.write(unsafe, cards.of(entry), tmp_path / "unsafe.onnx")

    (found,) = differences("unsafe", ["astronaut"], tmp_path, models=tmp_path)

    print(f"unsafe u2netp: mean {found.mean():.5f}, worst {found.max():.3f}")
    assert found.mean() > MEAN
