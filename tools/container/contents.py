"""What the image weighs over its base: each layer's digest and MB, and the largest files.

`.venv/bin/python -m tools.container python -m tools.container.contents`
"""

import json
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO

from .base import BASE
from .sandbox import docker

LARGEST = 20


@dataclass(frozen=True)
class Layer:
    digest: str  # of its tar, uncompressed
    sizes: dict[str, int]  # of each file, in bytes

    @property
    def mb(self) -> float:
        return sum(self.sizes.values()) / 1e6


def digests(image: str) -> list[str]:
    """Of the layers that the image has over its base."""
    layers, below = (
        json.loads(docker("inspect", "--format", "{{json .RootFS.Layers}}", name))
        for name in (image, BASE)
    )
    if layers[: len(below)] != below:
        raise RuntimeError(f"{image} was built on another {BASE}; build it again")
    return list(layers[len(below) :])


def layers(image: str) -> list[Layer]:
    own = digests(image)
    with TemporaryDirectory() as folder:
        saved = Path(folder, "image.tar")
        subprocess.run(["docker", "save", "--output", saved, image], check=True)
        with tarfile.open(saved) as outer:
            manifest = json.load(_member(outer, "manifest.json"))[0]
            return [
                Layer(digest, dict(_sizes(outer, name)))
                for digest, name in zip(own, manifest["Layers"][-len(own) :], strict=True)
            ]


def _sizes(outer: tarfile.TarFile, name: str) -> Iterator[tuple[str, int]]:
    with tarfile.open(fileobj=_member(outer, name)) as layer:
        yield from ((member.name, member.size) for member in layer if member.isfile())


def _member(outer: tarfile.TarFile, name: str) -> IO[bytes]:
    file = outer.extractfile(name)
    assert file
    return file


def main() -> int:
    found = layers("cutout")
    for layer in found:
        print(f"{layer.mb:7.1f} MB  {layer.digest}")
    print(f"{sum(layer.mb for layer in found):7.1f} MB over the base\n")
    sizes = {name: size for layer in found for name, size in layer.sizes.items()}
    for name in sorted(sizes, key=sizes.__getitem__, reverse=True)[:LARGEST]:
        print(f"{sizes[name] / 1e6:7.1f} MB  {name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
