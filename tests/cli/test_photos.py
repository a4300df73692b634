"""`cutout run`, its short form, and rembg's `cutout i`."""

import os
import pty
import subprocess
import sys
import threading

import pytest

from cutout.cli import console, inputs
from cutout.cli.commands import COMMANDS
from cutout.errors import MissingSource
from cutout.options.record import Options
from tests.conftest import opened


def test_the_short_form_and_run_write_the_same_cutout_beside_the_photo(cutout, place, engine):
    expected = engine.remove_background((place / "photo.png").read_bytes(), Options()).data

    assert cutout("photo.png") == (0, "", "")
    assert cutout("run", "other.png") == (0, "", "")

    assert (place / "photo.cutout.png").read_bytes() == expected
    assert (place / "other.cutout.png").read_bytes() == expected


def test_options_may_stand_before_between_and_after_the_photos(cutout, place):
    assert cutout("--crop", "photo.png", "--format", "webp", "other.png", "-q")[0] == 0

    for name in ("photo", "other"):
        assert opened((place / f"{name}.cutout.webp").read_bytes()).format == "WEBP"


def test_names_after_two_dashes_are_photos(cutout, place, photo):
    (place / "-crop.png").write_bytes(photo)

    assert cutout("--format", "webp", "--", "-crop.png", "photo.png") == (0, "", "")
    assert (place / "-crop.cutout.webp").exists()
    assert (place / "photo.cutout.webp").exists()


@pytest.mark.parametrize("pattern", ["in/*.png", "in/**/*.png", "in/[ab].png"])
def test_a_quoted_pattern_and_a_folder_as_output(cutout, place, photo, pattern):
    (place / "in").mkdir()
    for name in ("b.png", "a.png"):
        (place / "in" / name).write_bytes(photo)

    assert cutout(pattern, "-o", "cutouts/")[0] == 0

    assert sorted(path.name for path in (place / "cutouts").iterdir()) == ["a.png", "b.png"]


def test_a_photo_whose_name_looks_like_a_pattern_is_that_photo(cutout, place, photo):
    (place / "a[1].png").write_bytes(photo)

    assert cutout("a[1].png")[0] == 0
    assert (place / "a[1].cutout.png").exists()


def test_a_photo_that_is_named_twice_is_cut_out_once():
    assert inputs.find(["a.png", "b.png", "a.png"]) == [
        inputs.Photo("a.png"),
        inputs.Photo("b.png"),
    ]


def test_a_photo_that_fails_stops_no_other(cutout, place):
    code, _, err = cutout("words.jpg", "nowhere.jpg", "photo.png", "-o", "out/")

    assert code == 1
    assert [line.split(":")[1] for line in err.splitlines()] == [" words.jpg", " nowhere.jpg"]
    assert [path.name for path in (place / "out").iterdir()] == ["photo.png"]


def test_what_every_photo_would_meet_is_said_once(cutout):
    code, _, err = cutout("photo.png", "other.png", "--model-version", "99")

    assert code == 2
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    ("words", "flag"),
    [
        (["photo.png"], "--overwrite"),
        (["photo.png", "-o", "other.png"], "--overwrite"),
        (["photo.png", "-o", "photo.png"], "--force"),
        (["photo.png", "other.png", "-o", "."], "--force"),
        (["i", "photo.png", "other.png"], "--overwrite"),
    ],
)
def test_a_file_is_replaced_with_the_flag_that_the_error_names(cutout, place, words, flag):
    (place / "photo.cutout.png").write_bytes(b"somebody's")
    before = {path: path.read_bytes() for path in place.iterdir()}

    code, _, err = cutout(*words)

    assert code == 1
    assert flag in err
    assert {path: path.read_bytes() for path in place.iterdir()} == before
    assert cutout(*words, flag)[0] == 0
    assert {path: path.read_bytes() for path in place.iterdir()} != before


@pytest.mark.parametrize("output", ["photo.png", "other.png"])
def test_neither_flag_stands_for_the_other(cutout, output):
    flag = "--overwrite" if output == "photo.png" else "--force"

    assert cutout("photo.png", "-o", output, flag)[0] == 1


def test_a_file_that_appears_during_the_work_is_not_replaced(cutout, place, monkeypatch):
    from cutout.engine.pipeline import Engine

    remove = Engine.remove_background

    def slow(*arguments):
        (place / "x.png").write_bytes(b"somebody's")
        return remove(*arguments)

    monkeypatch.setattr(Engine, "remove_background", slow)

    assert cutout("photo.png", "-o", "x.png")[0] == 1
    assert (place / "x.png").read_bytes() == b"somebody's"


def test_rembgs_form_names_the_output_second(cutout, place):
    assert cutout("i", "-om", "photo.png", "mask.png") == (0, "", "")

    assert opened((place / "mask.png").read_bytes()).mode == "L"


def test_verbose_says_what_was_read_with_which_network_and_how_long_it_took(cutout):
    code, _, err = cutout("photo.png", "-v")

    assert code == 0
    assert "photo.png: wrote photo.cutout.png, 120x90, confidence 0." in err
    assert "photo.png: read as 120x90; red version" in err
    assert "decode 0." in err
    assert "photo.png: low confidence, below 0.7; look at the cutout" in err


def test_a_url_is_fetched_by_the_services_rules(cutout, place, photo, monkeypatch):
    from cutout.net.fetch import Fetcher

    urls = []

    def fetch(self, url):
        urls.append((url, self.max_bytes))
        return photo

    monkeypatch.setattr(Fetcher, "__call__", fetch)

    assert cutout("https://photos.example/a%20b/c.d.jpg?size=2")[0] == 0
    assert cutout("https://photos.example/..%2f.%2e", "-o", "out/")[0] == 0

    assert urls[0] == ("https://photos.example/a%20b/c.d.jpg?size=2", 22 * 1024 * 1024)
    assert (place / "c.d.cutout.png").exists()
    assert [path.name for path in (place / "out").iterdir()] == ["photo.png"]


def test_a_pattern_without_a_match_is_an_error(tmp_path):
    with pytest.raises(MissingSource, match=r"\*\.jpg: no file matches this pattern"):
        inputs.find([f"{tmp_path}/*.jpg"])


def on_a_terminal(words, stdin=b"", **environment):
    """Run a command whose standard error is a terminal. Returns its exit code and what that has."""
    controller, terminal = pty.openpty()
    shown = []

    def read():
        try:
            while data := os.read(controller, 1000):
                shown.append(data)
        except OSError:  # Linux's end of a terminal
            pass

    reading = threading.Thread(target=read)
    reading.start()
    run = subprocess.run(
        [sys.executable, "-m", "cutout", *words], input=stdin, stdout=subprocess.PIPE,
        stderr=terminal, check=False, env=os.environ | environment,
    )  # fmt: skip
    os.close(terminal)
    reading.join()
    os.close(controller)
    return run.returncode, b"".join(shown).decode().replace("\r\n", "\n")


@pytest.mark.slow
def test_a_terminal_is_told_what_was_written_in_colours_unless_no_color_is_set(place):
    words = ["photo.png", "--overwrite"]

    code, shown = on_a_terminal(words, TERM="xterm", NO_COLOR="")
    _, plain = on_a_terminal(words, TERM="xterm", NO_COLOR="1")
    _, nothing = on_a_terminal([*words, "-q"])

    assert code == 0
    assert shown.startswith("cutout: photo.png: wrote photo.cutout.png, 120x90, confidence 0.")
    assert "\x1b[33mcutout:\x1b[0m photo.png: low confidence" in shown
    assert plain == shown.replace("\x1b[33m", "").replace("\x1b[0m", "")
    assert nothing == ""


def test_colours_are_for_terminals_alone(capsys):
    assert console.coloured("cutout:", "error") == "cutout:"


class Terminal:
    def isatty(self):
        return True


def test_a_person_who_has_to_type_the_photo_is_told(monkeypatch, capsys):
    monkeypatch.setattr(sys, "stdin", Terminal())

    inputs.tell_terminal()

    assert "waiting for a photo on standard input; Ctrl-D ends it" in capsys.readouterr().err


def test_no_picture_is_written_to_a_terminal(cutout, monkeypatch):
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)

    code, out, err = cutout("photo.png", "-o", "-")

    assert (code, out) == (2, "")
    assert "standard output is a terminal; name a file with -o" in err


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_every_command_of_the_table_has_help_and_shows_its_name(command, cutout):
    code, out, _ = cutout(command.name, "--help")

    assert code == 0
    assert f"cutout {command.name}" in out
    assert cutout("--help")[1].count(command.help) == 1


HEAVY = {"numpy", "PIL", "onnxruntime", "starlette", "tqdm", "argparse", "cutout.engine"}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "allowed"),
    [
        (["--help"], set()),
        (["--version"], set()),
        (["run", "--help"], {"argparse"}),
        (["batch", "--help"], {"argparse"}),
        (["models", "--help"], {"argparse", "cutout.engine"}),
    ],
)
def test_help_and_version_import_nothing_heavy(words, allowed):
    script = (
        "import sys; from cutout.__main__ import main; main(sys.argv[1:]);"
        "print(*sys.modules, file=sys.stderr)"
    )
    run = subprocess.run([sys.executable, "-c", script, *words], capture_output=True, check=True)

    assert HEAVY & {*run.stderr.decode().split()} <= allowed


def test_the_help_of_run_is_in_groups_with_choices_and_defaults(cutout):
    _, out, _ = cutout("run", "--help")

    for title in ("what is kept", "its edge", "its size and place", "what is behind", "the file"):
        assert f"\n{title}:\n" in out
    assert "--quality fast|standard|best" in out
    assert "(default: over)" in out


def test_the_version_is_printed(cutout):
    assert cutout("--version")[1].startswith("cutout 0.")
    assert cutout("-V")[1] == cutout("--version")[1] == cutout("run", "--version")[1]
