"""The contents of the image."""

import json
import re
import shutil
import subprocess
import tarfile
from pathlib import Path

import pytest

from tools.container import base
from tools.container.sandbox import docker
from tools.deploy import __main__ as deploy
from tools.supply import __main__ as supply
from tools.supply import lock

pytestmark = pytest.mark.container

ROOT = Path(__file__).parents[2]
# AWS's base for Python 3.13 is Amazon Linux 2023.
NEWEST = {"GLIBC": (2, 34), "GLIBCXX": (3, 4, 29), "CXXABI": (1, 3, 13)}
MAX_MB = 300
NOT_RUN = ["/tests/", "/testing/", "/include/", ".pyi", ".h", ".a", "dist-info/RECORD",
           "/onnxruntime/transformers/", "/onnxruntime/quantization/", "/var/task/tidy.py",
           "/cutout/models/", ".toml", "/build/", "/root/.cache"]  # fmt: skip


@pytest.fixture(scope="module")
def files(image, tmp_path_factory):
    """The unpacked layers over the base image."""
    folder = tmp_path_factory.mktemp("image")
    subprocess.run(["docker", "save", "--output", folder / "image.tar", image], check=True)
    with tarfile.open(folder / "image.tar") as outer:
        manifest = json.load(outer.extractfile("manifest.json"))[0]
        for name in manifest["Layers"][-len(digests(image)) :]:
            with tarfile.open(fileobj=outer.extractfile(name)) as layer:
                layer.extractall(folder / "root", filter="data")
    return folder / "root"


def digests(image):
    """Return the digests of the image's layers over its base image."""
    layers, below = (
        json.loads(docker("inspect", "--format", "{{json .RootFS.Layers}}", name))
        for name in (image, base.BASE)
    )
    assert layers[: len(below)] == below
    return layers[len(below) :]


def names(files):
    return ["/" + path.relative_to(files).as_posix() for path in files.rglob("*") if path.is_file()]


def test_the_image_has_at_most_300_mb_over_its_base(image):
    sizes = [int(docker("inspect", "--format", "{{.Size}}", name)) for name in (image, base.BASE)]

    assert sizes[0] - sizes[1] <= MAX_MB * 1_000_000


def test_the_image_holds_only_files_that_are_used(files):
    found = [name for name in names(files) for part in NOT_RUN
             if (name.endswith(part) if part.startswith(".") else part in name)]  # fmt: skip

    assert found == []


def test_the_image_adds_files_below_its_own_folder_alone(files):
    outside = [name for name in names(files) if not name.startswith("/var/task/")]
    own = {path.name for path in (files / "var/task").iterdir() if path.is_file()}

    assert outside == []
    assert {name for name in own if not name.endswith((".py", ".so"))} == {
        "LICENSE", "NOTICE", "entrypoint.sh",
    }  # fmt: skip


def test_no_file_of_the_image_gives_its_caller_more_rights(image):
    """setuid and setgid files of the base image too, and what others could write to."""
    found = docker(
        "run", "--rm", "--pull", "never", "--network", "none", "--entrypoint", "find", image,
        "/var/task", "(", "-perm", "/6000", "-o", "-perm", "/022", "!", "-type", "l", ")", "-print",
    )  # fmt: skip

    assert found == ""


def test_the_image_has_neither_pip_nor_histories_in_its_own_layers(files):
    words = ("/pip/", "/pip-", "/setuptools", "/wheel/", "_history", "/.git", "/.env", ".key")

    assert [name for name in names(files) for word in words if word in name] == []


def test_the_image_has_the_licences_of_what_it_holds(files):
    task = files / "var/task"
    assert (task / "LICENSE").read_bytes() == (ROOT / "LICENSE").read_bytes()
    assert (task / "NOTICE").read_bytes() == (ROOT / "NOTICE").read_bytes()

    for package in lock.read(supply.IMAGE_LIST):
        # flatbuffers' wheel has no licence file; its licence's text is LICENSE.
        assert package.name == "flatbuffers" or licence_files(task, package), package.name


def licence_files(task, package):
    (metadata,) = task.glob(f"{package.name.replace('-', '_')}-{package.version}.dist-info")
    own = task / package.name.replace("-", "_")
    return [
        path
        for folder in (metadata, own)
        for path in folder.rglob("*")
        if re.search("licen[cs]e|copying|notice", path.name, re.IGNORECASE) and path.is_file()
    ]


def test_every_module_is_compiled(files):
    sources = list(files.rglob("*.py"))

    assert len(sources) > 500
    for source in sources:
        assert (source.parent / "__pycache__" / f"{source.stem}.cpython-313.pyc").exists()


def test_no_library_needs_newer_glibc_symbols_than_lambda_has(files):
    libraries = [path for path in files.rglob("*.so*") if path.is_file()]
    assert len(libraries) > 20

    too_new = {
        f"{path.name}: {kind.decode()}_{version.decode()}"
        for path in libraries
        for kind, version in re.findall(rb"\b(GLIBC|GLIBCXX|CXXABI)_([\d.]+)\0", path.read_bytes())
        if tuple(map(int, version.decode().split("."))) > NEWEST[kind.decode()]
    }
    assert too_new == set()


def test_the_image_holds_both_models(files):
    assert {path.name for path in (files / "var/task/models").iterdir()} == {
        "u2net.onnx",
        "u2netp.onnx",
    }


@pytest.mark.nightly  # a second build, which no layer of the first shortens
def test_two_builds_have_the_same_layers(image):
    again = f"{image}-again"
    base.build(ROOT / "function", again, "--no-cache")
    try:
        assert digests(again) == digests(image)
    finally:
        docker("rmi", again)


def test_an_image_on_the_substitute_base_is_not_deployed(image):
    labelled = docker("inspect", "--format", "{{.Config.Labels}}", image)

    if "stand-in" in labelled:
        with pytest.raises(deploy.DeployError, match="stand-in"):
            deploy.refuse_standin(image)
    else:
        deploy.refuse_standin(image)


def test_a_build_without_models_says_what_to_do(tmp_path):
    context = tmp_path / "function"
    shutil.copytree(ROOT / "function", context, ignore=shutil.ignore_patterns("*.onnx"))

    with pytest.raises(RuntimeError, match="run `make models` first"):
        docker("build", str(context))
