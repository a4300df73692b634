"""The image's bill of materials as CycloneDX 1.6: packages, networks and the base image.

It has neither a time nor a random number: the same lists make the same bytes.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from cutout.models.catalogue import Entry
from cutout.version import VERSION

from .lock import Package

OURS = "Apache-2.0"


def make(
    packages: Sequence[Package],
    licences: Mapping[str, str],
    models: Sequence[Entry],
    base: str,
    digest: str,
) -> str:
    """Return the bill's JSON. licences has an SPDX expression for each package's name; digest is
    the base image's, empty if it is not pinned."""
    bill = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "bom-ref": "cutout",
                "name": "cutout-bg",
                "version": VERSION,
                "licenses": [{"license": {"id": OURS}}],
            }
        },
        "components": [
            _base(base, digest),
            *map(_model, models),
            *(_package(package, licences[package.name]) for package in packages),
        ],
    }
    return json.dumps(bill, indent=2) + "\n"


def _package(package: Package, licence: str) -> dict[str, Any]:
    return {
        "type": "library",
        "bom-ref": package.purl,
        "name": package.name,
        "version": package.version,
        "purl": package.purl,
        "licenses": [{"expression": licence}],
        "externalReferences": [
            {
                "type": "distribution",
                "url": f"https://pypi.org/project/{package.name}/{package.version}/",
                "hashes": [_sha256(text) for text in package.sha256],
            }
        ],
    }


def _model(entry: Entry) -> dict[str, Any]:
    return {
        "type": "machine-learning-model",
        "bom-ref": f"model:{entry.name}",
        "name": entry.name,
        "version": entry.version,
        "hashes": [_sha256(entry.built_sha256)],
        "licenses": [{"license": {"id": entry.licence}}],
        "externalReferences": [
            {"type": "distribution", "url": entry.url, "hashes": [_sha256(entry.sha256)]}
        ],
    }


def _base(image: str, digest: str) -> dict[str, Any]:
    name, _, tag = image.rpartition(":")
    pinned = {"hashes": [_sha256(digest.removeprefix("sha256:"))]} if digest else {}
    return {"type": "container", "bom-ref": "base", "name": name, "version": tag, **pinned}


def _sha256(text: str) -> dict[str, str]:
    return {"alg": "SHA-256", "content": text}
