"""What is done with the image, as far as that needs no Docker."""

import subprocess
import sys
from dataclasses import replace

import pytest

from tools.container import bench, measure
from tools.container.run import Run
from tools.contenders.catalogue import ROOT

RUN = Run(
    tool="cutout", model="u2net", megapixels=1, memory_mb=1769, architecture="x86_64",
    init_ms=500, first_ms=450, warm_ms=400, peak_mb=250, in_bytes=1, out_bytes=1, log_bytes=1,
)  # fmt: skip
RUNS = [
    replace(RUN, tool=tool, model=model, megapixels=size, init_ms=500 if tool == "cutout" else 1500)
    for tool in measure.IMAGES
    for model in bench.MODELS
    for size in bench.SIZES
]


def findings(**smallest_mb):
    smallest = {f"{tool} {size}": 640 for tool in measure.IMAGES for size in (12, 50)}
    peaks = [float(mb) for mb in range(300, 340)]
    return bench.Findings(
        "2026-01-01", "a machine", {"imports": 285.4}, RUNS, smallest | smallest_mb, peaks
    )


def test_the_table_says_how_much_more_rembg_needs():
    text = findings().table()

    assert "| init phase, u2net | 1.50 s | 0.50 s | 3.0 × |" in text
    assert "| peak memory, u2netp, 12 MP | 250 MB | 250 MB | 100 % |" in text
    assert "imports 285 ms" in text
    assert "0.25, 1, 4, 12 MP" in text
    assert "319 MB after 20, 339 MB at the end" in text


def test_a_setting_that_was_not_enough_is_not_said_to_be():
    assert "more than 3,008 MB" in findings(**{"rembg 50": measure.MOST_MB + 64}).table()


@pytest.mark.parametrize("needed", [64, 300, 640, measure.MOST_MB])
def test_the_smallest_memory_is_the_first_step_that_fits(needed):
    found = measure.smallest_memory(lambda memory_mb: memory_mb >= needed)

    assert needed <= found < needed + measure.STEP_MB


def test_what_never_fits_needs_more_than_the_most():
    assert measure.smallest_memory(lambda memory_mb: False) > measure.MOST_MB


def layer(folder):
    """A folder after tidy.py: its names, times and bytes."""
    package = folder / "var/task/package"
    for name in ("module.py", "module.pyi", "tests/test_module.py", "data.bin"):
        path = package / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("answer = 42\n")
    record = folder / "var/task/package-1.dist-info/RECORD"
    record.parent.mkdir()
    record.write_text("")
    subprocess.run([sys.executable, ROOT / "function" / "tidy.py", folder], check=True)
    return {
        path.relative_to(folder).as_posix(): (
            path.stat().st_mtime,
            path.stat().st_mode,
            path.is_file() and path.read_bytes(),
        )
        for path in folder.rglob("*")
    }


def test_a_layer_is_the_same_each_time_and_has_what_runs(tmp_path):
    one, other = layer(tmp_path / "one"), layer(tmp_path / "other")

    assert one == other
    files = {name for name, (_, _, content) in one.items() if content is not False}
    cache = f"module.{sys.implementation.cache_tag}.pyc"
    assert files == {
        "var/task/package/module.py",
        "var/task/package/data.bin",
        f"var/task/package/__pycache__/{cache}",
    }
