"""An image of Docker as a tar with an OCI layout, the same bytes for the same layers.

`docker save` writes the times at which it built and saved, names of containers and, by its version,
one of two layouts. Here these times are set, and the configuration keeps the properties of the OCI
image specification alone. `docker load` and `skopeo copy oci-archive:` read the tar.
"""

import gzip
import json
import shutil
import subprocess
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Any, cast

from cutout.models.catalogue import file_sha256

from . import tarball

TYPE = "application/vnd.oci.image"
FRACTIONS = {"mtime", "atime", "ctime"}  # in headers of a tar: times with fractions of a second
GZIP_MAGIC = b"\x1f\x8b"
CONFIGURATION = {"architecture", "os", "variant", "config", "history"}
RUNTIME = {"User", "ExposedPorts", "Env", "Entrypoint", "Cmd", "Volumes", "WorkingDir", "Labels",
           "StopSignal"}  # fmt: skip


@dataclass(frozen=True)
class Blob:
    """A file of the layout, named by its SHA-256."""

    path: Path
    digest: str  # hexadecimal
    type: str

    @property
    def name(self) -> str:
        return f"blobs/sha256/{self.digest}"

    def descriptor(self) -> dict[str, Any]:
        size = self.path.stat().st_size
        return {"mediaType": self.type, "digest": f"sha256:{self.digest}", "size": size}


def export(image: str, target: Path, created: datetime, newest: int, work: Path) -> str:
    """Write an image, such as cutout:1.4.0, to a tar.

    created is the image's time; files of its layers that are newer than `newest`, in seconds since
    1970, get that time. `work` is an empty folder for some gigabytes. Returns the digest of the
    manifest, by which a registry knows the image.
    """
    saved = work / "saved"
    saved.mkdir()
    with subprocess.Popen(["docker", "save", image], stdout=subprocess.PIPE) as save:
        subprocess.run(["tar", "-xf", "-", "-C", saved], stdin=save.stdout, check=True)
    if save.returncode:
        raise subprocess.CalledProcessError(save.returncode, ["docker", "save", image])
    (manifest,) = json.loads((saved / "manifest.json").read_text())
    layers, diff_ids = [], []
    for number, name in enumerate(manifest["Layers"]):
        layer, diff_id = _layer(saved / name, work / f"layer{number}", newest)
        layers.append(layer)
        diff_ids.append(f"sha256:{diff_id}")
    saved_config = json.loads((saved / manifest["Config"]).read_text())
    config = _json(_configuration(saved_config, diff_ids, created), "config.v1", work)
    listed = {
        "schemaVersion": 2,
        "mediaType": f"{TYPE}.manifest.v1+json",
        "config": config.descriptor(),
        "layers": [layer.descriptor() for layer in layers],
    }
    described = _json(listed, "manifest.v1", work)
    _write(target, image, described, config, layers, created)
    return f"sha256:{described.digest}"


def _write(
    target: Path, image: str, manifest: Blob, config: Blob, layers: list[Blob], created: datetime
) -> None:
    names = {
        "org.opencontainers.image.ref.name": image.rpartition(":")[2],
        "io.containerd.image.name": f"docker.io/library/{image}",  # the tag of `docker load`
    }
    index = {
        "schemaVersion": 2,
        "mediaType": f"{TYPE}.index.v1+json",
        "manifests": [manifest.descriptor() | {"annotations": names}],
    }
    # For `docker load` before Docker 25, which reads no OCI layout
    former = {
        "Config": config.name,
        "RepoTags": [image],
        "Layers": [layer.name for layer in layers],
    }
    blobs = {blob.name: blob.path for blob in (manifest, config, *layers)}  # a layer may repeat
    entries: list[tarball.Entry] = [(name, path, False) for name, path in blobs.items()]
    documents = {
        "oci-layout": {"imageLayoutVersion": "1.0.0"},
        "index.json": index,
        "manifest.json": [former],
    }
    entries += [(name, _text(document), False) for name, document in documents.items()]
    tarball.write(target, entries, int(created.timestamp()))


def _configuration(
    saved: Mapping[str, Any], diff_ids: list[str], created: datetime
) -> dict[str, Any]:
    time = f"{created:%Y-%m-%dT%H:%M:%SZ}"
    kept = {name: value for name, value in saved.items() if name in CONFIGURATION}
    runtime = saved["config"].items()
    return kept | {
        "created": time,
        "config": {name: value for name, value in runtime if name in RUNTIME and value},
        "history": [step | {"created": time} for step in saved["history"]],
        "rootfs": {"type": "layers", "diff_ids": diff_ids},
    }


def _layer(saved: Path, target: Path, newest: int) -> tuple[Blob, str]:
    """Compress a layer. Returns its blob and the SHA-256 of its tar. One with a file that is newer
    than `newest` is written anew, others stay as they were built."""
    plain = target.with_suffix(".tar")
    _decompress(saved, plain)
    with tarfile.open(plain) as archive:
        is_newer = any(member.mtime > newest for member in archive)
    if is_newer:
        _clamp(plain, newest)
    with (
        plain.open("rb") as content,
        target.open("wb") as file,
        tarball.compressed(file) as packed,
    ):
        shutil.copyfileobj(content, packed)
    diff_id = file_sha256(plain)
    plain.unlink()
    return Blob(target, file_sha256(target), f"{TYPE}.layer.v1.tar+gzip"), diff_id


def _decompress(saved: Path, target: Path) -> None:
    """Copy a layer, which some versions of Docker save compressed."""
    with saved.open("rb") as file, target.open("wb") as copy:
        is_compressed = file.read(2) == GZIP_MAGIC
        file.seek(0)
        source = cast(IO[bytes], gzip.GzipFile(fileobj=file)) if is_compressed else file
        shutil.copyfileobj(source, copy)


def _clamp(path: Path, newest: int) -> None:
    """Write a tar anew, in its order, with no time after `newest`."""
    new = path.with_suffix(".new")
    with tarfile.open(path) as source, tarfile.open(new, "w", format=tarfile.PAX_FORMAT) as copy:
        for member in source:
            member.pax_headers = {
                name: text for name, text in member.pax_headers.items() if name not in FRACTIONS
            }
            member.mtime = int(min(member.mtime, newest))
            copy.addfile(member, source.extractfile(member) if member.isreg() else None)
    new.replace(path)


def _json(document: Mapping[str, Any], kind: str, work: Path) -> Blob:
    path = work / kind
    path.write_bytes(_text(document))
    return Blob(path, file_sha256(path), f"{TYPE}.{kind}+json")


def _text(document: Any) -> bytes:
    return json.dumps(document, sort_keys=True, separators=(",", ":")).encode()
