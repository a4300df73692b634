"""A local AWS on a port of its own, which forgets everything when it ends."""

import ctypes
import json
import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

import boto3
from botocore.config import Config
from cfnlint.decode import decode_str

from tools.invoke import free_port
from tools.time_limits import POLL_S, limit_s, wait_until

ROOT = Path(__file__).parents[1]
PROGRAM = ROOT / ".emulator/bin/ministack"
REGION = "us-east-1"
KEYS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
STARTS_WITHIN_S = 30  # one second on an idle and quick machine
KEPT = {"AWS::DynamoDB::Table", "AWS::S3::Bucket", "AWS::SQS::Queue"}
PR_SET_PDEATHSIG = 1  # prctl(2)


class NotStarted(Exception):
    """str(error) tells what it said."""


@dataclass(frozen=True)
class LocalAws:
    url: str

    def environment(self) -> dict[str, str]:
        """By which a process finds it."""
        return KEYS | {"AWS_ENDPOINT_URL": self.url, "AWS_DEFAULT_REGION": REGION}

    def client(self, service: str) -> Any:
        return boto3.client(
            service,
            endpoint_url=self.url,
            region_name=REGION,
            aws_access_key_id=KEYS["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=KEYS["AWS_SECRET_ACCESS_KEY"],
            config=Config(signature_version="s3v4" if service == "s3" else None),
        )

    def deploy(self, stack: str, **parameters: str) -> dict[str, str]:
        """What template.yaml keeps things in; the real names by those in the template."""
        template, _ = decode_str((ROOT / "template.yaml").read_text())
        kept = {
            name: resource
            for name, resource in template["Resources"].items()
            if resource["Type"] in KEPT
        }
        formation = self.client("cloudformation")
        body = {name: template[name] for name in ("Parameters", "Conditions")} | {"Resources": kept}
        formation.create_stack(
            StackName=stack,
            TemplateBody=json.dumps(body),
            Parameters=[
                {"ParameterKey": name, "ParameterValue": value}
                for name, value in parameters.items()
            ],
        )
        formation.get_waiter("stack_create_complete").wait(
            StackName=stack,
            WaiterConfig={"Delay": POLL_S, "MaxAttempts": int(limit_s(STARTS_WITHIN_S) / POLL_S)},
        )
        resources = formation.describe_stack_resources(StackName=stack)["StackResources"]
        return {part["LogicalResourceId"]: part["PhysicalResourceId"] for part in resources}


@contextmanager
def running(folder: Path) -> Iterator[LocalAws]:
    """It refuses what AWS refuses; its log is in the folder."""
    if not PROGRAM.exists():
        raise NotStarted("there is no local AWS; run `make .emulator/ready` first")
    port = free_port()
    settings = KEYS | {
        "AUTH": "true",
        "BIND_HOST": "127.0.0.1",
        "GATEWAY_PORT": str(port),
        "MINISTACK_HOST": "localhost",
        "MINISTACK_ACCOUNT_ID": "000000000000",
        "LAMBDA_EXECUTOR": "local",
        "SFN_WAIT_SCALE": "0.001",  # of Step Functions' waits between attempts
        "LOG_LEVEL": "WARNING",
    }
    aws = LocalAws(f"http://127.0.0.1:{port}")
    with (folder / "emulator.log").open("w") as log:
        process = subprocess.Popen(
            [PROGRAM],
            env=os.environ | settings,
            cwd=folder,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # a terminal's Ctrl-C is for the one who uses it
            preexec_fn=_end_with_parent,
        )
        try:
            _wait_for(aws.url, process, Path(log.name))
            yield aws
        finally:
            process.terminate()
            process.wait(timeout=limit_s(STARTS_WITHIN_S))


def _end_with_parent() -> None:
    """Also where that is killed. Linux alone has it."""
    if prctl := getattr(ctypes.CDLL(None), "prctl", None):
        prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def _wait_for(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    def answers() -> bool:
        try:
            with urlopen(f"{url}/_localstack/health"):
                return True
        except URLError as error:
            if process.poll() is not None:
                said = log.read_text().strip().splitlines()[-1:] or [str(error)]
                raise NotStarted(f"the local AWS does not answer: {said[0]}") from error
            return False

    try:
        wait_until(answers, "the local AWS", STARTS_WITHIN_S)
    except TimeoutError as error:
        raise NotStarted(str(error)) from error
