"""Let the API run an earlier published version of ApiFunction: `make rollback ENV=dev`."""

import sys
from collections.abc import Mapping, Sequence
from typing import Any

from . import command, stacks
from .plan import answered_yes
from .stacks import DeployError, Environment

ALIAS = "live"  # AutoPublishAlias of template.yaml
NOT_BROUGHT_BACK = (
    "The workers of jobs, webhooks and batches, page, alarms, parameters and tables "
    "stay as they are. docs/operate/rollback.md says how to bring those back."
)


def main() -> int:
    parser = command.parser("python -m tools.deploy.rollback", __doc__)
    parser.add_argument(
        "--to", type=int, metavar="VERSION", help="the version, if not the one before"
    )
    parser.add_argument("--yes", action="store_true", help="go back without asking")
    arguments = parser.parse_args()
    return command.run(
        "make rollback",
        arguments.environment,
        lambda environment: [roll_back(environment, arguments.to, is_agreed=arguments.yes)],
    )


def roll_back(environment: Environment, to: int | None, *, is_agreed: bool) -> str:
    """Point the alias that API Gateway calls to the version before the live one, or to `to`.

    Returns a sentence. Raises DeployError if that version does not exist or the answer is not yes.
    """
    client = environment.session.client("lambda")
    function = stacks.values(environment.session, environment.service)["FunctionName"]
    alias = client.get_alias(FunctionName=function, Name=ALIAS)
    live, found = int(alias["FunctionVersion"]), versions(client, function)
    target = _target(sorted(found), live, to)
    print(f"{environment.service}: {describe(found, live)} is live")
    print(f"{environment.service}: {describe(found, target)} would be")
    print(NOT_BROUGHT_BACK)
    answered_yes("go back" if target < live else "go forward", is_agreed=is_agreed)
    # With RevisionId the update fails if a deployment has moved the alias meanwhile.
    client.update_alias(
        FunctionName=function, Name=ALIAS, FunctionVersion=str(target),
        RevisionId=alias["RevisionId"],
    )  # fmt: skip
    return f"{environment.service}: version {target} is live; `make rollback TO={live}` undoes it"


def _target(numbers: Sequence[int], live: int, to: int | None) -> int:
    if to == live:
        raise DeployError(f"version {live} is live already")
    if to is not None:
        if to not in numbers:
            raise DeployError(f"there is no version {to}; there are {', '.join(map(str, numbers))}")
        return to
    if not (earlier := [number for number in numbers if number < live]):
        raise DeployError(
            f"there is no version before {live}; deploy an earlier tag (docs/operate/rollback.md)"
        )
    return earlier[-1]


def versions(client: Any, function: str) -> dict[int, Mapping[str, Any]]:
    """Return the published versions of a function by their numbers."""
    pages = client.get_paginator("list_versions_by_function").paginate(FunctionName=function)
    found = [version for page in pages for version in page["Versions"]]
    return {int(one["Version"]): one for one in found if one["Version"] != "$LATEST"}


def describe(found: Mapping[int, Mapping[str, Any]], number: int) -> str:
    """Return a version's number, the time when it was published, and its description."""
    version = found.get(number, {})
    published = str(version.get("LastModified", "unknown"))[:16].replace("T", " ")
    description = version.get("Description") or "no description"
    return f"version {number} of {published} UTC ({description})"


if __name__ == "__main__":
    sys.exit(main())
