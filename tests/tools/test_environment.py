"""tools/environment.py, with packages made by the test in place of an index."""

import fcntl
import hashlib
import os
import resource
import signal
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tools.time_limits import limit_s

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
METADATA = "Metadata-Version: 2.1\nName: {name}\nVersion: 1\n"
WHEEL = "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"


@pytest.fixture
def packages(tmp_path):
    """A folder with two packages, in place of an index."""
    folder = tmp_path / "packages"
    folder.mkdir()
    for name in ("apple", "pear"):
        with zipfile.ZipFile(folder / f"{name}-1-py3-none-any.whl", "w") as wheel:
            wheel.writestr(f"{name}.py", "")
            wheel.writestr(f"{name}-1.dist-info/METADATA", METADATA.format(name=name))
            wheel.writestr(f"{name}-1.dist-info/WHEEL", WHEEL)
            wheel.writestr(f"{name}-1.dist-info/RECORD", "")
    return folder


@pytest.fixture
def listing(packages, tmp_path):
    """Return a function that writes a hash-locked list of packages."""

    def write(*names):
        lines = (f"{name}==1 --hash=sha256:{_sha256(packages, name)}\n" for name in names)
        path = tmp_path / f"{'-'.join(names)}.txt"
        path.write_text("".join(lines))
        return path

    return write


@pytest.fixture
def start(packages, tmp_path):
    """Return a function that starts a set-up of tmp_path/env."""
    variables = {
        "UV_FIND_LINKS": str(packages),
        "UV_NO_INDEX": "1",
        "UV_CACHE_DIR": str(tmp_path / "cache"),
    }

    def start(path, *options, before=None):
        command = [sys.executable, ROOT / "tools/environment.py", "env", path, *options]
        return subprocess.Popen(
            command, cwd=tmp_path, env=os.environ | variables, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, preexec_fn=before,
        )  # fmt: skip

    return start


@pytest.fixture
def set_up(start):
    """Return a function that runs a set-up. It returns the exit code, stdout and stderr."""

    def run(path, *options, **settings):
        process = start(path, *options, **settings)
        out, errors = process.communicate(timeout=limit_s(60))
        return process.returncode, out, errors

    return run


def _sha256(packages, name):
    return hashlib.sha256((packages / f"{name}-1-py3-none-any.whl").read_bytes()).hexdigest()


def installed(tmp_path):
    (site,) = (tmp_path / "env").glob("lib/python*/site-packages")
    return {path.stem for path in site.glob("*.py") if not path.stem.startswith("_")}


def test_an_environment_has_exactly_the_packages_of_its_list(set_up, listing, tmp_path):
    both = set_up(listing("apple", "pear"))
    names = installed(tmp_path)
    one = set_up(listing("pear"))

    assert (both[0], one[0]) == (0, 0)
    assert "env: ready: 2 packages" in both[1]
    assert names == {"apple", "pear"}
    assert installed(tmp_path) == {"pear"}


def test_a_package_with_another_hash_is_refused_and_the_environment_is_not_ready(
    set_up, listing, packages
):
    path = listing("apple")
    with zipfile.ZipFile(packages / "apple-1-py3-none-any.whl", "a") as wheel:
        wheel.writestr("intruder.py", "")

    code, out, errors = set_up(path)

    assert code == 1
    assert "ready" not in out
    assert "ash mismatch" in errors
    assert "Run the same command again" in errors
    assert "Traceback" not in errors


def test_an_interrupted_set_up_is_restarted(set_up, listing, tmp_path):
    set_up(listing("apple"))
    (tmp_path / "env/unfinished").touch()
    (site,) = (tmp_path / "env").glob("lib/python*/site-packages")
    (site / "apple.py").unlink()

    assert set_up(listing("apple"))[0] == 0
    assert installed(tmp_path) == {"apple"}


def test_an_environment_without_its_python_is_recreated(set_up, listing, tmp_path):
    set_up(listing("apple"))
    (tmp_path / "env/bin/python").unlink()
    (tmp_path / "env/bin/python").symlink_to("/nowhere/python")

    assert set_up(listing("apple"))[0] == 0
    assert installed(tmp_path) == {"apple"}


def test_a_concurrent_set_up_of_a_shorter_list_removes_no_package(start, listing, tmp_path):
    """`make check` and `make serve` on an empty clone."""
    (tmp_path / "env").mkdir()
    folder = os.open(tmp_path / "env", os.O_RDONLY)
    fcntl.flock(folder, fcntl.LOCK_EX)
    check = start(listing("apple", "pear"), "--stamp", "env/serve", "env/ready")
    check.stdout.readline()  # it waits, and by now `make serve` has seen no stamp
    os.close(folder)
    serve = start(
        listing("pear"), "--stamp", "env/serve", "--unless", "env/ready", listing("apple", "pear")
    )
    check.communicate(timeout=limit_s(60))
    serve.communicate(timeout=limit_s(60))

    assert (check.returncode, serve.returncode) == (0, 0)
    assert installed(tmp_path) == {"apple", "pear"}
    assert (tmp_path / "env/ready").exists() and (tmp_path / "env/serve").exists()


def test_a_second_concurrent_set_up_prints_that_it_waits(start, listing, tmp_path):
    (tmp_path / "env").mkdir()
    folder = os.open(tmp_path / "env", os.O_RDONLY)
    fcntl.flock(folder, fcntl.LOCK_EX)
    process = start(listing("apple"))
    waiting = process.stdout.readline()
    os.close(folder)

    process.communicate(timeout=limit_s(60))

    assert waiting == "set-up: env: waiting for another set-up of the same environment\n"
    assert process.returncode == 0
    assert installed(tmp_path) == {"apple"}


def test_ctrl_c_prints_one_sentence(start, listing, tmp_path):
    (tmp_path / "env").mkdir()
    folder = os.open(tmp_path / "env", os.O_RDONLY)
    fcntl.flock(folder, fcntl.LOCK_EX)
    process = start(listing("apple"))
    process.stdout.readline()
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=limit_s(60))
    os.close(folder)

    assert process.returncode == 130
    assert errors == "set-up: stopped; run the same command again to go on\n"


def test_a_folder_that_cannot_be_created_is_an_error_sentence(listing, tmp_path):
    (tmp_path / "file").touch()

    run = subprocess.run(
        [sys.executable, ROOT / "tools/environment.py", tmp_path / "file/env", listing("apple")],
        capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert run.returncode == 1
    assert run.stderr.startswith("set-up: ")
    assert "Traceback" not in run.stderr


def test_a_full_disk_is_an_error_sentence(set_up, listing):
    def allow_no_bytes():
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))

    code, _, errors = set_up(listing("apple"), before=allow_no_bytes)

    assert code == 1
    assert errors.startswith("set-up: env: cannot use ")
    assert errors.count("\n") == 1


def test_a_python_that_is_too_old_is_refused_first(tmp_path):
    old = tmp_path / "python"
    old.write_text(
        "#!/bin/sh\n"
        f'exec "{sys.executable}" -c "import sys; sys.version_info = (3, 10, 13)\n'
        "sys.version = '3.10.13 (main)'\n"
        'exec(sys.argv[2])" "$@"\n'
    )
    old.chmod(0o755)

    run = subprocess.run(
        ["make", f"PYTHON={old}", "-W", "requirements-serve.txt", ".venv/serve"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert run.returncode == 2
    assert "Cutout needs Python 3.11 or newer, and this is 3.10.13" in run.stderr
