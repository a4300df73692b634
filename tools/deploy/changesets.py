"""CloudFormation change sets: what an update would change in a stack, and its execution."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
from botocore.exceptions import WaiterError

from tools import cloudformation

from .stacks import DeployError, Environment, state, values_if_there

POLL_S = 5
CREATED_WITHIN_S = 300
EXECUTED_WITHIN_S = 7200  # a CloudFront distribution takes minutes, at times half an hour
NO_CHANGES = "didn't contain changes", "No updates are to be performed"
REPLACEMENTS = {"True": "yes", "Conditional": "maybe"}
# Resources with data of customers or operators, which no deployment brings back.
DATA = {
    "AWS::DynamoDB::Table": "items",
    "AWS::KMS::Key": "key material",
    "AWS::Logs::LogGroup": "log lines",
    "AWS::S3::Bucket": "objects",
    "AWS::SQS::Queue": "messages",
    "AWS::SecretsManager::Secret": "value",
}


@dataclass(frozen=True)
class Change:
    """A row of a change set. `action` is CloudFormation's, such as Add, Modify or Remove."""

    stack: str
    action: str
    name: str  # the logical id
    type: str = ""
    replacement: str = ""  # "yes", "no", "maybe"; empty where it does not apply
    is_kept: bool = False  # the old resource stays in the account

    def warning(self) -> str:
        """Return a sentence where the change takes data from the stack, else an empty text."""
        if self.type not in DATA or (self.action, self.replacement) in (
            ("Add", ""), ("Import", ""), ("Modify", "no"),
        ):  # fmt: skip
            return ""
        verb = "may be replaced" if self.replacement == "maybe" else "would be replaced"
        done = "would be removed" if self.action == "Remove" else f"{verb} by an empty one"
        data = DATA[self.type]
        fate = (
            f"the old one stays in the account, but the service does not use its {data} any more"
            if self.is_kept
            else f"its {data} would be lost"
        )
        return f"{self.stack}: {self.name} ({self.type}) {done}; {fate}"


@dataclass(frozen=True)
class ChangeSet:
    arn: str
    stack: str
    is_new: bool  # executing it creates the stack
    changes: tuple[Change, ...]


def create(
    environment: Environment, stack: str, template: Path, values: Mapping[str, Any]
) -> ChangeSet | None:
    """Create a change set from a template without transforms. Returns None without changes.

    Parameters that have no value here keep the one that the stack has. Raises DeployError.
    """
    client = environment.session.client("cloudformation")
    text = template.read_text(encoding="utf-8")
    is_new = state(environment.session, stack) in ("", "REVIEW_IN_PROGRESS")
    kept = values_if_there(environment.session, stack).keys() - values.keys()
    declared = cloudformation.parse(text).get("Parameters", {})
    parameters = [
        {"ParameterKey": name, "ParameterValue": str(values[name])} for name in sorted(values)
    ]
    made = client.create_change_set(
        StackName=stack,
        ChangeSetName=f"cutout-{datetime.now(UTC):%Y%m%d-%H%M%S-%f}",
        ChangeSetType="CREATE" if is_new else "UPDATE",
        TemplateBody=text,
        Parameters=parameters
        + [{"ParameterKey": name, "UsePreviousValue": True} for name in declared if name in kept],
        Capabilities=["CAPABILITY_IAM"],
        Tags=[{"Key": key, "Value": value} for key, value in environment.tags.items()],
    )
    return _created(environment.session, stack, made["Id"])


def _created(session: boto3.Session, stack: str, arn: str) -> ChangeSet | None:
    client = session.client("cloudformation")
    config = {"Delay": POLL_S, "MaxAttempts": int(CREATED_WITHIN_S / POLL_S)}
    with suppress(WaiterError):  # the reason is read below
        client.get_waiter("change_set_create_complete").wait(ChangeSetName=arn, WaiterConfig=config)
    found = client.describe_change_set(ChangeSetName=arn)
    if found["Status"] == "CREATE_COMPLETE":
        return describe(session, arn)
    reason = found.get("StatusReason", "it took too long")
    _delete(session, arn, stack)
    if any(text in reason for text in NO_CHANGES):
        return None
    raise DeployError(f"CloudFormation refused the change of {stack}: {reason}")


def describe(session: boto3.Session, arn: str) -> ChangeSet:
    """Read all changes of a change set."""
    client = session.client("cloudformation")
    pages = list(client.get_paginator("describe_change_set").paginate(ChangeSetName=arn))
    stack = pages[0]["StackName"]
    found = [one["ResourceChange"] for page in pages for one in page["Changes"]]
    is_new = state(session, stack) == "REVIEW_IN_PROGRESS"
    return ChangeSet(arn, stack, is_new, tuple(_change(stack, one) for one in found))


def _change(stack: str, found: Mapping[str, Any]) -> Change:
    replacement = ""
    if found["Action"] in ("Modify", "Dynamic"):
        unknown = "maybe" if found["Action"] == "Dynamic" else "no"
        replacement = REPLACEMENTS.get(found.get("Replacement", ""), unknown)
    return Change(
        stack,
        found["Action"],
        found["LogicalResourceId"],
        found["ResourceType"],
        replacement,
        found.get("PolicyAction", "").endswith("Retain"),
    )


def available(session: boto3.Session, stack: str) -> set[str]:
    """Return the ARNs of a stack's change sets that can be executed."""
    if not state(session, stack):
        return set()
    pages = session.client("cloudformation").get_paginator("list_change_sets")
    return {
        one["ChangeSetId"]
        for page in pages.paginate(StackName=stack)
        for one in page["Summaries"]
        if one["ExecutionStatus"] == "AVAILABLE"
    }


def discard(session: boto3.Session, change_set: ChangeSet) -> None:
    """Delete a change set, and the empty stack that CloudFormation made for a new one."""
    _delete(session, change_set.arn, change_set.stack)


@contextmanager
def discarded_on_error(session: boto3.Session, change_set: ChangeSet | None) -> Iterator[None]:
    """Discard a change set if the block raises."""
    with ExitStack() as undo:
        if change_set:
            undo.callback(discard, session, change_set)
        yield
        undo.pop_all()


def _delete(session: boto3.Session, arn: str, stack: str) -> None:
    client = session.client("cloudformation")
    client.delete_change_set(ChangeSetName=arn)
    if state(session, stack) == "REVIEW_IN_PROGRESS":
        client.delete_stack(StackName=stack)


def execute(session: boto3.Session, change_set: ChangeSet) -> None:
    """Execute a change set and wait. A stack that could not be created is deleted.

    Raises DeployError with CloudFormation's reasons.
    """
    client, stack = session.client("cloudformation"), change_set.stack
    kind = "create" if change_set.is_new else "update"
    print(f"{stack}: {kind}s {len(change_set.changes)} resources", flush=True)
    before = {event["EventId"] for event in _events(session, stack)}
    client.execute_change_set(ChangeSetName=change_set.arn)
    config = {"Delay": POLL_S, "MaxAttempts": int(EXECUTED_WITHIN_S / POLL_S)}
    try:
        client.get_waiter(f"stack_{kind}_complete").wait(StackName=stack, WaiterConfig=config)
    except WaiterError as error:
        reasons = [
            f"  {event['LogicalResourceId']}: {event['ResourceStatusReason']}"
            for event in _events(session, stack)
            if event["EventId"] not in before
            and event["ResourceStatus"].endswith("_FAILED")
            and event.get("ResourceStatusReason")
        ]
        if change_set.is_new:  # so that a failed first deployment can be repeated
            client.delete_stack(StackName=stack)
            client.get_waiter("stack_delete_complete").wait(StackName=stack, WaiterConfig=config)
        sentence = f"CloudFormation could not {kind} {stack}:"
        raise DeployError("\n".join([sentence, *reasons] if reasons else [str(error)])) from error


def _events(session: boto3.Session, stack: str) -> Iterator[dict[str, Any]]:
    pages = session.client("cloudformation").get_paginator("describe_stack_events")
    for page in pages.paginate(StackName=stack):
        yield from page["StackEvents"]
