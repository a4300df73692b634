"""AWS's base image, or where it cannot be pulled a stand-in with its name, of Debian's packages."""

import os
import platform
import shutil
import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

from tools.invoke import MACHINES, runtime_emulator

from .engine import FOLDER, NoDocker, is_ours, run

BASE = "public.ecr.aws/lambda/python:3.13"
ARCHITECTURE = MACHINES[platform.machine()]
LABEL = "cutout.base"  # says stand-in, in the base and in all that is built on it
STANDIN = Path(__file__).parent / "standin"
# Python 3.13, as in AWS's base; libstdc++ is numpy's and the runtime client's.
SUITE = "trixie"
INCLUDED = "python3,python3-pip,ca-certificates,libstdc++6"
LEFT_OUT = ("/usr/share/man/*", "/usr/share/doc/*", "/usr/share/locale/*")


class NotBuilt(Exception):
    """str(error) has what Docker said."""


def ensure() -> None:
    """The base image is there, whichever it is."""
    if is_there(BASE):
        return
    print(f"pulling {BASE}", file=sys.stderr)
    if subprocess.run(["docker", "pull", "--quiet", BASE], stdout=2, check=False).returncode == 0:
        return
    print("it cannot be pulled: making a stand-in of Debian's packages (once)", file=sys.stderr)
    _make()


def is_there(image: str) -> bool:
    found = subprocess.run(["docker", "inspect", image], capture_output=True, check=False)
    return found.returncode == 0


def is_standin(image: str) -> bool:
    """Whether it is built on one."""
    said = subprocess.run(
        ["docker", "inspect", "--format", f'{{{{index .Config.Labels "{LABEL}"}}}}', image],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return said.stdout.strip() == "stand-in"


def _make() -> None:
    if not shutil.which("mmdebstrap") or os.geteuid():
        raise NoDocker(f"{BASE} cannot be pulled, and its stand-in needs root and mmdebstrap")
    FOLDER.mkdir(parents=True, exist_ok=True)
    rootfs = FOLDER / "rootfs.tar"
    if not rootfs.exists():
        _bootstrap(rootfs)
    client = f"awslambdaric=={version('awslambdaric')}"
    with tempfile.TemporaryDirectory(dir=FOLDER) as context:
        for path in STANDIN.iterdir():
            shutil.copy(path, context)
        shutil.copy(runtime_emulator(), Path(context, "aws-lambda-rie"))
        os.link(rootfs, Path(context, rootfs.name))
        shutil.copy("/etc/ssl/certs/ca-certificates.crt", context)  # of whoever vouches for PyPI
        build(context, BASE, "--build-arg", f"RIC={client}", "--label", f"{LABEL}=stand-in")


def _bootstrap(rootfs: Path) -> None:
    part = rootfs.with_suffix(".part.tar")  # mmdebstrap looks at the suffix
    run(
        "mmdebstrap", "--quiet", "--variant=essential", f"--include={INCLUDED}",
        "--aptopt=Acquire::Languages none", "--dpkgopt=force-unsafe-io",
        *(f"--dpkgopt=path-exclude={pattern}" for pattern in LEFT_OUT), SUITE, str(part),
    )  # fmt: skip
    part.replace(rootfs)


def build(context: str | Path, tag: str, *options: str) -> None:
    """Our own engine's containers have no network, so while they are built they use the host's."""
    network = ["--network", "host"] if is_ours() else []
    print(f"building {tag}", file=sys.stderr)
    said = subprocess.run(
        ["docker", "build", *network, *options, "--tag", tag, context],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
    )  # fmt: skip
    if said.returncode:
        raise NotBuilt(f"the image {tag} is not built:\n{said.stdout}")
