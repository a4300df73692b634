"""Run SAM's command line for the stacks of an environment, and read what they hold."""

import json
import os
import re
import subprocess
import tempfile
import tomllib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import boto3
from botocore.exceptions import ClientError

from cutout.aws.client import Account, Caller, JsonService
from cutout.aws.credentials import renewed
from tools import cloudformation

ROOT = Path(__file__).parents[2]
SAM = ROOT / ".sam/bin/sam"
SAMCONFIG = ROOT / "samconfig.toml"
EDGE_REGION = "us-east-1"


class DeployError(Exception):
    """A deployment or a removal that cannot go on. str(error) is a sentence for the operator."""


@dataclass(frozen=True)
class Environment:
    """An environment of samconfig.toml, such as dev, and a session on its AWS account."""

    name: str
    service: str  # the name of the service's stack; the names of the others begin with it
    parameters: Mapping[str, Mapping[str, Any]]  # for the stacks "firewall", "site", "operations"
    session: boto3.Session
    has_firewall: bool = True
    tags: Mapping[str, str] = field(default_factory=dict)  # of all stacks

    @property
    def firewall(self) -> str:
        """The firewall's stack. It has the service's region in its name, being in another one."""
        return f"{self.service}-firewall-{self.session.region_name}"

    def at_the_edge(self) -> "Environment":
        """Return this environment in us-east-1, where AWS keeps web ACLs of CloudFront."""
        profile = self.session.profile_name
        session = boto3.Session(
            profile_name=None if profile == "default" else profile, region_name=EDGE_REGION
        )
        return replace(self, session=session)


def environment_names() -> list[str]:
    return [name for name, table in _samconfig().items() if "deploy" in table]


def open_environment(name: str) -> Environment:
    """Read an environment. Raises DeployError where AWS's region or credentials are not set."""
    table = _samconfig()[name]
    options = table["deploy"]["parameters"]
    session = boto3.Session(profile_name=options.get("profile"), region_name=options.get("region"))
    if not session.region_name:
        raise DeployError("AWS has many regions; name one, such as AWS_DEFAULT_REGION=eu-central-1")
    if not session.get_credentials():
        raise DeployError("there are no AWS credentials; set AWS_PROFILE, or run `aws configure`")
    parameters = {
        part: table.get(part, {}).get("parameters", {})
        for part in ("firewall", "site", "operations")
    }
    has_firewall = table.get("firewall", {}).get("deploy", True)
    tags = dict(tag.split("=", 1) for tag in options.get("tags", "").split())
    return Environment(name, options["stack_name"], parameters, session, has_firewall, tags)


def _samconfig() -> dict[str, Any]:
    tables = tomllib.loads(SAMCONFIG.read_text())
    return {name: table for name, table in tables.items() if isinstance(table, dict)}


def prepare(environment: Environment, template: Path, values: Mapping[str, Any]) -> None:
    """Push the image, and create a change set of the service's stack without executing it.

    Parameters without a value here keep the one that they have. Without values, SAM takes those of
    samconfig.toml. There is no change set where nothing changes.
    """
    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:  # JSON, which YAML includes
        json.dump(values, file)
        file.flush()
        overrides = ["--parameter-overrides", f"file://{file.name}"] if values else []
        options = ["--template-file", str(template), "--no-execute-changeset", *overrides]
        # SAM prints its own table on standard output, and its progress and errors on the other.
        sam(environment, "deploy", environment.service, *options, stdout=subprocess.DEVNULL)


def sam(
    environment: Environment, command: str, stack: str, *options: str, stdout: int | None = None
) -> None:
    """Run `sam deploy` or `sam delete`. Raises DeployError where SAM said that it failed."""
    if not SAM.exists():
        raise DeployError("AWS SAM's command line is missing; run `make .sam/ready` first")
    session = environment.session
    # boto3 says "default" where no profile is set, and SAM refuses one that does not exist.
    profile = [] if session.profile_name == "default" else ["--profile", session.profile_name]
    done = subprocess.run(
        [SAM, command, "--config-file", SAMCONFIG, "--config-env", environment.name,
         "--region", session.region_name, *profile, "--stack-name", stack, *options],
        cwd=ROOT, env=os.environ | {"SAM_CLI_TELEMETRY": "0"}, stdout=stdout, check=False,
    )  # fmt: skip
    if done.returncode:
        raise DeployError(f"`sam {command}` failed for the stack {stack}, for the reason above")


def empty_buckets(session: boto3.Session, name: str) -> list[str]:
    """Delete the objects in a stack's buckets: CloudFormation deletes empty ones alone, and
    `sam delete` empties none.

    Returns the resources that the template says to keep; nothing in them is deleted.
    """
    s3, kept = session.resource("s3"), []
    client = session.client("cloudformation")
    body = client.get_template(StackName=name, TemplateStage="Processed")["TemplateBody"]
    template = cloudformation.parse(body) if isinstance(body, str) else body
    for resource in session.resource("cloudformation").Stack(name).resource_summaries.all():
        written = template["Resources"].get(resource.logical_id, {})
        if written.get("DeletionPolicy", "Delete") != "Delete":
            kept.append(f"{resource.logical_id} ({resource.physical_resource_id})")
        elif resource.resource_type == "AWS::S3::Bucket":
            with suppress(s3.meta.client.exceptions.NoSuchBucket):  # deleted by hand
                s3.Bucket(resource.physical_resource_id).object_versions.delete()
    return kept


def values(session: boto3.Session, name: str) -> dict[str, str]:
    """Return the parameters and outputs of a stack. Raises DeployError where it does not exist."""
    stack = session.resource("cloudformation").Stack(name)
    try:
        parameters, outputs = stack.parameters or [], stack.outputs or []
    except ClientError as error:
        if "does not exist" in str(error):
            raise DeployError(f"there is no stack {name}") from error
        raise
    known = {item["ParameterKey"]: item["ParameterValue"] for item in parameters}
    return known | {item["OutputKey"]: item["OutputValue"] for item in outputs}


def state(session: boto3.Session, name: str) -> str:
    """Return the status of a stack, as UPDATE_COMPLETE, or an empty text where there is none."""
    try:
        found = session.client("cloudformation").describe_stacks(StackName=name)["Stacks"]
    except ClientError as error:
        if "does not exist" in str(error):
            return ""
        raise
    return str(found[0]["StackStatus"])


def values_if_there(session: boto3.Session, name: str) -> dict[str, str]:
    """Return the parameters and outputs of a stack; none where it was never created."""
    return {} if state(session, name) in ("", "REVIEW_IN_PROGRESS") else values(session, name)


def exists(environment: Environment, stack: str) -> bool:
    stacks = environment.session.resource("cloudformation").stacks.all()
    return stack in [one.name for one in stacks]


def existing(environment: Environment) -> list[str]:
    """Return the names of the environment's stacks, in an order in which they can be deleted.

    One of them is SAM's own, with the image's repository. `sam delete` finds that by itself only
    where the service's stack exists, which a failed first deployment leaves out.
    """
    names = [stack.name for stack in environment.session.resource("cloudformation").stacks.all()]
    ends = ["-operations", "-site", "-[0-9a-f]{8}-CompanionStack", ""]
    patterns = [re.escape(environment.service) + end for end in ends]
    return [name for pattern in patterns for name in names if re.fullmatch(pattern, name)]


def json_service(session: boto3.Session, name: str) -> JsonService:
    """Return a client of an AWS service with a session's credentials and region."""
    found = renewed(session.get_credentials())
    endpoint = os.environ.get("AWS_ENDPOINT_URL", "")
    return JsonService(Caller(Account(session.region_name, found, endpoint), name))
