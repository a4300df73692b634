"""Make a virtual environment hold the packages of a hash-locked list, and no others.

    python tools/environment.py .venv requirements.txt --editable --stamp .venv/ready

Needs Python alone: the pip that Python carries installs uv, and uv installs the rest. The command
may be interrupted, repeated, and run twice at once.
"""

import argparse
import fcntl
import os
import re
import signal
import subprocess
import sys
import sysconfig
import tempfile
import time
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
UV = ROOT / ".venv/bin/uv"
BUILD_LIST = ROOT / "tools/build.txt"  # builds the two packages that have no wheel
BUILT = ["--no-binary", "localstack-client", "--no-binary", "cutout-bg"]
HEARTBEAT_S = 15  # between two lines that say that a step is still running


class SetUpFailed(Exception):
    """The environment is not complete. str(error) is a sentence for whoever ran the command."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="set-up", description=__doc__)
    parser.add_argument("environment", type=Path, help="folder of the virtual environment")
    parser.add_argument("list", type=Path, help="file with the pinned packages and their hashes")
    parser.add_argument("--editable", action="store_true", help="also install Cutout from here")
    parser.add_argument(
        "--stamp", type=Path, nargs="*", default=[], help="files to touch when it is complete"
    )
    parser.add_argument(
        "--unless", type=Path, nargs=2, metavar=("STAMP", "LIST"),
        help="where the file STAMP exists, install the longer LIST, so that nothing is taken away",
    )  # fmt: skip
    arguments = parser.parse_args()
    environment, requirements, stamps = arguments.environment, arguments.list, arguments.stamp
    try:
        with _locked(environment):
            # Under the lock, for a set-up that runs at the same time may be making the stamp.
            if arguments.unless and arguments.unless[0].exists():
                requirements, stamps = arguments.unless[1], [*stamps, arguments.unless[0]]
            _set_up(environment, requirements, arguments.editable)
            for stamp in stamps:
                stamp.touch()
    except SetUpFailed as error:
        print(f"set-up: {environment}: {error}", file=sys.stderr)
        return 1
    except OSError as error:  # such as a full disk
        place = error.filename or environment
        print(f"set-up: {environment}: cannot use {place}: {error.strerror}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("set-up: stopped; run the same command again to go on", file=sys.stderr)
        return 128 + signal.SIGINT
    return 0


@contextmanager
def _locked(environment: Path) -> Iterator[None]:
    """Hold a lock on the folder itself, which is not deleted when its contents are cleared."""
    environment.mkdir(parents=True, exist_ok=True)
    folder = os.open(environment, os.O_RDONLY)
    try:
        try:
            fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            _say(environment, "waiting for another set-up of the same environment")
            fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def _set_up(environment: Path, requirements: Path, editable: bool) -> None:
    start = time.monotonic()
    python = environment / "bin/python"
    unfinished = environment / "unfinished"  # exists while packages are being installed
    if unfinished.exists() or not _runs(python):
        _say(environment, f"making an environment with Python {sys.version.split()[0]}")
        venv.EnvBuilder(clear=True, symlinks=True).create(environment)
    unfinished.touch()
    if not UV.exists():
        _install_uv(environment, python, requirements)
    _say(environment, f"installing {_pins(requirements)} packages of {requirements}")
    _sync(environment, python, requirements, editable)
    unfinished.unlink()
    size = f"{_packages(environment)} packages, {_megabytes(environment):.0f} MB"
    _say(environment, f"ready: {size}, {time.monotonic() - start:.0f} s")


def _runs(python: Path) -> bool:
    """Return whether the interpreter exists, and the Python that it was made from as well."""
    try:
        return subprocess.run([python, "-c", ""], check=False).returncode == 0
    except OSError:
        return False


def _install_uv(environment: Path, python: Path, requirements: Path) -> None:
    pin = re.search(r"^uv==.*?(?=^\S|\Z)", requirements.read_text(), re.MULTILINE | re.DOTALL)
    if not pin:
        raise SetUpFailed(
            f"uv, which installs the packages, is missing at {UV}; "
            "delete .venv and run the same command again"
        )
    _say(environment, f"installing {pin[0].split()[0]}")
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
        file.write(pin[0])
        file.flush()
        _run(
            environment,
            # pip runs from its wheel: installing pip would take 6 processor seconds, and uv 3.
            [python, "-m", "pip", "install", "-qq", "--disable-pip-version-check",
             "--retries", "1", "--no-cache-dir", "--no-compile", "--no-deps",
             "--only-binary", ":all:", "--require-hashes", "-r", file.name],
            {"PYTHONPATH": str(_pip_wheel())},
        )  # fmt: skip


def _pip_wheel() -> Path:
    """Return the wheel of pip that is in Python's ensurepip, or in its distributor's folder."""
    standard = Path(sysconfig.get_path("stdlib")) / "ensurepip/_bundled"
    distributor = Path(sysconfig.get_config_var("WHEEL_PKG_DIR") or "/usr/share/python-wheels")
    wheels = [*standard.glob("pip-*.whl"), *distributor.glob("pip-*.whl")]
    if not wheels:
        raise SetUpFailed(
            "this Python comes without pip; on Debian and Ubuntu, `apt-get install python3-venv`"
        )
    return wheels[0]


def _sync(environment: Path, python: Path, requirements: Path, editable: bool) -> None:
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
        file.write(f"--editable {ROOT}\n" if editable else "")
        file.flush()
        lists = [requirements, file.name] if editable else [requirements]
        # --require-hashes would refuse the editable install. Without it uv checks every hash that
        # is in a list, and a test asserts that the lists have one for every package.
        _run(
            environment,
            [UV, "pip", "sync", "--quiet", "--python", python, "--only-binary", ":all:",
             *BUILT, "--build-constraints", BUILD_LIST, *lists],
            {},
        )  # fmt: skip


def _run(environment: Path, command: list[str | Path], variables: dict[str, str]) -> None:
    process = subprocess.Popen(command, env=os.environ | variables)
    start = time.monotonic()
    try:
        while process.returncode is None:
            try:
                process.wait(HEARTBEAT_S)
            except subprocess.TimeoutExpired:
                _say(environment, f"still installing after {time.monotonic() - start:.0f} s")
    finally:
        process.terminate()
        process.wait()
    if process.returncode:
        raise SetUpFailed(
            "the packages could not be installed, for the reason above. Run the same command "
            "again to go on. HTTPS_PROXY names a proxy, PIP_INDEX_URL and UV_DEFAULT_INDEX a "
            "package index, UV_CACHE_DIR a cache folder that can be written."
        )


def _pins(requirements: Path) -> int:
    return len(re.findall(r"^[\w.-]+==", requirements.read_text(), re.MULTILINE))


def _packages(environment: Path) -> int:
    return len(list(environment.glob("lib/python*/site-packages/*.dist-info")))


def _megabytes(environment: Path) -> float:
    paths = (Path(folder) / name for folder, _, names in os.walk(environment) for name in names)
    return sum(path.lstat().st_size for path in paths) / 1e6


def _say(environment: Path, sentence: str) -> None:
    print(f"set-up: {environment}: {sentence}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
