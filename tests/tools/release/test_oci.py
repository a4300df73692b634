"""Images as tars with an OCI layout, from what two versions of Docker save."""

import gzip
import hashlib
import io
import json
import os
import tarfile
from datetime import UTC, datetime

import pytest

from tools.release import oci

CREATED = datetime(2026, 1, 2, tzinfo=UTC)
OLD, NEW = 315_532_800, int(CREATED.timestamp()) + 5.5
LABELS = {"org.opencontainers.image.version": "1.4.0"}


def tar(files, mtime):
    """Return a tar with files of one time, by name."""
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size, info.mtime = len(content), mtime
            archive.addfile(info, io.BytesIO(content))
    return file.getvalue()


BASE, CODE = tar({"usr/bin/python3": b"python"}, OLD), {"var/task/a.py": b"a = 1"}


def saved(name, code_mtime, built, *, compress=False):
    """Return what `docker save` writes of an image that was built at a time."""
    pack = gzip.compress if compress else bytes
    layers = {f"{name}0/layer.tar": pack(BASE), f"{name}1/layer.tar": pack(tar(CODE, code_mtime))}
    config = {
        "architecture": "amd64", "os": "linux", "created": built, "container": name,
        "docker_version": name, "rootfs": {"type": "layers", "diff_ids": ["sha256:old"]},
        "config": {"Labels": LABELS, "Cmd": ["a"], "Image": name, "Hostname": name},
        "history": [{"created": "2020-01-01T00:00:00.1Z", "created_by": "ADD"},
                    {"created": built, "created_by": "COPY"}],
    }  # fmt: skip
    manifest = [{"Config": f"{name}.json", "RepoTags": ["cutout:1.4.0"], "Layers": [*layers]}]
    documents = {f"{name}.json": config, "manifest.json": manifest}
    texts = {path: json.dumps(document).encode() for path, document in documents.items()}
    return tar(layers | texts, NEW)


@pytest.fixture
def export(tmp_path, monkeypatch):
    """Return a function from what Docker saves to the tar that is made of it."""
    program = tmp_path / "docker"
    program.write_text(f"#!/bin/sh\ncat {tmp_path}/$2\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")

    def exported(name, content):
        (tmp_path / "cutout:1.4.0").write_bytes(content)
        work, target = tmp_path / name, tmp_path / f"{name}.tar"
        work.mkdir()
        digest = oci.export("cutout:1.4.0", target, CREATED, int(CREATED.timestamp()), work)
        return target, digest

    return exported


def contents(path):
    with tarfile.open(path) as archive:
        return {member.name: archive.extractfile(member).read() for member in archive}


def test_builds_at_two_times_by_two_versions_of_docker_give_the_same_bytes(export):
    one, _ = export("one", saved("one", NEW, "2026-03-04T05:06:07.8Z"))
    two, _ = export("two", saved("two", NEW + 60, "2026-04-05T06:07:08.9Z", compress=True))

    assert one.read_bytes() == two.read_bytes()


def test_a_layer_without_newer_files_stays_as_it_was_built_and_others_are_clamped(export):
    path, _ = export("one", saved("one", NEW, "2026-03-04T05:06:07.8Z"))

    files = contents(path)
    (former,) = json.loads(files["manifest.json"])
    base, code = (gzip.decompress(files[name]) for name in former["Layers"])
    assert base == BASE
    with tarfile.open(fileobj=io.BytesIO(code)) as archive:
        (member,) = archive
        assert (member.name, member.mtime) == ("var/task/a.py", CREATED.timestamp())
        assert archive.extractfile(member).read() == CODE["var/task/a.py"]


def test_digests_of_the_layout_are_those_of_its_files(export):
    path, digest = export("one", saved("one", OLD, "2026-03-04T05:06:07.8Z"))

    files = contents(path)
    for name, content in files.items():
        if name.startswith("blobs/"):
            assert name == f"blobs/sha256/{hashlib.sha256(content).hexdigest()}"
    (listed,) = json.loads(files["index.json"])["manifests"]
    assert listed["digest"] == digest
    manifest = json.loads(files[f"blobs/{digest.replace(':', '/')}"])
    config = json.loads(files[f"blobs/{manifest['config']['digest'].replace(':', '/')}"])
    assert config["config"] == {"Labels": LABELS, "Cmd": ["a"]}
    times = {config["created"], *(step["created"] for step in config["history"])}
    assert times == {"2026-01-02T00:00:00Z"}
    plain = [gzip.decompress(files[f"blobs/{layer['digest'].replace(':', '/')}"])
             for layer in manifest["layers"]]  # fmt: skip
    assert config["rootfs"]["diff_ids"] == [
        f"sha256:{hashlib.sha256(layer).hexdigest()}" for layer in plain
    ]
