"""The image of a release: its bill of materials, and its bytes in a second build."""

import json
import shutil

import pytest
from packaging.utils import canonicalize_name

from cutout.models import catalogue
from tools.container import base
from tools.container.sandbox import docker
from tools.release import oci
from tools.release.repository import Repository
from tools.sections import ROOT
from tools.supply import sbom

pytestmark = pytest.mark.container

LIST = """
import hashlib, importlib.metadata, json, pathlib
packages = importlib.metadata.distributions(path=["/var/task"])
networks = pathlib.Path("/var/task/models").glob("*.onnx")
print(json.dumps([
    [[package.name, package.version] for package in packages],
    [[path.stem, hashlib.sha256(path.read_bytes()).hexdigest()] for path in networks],
]))
"""


def test_the_bill_names_every_package_and_network_of_the_image_with_its_licence(image):
    """Except those of the base image, which has its own composition in the bill."""
    printed = docker(
        "run", "--rm", "--network", "none", "--entrypoint", "python3", image, "-c", LIST
    )
    packages, networks = json.loads(printed)

    bill = json.loads(sbom.of_image("1.4.0", base.BASE, ""))

    components = {kind: [one for one in bill["components"] if one["type"] == kind]
                  for kind in ("container", "library", "machine-learning-model")}  # fmt: skip
    assert {(canonicalize_name(name), number) for name, number in packages} == {
        (canonicalize_name(one["name"]), one["version"]) for one in components["library"]
    }
    assert {tuple(network) for network in networks} == {
        (one["name"], one["hashes"][0]["content"]) for one in components["machine-learning-model"]
    }
    assert all(one["licenses"] for kind in list(components)[1:] for one in components[kind])
    assert bill["compositions"] == [
        {"aggregate": "incomplete", "assemblies": [components["container"][0]["bom-ref"]]}
    ]


@pytest.mark.nightly
def test_a_second_build_without_a_cache_gives_the_same_tar_which_docker_loads(tmp_path):
    repository, tag = Repository(ROOT), "cutout:exported"

    def built(name):
        source, work, target = (tmp_path / f"{name}{part}" for part in ("", "-work", ".tar"))
        repository.export("HEAD", source)
        for entry in catalogue.load():
            shutil.copy(entry.built, source / "function/models" / entry.original)
        work.mkdir()
        base.build(source / "function", tag, "--no-cache", "--label", "a=b")
        digest = oci.export(tag, target, repository.time("HEAD"), base.MTIME, work)
        docker("rmi", tag)
        return target, digest

    first, second = built("one"), built("two")

    assert first[1] == second[1]
    assert first[0].read_bytes() == second[0].read_bytes()
    docker("load", "--input", str(first[0]))
    assert docker("inspect", "--format", "{{.Config.Labels.a}}", tag).strip() == "b"
    load = "import cutout.lambdas.api as api; print(api.engine.is_ready())"
    words = ["run", "--rm", "--network", "none", "-e", "AWS_LAMBDA_FUNCTION_NAME=api"]
    assert docker(*words, "--entrypoint", "python3", tag, "-c", load).splitlines()[-1] == "True"
    docker("rmi", tag)
