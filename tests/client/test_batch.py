"""`cutout batch in out --api URL` as a shell starts it."""

import json
import signal
import time

import pytest

from cutout.options.record import Options
from tests.client.conftest import KEY, discs, problem
from tests.processes import output, wait_while_running

pytestmark = [pytest.mark.usefixtures("folder"), pytest.mark.slow]


@pytest.fixture
def open_shop(service, environment):
    """The real service, whose key is in the environment, with credits for 100 previews."""
    environment["CUTOUT_API_KEY"] = service.key
    service.money.ledger.grant(service.account, 100)
    return service


def outcomes(report):
    return [json.loads(line) for line in report.read_text().splitlines()]


def done(tmp_path):
    return {path.name: path.read_bytes() for path in (tmp_path / "out").rglob("*.png")}


def test_photos_come_as_by_a_direct_call_and_bad_ones_stop_nothing(
    open_shop, run, folder, tmp_path, engine, photo, plain
):
    good = dict(enumerate(discs(27)))
    for index, data in good.items():
        (folder / f"{index}.png").write_bytes(data)
    (folder / "words.jpg").write_text("words")
    (folder / "nothing.png").write_bytes(plain)
    (folder / "short.png").write_bytes(photo[:200])

    code, shown = run(open_shop.url, "--report", "report.jsonl")

    reported = {one["source"]: one for one in outcomes(tmp_path / "report.jsonl")}
    assert (code, len(reported)) == (1, 30)
    assert "27 done, 0 skipped, 3 failed" in shown
    assert "in/nothing.png: " in shown
    assert {source: one["code"] for source, one in reported.items() if one["code"]} == {
        "in/words.jpg": "invalid_file_type",
        "in/nothing.png": "unknown_foreground",
        "in/short.png": "failed_to_read_image",
    }
    assert reported["in/1.png"] | {"confidence": 0, "seconds": 0} == {
        "source": "in/1.png", "target": "out/1.png", "status": "done", "code": "", "message": "",
        "width": 120, "height": 90, "confidence": 0, "model": "red", "subjects": 1,
        "looks": 1,
        "looks_skipped": 0, "seconds": 0,
        "review": True,
    }  # fmt: skip
    assert done(tmp_path) == {
        f"{index}.png": engine.remove_background(data, Options()).data
        for index, data in good.items()
    }
    assert open_shop.money.ledger.balance(open_shop.account) == 73
    assert open_shop.key not in shown + (tmp_path / "report.jsonl").read_text()


def test_a_run_that_was_killed_goes_on_and_no_photo_is_paid_twice(
    open_shop, command, run, tmp_path
):
    open_shop.line.loses = 2
    process = command(open_shop.url, "--parallel", "2")
    while len(open_shop.money.settled(open_shop.account)) < 4:
        assert process.poll() is None
        time.sleep(0.01)
    process.kill()
    process.communicate()

    before = done(tmp_path)
    code, shown = run(open_shop.url)

    assert code == 0
    assert f"{10 - len(before)} done, {len(before)} skipped, 0 failed" in shown
    assert len(done(tmp_path)) == 10
    assert len(open_shop.money.settled(open_shop.account)) == 10


def test_without_credits_the_rest_is_left_and_nothing_fails(open_shop, run, folder, tmp_path):
    open_shop.money.ledger.expire(open_shop.account, 96)

    code, shown = run(open_shop.url, "--report", "report.jsonl")

    assert code == 1
    assert "4 done, 0 skipped, 0 failed, 4 to review, 6 left" in shown
    assert f"cutout: {open_shop.url}: credits needed: 0.25; credits left: 0 " in shown
    assert shown.count("[insufficient_credits]") == 1
    assert [one["status"] for one in outcomes(tmp_path / "report.jsonl")] == ["done"] * 4
    assert open_shop.money.is_balanced(open_shop.account)

    open_shop.money.ledger.grant(open_shop.account, 100)
    assert "6 done, 4 skipped, 0 failed" in run(open_shop.url)[1]


def test_with_a_wrong_key_not_one_photo_is_tried(service, run, folder, tmp_path):
    code, shown = run(service.url, "--report", "report.jsonl")

    assert code == 1
    assert "0 done, 0 skipped, 0 failed, 10 left" in shown
    assert shown.count("[auth_failed]") == 1
    assert KEY not in shown
    assert done(tmp_path) == {}
    assert outcomes(tmp_path / "report.jsonl") == []


def test_what_a_service_is_not_sure_of_is_to_be_reviewed(scripted, run, tmp_path):
    code, shown = run(scripted.url, "--review-below", "91%", "--report", "report.jsonl")

    assert code == 0
    assert "10 done, 0 skipped, 0 failed, 10 to review" in shown
    assert "in/3.png: to review, confidence 0.9\n" in shown
    assert all(one["review"] for one in outcomes(tmp_path / "report.jsonl"))


def test_a_key_on_the_command_line_comes_before_the_environments(scripted, run):
    run(scripted.url, "--key", "another")

    assert {headers.get("X-Api-Key") for _, _, headers, _ in scripted.asked} == {"another", None}


def test_no_key_is_sent_where_there_is_none(scripted, run, environment):
    del environment["CUTOUT_API_KEY"]

    assert run(scripted.url)[0] == 0
    assert not any("X-Api-Key" in headers for _, _, headers, _ in scripted.asked)


def test_an_allowance_that_is_used_up_ends_it_at_once(scripted, run):
    scripted.script = [
        (429, problem("allowance_used_up", "come tomorrow"), {"Retry-After": "9"})
    ] * 9

    code, shown = run(scripted.url)

    assert code == 1
    assert "come tomorrow [allowance_used_up]" in shown
    assert "0 failed" in shown


def test_ctrl_c_finishes_what_has_begun_and_the_next_run_the_rest(scripted, command, run, tmp_path):
    scripted.takes_s = 0.1
    process = command(scripted.url, "--parallel", "2")
    wait_while_running(process, lambda: done(tmp_path), "the first result")
    process.send_signal(signal.SIGINT)
    _, shown = output(process)

    count = len(done(tmp_path))
    assert process.returncode == 130
    assert "Traceback" not in shown
    assert 0 < count < 10
    assert f"{count} done, 0 skipped, 0 failed, {10 - count} left" in shown
    asked = [path for _, path, _, _ in scripted.asked]
    assert asked.count("/v1.0/uploads") == asked.count("/v1.0/uploads/u1") == count

    assert f"{10 - count} done, {count} skipped" in run(scripted.url)[1]


def test_ctrl_c_waits_for_nobody_who_said_to_come_later(scripted, command):
    scripted.script = [(429, problem("rate_limit_exceeded"), {"Retry-After": "250"})] * 99
    process = command(scripted.url)
    wait_while_running(process, lambda: len(scripted.script) < 99, "the first answer")
    process.send_signal(signal.SIGINT)
    _, shown = output(process)

    assert process.returncode == 130
    assert "0 done, 0 skipped, 0 failed, 10 left" in shown


def test_so_many_are_at_work_at_once_as_one_says(scripted, run):
    scripted.takes_s = 0.2

    run(scripted.url, "--parallel", "3")

    assert scripted.most == 3


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--canvas", "0x10"], "[invalid_canvas]"),
        (["--format", "tga"], "[invalid_format]"),
        (["--background", "mauvish"], "[invalid_bg_color]"),
        (["--margin", "1", "--frame", "0 0 1 1"], "[invalid_frame]"),
    ],
)
def test_what_no_photo_could_have_is_told_before_anything_is_sent(scripted, run, words, sentence):
    code, shown = run(scripted.url, *words)

    assert code == 2
    assert sentence in shown
    assert shown.count("\n") == 1
    assert scripted.asked == []


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://cutout.example", "http would show the key"),
        ("nowhere", "is not the address of a service"),
    ],
)
def test_an_address_that_cannot_be_used_is_a_sentence(run, url, words):
    code, shown = run(url)

    assert code == 1
    assert words in shown
    assert shown.count("\n") == 1
    assert KEY not in shown


@pytest.mark.parametrize("count", ["0", "65", "-1", "x", "000000001000"])
def test_how_many_at_once_is_a_number_within_bounds(run, count):
    assert "is not 1 to 64" in run("https://cutout.example", f"--parallel={count}")[1]


def test_a_key_without_a_service_is_told(run):
    assert "--key is used with --api only [unsupported_option]" in run("", "--key", "k")[1]
