"""Write infra/deployer-*.json, the policies of whoever deploys: `python -m tools.deploy.rights`.

rights.toml has the actions for each type of resource in the templates, and for the commands.
"""

import json
import tomllib
from collections import defaultdict
from pathlib import Path
from typing import Any

from .stacks import ROOT

TABLE = Path(__file__).with_name("rights.toml")
POLICY_BYTES = 6144  # IAM's limit of a managed policy, without white space
# A request that CloudFormation makes for the caller.
INDIRECTLY = {"ForAnyValue:StringEquals": {"aws:CalledVia": ["cloudformation.amazonaws.com"]}}
PASSED_TO = ["lambda.amazonaws.com", "states.amazonaws.com", "apigateway.amazonaws.com"]


def main() -> None:
    for path, policy in policies().items():
        path.write_text(json.dumps(policy, indent=2) + "\n")
        print(f"{path.relative_to(ROOT)}: {_size(policy):,} of {POLICY_BYTES:,} bytes")


def types() -> dict[str, Any]:
    """Return the rights for each type of resource, with those that are the same as another's."""
    found = tomllib.loads(TABLE.read_text())["types"]
    return {name: found[it["same_as"]] if "same_as" in it else it for name, it in found.items()}


def policies() -> dict[Path, dict[str, Any]]:
    """Return the policies by their files: as many as IAM's limit of size needs."""
    found = [_policy([])]
    for statement in statements():
        found[-1]["Statement"].append(statement)
        if _size(found[-1]) > POLICY_BYTES:
            found.append(_policy([found[-1]["Statement"].pop()]))
    return {ROOT / f"infra/deployer-{i}.json": policy for i, policy in enumerate(found, 1)}


def _policy(statements: list[dict[str, Any]]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": statements}


def _size(policy: dict[str, Any]) -> int:
    return len(json.dumps(policy, separators=(",", ":")))


def statements() -> list[dict[str, Any]]:
    """Return one statement for all types and commands that have the same resources."""
    rights = [*types().values(), *tomllib.loads(TABLE.read_text())["commands"].values()]
    grouped: dict[tuple[Any, ...], set[str]] = defaultdict(set)
    for it in rights:
        grouped[tuple(it["resources"]), it.get("indirect", False)].update(it["actions"])
    found = []
    for (resources, is_indirect), actions in grouped.items():
        condition = {"Condition": INDIRECTLY} if is_indirect else {}
        found.append(_statement(resources, actions - {"iam:PassRole"}, condition))
        if "iam:PassRole" in actions:
            passed = {"StringEquals": {"iam:PassedToService": PASSED_TO}}
            found.append(_statement(resources, {"iam:PassRole"}, {"Condition": passed}))
    return found


def _statement(
    resources: tuple[str, ...], actions: set[str], condition: dict[str, Any]
) -> dict[str, Any]:
    return {
        "Effect": "Allow", "Action": sorted(actions), "Resource": list(resources),
    } | condition  # fmt: skip


if __name__ == "__main__":
    main()
