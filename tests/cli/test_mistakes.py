"""Each mistake is one sentence on standard error, with an exit code, and writes no file."""

import os
import resource
import subprocess
import sys

import pytest

from cutout.cli.console import print_error

WRONG_USAGE = [
    ([], "name a photo or a command; see cutout --help"),
    (["run"], "the following arguments are required: PHOTO; see cutout run --help"),
    (["photo.png", "--formt", "png"], "there is no option --formt (did you mean --format?)"),
    (["photo.png", "--crop", "--zz"], "there is no option --zz; see cutout run --help"),
    (["photo.png", "--model"], "argument -m/--model: expected one argument"),
    (["photo.png", "-q", "-v"], "not allowed with argument"),
    (["i", "photo.png", "x.png", "y.png"], "there is no argument y.png; see cutout i --help"),
    (["batch", "."], "the following arguments are required: OUT; see cutout batch --help"),
    (["batch", ".", "out", "--parallel", "no"], "'no' is not 1 to 64"),
    (["models", "lsit"], "lsit"),
    (["serve", "--port", "65536"], "'65536' is no port from 0 to 65535"),
]
WRONG_VALUES = [
    (["photo.png", "--model", "blue"], "[invalid_model]"),
    (["photo.png", "--model", "reed"], "(did you mean red?) [invalid_model]"),
    (["photo.png", "--quality", "fine"], "[invalid_parameter]"),
    (["photo.png", "--format", "tga"], "[invalid_format]"),
    (["photo.png", "--format", "a/b"], "[invalid_format]"),
    (["photo.png", "-o", "x.tga"], "'tga' is none of png, webp, jpg, avif, zip"),
    (["photo.png", "--background", "mauvish"], "[invalid_bg_color]"),
    (["nowhere.jpg", "--background", "red", "--blur", "3%"], "[multiple_bg_sources]"),
    (["nowhere.jpg", "--margin", "1 2 3"], "[invalid_crop_margin]"),
    (["photo.png", "--roi", "0 0 101% 1"], "[roi_exceeds_bounds]"),
    (["photo.png", "-vm"], "[unsupported_option]"),
    (["photo.png", "--canvas", "90000x90000"], "[invalid_canvas]"),
    (["photo.png", "other.png", "-o", "x.png"], "2 photos need a folder; write x.png/ for one"),
    (["photo.png", "in/photo.jpg", "-o", "out/"], "would both be written to out/photo.png"),
    (["-", "photo.png"], "- is standard input, which is read alone"),
    (["ftp://photos.example/a.jpg"], "ftp://photos.example/a.jpg: only http and https URLs"),
    (["batch", ".", "out", "--quality", "fine"], "[invalid_parameter]"),
    (["batch", "nowhere", "out", "--scale", "5%"], "[invalid_scale]"),
    (["batch", ".", "out", "--model", "blue"], "[invalid_model]"),
    (["batch", ".", "out", "--account", "shop"], "an option of batches on s3:// only"),
    (["batch", ".", "out", "--most-failed", "0"], "an option of batches on s3:// only"),
    (["batch", ".", "out", "--state-machine", "arn"], "an option of batches on s3:// only"),
    (["batch", ".", "s3://out/"], "both on s3:// or both on this machine"),
    (["batch", "s3://from/", "out"], "both on s3:// or both on this machine"),
]
FAILURES = [
    (["nowhere.jpg"], "nowhere.jpg: No such file or directory"),
    (["bacth", "in", "out"], "bacth: no such photo or command (did you mean batch?)"),
    (["*.tiff"], "*.tiff: no file matches this pattern"),
    (["."], ".: this is a folder, whose photos `cutout batch DIR OUT` cuts out"),
    (["in/"], "in/: this is a folder"),
    ([""], ".: this is a folder"),
    (["empty.jpg"], "[failed_to_read_image]"),
    (["words.jpg"], "[invalid_file_type]"),
    (["blue.png"], "[unknown_foreground]"),
    (["photo.png", "--alpha", "nothing.png"], "nothing.png: No such file or directory"),
    (["photo.png", "--mask", "empty.jpg"], "empty.jpg: the file is empty"),
    (["photo.png", "--backdrop", "."], ".: Is a directory"),
    (["photo.png", "-o", "photo.png"], "photo.png: this is the photo; --force writes over it"),
    (["photo.png", "-o", "link.png"], "link.png: this is the photo; --force writes over it"),
    (["photo.png", "-o", "other.png"], "other.png: this file exists; --overwrite replaces it"),
    (["photo.png", "other.png", "-o", "."], "photo.png: this is the photo; --force"),
    (["photo.png", "-o", "photo.png/x.png"], "photo.png/x.png"),
    (["photo.png", "-o", "other.png/"], "other.png/: this is a file and no folder"),
    (["http://localhost/photo.jpg"], "'localhost' is not a public host [invalid_image_url]"),
    (["https://photos.example:22/photo.jpg"], "port 22 is not allowed"),
    (["batch", "nowhere", "out"], "nowhere: not a folder"),
    (["batch", ".", "."], "OUT has to be another folder"),
    (["batch", ".", "photo.png"], "photo.png: not a folder"),
    (["batch", "s3://from/", "s3://out/"], "CUTOUT_STATE_MACHINE has to be an ARN"),
    (["batch", ".", "out", "--report", "nowhere/r.jsonl"], "nowhere/r.jsonl: No such file"),
]


@pytest.mark.parametrize(
    ("code", "words", "expected"),
    [
        *((2, *case) for case in WRONG_USAGE + WRONG_VALUES),
        *((1, *case) for case in FAILURES),
    ],
)
def test_each_mistake_is_one_sentence_with_an_exit_code(cutout, place, code, words, expected):
    (place / "in").mkdir()
    (place / "in" / "photo.jpg").touch()
    (place / "link.png").symlink_to("photo.png")
    before = {path: path.is_file() and path.read_bytes() for path in place.rglob("*")}

    status, out, err = cutout(*words)

    assert (status, out) == (code, "")
    assert expected in err
    assert err.startswith("cutout: ")
    assert err.count("\n") == 1
    assert {path: path.is_file() and path.read_bytes() for path in place.rglob("*")} == before


def test_a_file_that_may_not_be_read_is_named(capsys, tmp_path):
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, before[1]))  # root may read everything else
    try:
        (tmp_path / "photo.jpg").open("rb")
    except OSError as error:
        caught = error
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)

    assert print_error(caught) == 1
    assert capsys.readouterr().err == f"cutout: {tmp_path}/photo.jpg: Too many open files\n"


@pytest.mark.slow
@pytest.mark.parametrize(
    "words", [["--help"], ["run", "--help"], ["models", "list"], ["photo.png", "-o", "-"]]
)
def test_a_reader_that_has_enough_leaves_no_trace(place, words):
    reading, writing = os.pipe()
    os.close(reading)

    run = subprocess.run([sys.executable, "-m", "cutout", *words], stdout=writing,
                         stderr=subprocess.PIPE, check=False)  # fmt: skip
    os.close(writing)

    assert run.stderr == b""
    # argparse itself ends with 0 in some versions of Python
    assert run.returncode == 141 or words[-1] == "--help"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("command", "code", "error"),
    [
        ("photo.png -v -o - 2>&- >kept.png", 0, ""),
        ("photo.png -o kept.png >&-", 0, ""),
        ("photo.png -o - >&-", 1, "cutout: standard output: Bad file descriptor\n"),
        ("--help >&-", 0, ""),
        ("--help >/dev/full", 1, "cutout: standard output: No space left on device\n"),
    ],
)
def test_a_closed_or_full_stream_damages_nothing(cutout, place, command, code, error):
    run = subprocess.run(
        ["sh", "-c", f'"{sys.executable}" -m cutout {command}'],
        stderr=subprocess.PIPE, text=True, check=False,
    )  # fmt: skip

    assert (run.returncode, run.stderr) == (code, error)
    if "kept.png" in command:
        assert cutout("photo.png", "-o", "good.png")[0] == 0
        assert (place / "kept.png").read_bytes() == (place / "good.png").read_bytes()
