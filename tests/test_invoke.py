"""The handler under Lambda's Runtime Interface Emulator, with the real networks."""

import json
import subprocess
import sys

import pytest

from tests import gateway
from tools.answer import body
from tools.invoke import emulator

pytestmark = pytest.mark.lambda_


def event(name):
    return json.loads((gateway.EVENTS / f"{name}.json").read_text())


def test_the_multipart_event_gives_the_command_lines_bytes_and_keeps_the_session(tmp_path):
    with (tmp_path / "log").open("w") as log, emulator(log) as invoke:
        answers = [invoke(event("remove")) for _ in range(2)]

    photo = tmp_path / "photo.jpg"
    photo.write_bytes(gateway.picture(event("remove")))
    command = [sys.executable, "-m", "cutout", photo, "--model", "u2netp"]
    subprocess.run(command, check=True)
    expected = (tmp_path / "photo.cutout.png").read_bytes()

    lines = [json.loads(line) for line in (tmp_path / "log").read_text().splitlines()
             if line.startswith("{")]  # fmt: skip
    assert [answer["statusCode"] for answer in answers] == [200, 200]
    assert [body(answer) for answer in answers] == [expected, expected]
    assert ["ColdStart" in line for line in lines if "_aws" in line] == [True, False, False]


def test_the_health_endpoint_responds(tmp_path):
    with (tmp_path / "log").open("w") as log, emulator(log) as invoke:
        answer = invoke(event("health"))

    assert json.loads(body(answer))["status"] == "ok"
