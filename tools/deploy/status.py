"""Print an environment's stacks, code, page and ringing alarms: `make status ENV=dev`."""

import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import boto3

from cutout.version import VERSION

from . import command, page, rollback, stacks
from .stacks import ROOT, Environment

ALARMS = {
    "AWS::CloudWatch::Alarm": "MetricAlarms",
    "AWS::CloudWatch::CompositeAlarm": "CompositeAlarms",
}
NAMES_IN_A_CALL = 100  # CloudWatch's maximum


def main() -> int:
    arguments = command.parser("python -m tools.deploy.status", __doc__).parse_args()
    return command.run("make status", arguments.environment, status)


def status(environment: Environment) -> Iterator[str]:
    """Yield the lines of the screen. Raises DeployError where the service is not deployed."""
    service, session = environment.service, environment.session
    deployed = stacks.values(session, service)
    site = stacks.values_if_there(session, f"{service}-site")
    for name in (service, f"{service}-site", f"{service}-operations"):
        yield _stack(session, name)
    if environment.has_firewall:
        yield _stack(environment.at_the_edge().session, environment.firewall)
    yield f"code: {_code(session, deployed)}"
    if site:
        published = page.published(session, site["BucketName"])
        yield f"page: {', '.join(published) or 'none'} at {site['SiteUrl']}"
    here = page.name(page.version(ROOT / "frontend"))
    yield f"this checkout: Cutout {VERSION}, page {here}"
    yield f"alarms: {_alarms(session, f'{service}-operations')}"


def _stack(session: boto3.Session, name: str) -> str:
    if not stacks.state(session, name):
        return f"{name}: not there"
    (found,) = session.client("cloudformation").describe_stacks(StackName=name)["Stacks"]
    changed = found.get("LastUpdatedTime", found["CreationTime"])
    return f"{name}: {found['StackStatus']}, changed {_time(changed)}"


def _code(session: boto3.Session, deployed: dict[str, str]) -> str:
    """Return Cutout's version, and the version of ApiFunction that the API calls."""
    client, function = session.client("lambda"), deployed["FunctionName"]
    live = int(client.get_alias(FunctionName=function, Name=rollback.ALIAS)["FunctionVersion"])
    found = rollback.versions(client, function)
    newest = max(found, default=live)
    behind = "" if live == newest else f"; version {newest} is newer and not live"
    name = deployed.get("Version", "of an unnamed version")
    return f"Cutout {name}; live is {rollback.describe(found, live)}{behind}"


def _alarms(session: boto3.Session, stack: str) -> str:
    if not stacks.state(session, stack):
        return "none, since there is no stack of operations"
    resources = session.resource("cloudformation").Stack(stack).resource_summaries.all()
    names = {
        one.physical_resource_id: one.logical_id for one in resources if one.resource_type in ALARMS
    }
    ringing = [
        f"{names[alarm['AlarmName']]} since {_time(alarm['StateUpdatedTimestamp'])}"
        for alarm in _ringing(session, list(names))
    ]
    return ", ".join(sorted(ringing)) or f"none of {len(names)} rings"


def _ringing(session: boto3.Session, names: list[str]) -> Iterator[dict[str, Any]]:
    client = session.client("cloudwatch")
    for start in range(0, len(names), NAMES_IN_A_CALL):
        found = client.describe_alarms(
            AlarmNames=names[start : start + NAMES_IN_A_CALL],
            AlarmTypes=["MetricAlarm", "CompositeAlarm"],
            StateValue="ALARM",
            MaxRecords=NAMES_IN_A_CALL,
        )
        for kind in ALARMS.values():
            yield from found.get(kind, [])


def _time(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


if __name__ == "__main__":
    sys.exit(main())
