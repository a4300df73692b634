"""The command `cutout`, started as a process."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cutout import engines
from cutout.options.record import Options
from tests.conftest import encoded, opened
from tests.processes import output, wait_while_running

pytestmark = pytest.mark.slow


@pytest.fixture
def environment(red_folder):
    return os.environ | {"CUTOUT_MODEL": "red", "CUTOUT_MODELS": str(red_folder)}


@pytest.fixture
def cutout(environment, tmp_path):
    def run(*arguments, stdin=b""):
        command = [sys.executable, "-m", "cutout", *map(str, arguments)]
        return subprocess.run(
            command, input=stdin, capture_output=True, env=environment, cwd=tmp_path, check=False
        )

    return run


@pytest.fixture
def photo_file(tmp_path, photo):
    path = tmp_path / "photo.png"
    path.write_bytes(photo)
    return path


def test_the_cutout_lies_beside_the_photo(cutout, photo_file, engine, photo):
    run = cutout(photo_file.name)

    assert (run.returncode, run.stdout, run.stderr) == (0, b"", b"")
    written = photo_file.with_name("photo.cutout.png").read_bytes()
    assert written == engine.remove_background(photo, Options()).data


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_a_full_disk_behind_a_pipe_is_told(environment, photo_file):
    command = [sys.executable, "-m", "cutout", photo_file, "-o", "-"]
    with Path("/dev/full").open("wb") as full:
        run = subprocess.run(
            command, env=environment, stdout=full, stderr=subprocess.PIPE, check=False
        )

    assert run.returncode == 1
    assert b"standard output: No space left on device" in run.stderr
    assert b"Traceback" not in run.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_a_report_that_cannot_be_written_is_told(cutout, folder, tmp_path):
    run = cutout("batch", "in", "out", "--report", "/dev/full")

    assert run.returncode == 1
    assert b"/dev/full: No space left on device" in run.stderr
    assert b"Traceback" not in run.stderr


def test_nothing_is_left_in_the_users_cache(cutout, environment, photo_file, tmp_path):
    environment["XDG_CACHE_HOME"] = str(tmp_path / "cache")

    cutout(photo_file)

    assert not (tmp_path / "cache").exists()


def test_a_pipe_in_and_a_pipe_out(cutout, photo):
    run = cutout("-", stdin=photo)

    assert opened(run.stdout).mode == "RGBA"


@pytest.mark.parametrize(
    ("arguments", "name", "kind", "mode"),
    [
        (["-o", "x.webp"], "x.webp", "WEBP", "RGBA"),
        (["-o", "x.jpeg", "--background", "#0f0"], "x.jpeg", "JPEG", "RGB"),
        (["--format", "jpg"], "photo.cutout.jpg", "JPEG", "RGB"),
        (["--format", "jpeg"], "photo.cutout.jpg", "JPEG", "RGB"),
        (["--only-mask", "--model", "red"], "photo.cutout.png", "PNG", "L"),
        (["-o", "x", "--format", "webp"], "x", "WEBP", "RGBA"),
        (["-o", "x"], "x", "PNG", "RGBA"),
        (["-om", "-ppm", "-m", "red"], "photo.cutout.png", "PNG", "L"),
        (["-dc", "-bgc", "0", "255", "0", "255", "-o", "x.jpg"], "x.jpg", "JPEG", "RGB"),
        (["-o", "new/x.png"], "new/x.png", "PNG", "RGBA"),
    ],
)
def test_options(cutout, photo_file, arguments, name, kind, mode):
    run = cutout(photo_file, *arguments)

    picture = opened((photo_file.parent / name).read_bytes())
    assert (run.returncode, picture.format, picture.mode) == (0, kind, mode)


@pytest.fixture
def folder(tmp_path, photo):
    for name in ("a.png", "sub/b.png", "sub/c.png"):
        path = tmp_path / "in" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(photo)
    (tmp_path / "in" / "bad.jpg").write_text("words")
    return tmp_path / "in"


def statuses(report):
    return sorted(json.loads(line)["status"] for line in report.read_text().splitlines())


def test_a_folder_goes_through_and_a_bad_file_stops_nothing(cutout, folder, tmp_path):
    run = cutout("batch", "in", "out", "--report", "report.jsonl")

    shown = run.stderr.decode()
    assert run.returncode == 1
    assert "3 done, 0 skipped, 1 failed" in shown
    assert "in/bad.jpg: not a JPEG" in shown
    assert "[invalid_file_type]" in shown
    assert statuses(tmp_path / "report.jsonl") == ["done", "done", "done", "failed"]
    assert '"source": "in/bad.jpg"' in (tmp_path / "report.jsonl").read_text()
    assert sorted(p.name for p in (tmp_path / "out").rglob("*.png")) == ["a.png", "b.png", "c.png"]
    assert opened((tmp_path / "out/sub/b.png").read_bytes()).mode == "RGBA"


def test_hidden_files_are_counted_and_a_photo_that_cannot_be_read_is_named(cutout, folder):
    (folder / "bad.jpg").rename(folder / "IMG_1.HEIC")
    (folder / "._a.png").write_bytes(b"of the Finder")
    (folder / "empty.png").touch()
    (folder / "a.png").rename(folder / "a.jfif")

    run = cutout("batch", "in", "out")

    shown = run.stderr.decode()
    assert run.returncode == 1
    assert "3 done, 0 skipped, 1 failed, 3 to review, 2 hidden or empty left out\n" in shown
    assert "in/IMG_1.HEIC: " in shown
    assert "._a.png" not in shown


def test_a_file_that_no_photo_can_be_is_its_own_outcome_and_ends_no_batch(cutout, folder, tmp_path):
    with (folder / "bad.jpg").open("wb") as sparse:
        sparse.truncate(60 * 10**9)
    os.mkfifo(folder / "pipe.jpg")
    (folder / "broken.jpg").symlink_to("nowhere")
    (tmp_path / "out").mkdir()
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "out" / "sub").symlink_to("../elsewhere")

    run = cutout("batch", "in", "out")

    shown = run.stderr.decode()
    assert run.returncode == 1
    assert "1 done, 0 skipped, 5 failed" in shown
    for sentence in (
        "in/bad.jpg: more than the 23,068,672 bytes allowed",
        "in/pipe.jpg: not a regular file",
        "in/broken.jpg: No such file",
        "in/sub/b.png: a link or a file is where a folder has to be: out/sub/b.png",
    ):
        assert sentence in shown
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_a_folder_without_a_photo_is_one_sentence(cutout, tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "notes.txt").write_text("words")
    (tmp_path / "in" / "._IMG_2.jpg").write_bytes(b"of the Finder")

    run = cutout("batch", "in", "out")

    assert run.returncode == 1
    assert run.stderr == (
        b"cutout: in: there is no photo in it, 1 hidden or empty left out [missing_source]\n"
    )
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("out", ["in", "in/../in", "link", "in/."])
def test_sources_are_never_overwritten(cutout, folder, tmp_path, out):
    (tmp_path / "link").symlink_to(folder)
    before = {path: path.read_bytes() for path in folder.rglob("*.*")}

    run = cutout("batch", "in", out)

    assert run.returncode == 1
    assert b"OUT has to be another folder" in run.stderr
    assert {path: path.read_bytes() for path in folder.rglob("*.*")} == before


def test_a_second_run_does_only_what_is_left(cutout, folder, tmp_path):
    (folder / "bad.jpg").unlink()
    cutout("batch", "in", "out")
    (tmp_path / "out/a.png").unlink()

    run = cutout("batch", "in", "out")

    assert run.returncode == 0
    assert "1 done, 2 skipped, 0 failed" in run.stderr.decode()


@pytest.mark.parametrize(("below", "reported"), [("100%", ", 3 to review"), ("0", "")])
def test_cutouts_of_little_confidence_are_told_and_written(
    cutout, folder, tmp_path, below, reported
):
    (folder / "bad.jpg").unlink()

    run = cutout("batch", "in", "out", "--review-below", below, "--report", "report.jsonl")

    shown = run.stderr.decode()
    assert run.returncode == 0
    assert f"3 done, 0 skipped, 0 failed{reported}\n" in shown
    assert shown.count("in/a.png: to review, confidence 0.") == bool(reported)
    assert (tmp_path / "report.jsonl").read_text().count('"review": true') == 3 * bool(reported)
    assert len(list((tmp_path / "out").rglob("*.png"))) == 3


def test_a_folder_inside_the_other_either_way(cutout, folder, tmp_path):
    (folder / "bad.jpg").unlink()

    for _ in range(2):
        run = cutout("batch", "in", tmp_path / "in" / "out")
        assert b"3 done" in run.stderr or b"3 skipped" in run.stderr
    assert cutout("batch", "in/sub", ".").returncode == 0
    assert (tmp_path / "b.png").exists()


@pytest.mark.parametrize("value", ["two", "-1"])
def test_a_setting_that_makes_no_sense_is_one_sentence(cutout, photo_file, environment, value):
    environment["CUTOUT_THREADS"] = value

    run = cutout(photo_file)

    assert run.returncode == 1
    assert b"CUTOUT_THREADS has to be a whole number" in run.stderr
    assert b"Traceback" not in run.stderr


def test_a_folder_of_masks_in_another_format(cutout, folder, tmp_path):
    cutout("batch", "in", "out", "-om", "--format", "webp", "--model", "red")

    picture = opened((tmp_path / "out/a.webp").read_bytes())
    mask = np.asarray(picture.convert("RGB")).astype(int)
    assert picture.format == "WEBP"
    assert np.ptp(mask, axis=2).max() < 10  # grey, but for what WebP loses


COUNT = 30  # enough that the first result is seen before the last one is there


@pytest.mark.parametrize("times", [1, 2])
def test_ctrl_c_leaves_whole_files_and_the_next_run_finishes(environment, tmp_path, times):
    rng = np.random.default_rng(1)
    big = Image.fromarray(rng.integers(0, 256, (30, 40, 3), np.uint8)).resize((800, 600))
    data = encoded(big, "JPEG")
    (tmp_path / "in").mkdir()
    for index in range(COUNT):
        (tmp_path / "in" / f"{index}.jpg").write_bytes(data)
    command = [sys.executable, "-m", "cutout", "batch", "in", "out"]

    # Its batch is finite, so it ends by itself whatever goes wrong here.
    run = subprocess.Popen(command, cwd=tmp_path, env=environment, stderr=subprocess.PIPE)
    wait_while_running(run, lambda: list(tmp_path.glob("out/*.png")), "the first result")
    for _ in range(times):
        run.send_signal(signal.SIGINT)
        time.sleep(0.01)
    _, shown = output(run)

    done = sorted((tmp_path / "out").glob("*.png"))
    assert run.returncode == 130
    assert "Traceback" not in shown
    assert times > 1 or f"{len(done)} done" in shown
    assert 0 < len(done) < COUNT
    assert all(opened(path.read_bytes()).convert("RGBA") for path in done)

    again = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, check=False)

    assert again.returncode == 0
    assert f"{COUNT - len(done)} done, {len(done)} skipped" in again.stderr.decode()


def test_one_photo_is_cut_out_without_what_only_batches_and_the_service_use(environment, photo):
    script = (
        "import atexit, sys; atexit.register(lambda: print(*sys.modules, file=sys.stderr));"
        "from cutout.__main__ import main; sys.exit(main(['-']))"
    )

    run = subprocess.run(
        [sys.executable, "-c", script],
        env=environment,
        input=photo,
        capture_output=True,
        check=True,
    )

    packages = {".".join(name.split(".")[:2]) for name in run.stderr.decode().split()}
    assert "cutout.engine" in packages
    others = {"bootstrap", "credits", "jobs", "batch", "ports", "aws", "net", "web", "client"}
    assert not {f"cutout.{other}" for other in others} & packages


def test_a_program_gets_the_same_bytes(monkeypatch, red_folder, engine, photo):
    import cutout

    monkeypatch.setenv("CUTOUT_MODEL", "red")
    monkeypatch.setenv("CUTOUT_MODELS", str(red_folder))
    engines._default.cache_clear()

    assert cutout.remove_background(photo).data == engine.remove_background(photo, Options()).data

    engines._default.cache_clear()
