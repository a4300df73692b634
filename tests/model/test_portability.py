"""Equal alphas on an emulated processor with AVX2 and without VNNI, as Lambda may have."""

import shutil
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image
from skimage import data

from cutout.config import cache_folder
from cutout.models import cards, catalogue, fetch, graph, quantize, rounding
from tools.time_limits import limit_s

QEMU = shutil.which("qemu-x86_64")
MEAN, WORST = 0.001, 0.1  # of map and alpha, 0..1
APART = 0.001  # of the alpha's pixels may differ by more: one level of the map makes one unknown

pytestmark = [
    pytest.mark.portability,
    pytest.mark.skipif(not QEMU, reason="qemu-user is not installed"),
]

CUT_OUT = """
import io, sys
from pathlib import Path
import numpy as np
from PIL import Image
from cutout import Options, engines, config
target, model, quality, models, *photos = sys.argv[1:]
engine = engines.engine(config.Settings(models=models, threads=1))
options = Options(model=model, quality=quality, channels="alpha")
session = engine.prepare(options)
maps, predict = [], session.predict
session.predict = lambda *seen: maps.append(predict(*seen)) or maps[-1]
for photo in map(Path, photos):
    alpha = Image.open(io.BytesIO(engine.remove_background(photo.read_bytes(), options).data))
    levels = np.asarray(alpha, np.float32) / 255
    np.savez(photo.with_suffix(target), map=maps[-1], alpha=levels)
"""


def differences(model, photos, folder, models="", quality="standard"):
    """Yield each photo's differences in map and alpha between this and the emulated processor.
    The map is that of the last look."""
    paths = [folder / f"{photo}.png" for photo in photos]
    for photo, path in zip(photos, paths, strict=True):
        Image.fromarray(getattr(data, photo)()).save(path)
    for processor, target in (([], ".native.npz"), ([QEMU, "-cpu", "Haswell-noTSX"], ".qemu.npz")):
        command = [*processor, sys.executable, "-c", CUT_OUT, target, model, quality,
                   str(models), *paths]  # fmt: skip
        ended = subprocess.run(command, capture_output=True, timeout=limit_s(900))
        assert ended.returncode == 0, ended.stderr.decode()
    for path in paths:
        native, qemu = (np.load(path.with_suffix(end)) for end in (".native.npz", ".qemu.npz"))
        yield tuple(np.abs(native[name] - qemu[name]) for name in ("map", "alpha"))


@pytest.mark.parametrize(
    ("model", "quality", "photos"),
    [
        ("u2netp", "standard", ["astronaut"]),
        # Minutes of emulation, for networks of the same recipe.
        pytest.param("u2netp", "best", ["chelsea", "coffee"], marks=pytest.mark.nightly),
        pytest.param("u2net", "standard", ["astronaut"], marks=pytest.mark.nightly),
    ],
)
def test_a_processor_without_vnni_computes_the_same_alpha(model, quality, photos, tmp_path):
    compared = differences(model, photos, tmp_path, quality=quality)
    for photo, (found, alpha) in zip(photos, compared, strict=True):
        apart = (alpha > WORST).mean()
        print(f"{model}, {photo}: map {found.mean():.5f}, at worst {found.max():.3f}; "
              f"alpha {alpha.mean():.5f}, {apart:.5f} of it apart")  # fmt: skip
        assert found.mean() <= MEAN
        assert found.max() <= WORST
        assert alpha.mean() <= MEAN
        assert apart <= APART


def test_saturating_weights_fail_the_comparison(tmp_path, monkeypatch):
    """Without VNNI a processor adds pairs of products in 16 bits, which may saturate."""
    monkeypatch.setattr(rounding, "PAIR_LIMIT", 2 * 127 + rounding.ROUNDING)
    (entry,) = (one for one in catalogue.load() if one.name == "u2netp")
    (original,) = fetch.originals([entry], cache_folder())
    ranges = catalogue.read_json(entry.ranges)
    unsafe = quantize.quantize(graph.prepare(original), ranges, entry.keep_fp32)
    cards.write(unsafe, cards.from_entry(entry), tmp_path / "unsafe.onnx")

    ((found, _),) = differences("unsafe", ["astronaut"], tmp_path, models=tmp_path)

    print(f"unsafe u2netp: map {found.mean():.5f}, at worst {found.max():.3f}")
    assert found.mean() > MEAN
