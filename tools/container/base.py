"""AWS's base image, or where it cannot be pulled a stand-in with its name, of Debian's packages."""

import os
import platform
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tools.invoke import MACHINES, runtime_emulator

from .engine import NoDocker, is_ours

BASE = "public.ecr.aws/lambda/python:3.13"
LABEL = "cutout.base"  # says stand-in, in the base and in all that is built on it
RIC = "awslambdaric==4.2.2"
STANDIN = Path(__file__).parent / "standin"
# Python 3.13, as in AWS's base; libstdc++ is numpy's and the runtime client's.
SUITE = "trixie"
INCLUDED = "python3,python3-pip,ca-certificates,libstdc++6"
ARCHITECTURE = MACHINES[platform.machine()]
LEFT_OUT = ("/usr/share/man/*", "/usr/share/doc/*", "/usr/share/locale/*")


class NotBuilt(Exception):
    """str(error) has what Docker said."""


def ensure(folder: Path) -> None:
    """The base image is there, whichever it is."""
    if _is_there():
        return
    print(f"pulling {BASE}", file=sys.stderr)
    if subprocess.run(["docker", "pull", "--quiet", BASE], stdout=2, check=False).returncode == 0:
        return
    print("it cannot be pulled: making a stand-in of Debian's packages (once)", file=sys.stderr)
    _make(folder)


def is_standin(image: str) -> bool:
    said = subprocess.run(
        ["docker", "inspect", "--format", f'{{{{index .Config.Labels "{LABEL}"}}}}', image],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return said.stdout.strip() == "stand-in"


def _is_there() -> bool:
    found = subprocess.run(["docker", "inspect", BASE], capture_output=True, check=False)
    return found.returncode == 0


def _make(folder: Path) -> None:
    if not shutil.which("mmdebstrap") or os.geteuid():
        raise NoDocker(f"{BASE} cannot be pulled, and its stand-in needs root and mmdebstrap")
    rootfs = folder / "rootfs.tar"
    if not rootfs.exists():
        _bootstrap(rootfs)
    with tempfile.TemporaryDirectory(dir=folder) as context:
        for path in STANDIN.iterdir():
            shutil.copy(path, context)
        shutil.copy(runtime_emulator(), Path(context, "aws-lambda-rie"))
        os.link(rootfs, Path(context, rootfs.name))
        shutil.copy("/etc/ssl/certs/ca-certificates.crt", context)  # of whoever vouches for PyPI
        build(context, BASE, "--build-arg", f"RIC={RIC}", "--label", f"{LABEL}=stand-in")


def _bootstrap(rootfs: Path) -> None:
    part = rootfs.with_suffix(".part.tar")  # mmdebstrap looks at the suffix
    excluded = [f"--dpkgopt=path-exclude={pattern}" for pattern in LEFT_OUT]
    subprocess.run(
        ["mmdebstrap", "--quiet", "--variant=essential", f"--include={INCLUDED}",
         "--aptopt=Acquire::Languages none", "--dpkgopt=force-unsafe-io", *excluded, SUITE, part],
        check=True, stdout=2,
    )  # fmt: skip
    part.replace(rootfs)


def build(context: str | Path, tag: str, *options: str) -> None:
    """Our own engine's containers have no network, so while they are built they use the host's."""
    network = ["--network", "host"] if is_ours() else []
    command = ["docker", "build", *network, *options, "--tag", tag, context]
    said = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    if said.returncode:
        raise NotBuilt(f"the image {tag} is not built:\n{said.stdout}")
