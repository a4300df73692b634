import subprocess
import sys

import pytest

LOADS = """
import sys
from cutout import engines, errors
from cutout.config import Settings
from cutout.options.record import Options

engine = engines.engine(Settings(model=sys.argv[1], models=sys.argv[2], threads=1), {first})
print(engine.is_ready(), type(engine).__module__)
"""


def built(folder, first, model="red"):
    command = [sys.executable, "-c", LOADS.format(first=first), model, str(folder)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("first", "is_loaded"),
    [("Options()", True), ("None", False), ("Options(alpha=b'a PNG')", False)],
)
def test_the_network_that_the_first_picture_needs_is_loaded_with_the_engine(
    red_folder, first, is_loaded
):
    assert built(red_folder, first).stdout == f"{is_loaded} cutout.engine.pipeline\n"


def test_an_unknown_model_of_the_first_picture_is_left_to_its_cutout(red_folder):
    run = built(red_folder, "Options(model='none')")

    assert run.stdout == "False cutout.engine.pipeline\n"


def test_a_file_that_is_no_network_is_refused_when_the_engine_is_built(tmp_path):
    (tmp_path / "junk.onnx").write_bytes(b"not a network")

    run = built(tmp_path, "Options()", "junk")

    assert "cutout.errors.UnusableModel: junk.onnx is not a network" in run.stderr
    assert run.returncode == 1
