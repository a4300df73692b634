"""All of it onto an AWS account, or off it: `make deploy ENV=dev`, `make destroy ENV=dev`."""

import argparse
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from tools.container import base
from tools.container.engine import FOLDER, NoDocker, engine

from . import environments, page, removal, stacks
from .environments import Refused, Table, stack_name

ROOT = Path(__file__).parents[2]
INFRA = ROOT / "infra"
BUILT = ROOT / ".aws-sam/build/template.yaml"
IMAGE = "apifunction:latest"  # as `sam build` calls it


def main() -> int:
    known = environments.read()
    parser = argparse.ArgumentParser(prog="python -m tools.deploy", description=__doc__)
    parser.add_argument("environment", choices=known)
    parser.add_argument("--destroy", action="store_true", help="take all of it away again")
    parser.add_argument("--yes", action="store_true", help="destroy without being asked")
    given = parser.parse_args()
    settings = known[given.environment]
    target = "destroy" if given.destroy else "deploy"
    try:
        session = _session(settings)
        if given.destroy:
            return destroy(session, settings, given.environment, given.yes)
        sam_deploy(given.environment, session.region_name)
        print(deploy_around(session, settings))
    except (Refused, NoDocker, stacks.StackError, BotoCoreError, ClientError) as error:
        print(f"make {target}: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(
            f"make {target}: stopped; run it again when CloudFormation has finished what it does",
            file=sys.stderr,
        )
        return 128 + signal.SIGINT
    return 0


def _session(settings: Table) -> boto3.Session:
    session = environments.session(settings)
    account = session.client("sts").get_caller_identity()["Account"]
    print(f"{stack_name(settings)}: account {account}, {session.region_name}", flush=True)
    return session


def sam_deploy(environment: str, region: str) -> None:
    if not BUILT.exists():
        raise Refused("there is no image to deploy; run `make build` first")
    sam = str(ROOT / ".sam/bin/sam")
    command = [sam, "deploy", "--config-env", environment, "--region", region]
    with engine():  # sam pushes the image through it
        refuse_standin(IMAGE)
        done = subprocess.run(
            command, cwd=ROOT, env=os.environ | {"SAM_CLI_TELEMETRY": "0"}, check=False
        )
    if done.returncode:
        raise Refused("the service could not be deployed; SAM says why above")


def refuse_standin(image: str) -> None:
    if not base.is_there(image):
        raise Refused("there is no image to deploy; run `make build` first")
    if base.is_standin(image):
        raise Refused(
            f"{image} is built on a stand-in for {base.BASE}. Where that can be pulled, remove "
            f"{FOLDER} and run `make build` again"
        )


def deploy_around(session: boto3.Session, settings: Table) -> str:
    """The page and the alarms of a service that is there; gives the page's address."""
    service = stack_name(settings)
    formation = session.client("cloudformation")
    known = stacks.facts(formation, service)
    _stack(formation, service, "site", known, settings)
    site = stacks.facts(formation, f"{service}-site")
    origin = {"SiteOrigin": site["SiteUrl"], "OriginSecretArn": site["OriginSecretArn"]}
    if not stacks.tell(formation, service, origin):
        print(f"{service}: knows its page", flush=True)
    new, gone = page.publish(
        session.client("s3"), session.client("cloudfront"),
        site["BucketName"], site["DistributionId"], page.version(ROOT / "frontend"),
    )  # fmt: skip
    print(f"{service}-site: {len(new)} files put, {len(gone)} deleted", flush=True)
    _stack(formation, service, "operations", known, settings)
    return site["SiteUrl"]


def _stack(formation: Any, service: str, part: str, known: dict[str, str], settings: Table) -> None:
    template = (INFRA / f"{part}.yaml").read_text()
    table = settings.get(part, {}).get("parameters", {})
    wanted = {key: str(value) for key, value in table.items()}
    if not stacks.deploy(formation, f"{service}-{part}", template, known, wanted):
        print(f"{service}-{part}: is as its template says", flush=True)


def destroy(session: boto3.Session, settings: Table, environment: str, is_sure: bool) -> int:
    names = removal.stacks_of(session.client("cloudformation"), stack_name(settings))
    if not names:
        print(f"{stack_name(settings)}: there is nothing to destroy")
        return 0
    print(f"This deletes {', '.join(names)} and what is in their buckets and repositories.")
    if not is_sure and _answer(f"Type {environment} to go on: ") != environment:
        raise Refused("that was not the environment's name; nothing is deleted")
    for name in names:
        for kept in removal.remove(session, name):
            print(f"{name}: {kept} is kept, as its template says", flush=True)
    return 0


def _answer(question: str) -> str:
    try:
        return input(question).strip()
    except EOFError:  # nobody is there to ask
        return ""


if __name__ == "__main__":
    sys.exit(main())
