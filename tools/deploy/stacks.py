"""CloudFormation: a stack becomes what its template says, or goes."""

from collections.abc import Iterator, Mapping
from typing import Any, Literal

from botocore.exceptions import ClientError, WaiterError

from tools import cloudformation

Change = Literal["create", "update", "delete"]
SECONDS, CHECKS = 5, 720  # an hour in all: CloudFront takes minutes, and now and then many


class StackError(Exception):
    """str(error) names the stack, the resource and the reason."""


def deploy(
    formation: Any, name: str, template: str, known: Mapping[str, str], wanted: Mapping[str, str]
) -> bool:
    """Whether there was anything to change. The template is given all of wanted, and what else it
    asks for and is known; other parameters have its defaults."""
    declared = formation.validate_template(TemplateBody=template)["Parameters"]
    asked = {parameter["ParameterKey"] for parameter in declared}
    values = {key: value for key, value in known.items() if key in asked} | dict(wanted)
    parameters = [{"ParameterKey": key, "ParameterValue": values[key]} for key in values]
    if _describe(formation, name):
        return _update(formation, name, template, parameters)
    created = formation.create_stack(
        StackName=name, TemplateBody=template, Parameters=parameters, OnFailure="DELETE"
    )
    _wait(formation, name, created["StackId"], "create")
    return True


def _update(formation: Any, name: str, template: str, parameters: list[dict[str, str]]) -> bool:
    body: dict[str, Any] = {"TemplateBody": template}
    # Sent again, a template that refers to a secret counts as changed, and the stack is updated.
    if formation.get_template(StackName=name)["TemplateBody"] == template:
        body = {"UsePreviousTemplate": True}
    try:
        updated = formation.update_stack(StackName=name, Parameters=parameters, **body)
    except ClientError as error:
        if "No updates are to be performed" in str(error):
            return False
        raise
    _wait(formation, name, updated["StackId"], "update")
    return True


def tell(formation: Any, name: str, values: Mapping[str, str]) -> bool:
    """Gives a stack some parameters and leaves it otherwise as it is; whether that was news."""
    stack = _describe(formation, name)
    known = {p["ParameterKey"]: p["ParameterValue"] for p in (stack or {}).get("Parameters", [])}
    # Updated with what it knows, a template that refers to a secret counts as changed.
    if all(known.get(key) == value for key, value in values.items()):
        return False
    parameters: list[dict[str, Any]] = [
        {"ParameterKey": key, "ParameterValue": values[key]}
        if key in values
        else {"ParameterKey": key, "UsePreviousValue": True}
        for key in known
    ]
    updated = formation.update_stack(
        StackName=name,
        UsePreviousTemplate=True,
        Parameters=parameters,
        Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],  # as its template asks for
    )
    _wait(formation, name, updated["StackId"], "update")
    return True


def facts(formation: Any, name: str) -> dict[str, str]:
    """The parameters and outputs of a stack that exists."""
    stack = _describe(formation, name)
    if not stack:
        raise StackError(f"there is no stack {name}")
    parameters = {p["ParameterKey"]: p["ParameterValue"] for p in stack.get("Parameters", [])}
    return parameters | {o["OutputKey"]: o["OutputValue"] for o in stack.get("Outputs", [])}


def exists(formation: Any, name: str) -> bool:
    return _describe(formation, name) is not None


def doomed(formation: Any, name: str) -> Iterator[tuple[str, str]]:
    """Type and physical name of each resource that will go with its stack."""
    body = formation.get_template(StackName=name, TemplateStage="Processed")["TemplateBody"]
    template = cloudformation.parse(body) if isinstance(body, str) else body
    for page in formation.get_paginator("list_stack_resources").paginate(StackName=name):
        for resource in page["StackResourceSummaries"]:
            written = template["Resources"].get(resource["LogicalResourceId"], {})
            if written.get("DeletionPolicy", "Delete") == "Delete":
                yield resource["ResourceType"], resource["PhysicalResourceId"]


def delete(formation: Any, name: str) -> list[str]:
    """What the template says is to be kept."""
    stack = _describe(formation, name)
    if not stack:
        return []
    formation.delete_stack(StackName=name)
    _wait(formation, name, stack["StackId"], "delete")
    return [
        f"{event['LogicalResourceId']} ({event['PhysicalResourceId']})"
        for event in _events(formation, stack["StackId"], "delete")
        if event["ResourceStatus"] == "DELETE_SKIPPED"
    ]


def _describe(formation: Any, name: str) -> dict[str, Any] | None:
    try:
        stack: dict[str, Any] = formation.describe_stacks(StackName=name)["Stacks"][0]
    except ClientError as error:
        if "does not exist" in str(error):
            return None
        raise
    return stack


def _wait(formation: Any, name: str, stack_id: str, change: Change) -> None:
    """By its identifier, which a stack keeps when it is deleted."""
    print(f"{name}: {change.removesuffix('e')}ing", flush=True)
    waiter = formation.get_waiter(f"stack_{change}_complete")
    try:
        waiter.wait(StackName=stack_id, WaiterConfig={"Delay": SECONDS, "MaxAttempts": CHECKS})
    except WaiterError as error:
        failures = [
            f"{event['LogicalResourceId']}: {event.get('ResourceStatusReason', 'no reason given')}"
            for event in _events(formation, stack_id, change)
            if event["ResourceStatus"].endswith("_FAILED")
            and event.get("PhysicalResourceId") != stack_id
        ]
        # The newest is first, and it is the oldest that made the others fail.
        reason = failures[-1] if failures else str(error)
        raise StackError(f"{name} could not be {change}d. {reason}") from error


def _events(formation: Any, stack_id: str, change: Change) -> Iterator[dict[str, Any]]:
    """Those of the last change, the newest first."""
    for page in formation.get_paginator("describe_stack_events").paginate(StackName=stack_id):
        for event in page["StackEvents"]:
            yield event
            is_start = event["ResourceStatus"] == f"{change.upper()}_IN_PROGRESS"
            if is_start and event.get("PhysicalResourceId") == stack_id:
                return
