"""A Docker engine: the one that is there, or Debian's, started for as long as it is needed."""

import os
import shutil
import subprocess
import sys
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tools.contenders.catalogue import BUILD

PACKAGES = ["docker.io", "mmdebstrap", "debian-archive-keyring", "iproute2"]
PROGRAMS = ("docker", "dockerd", "mmdebstrap", "ip")
SECONDS = 60  # to start or to stop
FOLDER = BUILD / "container"


class NoDocker(Exception):
    """str(error) says what to do."""


@contextmanager
def engine(folder: Path = FOLDER) -> Iterator[None]:
    """Docker answers within; an engine of our own keeps its images in folder and then stops."""
    if _answers():
        yield
        return
    _install()
    folder.mkdir(parents=True, exist_ok=True)
    os.environ["DOCKER_HOST"] = f"unix://{folder}/docker.sock"
    os.environ["DOCKER_BUILDKIT"] = "0"  # Debian's engine comes without the other builder
    with _bridge(folder) as bridge, _daemon(folder, bridge):
        yield


def is_ours() -> bool:
    return os.environ.get("DOCKER_HOST", "").endswith("/container/docker.sock")


def _answers() -> bool:
    if not shutil.which("docker"):
        return False
    return subprocess.run(["docker", "version"], capture_output=True, check=False).returncode == 0


def _install() -> None:
    if all(map(shutil.which, PROGRAMS)):
        return
    if os.geteuid() or not shutil.which("apt-get"):
        raise NoDocker(
            "there is no Docker engine that answers. Install Docker or start it; "
            "as root on Debian this command does both by itself"
        )
    print("fetching Debian's Docker (a minute, once)", file=sys.stderr)
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for command in (["update"], ["install", "-y", "--no-install-recommends", *PACKAGES]):
        subprocess.run(["apt-get", "-qq", *command], check=True, stdout=2, env=environment)


@contextmanager
def _bridge(folder: Path) -> Iterator[str]:
    """Another name and other addresses for each folder, so that two engines do not meet."""
    number = zlib.crc32(bytes(folder)) % 256
    name = f"cutout{number}"
    _ip("link", "delete", name, check=False)  # of an engine that was killed
    _ip("link", "add", name, "type", "bridge")
    try:
        _ip("address", "add", f"172.30.{number}.1/24", "dev", name)
        _ip("link", "set", name, "up")
        yield name
    finally:
        _ip("link", "delete", name)


def _ip(*arguments: str, check: bool = True) -> None:
    subprocess.run(["ip", *arguments], capture_output=True, check=check)


@contextmanager
def _daemon(folder: Path, bridge: str) -> Iterator[None]:
    with (folder / "dockerd.log").open("wb") as log:
        daemon = subprocess.Popen(
            _command(folder, bridge), stdout=log, stderr=log, start_new_session=True
        )
    try:
        _wait(daemon, folder)
        yield
    finally:
        daemon.terminate()
        daemon.wait(SECONDS)
        # It leaves this mounted, and the folder could not be removed.
        mounted = folder / "run/netns/default"
        if mounted.is_mount():
            subprocess.run(["umount", mounted], check=True)


def _command(folder: Path, bridge: str) -> list[str]:
    """Containers get no route out, and so the machine's firewall and forwarding are left alone."""
    return [
        "dockerd", "--host", f"unix://{folder}/docker.sock", "--pidfile", f"{folder}/docker.pid",
        "--data-root", f"{folder}/data", "--exec-root", f"{folder}/run", "--bridge", bridge,
        "--iptables=false", "--ip6tables=false", "--ip-forward=false", "--ip-masq=false",
    ]  # fmt: skip


def _wait(daemon: subprocess.Popen[bytes], folder: Path) -> None:
    deadline = time.monotonic() + SECONDS
    while not _answers():
        if daemon.poll() is not None or time.monotonic() > deadline:
            last = (folder / "dockerd.log").read_text().strip().splitlines()[-1:]
            raise NoDocker(f"dockerd did not start: {' '.join(last)}")
        time.sleep(0.2)
