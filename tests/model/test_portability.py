"""The same network on a processor with AVX2 and without VNNI, as Lambda may give: by emulation."""

import shutil
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image
from skimage import data

from cutout.engine.session import Session
from tools.models import catalogue

QEMU = shutil.which("qemu-x86_64")

pytestmark = [
    pytest.mark.portability,
    pytest.mark.skipif(not QEMU, reason="qemu-user is not installed"),
]

PREDICT = """
import sys
from pathlib import Path
import numpy as np
from PIL import Image
from cutout.engine.session import Session
np.save(sys.argv[3], Session(Path(sys.argv[1]), threads=1).predict(Image.open(sys.argv[2])))
"""


@pytest.mark.parametrize("name", ["u2netp", "u2net"])
def test_a_processor_without_vnni_sees_the_same(name, tmp_path):
    model = catalogue.FOLDER / f"{name}.onnx"
    photo = tmp_path / "photo.png"
    Image.fromarray(data.astronaut()).save(photo)
    command = [QEMU, "-cpu", "Haswell-noTSX", sys.executable, "-c", PREDICT,
               model, photo, tmp_path / "there.npy"]  # fmt: skip
    subprocess.run(command, check=True, timeout=600)

    here = Session(model, threads=1).predict(Image.open(photo))
    there = np.load(tmp_path / "there.npy")

    assert np.abs(here - there).mean() < 0.0005
    assert np.abs(here - there).max() < 0.05
