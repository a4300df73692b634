"""Run a local AWS: an emulator on a free port that stores nothing on disk.

Where AWS_ENDPOINT_URL or LOCALSTACK_HOST names an emulator, such as LocalStack, that one is used.
"""

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
from urllib.request import urlopen

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError
from localstack_client.config import get_service_endpoint

from cutout.aws.client import Caller, JsonService
from cutout.aws.credentials import account
from tools import cloudformation
from tools.ports import free_port
from tools.time_limits import POLL_S, limit_s, wait_until

ROOT = Path(__file__).parents[1]
PROGRAM = ROOT / ".emulator/bin/ministack"
REGION = "us-east-1"
KEYS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
HEALTH = "/_localstack/health"
STARTS_WITHIN_S = 30  # one second on an idle and quick machine
DEPLOYED = {"AWS::DynamoDB::Table", "AWS::S3::Bucket", "AWS::SQS::Queue"}
PR_SET_PDEATHSIG = 1  # prctl(2)


class NotStarted(Exception):
    """The emulator does not answer. str(error) is a sentence, with the last line of its log."""


@dataclass(frozen=True)
class LocalAws:
    url: str

    def environment(self) -> dict[str, str]:
        """Return the environment variables with which boto3 and SAM use this AWS."""
        return KEYS | {"AWS_ENDPOINT_URL": self.url, "AWS_DEFAULT_REGION": REGION}

    def caller(self, service: str) -> Caller:
        """Return what S3Bucket calls this AWS by."""
        return Caller(account(self.environment()), service)

    def service(self, name: str) -> JsonService:
        """Return what tables and queues call this AWS by."""
        return JsonService(self.caller(name))

    def client(self, service: str) -> Any:
        # The emulator refuses presigned URLs of S3's older signature, boto3's default.
        config = Config(signature_version="s3v4" if service == "s3" else None)
        keys = {name.lower(): value for name, value in KEYS.items()}
        return boto3.client(
            service, endpoint_url=self.url, region_name=REGION, config=config, **keys
        )

    def deploy(self, stack: str, **parameters: str) -> dict[str, str]:
        """Create or update a stack with the tables, buckets and queues of template.yaml.

        Returns their physical names by their logical ones.
        """
        template = cloudformation.read(ROOT / "template.yaml")
        resources = {
            name: resource
            for name, resource in template["Resources"].items()
            if resource["Type"] in DEPLOYED
        }
        body = {name: template[name] for name in ("Parameters", "Conditions")}
        body["Resources"] = resources
        formation = self.client("cloudformation")
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
        found = formation.describe_stack_resources(StackName=stack)["StackResources"]
        return {item["LogicalResourceId"]: item["PhysicalResourceId"] for item in found}


def _update(formation: Any, change: dict[str, Any]) -> bool:
    """Update a stack. Returns False where nothing has changed."""
    try:
        formation.update_stack(**change)
    except ClientError as error:
        if "No updates are to be performed" not in str(error):
            raise
        return False
    return True


def is_named() -> bool:
    """Return whether an environment variable names an emulator."""
    return bool(os.environ.get("AWS_ENDPOINT_URL") or os.environ.get("LOCALSTACK_HOST"))


@contextmanager
def running(folder: Path) -> Iterator[LocalAws]:
    """Yield the emulator that the environment names, else a new one with its log in the folder.

    Raises NotStarted.
    """
    if is_named():
        yield _named_by_environment()
        return
    if not PROGRAM.exists():
        raise NotStarted("the local AWS is not installed; run `make .emulator/ready` first")
    port = free_port()
    settings = KEYS | {
        "AUTH": "true",
        "BIND_HOST": "127.0.0.1",
        "GATEWAY_PORT": str(port),
        "MINISTACK_HOST": "localhost",
        "MINISTACK_ACCOUNT_ID": "000000000000",
        "LAMBDA_EXECUTOR": "local",
        "SFN_WAIT_SCALE": "0.001",  # shortens the waits between Step Functions' retries
        "LOG_LEVEL": "WARNING",
        "USE_SSL": "0",  # whatever the shell sets for another emulator
    }
    aws = LocalAws(f"http://127.0.0.1:{port}")
    with (folder / "emulator.log").open("w") as log:
        process = subprocess.Popen(
            [PROGRAM],
            env=os.environ | settings,
            cwd=folder,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C in the terminal is for the program that uses it
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
    # The last two come from malformed addresses: of localstack-client and of http.client.
    except (OSError, ValueError, RuntimeError, HTTPException) as error:
        raise NotStarted(
            f"there is no local AWS at {named}, which AWS_ENDPOINT_URL or LOCALSTACK_HOST names"
        ) from error


def _end_with_parent() -> None:
    """Let Linux end the emulator when its parent is killed."""
    if prctl := getattr(ctypes.CDLL(None), "prctl", None):
        prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def _wait_for(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    def answers() -> bool:
        try:
            with urlopen(f"{url}{HEALTH}"):
                return True
        except OSError as error:
            if process.poll() is not None:
                said = log.read_text().strip().splitlines()[-1:] or [str(error)]
                raise NotStarted(f"the local AWS does not answer: {said[0]}") from error
            return False

    try:
        wait_until(answers, "the local AWS", STARTS_WITHIN_S)
    except TimeoutError as error:
        raise NotStarted(str(error)) from error
