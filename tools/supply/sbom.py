"""The image's bill of materials as CycloneDX 1.6: packages, networks and the base image.

It has neither a time nor a random number: the same lists make the same bytes.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from cutout.models import catalogue
from cutout.models.catalogue import Entry
from tools.sections import ROOT

from . import licences, lock
from .lock import Package

IMAGE_LIST = ROOT / "function/requirements.txt"

OURS = "Apache-2.0"


class NotAllowed(Exception):
    """A licence that the image may not have. str(error) has a sentence a line."""


def of_image(version: str, base: str, digest: str) -> str:
    """Return the bill's JSON for the image of this checkout.

    base is the base image's name with its tag, and digest its digest, empty if it is not pinned.
    Raises NotAllowed where a licence is unknown or not in licences.toml.
    """
    packages, models = lock.read(IMAGE_LIST), catalogue.load()
    by_name = {package.name: licences.of_package(package) for package in packages}
    found = [*by_name.items(), *((model.name, model.licence) for model in models)]
    if problems := list(licences.violations(found)):
        raise NotAllowed("\n".join(problems))
    bill = _bill(version, packages, by_name, models)
    bill["components"].insert(0, _base(base, digest))
    return json.dumps(bill, indent=2) + "\n"


def _bill(
    version: str,
    packages: Sequence[Package],
    by_name: Mapping[str, str],
    models: Sequence[Entry],
) -> dict[str, Any]:
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "bom-ref": "cutout",
                "name": "cutout-bg",
                "version": version,
                "licenses": [{"license": {"id": OURS}}],
            }
        },
        "components": [
            *map(_model, models),
            *(_package(package, by_name[package.name]) for package in packages),
        ],
        # Of the base image, its packages of the operating system and its runtime are not named.
        "compositions": [{"aggregate": "incomplete", "assemblies": ["base"]}],
    }


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
