"""A local AWS: an emulator on a free port that forgets everything when it ends, or the emulator
that AWS_ENDPOINT_URL or LOCALSTACK_HOST names, such as one's own LocalStack."""

import ctypes
import json
import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.parse import urlsplit
from urllib.request import urlopen

from botocore.config import Config
from botocore.exceptions import ClientError
from localstack_client.config import get_service_endpoint
from localstack_client.session import Session

from tools import cloudformation
from tools.invoke import free_port
from tools.time_limits import POLL_S, limit_s, wait_until

ROOT = Path(__file__).parents[1]
PROGRAM = ROOT / ".emulator/bin/ministack"
REGION = "us-east-1"
KEYS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
HEALTH = "/_localstack/health"
STARTS_WITHIN_S = 30  # one second on an idle and quick machine
KEPT = {"AWS::DynamoDB::Table", "AWS::S3::Bucket", "AWS::SQS::Queue"}
PR_SET_PDEATHSIG = 1  # prctl(2)


class NotStarted(Exception):
    """str(error) is a sentence with the emulator's own last words."""


@dataclass(frozen=True)
class LocalAws:
    url: str

    def environment(self) -> dict[str, str]:
        """The variables by which a process finds this AWS."""
        return KEYS | {"AWS_ENDPOINT_URL": self.url, "AWS_DEFAULT_REGION": REGION}

    def client(self, service: str) -> Any:
        session = Session(
            aws_access_key_id=KEYS["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=KEYS["AWS_SECRET_ACCESS_KEY"],
            region_name=REGION,
            localstack_host=urlsplit(self.url).netloc,
        )
        # Presigned addresses of the old signature would be refused.
        config = Config(signature_version="s3v4" if service == "s3" else None)
        return session.client(service, config=config)

    def deploy(self, stack: str, **parameters: str) -> dict[str, str]:
        """Create the tables, buckets and queues of template.yaml, or update those of a stack that
        is there. Returns their physical names by their logical ones."""
        template = cloudformation.read(ROOT / "template.yaml")
        kept = {
            name: resource
            for name, resource in template["Resources"].items()
            if resource["Type"] in KEPT
        }
        formation = self.client("cloudformation")
        body = {name: template[name] for name in ("Parameters", "Conditions")} | {"Resources": kept}
        values = [
            {"ParameterKey": name, "ParameterValue": value} for name, value in parameters.items()
        ]
        change = {"StackName": stack, "TemplateBody": json.dumps(body), "Parameters": values}
        polls = int(limit_s(STARTS_WITHIN_S) / POLL_S)
        try:
            formation.create_stack(**change)
            done = "stack_create_complete"
        except formation.exceptions.AlreadyExistsException:
            done = "stack_update_complete" if _update(formation, change) else ""
        if done:
            formation.get_waiter(done).wait(
                StackName=stack, WaiterConfig={"Delay": POLL_S, "MaxAttempts": polls}
            )
        resources = formation.describe_stack_resources(StackName=stack)["StackResources"]
        return {part["LogicalResourceId"]: part["PhysicalResourceId"] for part in resources}


def _update(formation: Any, change: dict[str, Any]) -> bool:
    """Returns whether there was anything to update."""
    try:
        formation.update_stack(**change)
    except ClientError as error:
        if "No updates are to be performed" not in str(error):
            raise
        return False
    return True


def is_named() -> bool:
    """Whether the environment names an emulator."""
    return bool(os.environ.get("AWS_ENDPOINT_URL") or os.environ.get("LOCALSTACK_HOST"))


@contextmanager
def running(folder: Path) -> Iterator[LocalAws]:
    """The emulator that the environment names, else one of our own, whose log is in the folder."""
    if is_named():
        yield _named_by_environment()
        return
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


def _named_by_environment() -> LocalAws:
    named = os.environ.get("AWS_ENDPOINT_URL") or os.environ["LOCALSTACK_HOST"]
    try:
        url = str(get_service_endpoint("cloudformation")).rstrip("/")
        with urlopen(f"{url}{HEALTH}", timeout=limit_s(STARTS_WITHIN_S)):
            return LocalAws(url)
    # The last two are of addresses that make no sense: localstack-client's, and http.client's.
    except (OSError, ValueError, RuntimeError, HTTPException) as error:
        raise NotStarted(
            f"there is no local AWS at {named}, which AWS_ENDPOINT_URL or LOCALSTACK_HOST names"
        ) from error


def _end_with_parent() -> None:
    """End the emulator also where its parent is killed, on Linux."""
    if prctl := getattr(ctypes.CDLL(None), "prctl", None):
        prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def _wait_for(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    def answers() -> bool:
        try:
            with urlopen(f"{url}{HEALTH}"):
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
