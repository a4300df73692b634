"""function/tidy.py, which prepares the layers of the image."""

import subprocess
import sys
from pathlib import Path

TIDY = Path(__file__).parents[1] / "function" / "tidy.py"


def tidied(folder):
    """Make a package in the folder, run tidy.py and return times, modes and bytes by name."""
    package = folder / "var/task/package"
    for name in ("module.py", "module.pyi", "tests/test_module.py", "data.bin"):
        path = package / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("answer = 42\n")
    record = folder / "var/task/package-1.dist-info/RECORD"
    record.parent.mkdir()
    record.write_text("")
    subprocess.run([sys.executable, TIDY, folder], check=True)
    return {
        path.relative_to(folder).as_posix(): (
            path.stat().st_mtime,
            path.stat().st_mode,
            path.is_file() and path.read_bytes(),
        )
        for path in folder.rglob("*")
    }


def test_a_layer_is_reproducible_and_holds_only_files_that_are_used(tmp_path):
    one, other = tidied(tmp_path / "one"), tidied(tmp_path / "other")

    assert one == other
    files = {name for name, (_, _, content) in one.items() if content is not False}
    cache = f"module.{sys.implementation.cache_tag}.pyc"
    assert files == {
        "var/task/package/module.py",
        "var/task/package/data.bin",
        f"var/task/package/__pycache__/{cache}",
    }
