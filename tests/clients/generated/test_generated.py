"""Clients that are generated from the description compile, and cut out a photo.

Commands, configurations and programs are those of docs/api/openapi.md; versions are pinned here.
"""

import json
import os
import re
import shutil
import sys
from pathlib import Path

import pytest

from cutout.options.record import Options
from tests.clients.runners import INSTALL, NPM, run
from tests.pages import DOCS, blocks
from tools import openapi
from tools.time_limits import limit_s

pytestmark = pytest.mark.clients

HERE = Path(__file__).parent
BLOCKS = blocks(DOCS / "api/openapi.md")
ROOT = HERE.parents[2]


@pytest.fixture
def folder(tmp_path, photo, monkeypatch):
    """A folder with a photo, the description and the page's programs and configurations."""
    for name, value in openapi.AWS.items():
        monkeypatch.setenv(name, value)
    (tmp_path / "openapi.json").write_text(json.dumps(openapi.description()))
    (tmp_path / "photo.png").write_bytes(photo)
    for language in ("js", "ts", "yaml", "python"):
        (block,) = (one.text for one in BLOCKS if one.language == language)
        name = re.match(r"(?:#|//) (\S+)\n", block)[1]
        (tmp_path / name).write_text(block)
    return tmp_path


def commands(program):
    """Return the page's command that installs a generator, and those after it."""
    (block,) = (one.text for one in BLOCKS if one.language == "sh" and program in one.text)
    return [line.split() for line in block.splitlines()]


def execute(commands, folder, service, env):
    """Run commands in the folder for the service, and return what the last one prints."""
    places = {"http://localhost:5000": service.address, "KEY": service.key("")}
    for command in commands:
        printed = run([places.get(word, word) for word in command], folder, limit_s(60), env)
    return printed


@pytest.mark.skipif(not NPM, reason="there is no npm")
def test_a_client_in_typescript_compiles_and_cuts_out(folder, services, cut_out, photo):
    install, *others = commands("openapi-ts")
    package = json.loads((HERE / "typescript" / "package.json").read_text())
    assert dict(word.rsplit("@", 1) for word in install[3:]) == package["devDependencies"]
    shutil.copytree(HERE / "typescript", folder, dirs_exist_ok=True)
    run([NPM, "ci", "--ignore-scripts", "--no-audit", "--no-fund"], folder, limit_s(300))

    printed = execute(others, folder, services(""), os.environ)

    assert printed.endswith("99 credits left\n")
    assert (folder / "cutout.png").read_bytes() == cut_out(photo, Options())


def test_a_client_in_python_compiles_and_cuts_out(folder, services, cut_out, photo):
    install, *others = commands("openapi-python-client")
    pins = HERE / "python" / "requirements.txt"
    installed = folder / "installed"
    assert f"\n{install[2]} " in pins.read_text()
    run([*INSTALL, "--target", installed, "-r", pins], folder, limit_s(300))
    (installed / "typing_extensions.py").unlink(missing_ok=True)  # mypy has its own
    paths = [str(installed / "bin"), str(Path(sys.executable).parent), os.environ["PATH"]]
    env = os.environ | {"PATH": os.pathsep.join(paths), "PYTHONPATH": str(installed)}

    printed = execute(others, folder, services(""), env)
    mypy = ["mypy", "--strict", "--follow-imports=silent", "cut_out.py", "cutout_api"]
    types = run(mypy, folder, limit_s(60), env | {"MYPYPATH": str(installed)})

    assert printed == "99.0 credits left\n"
    assert (folder / "cutout.png").read_bytes() == cut_out(photo, Options())
    assert types.startswith("Success")
