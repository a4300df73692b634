"""`cutout batch s3://... s3://...`: the request to the state machine, and the printed outcomes."""

import json
import os
import signal
import subprocess
import sys

import pytest

from cutout import bootstrap, errors
from cutout.cli import batch_flags, batch_s3
from cutout.cli.files import read_options
from tests.processes import output, wait_while_running
from tests.state_machines import gather, pictures, task

MACHINE = "arn:aws:states:us-east-1:000000000000:stateMachine:batch"


def order(*words):
    values = batch_flags.batch().parse_args(list(words))
    return batch_s3.batch_request(values, read_options(values, max_bytes=1000)).to_json()


def test_the_request_with_its_defaults():
    assert order("s3://from/photos/", "s3://out/cutouts/") == {
        "source": "s3://from/photos/",
        "target": "s3://out/cutouts/",
        "options": {"v": 1, "max_pixels": 50_000_000},
        "review_below": 0.7,
        "most_failed": 0.1,
        "account": "",
    }


def test_the_request_with_all_flags():
    reported = order(
        "s3://from/", "s3://out/", "--size", "hd", "--margin", "5%", "--format", "jpg",
        "--background", "white", "--review-below", "0", "--most-failed", "0", "--account", "shop",
    )  # fmt: skip

    assert reported["options"] == {
        "v": 1, "max_pixels": 4_000_000, "crop": True, "margin": "5% 5% 5% 5%", "format": "jpg",
        "background": "white",
    }  # fmt: skip
    assert (reported["review_below"], reported["most_failed"], reported["account"]) == (
        0,
        0,
        "shop",
    )


@pytest.mark.parametrize(
    ("values", "reported"),
    [
        ("s3://from", "s3://from/"),
        ("s3://from/", "s3://from/"),
        ("s3://from//a//", "s3://from//a//"),
        ("s3://from/list.csv", "s3://from/list.csv"),
        ("s3://from/a/list.jsonl", "s3://from/a/list.jsonl"),
        ("s3://from/inventory/2026-11-26T01-00Z/manifest.json",
         "s3://from/inventory/2026-11-26T01-00Z/manifest.json"),
        ("s3://from/manifest.json", "s3://from/manifest.json"),
    ],
)  # fmt: skip
def test_the_source_of_the_request(values, reported):
    assert order(values, "s3://out/")["source"] == reported


@pytest.mark.parametrize(
    ("values", "reported"),
    [("s3://out", "s3://out/"), ("s3://out/a", "s3://out/a/"), ("s3://out/a/", "s3://out/a/")],
)
def test_the_target_of_the_request_is_always_a_folder(values, reported):
    assert order("s3://from/", values)["target"] == reported


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        (["s3://from/", "out"], errors.UnsupportedOption),
        (["in", "s3://out/"], errors.UnsupportedOption),
        (["s3://from/photos", "s3://out/"], errors.InvalidParameter),
        (["s3://from/list.txt", "s3://out/"], errors.InvalidParameter),
        (["s3://from/a-manifest.json", "s3://out/"], errors.InvalidParameter),
        (["s3://", "s3://out/"], errors.InvalidParameter),
        (["s3:///in/", "s3://out/"], errors.InvalidParameter),
        (["s3://from", "s3://from/"], errors.InvalidParameter),
        (["s3://from/", "s3://out/", "--api", "https://cutout.example"], errors.UnsupportedOption),
        (["s3://from/", "s3://out/", "--key", "k"], errors.UnsupportedOption),
        (["s3://from/", "s3://out/", "--parallel", "2"], errors.UnsupportedOption),
        (["s3://from/", "s3://out/", "--background", "mauvish"], errors.InvalidColour),
    ],
)
def test_flags_that_a_state_machine_cannot_use_are_refused(words, kind):
    with pytest.raises(errors.CutoutError) as raised:
        order(*words)
    assert type(raised.value) is kind


@pytest.fixture
def environment(aws, tmp_path):
    """The environment of a user with access to the local AWS only."""
    nothing = str(tmp_path / "nothing")
    own = {"AWS_CONFIG_FILE": nothing, "AWS_SHARED_CREDENTIALS_FILE": nothing,
           "AWS_EC2_METADATA_DISABLED": "true"}  # fmt: skip
    rest = {name: text for name, text in os.environ.items() if not name.startswith("AWS_")}
    return rest | aws.environment() | own


@pytest.fixture
def command(environment, tmp_path):
    def start(*words):
        command = [sys.executable, "-m", "cutout", "batch", *words]
        return subprocess.Popen(
            command, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )

    return start


@pytest.fixture
def run(command):
    """Run a command to its end; return its exit code and output."""

    def to_its_end(*words):
        process = command(*words)
        reported = "".join(output(process))
        return process.returncode, reported

    return to_its_end


def outcome(name, status="done", **more):
    return {
        "source": f"s3://from/{name}.jpg", "target": f"s3://out/{name}.png", "status": status,
        "code": "", "message": "", "confidence": 0.97, "sha256": "ab", "review": False, **more,
    }  # fmt: skip


FAILED = {"code": "unknown_foreground", "message": "nothing stands out", "confidence": None}


@pytest.fixture
def batch(machines):
    """A state machine that writes these outcomes, and the arguments of its command."""

    def make(*outcomes, **judge):
        manifest = machines.put("manifest-00001.jsonl", outcomes)
        summary = machines.put("summary.json", [{"pictures": 3, "manifests": [manifest]}])
        judged = {"Judge": {"Type": "Fail", **judge}} if judge else {}
        machine = machines.make(pictures(3) | gather(summary) | judged)
        return machine, ["s3://from/", f"s3://{machines.bucket}/out/", "--state-machine", machine]

    return make


def test_a_batch_is_started_watched_and_reported(batch, run, machines, tmp_path):
    outcomes = [outcome("a"), outcome("b", "skipped"), outcome("c", confidence=0.5, review=True)]
    machine, words = batch(*outcomes)

    code, shown = run(*words, "--report", "report.jsonl", "--account", "shop")

    report = (tmp_path / "report.jsonl").read_text().splitlines()
    (execution,) = machines.executions(machine)
    assert code == 0
    assert "2 done, 1 skipped, 0 failed, 1 to review\n" in shown
    assert "s3://from/c.jpg: to review, confidence 0.5\n" in shown
    assert "3/3" in shown
    assert execution["executionArn"] in shown
    assert [json.loads(line) for line in report] == outcomes
    assert machines.input(machine)["source"] == "s3://from/"
    assert machines.input(machine)["account"] == "shop"


def test_failed_pictures_are_printed_and_the_exit_code_is_1(batch, run):
    _, words = batch(outcome("a"), outcome("b"), outcome("c", "failed", **FAILED))

    code, shown = run(*words)

    assert code == 1
    assert "2 done, 0 skipped, 1 failed\n" in shown
    assert "s3://from/c.jpg: nothing stands out [unknown_foreground]" in shown


def test_a_failed_batch_prints_its_pictures_and_the_reason(batch, run):
    failed = [outcome(name, "failed", **FAILED) for name in "abc"]
    _, words = batch(*failed, Error="TooManyFailed", Cause="3 of 3 pictures have failed")

    code, shown = run(*words)

    assert code == 1
    assert shown.count("[unknown_foreground]") == 3
    assert "0 done, 0 skipped, 3 failed\n" in shown
    assert shown.endswith(": 3 of 3 pictures have failed [TooManyFailed]\n")


def test_a_batch_that_fails_early_prints_the_reason_only(machines, run):
    fails = {"Plan": {"Type": "Fail", "Error": "NoSuchList", "Cause": "there is no list"}}

    code, shown = run("s3://from/", "s3://out/", "--state-machine", machines.make(fails))

    assert code == 1
    assert shown.endswith(": there is no list [NoSuchList]\n")
    assert shown.count("cutout: ") == 1


def test_the_environment_may_name_the_state_machine(batch, run, environment):
    environment["CUTOUT_STATE_MACHINE"], words = batch(*map(outcome, "abc"))

    assert run(*words[:2])[0] == 0


def test_ctrl_c_stops_the_execution_and_says_how_to_continue(machines, command):
    machine = machines.make({"Plan": task(machines.activity())})
    process = command("s3://from/", "s3://out/", "--state-machine", machine)
    wait_while_running(process, lambda: machines.executions(machine), "an execution")
    process.send_signal(signal.SIGINT)
    _, shown = output(process)

    assert process.returncode == 130
    assert "stopped; repeat the command to continue" in shown
    assert "Traceback" not in shown
    assert [one["status"] for one in machines.executions(machine)] == ["ABORTED"]


def test_an_execution_stopped_elsewhere_has_failed(machines, command):
    machine = machines.make({"Plan": task(machines.activity())})
    process = command("s3://from/", "s3://out/", "--state-machine", machine)
    begun = wait_while_running(process, lambda: machines.executions(machine), "an execution")
    machines.aws.client("stepfunctions").stop_execution(executionArn=begun[0]["executionArn"])
    _, shown = output(process)

    assert process.returncode == 1
    assert "[ABORTED]" in shown


@pytest.mark.parametrize(
    ("machine", "changes", "words"),
    [
        (MACHINE, {}, "[StateMachineDoesNotExist]"),
        ("batch", {}, "has to be an ARN"),
        ("", {}, "and is '' [invalid_setting]"),
        (MACHINE, {"AWS_ACCESS_KEY_ID": ""}, "[NoCredentialsError]"),
        (MACHINE, {"AWS_ACCESS_KEY_ID": "nobody"}, "[UnrecognizedClientException]"),
        (MACHINE, {"AWS_PROFILE": "mine"}, "[ProfileNotFound]"),
        (MACHINE, {"AWS_DEFAULT_REGION": ""}, "[StateMachineDoesNotExist]"),
        (MACHINE, {"AWS_ENDPOINT_URL": "http://127.0.0.1:9"}, "[unavailable]"),
    ],
)
def test_an_error_of_aws_is_one_sentence(run, environment, machine, changes, words):
    environment.update(changes)

    code, shown = run("s3://from/", "s3://out/", "--state-machine", machine)

    assert code == 1
    assert words in shown
    assert shown.startswith("cutout: s3://from/: ")
    assert shown.count("\n") == 1


class Lost:
    """An execution that starts and then raises this error."""

    def __init__(self, happens):
        self.happens = happens

    def start(self, name, order):
        return f"execution:{name}"

    def progress(self, execution):
        raise self.happens


def follow(monkeypatch, happens):
    monkeypatch.setattr(bootstrap, "executions", lambda machine: Lost(happens))
    return batch_s3.run(batch_flags.batch().parse_args(["s3://from/", "s3://out/"]))


def test_an_error_while_watching_says_that_the_batch_may_be_running(monkeypatch, capsys):
    refused = errors.RemoteError("you may not look", "AccessDeniedException")

    assert follow(monkeypatch, refused) == 1
    reported = capsys.readouterr().err.splitlines()[-1]
    assert reported.startswith("cutout: execution:")
    assert reported.endswith(" may be running unwatched: you may not look [AccessDeniedException]")


def test_a_second_ctrl_c_leaves_the_batch_running_and_says_so(monkeypatch, capsys):
    with pytest.raises(KeyboardInterrupt):
        follow(monkeypatch, KeyboardInterrupt())
    assert capsys.readouterr().err.endswith(" may be running unwatched\n")


def test_a_report_that_cannot_be_opened_starts_nothing(batch, run, machines):
    machine, words = batch(*map(outcome, "abc"))

    code, shown = run(*words, "--report", "nowhere/report.jsonl")

    assert code == 1
    assert "nowhere/report.jsonl: No such file" in shown
    assert machines.executions(machine) == []
