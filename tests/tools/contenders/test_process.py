"""Compared tools run in processes of their own and report their results."""

import numpy as np
import pytest
from PIL import Image

from tools.contenders import catalogue, process
from tools.contenders.catalogue import TOOLS, Tool, find
from tools.contenders.process import Contender, Failed, Unavailable

pytestmark = pytest.mark.slow


@pytest.fixture
def photo_file(tmp_path, photo):
    path = tmp_path / "photo.png"
    path.write_bytes(photo)
    return path


def test_a_contender_writes_its_cutout_and_reports_time_and_memory(tmp_path, photo_file):
    out = tmp_path / "out.png"

    with Contender(find("null"), 1, tmp_path) as null:
        answer = null.ask(photo_file, out)

    assert answer.bytes == out.stat().st_size
    assert 0 < answer.seconds < 60
    assert 10 < answer.peak_mb < 10_000
    assert (np.asarray(Image.open(out))[..., 3] == 255).all()


def test_a_contender_keeps_the_byte_code_of_what_it_imports(tmp_path, photo_file, monkeypatch):
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    monkeypatch.setattr(process, "BUILD", tmp_path)

    with Contender(find("null"), 1, tmp_path) as null:
        null.ask(photo_file)

    assert [path.stem for path in tmp_path.rglob("null.*.pyc")] != []


def test_a_tool_that_waits_uses_little_processor_time(tmp_path, photo_file):
    waiting = Tool("waiting", "ours", "tests.tools.odd_tools:waiting")

    with Contender(waiting, 1, tmp_path) as contender:
        answer = contender.ask(photo_file)

    assert answer.cut_seconds == answer.cpu_seconds < 0.4 < answer.seconds


def test_a_contender_uses_the_model_that_it_names(tmp_path, photo_file, red_folder, red_disc):
    red = Tool("red", "ours", catalogue.CUTOUT, catalogue.ours("red", red_folder))

    with Contender(red, 1, tmp_path) as contender:
        answer = contender.ask(photo_file, tmp_path / "out.png")

    alpha = np.asarray(Image.open(tmp_path / "out.png"))[..., 3]
    assert np.abs(alpha.astype(int) - red_disc[1]).mean() < 10
    assert 0.5 < answer.said["confidence"] < 1
    assert answer.said["looks"] == 1
    assert "predict" in answer.said["stages_ms"]


def test_a_refused_picture_has_a_reason_and_no_cutout(tmp_path, red_folder):
    Image.new("RGB", (64, 64), (0, 0, 200)).save(tmp_path / "blue.png")
    red = Tool("red", "ours", catalogue.CUTOUT, catalogue.ours("red", red_folder))

    with Contender(red, 1, tmp_path) as contender:
        answer = contender.ask(tmp_path / "blue.png", tmp_path / "out.png")

    assert "stands out" in answer.refused
    assert not (tmp_path / "out.png").exists()


def test_the_error_for_a_contender_that_exits_has_its_last_output(tmp_path):
    (tmp_path / "no.png").write_text("no picture")

    with Contender(find("null"), 1, tmp_path) as null, pytest.raises(Failed, match="Unidentified"):
        null.ask(tmp_path / "no.png")


def test_the_error_for_a_missing_environment_names_it(tmp_path, monkeypatch):
    monkeypatch.setitem(process.PYTHONS, "peers", tmp_path / "python")

    with pytest.raises(Unavailable, match="make peers"):
        Contender(Tool("peer", "peers", "nowhere:nothing"), 1, tmp_path)


def test_the_error_for_a_contender_that_cannot_start_has_the_reason(tmp_path):
    nobody = Contender(Tool("x", "ours", catalogue.CUTOUT, catalogue.ours("nobody")), 1, tmp_path)

    with pytest.raises(Unavailable, match="no model 'nobody'"), nobody:
        pass


def test_a_contender_that_hangs_is_killed(tmp_path, photo_file):
    hanging = Tool("hanging", "ours", "tests.tools.odd_tools:hanging")

    with Contender(hanging, 1, tmp_path, limit_s=3) as contender:
        with pytest.raises(Failed, match="ended by signal 9, out of memory or after 3 s"):
            contender.ask(photo_file)

        assert contender._process.poll() == -9


def test_an_interrupted_run_ends_its_contender(tmp_path, photo_file):
    hanging = Tool("hanging", "ours", "tests.tools.odd_tools:hanging")

    with pytest.raises(KeyboardInterrupt), Contender(hanging, 1, tmp_path) as contender:
        raise KeyboardInterrupt

    assert contender._process.poll() == -9


def test_names_of_tools_are_unique():
    assert len({tool.name for tool in TOOLS}) == len(TOOLS)


def test_output_printed_by_libraries_is_no_response(tmp_path, photo_file):
    with Contender(Tool("loud", "ours", "tests.tools.odd_tools:loud"), 1, tmp_path) as loud:
        assert loud.ask(photo_file).bytes == 0


def test_a_fingerprint_depends_on_function_and_arguments_only():
    first = Tool("a", "ours", catalogue.CUTOUT, catalogue.ours("u2net"))
    renamed = Tool("b", "ours", catalogue.CUTOUT, catalogue.ours("u2net"), note="new words")
    other = Tool("a", "ours", catalogue.CUTOUT, catalogue.ours("u2netp"))

    assert first.fingerprint() == renamed.fingerprint()
    assert first.fingerprint() != other.fingerprint()
    assert first.fingerprint() != find("null").fingerprint()


def test_the_null_tool_applies_the_exif_orientation(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (40, 30), "red").save(tmp_path / "photo.jpg", exif=exif)

    with Contender(find("null"), 1, tmp_path) as null:
        null.ask(tmp_path / "photo.jpg", tmp_path / "out.png")

    assert np.asarray(Image.open(tmp_path / "out.png")).shape == (40, 30, 4)
