"""The installed distribution: its command, its Python call, its server and its extras."""

import json
import subprocess
import urllib.request

import pytest

from cutout import engines
from cutout.config import Settings
from cutout.options.record import Options
from tests.conftest import opened
from tests.package.conftest import UV
from tests.processes import started

pytestmark = pytest.mark.package

BASE = {"flatbuffers", "isal", "numpy", "onnxruntime", "packaging", "pillow", "protobuf", "tqdm"}
MB = 200


@pytest.fixture(scope="module")
def expected(photos):
    """The checkout's cutouts of the astronaut by the name of the model."""
    engine = engines.engine(Settings(threads=1))
    return lambda model: engine.remove_background(photos["astronaut"], Options(model=model)).data


@pytest.fixture
def machine(machine, release):
    machine.environment["CUTOUT_MODELS_URL"] = release.address
    return machine


def test_an_installation_has_eight_packages_of_at_most_200_mb(base):
    listed = subprocess.run([*UV, "pip", "list", "--quiet", "--format", "json", "--python", base],
                            capture_output=True, check=True)  # fmt: skip
    files = [path for path in base.parents[1].rglob("*") if path.is_file()]

    assert {package["name"] for package in json.loads(listed.stdout)} == {"cutout-bg", *BASE}
    assert sum(path.stat().st_size for path in files) < MB * 1e6


def test_the_installed_command_gives_the_result_of_a_checkout(base, machine, expected):
    del machine.environment["CUTOUT_MODEL"]

    run = machine.cutout(base, "astronaut.jpg")

    assert (run.returncode, run.stderr) == (0, "")
    assert (machine.home / "astronaut.cutout.png").read_bytes() == expected("u2net")
    assert machine.kept() == ["u2net.onnx"]


def test_the_installed_command_processes_a_folder(base, machine):
    run = machine.cutout(base, "batch", ".", "cutouts")

    assert run.returncode == 0
    assert "2 done, 0 skipped, 0 failed" in run.stderr
    for name in ("astronaut", "chelsea"):
        cutout = opened((machine.home / f"cutouts/{name}.png").read_bytes())
        assert cutout.getchannel("A").getextrema() == (0, 255)


CALL = """
from pathlib import Path
from cutout import remove_background
Path("called.png").write_bytes(remove_background(Path("astronaut.jpg").read_bytes()).data)
"""


def test_the_python_function_gives_the_same_result(base, machine, expected):
    run = machine.run(base, CALL)

    assert (run.returncode, run.stderr) == (0, "")
    assert (machine.home / "called.png").read_bytes() == expected("u2netp")


def test_the_server_starts_with_its_extra(full, machine, photos, expected):
    form = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'
    with started("cutout.server", machine.environment, machine.home / "log",
                 python=full, cwd=machine.home) as (_, port):  # fmt: skip
        here = f"http://127.0.0.1:{port}"
        assert urllib.request.urlopen(f"{here}/healthz").status == 200
        request = urllib.request.Request(
            f"{here}/api/remove",
            data=form + photos["astronaut"] + b"\r\n--x--\r\n",
            headers={"Content-Type": "multipart/form-data; boundary=x"},
        )
        assert urllib.request.urlopen(request).read() == expected("u2netp")


def test_without_its_extra_the_server_names_the_extra(base, machine):
    run = machine.run(base, "import runpy; runpy.run_module('cutout.server', run_name='__main__')")

    assert run.returncode == 1
    assert run.stderr == (
        "python -m cutout.server: the server needs starlette, python_multipart, uvicorn;"
        " install cutout-bg[server]\n"
    )


def test_a_batch_on_s3_gets_as_far_as_its_state_machine_with_its_extra(full, machine):
    adapters = "from cutout.aws import dynamodb, s3, sqs, stepfunctions"
    assert machine.run(full, adapters).returncode == 0

    run = machine.cutout(full, "batch", "s3://photos/", "s3://cutouts/")

    assert run.returncode == 1
    assert "--state-machine or CUTOUT_STATE_MACHINE has to be an ARN" in run.stderr
    assert run.stderr.count("\n") == 1


def test_without_its_extra_a_batch_on_s3_names_the_extra(base, machine):
    run = machine.cutout(base, "batch", "s3://photos/", "s3://cutouts/")

    assert run.returncode == 1
    assert run.stderr == (
        "cutout: s3://photos/: a batch on s3:// needs boto3; install cutout-bg[aws]"
        " [extra_missing]\n"
    )


def test_without_its_extra_building_a_model_names_the_extra(base, machine):
    run = machine.cutout(base, "models", "build")

    assert run.returncode == 1
    assert "building a model needs onnx, pip; install cutout-bg[build]" in run.stderr
    assert run.stderr.count("\n") == 1
