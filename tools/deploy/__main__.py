"""Deploy Cutout to an AWS account, or delete it: `make deploy ENV=dev`, `make destroy ENV=dev`."""

import argparse
import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from tools import cloudformation
from tools.container import base
from tools.container.engine import FOLDER, NoDocker, engine
from tools.cost import inputs

from . import page, stacks
from .stacks import ROOT, DeployError, Environment

INFRA = ROOT / "infra"
BUILT = ROOT / ".aws-sam/build/template.yaml"
IMAGE = "apifunction:latest"  # the name that `sam build` gives it
NO_ADDRESS = (
    "who gets the alarms? Set AlarmEmail in [{0}.operations.parameters] of samconfig.toml, to an "
    'address or, for nobody, to ""'
)
NO_IMAGE = "there is no image to deploy; run `make build` first"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.deploy", description=__doc__)
    parser.add_argument("environment", choices=stacks.environment_names())
    parser.add_argument("--destroy", action="store_true", help="delete the environment's stacks")
    arguments = parser.parse_args()
    target = "destroy" if arguments.destroy else "deploy"
    try:
        environment = stacks.open_environment(arguments.environment)
        account = environment.session.client("sts").get_caller_identity()["Account"]
        region = environment.session.region_name
        print(f"{environment.service}: account {account}, {region}", flush=True)
        if arguments.destroy:
            destroy(environment)
        elif not BUILT.exists():
            raise DeployError(NO_IMAGE)
        else:
            with engine():  # SAM pushes the image through Docker
                refuse_standin(IMAGE)
                print(deploy(environment, BUILT))
    except (DeployError, NoDocker, BotoCoreError, ClientError) as error:
        print(f"make {target}: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(f"make {target}: stopped; CloudFormation finishes what it began", file=sys.stderr)
        return 128 + signal.SIGINT
    return 0


def refuse_standin(image: str) -> None:
    if not base.is_there(image):
        raise DeployError(NO_IMAGE)
    if base.is_standin(image):
        raise DeployError(
            f"{image} is built on a stand-in for {base.BASE}. Where that can be pulled, remove "
            f"{FOLDER} and run `make build` again"
        )


def deploy(environment: Environment, template: Path) -> str:
    """Deploy the service, the firewall, the site and the operations, and upload the page. Returns
    its address.

    Service and site need each other: the site is deployed with the service's API and bucket, and
    then the service with the site's origin, unless it already has that.
    """
    service, session = environment.service, environment.session
    for part in environment.parameters:
        _parameters(environment, part, {})  # refuses wrong settings before anything is deployed
    if "AlarmEmail" not in environment.parameters["operations"]:
        raise DeployError(NO_ADDRESS.format(environment.name))
    stacks.deploy(environment, service, template, {})
    known = stacks.values(session, service)
    _deploy_part(environment, "site", known | _deploy_firewall(environment))
    site = stacks.values(session, f"{service}-site")
    origin = {"SiteOrigin": site["SiteUrl"], "OriginSecretArn": site["OriginSecretArn"]}
    if not origin.items() <= known.items():
        stacks.deploy(environment, service, template, origin)
    files = page.version(ROOT / "frontend")
    new, old = page.publish(session, site["BucketName"], site["DistributionId"], files)
    print(f"{service}-site: {len(new)} files uploaded, {len(old)} deleted", flush=True)
    _deploy_part(environment, "operations", known)
    if not environment.has_firewall:
        _delete_firewall(environment)
    print_costs(environment)
    return site["SiteUrl"]


def _deploy_firewall(environment: Environment) -> dict[str, str]:
    """Return what the site needs to know of it. One that is turned off is deleted later, when the
    site does not use it any more."""
    if not environment.has_firewall:
        return {"WebAclArn": ""}
    edge, name = environment.at_the_edge(), environment.firewall
    stacks.deploy(edge, name, INFRA / "firewall.yaml", _parameters(environment, "firewall", {}))
    return {"WebAclArn": stacks.values(edge.session, name)["WebAclArn"]}


def _delete_firewall(environment: Environment) -> None:
    edge = environment.at_the_edge()
    if stacks.exists(edge, environment.firewall):
        stacks.sam(edge, "delete", environment.firewall, "--no-prompts")


def print_costs(environment: Environment) -> None:
    """Print what the stacks cost without any traffic, and who hears of more."""
    settings = _parameters(environment, "operations", {})
    plan = _parameters(environment, "site", {})["PricingPlan"]
    dollars = inputs.load().monthly_dollars
    if plan or not environment.has_firewall:  # a plan includes it
        dollars -= inputs.monthly("web_acl", "firewall_rule")
    if plan:
        dollars += inputs.load().plans[plan.title()].dollars
    print(
        f"{environment.service}: ${dollars:.0f} a month at most without traffic "
        f"(docs/deploy/cost.md); visitors are refused above ${settings['DailyBudget']} in 24 hours "
        f"and above ${settings['MonthlyBudget']} of the account's bill in a month",
        flush=True,
    )
    if not settings["AlarmEmail"]:
        print(f"{environment.service}: WARNING: nobody gets the alarms (AlarmEmail)", flush=True)


def _deploy_part(environment: Environment, part: str, known: Mapping[str, str]) -> None:
    stack, template = f"{environment.service}-{part}", INFRA / f"{part}.yaml"
    stacks.deploy(environment, stack, template, _parameters(environment, part, known))


def _parameters(environment: Environment, part: str, known: Mapping[str, str]) -> dict[str, Any]:
    """Return the parameters of infra/{part}.yaml: those of samconfig.toml, else what is known of
    the service by the same names, else the template's defaults."""
    declared = cloudformation.read(INFRA / f"{part}.yaml")["Parameters"]
    chosen = environment.parameters[part]
    if unknown := chosen.keys() - declared.keys():  # SAM would ignore them
        raise DeployError(f"samconfig.toml: infra/{part}.yaml has no parameter {min(unknown)}")
    defaults = {name: it["Default"] for name, it in declared.items() if "Default" in it}
    from_service = {name: value for name, value in known.items() if name in declared}
    return defaults | from_service | dict(chosen)


def destroy(environment: Environment) -> None:
    """Delete the environment's stacks, after its name was typed on standard input."""
    names = stacks.existing(environment)
    firewall = [environment.firewall] * stacks.exists(
        environment.at_the_edge(), environment.firewall
    )
    if not names + firewall:
        print(f"{environment.service}: there is nothing to destroy")
        return
    print(
        f"This deletes {', '.join(names + firewall)}, and what their buckets and repositories hold."
    )
    print(f"Type {environment.name} to go on: ", end="", flush=True)
    if sys.stdin.readline().strip() != environment.name:
        raise DeployError("that was not the environment's name; nothing is deleted")
    for name in names:
        kept = stacks.empty_buckets(environment.session, name)
        stacks.sam(environment, "delete", name, "--no-prompts")
        for resource in kept:
            print(f"{name}: {resource} is kept, as its template says", flush=True)
    _delete_firewall(environment)


if __name__ == "__main__":
    sys.exit(main())
