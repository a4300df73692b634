"""A Docker engine: the machine's, or Debian's, started for as long as it is needed."""

import os
import shutil
import subprocess
import sys
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import ip_network

from tools.sections import BUILD
from tools.time_limits import limit_s, wait_until

FOLDER = BUILD / "docker"  # images, state and socket of our own engine
HOST = f"unix://{FOLDER}/docker.sock"
PACKAGES = ["docker.io", "mmdebstrap", "debian-archive-keyring", "iproute2"]
PROGRAMS = ("docker", "dockerd", "mmdebstrap", "ip")
SECONDS = 60  # to start or to stop
NETWORK = ip_network("198.18.0.0/15")  # RFC 2544: for tests of networks, in use nowhere
PREFIX, ADDRESSES = 26, 64  # of one engine


class NoDocker(Exception):
    """str(error) says what to do."""


@contextmanager
def engine() -> Iterator[None]:
    """Make sure that Docker answers. As root on Debian, install and start it where it does not."""
    if not _answers():
        _install()
    if _answers():  # Debian's starts by itself, where there is a service manager
        yield
        return
    FOLDER.mkdir(parents=True, exist_ok=True)
    os.environ["DOCKER_HOST"] = HOST
    os.environ["DOCKER_BUILDKIT"] = "0"  # Debian's engine comes without the other builder
    if _answers():
        raise NoDocker(f"another command uses {FOLDER} now; wait for it")
    with _bridge() as bridge, _daemon(bridge):
        yield


def is_ours() -> bool:
    """Return whether Docker is the engine that this package starts."""
    return os.environ.get("DOCKER_HOST") == HOST


def run(*command: str) -> None:
    """Run a step of the set-up. Raises NoDocker where it fails."""
    try:
        subprocess.run(command, check=True, stdout=2)
    except (OSError, subprocess.CalledProcessError) as error:
        raise NoDocker(f"`{' '.join(command[:3])} ...` failed, and says why above") from error


def _answers() -> bool:
    if not shutil.which("docker"):
        return False
    return subprocess.run(["docker", "version"], capture_output=True, check=False).returncode == 0


def _install() -> None:
    if os.geteuid() or not shutil.which("apt-get"):
        raise NoDocker(
            "there is no Docker engine that answers. Install Docker or start it; "
            "as root on Debian this command does both by itself"
        )
    if all(map(shutil.which, PROGRAMS)):
        return
    print("fetching Debian's Docker (a minute, once)", file=sys.stderr)
    os.environ["DEBIAN_FRONTEND"] = "noninteractive"
    run("apt-get", "-qq", "update")
    run("apt-get", "-qq", "install", "-y", "--no-install-recommends", *PACKAGES)


@contextmanager
def _bridge() -> Iterator[str]:
    """Create a bridge whose name and addresses depend on the folder, so that two checkouts' engines
    do not collide."""
    number = zlib.crc32(bytes(FOLDER)) % (NETWORK.num_addresses // ADDRESSES)
    name, address = f"cutout{number}", NETWORK[number * ADDRESSES + 1]
    # That of an engine that was killed
    subprocess.run(["ip", "link", "delete", name], capture_output=True, check=False)
    run("ip", "link", "add", name, "type", "bridge")
    try:
        run("ip", "address", "add", f"{address}/{PREFIX}", "dev", name)
        run("ip", "link", "set", name, "up")
        yield name
    finally:
        run("ip", "link", "delete", name)


@contextmanager
def _daemon(bridge: str) -> Iterator[None]:
    # Containers get no route out, and so the machine's firewall and forwarding are left alone.
    command = [
        "dockerd", "--host", HOST, "--pidfile", f"{FOLDER}/docker.pid", "--bridge", bridge,
        "--data-root", f"{FOLDER}/data", "--exec-root", f"{FOLDER}/run",
        "--iptables=false", "--ip6tables=false", "--ip-forward=false", "--ip-masq=false",
    ]  # fmt: skip
    with (FOLDER / "dockerd.log").open("wb") as log:
        daemon = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
    try:
        _wait(daemon)
        yield
    finally:
        daemon.terminate()
        daemon.wait(limit_s(SECONDS))
        # dockerd leaves this mounted, and the folder could not be removed.
        mounted = f"{FOLDER}/run/netns/default"
        if os.path.ismount(mounted):  # Path.is_mount is false for a file
            run("umount", mounted)


def _wait(daemon: "subprocess.Popen[bytes]") -> None:
    def is_up() -> bool:
        if daemon.poll() is not None:
            last = (FOLDER / "dockerd.log").read_text().strip().splitlines()[-1:]
            raise NoDocker(f"dockerd did not start: {' '.join(last)}")
        return _answers()

    try:
        wait_until(is_up, "dockerd to answer", SECONDS)
    except TimeoutError as error:
        raise NoDocker(str(error)) from error
