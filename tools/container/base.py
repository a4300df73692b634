"""AWS's base image, or where it cannot be pulled a stand-in made of Debian's packages."""

import os
import shutil
import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

from tools.invoke import runtime_emulator

from .engine import FOLDER, NoDocker, is_ours, run

BASE = "public.ecr.aws/lambda/python:3.13"
LABEL = "cutout.base"  # "stand-in" on the stand-in and on all images built on it
STANDIN = Path(__file__).parent / "standin"
# Python 3.13, as in AWS's base; numpy and the runtime client need libstdc++.
SUITE = "trixie"
INCLUDED = "python3,python3-pip,ca-certificates,libstdc++6"
LEFT_OUT = ("/usr/share/man/*", "/usr/share/doc/*", "/usr/share/locale/*")


class NotBuilt(Exception):
    """str(error) has Docker's output."""


def ensure() -> None:
    """Pull the base image, or make its stand-in, unless one of them exists."""
    if is_there(BASE):
        return
    print(f"pulling {BASE}", file=sys.stderr)
    if subprocess.run(["docker", "pull", "--quiet", BASE], stdout=2, check=False).returncode:
        print("it cannot be pulled: making a stand-in of Debian's packages (once)", file=sys.stderr)
        _make()


def is_there(image: str) -> bool:
    command = ["docker", "inspect", image]
    return not subprocess.run(command, capture_output=True, check=False).returncode


def is_standin(image: str) -> bool:
    """Return whether an image is the stand-in or built on it."""
    label = f'{{{{index .Config.Labels "{LABEL}"}}}}'
    command = ["docker", "inspect", "--format", label, image]
    return subprocess.check_output(command, text=True).strip() == "stand-in"


def build(context: str | Path, tag: str, *options: str) -> None:
    """Build an image. Containers of our own engine have no network and use the host's for that."""
    network = ["--network", "host"] if is_ours() else []
    print(f"building {tag}", file=sys.stderr)
    process = subprocess.run(
        ["docker", "build", *network, *options, "--tag", tag, context],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
    )  # fmt: skip
    if process.returncode:
        raise NotBuilt(f"the image {tag} is not built:\n{process.stdout}")


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
        shutil.copy("/etc/ssl/certs/ca-certificates.crt", context)  # also of a proxy before PyPI
        build(context, BASE, "--build-arg", f"RIC={client}", "--label", f"{LABEL}=stand-in")


def _bootstrap(rootfs: Path) -> None:
    part = rootfs.with_suffix(".part.tar")  # mmdebstrap looks at the suffix
    run(
        "mmdebstrap", "--quiet", "--variant=essential", f"--include={INCLUDED}",
        "--aptopt=Acquire::Languages none", "--dpkgopt=force-unsafe-io",
        *(f"--dpkgopt=path-exclude={pattern}" for pattern in LEFT_OUT), SUITE, str(part),
    )  # fmt: skip
    part.replace(rootfs)
