"""AWS's base image, or where it cannot be pulled a stand-in made of Debian's packages."""

import json
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
# The digest of BASE, which `make update` writes; without the file, whatever the tag names is taken.
PIN = Path(__file__).with_name("base.digest")
LABEL = "cutout.base"  # "stand-in" on the stand-in and on all images built on it
STANDIN = Path(__file__).parent / "standin"
# Python 3.13, as in AWS's base; numpy and the runtime client need libstdc++.
SUITE = "trixie"
INCLUDED = "python3,python3-pip,ca-certificates,libstdc++6"
MTIME = 315_532_800  # 1980-01-01, as in function/tidy.py
LEFT_OUT = ("/usr/share/man/*", "/usr/share/doc/*", "/usr/share/locale/*")


class NotBuilt(Exception):
    """str(error) has Docker's output."""


def ensure() -> None:
    """Pull the base image, or make its stand-in, unless one of them exists."""
    if is_there(BASE) and (is_standin(BASE) or is_pinned(BASE, pinned_digest())):
        return
    if not _pull(pinned_digest()):
        print("it cannot be pulled: making a stand-in of Debian's packages (once)", file=sys.stderr)
        _make()


def pin() -> str:
    """Pull what the tag of BASE names now, and write its digest down for `ensure`."""
    if not _pull(""):
        raise NoDocker(f"{BASE} cannot be pulled; its digest stays as it is")
    (digest, *_) = _digests(BASE)
    PIN.write_text(f"{digest}\n")
    return digest


def pinned_digest() -> str:
    """Return the digest that BASE has to have, such as sha256:...; empty if none is pinned."""
    return PIN.read_text().strip() if PIN.exists() else ""


def is_pinned(image: str, digest: str) -> bool:
    """Return whether a local image is the one of this digest; any is where digest is empty."""
    return not digest or digest in _digests(image)


def _digests(image: str) -> list[str]:
    command = ["docker", "inspect", "--format", "{{json .RepoDigests}}", image]
    names: list[str] = json.loads(subprocess.check_output(command, text=True))
    return [name.rpartition("@")[2] for name in names]


def _pull(digest: str) -> bool:
    """Pull BASE, by its digest if there is one, and tag it; return whether that worked."""
    name = f"{BASE.rpartition(':')[0]}@{digest}" if digest else BASE
    print(f"pulling {name}", file=sys.stderr)
    if subprocess.run(["docker", "pull", "--quiet", name], stdout=2, check=False).returncode:
        return False
    if digest:  # the Dockerfile asks for the tag, so that a stand-in can have that too
        run("docker", "tag", name, BASE)
    return True


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
        "env", f"SOURCE_DATE_EPOCH={MTIME}",  # the same bytes while Debian's packages are the same
        "mmdebstrap", "--quiet", "--variant=essential", f"--include={INCLUDED}",
        "--aptopt=Acquire::Languages none", "--dpkgopt=force-unsafe-io",
        *(f"--dpkgopt=path-exclude={pattern}" for pattern in LEFT_OUT), SUITE, str(part),
    )  # fmt: skip
    part.replace(rootfs)
