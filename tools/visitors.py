"""Serve visitors, who have no API key, again, or refuse them: `python -m tools.visitors open`.

CostAlarm and Budget of infra/operations.yaml close the service to visitors by themselves.
"""

import argparse
import sys
import time
from datetime import date

from botocore.exceptions import BotoCoreError, ClientError

from cutout.aws.dynamodb import DynamoDbTable
from cutout.aws.errors import AwsError
from cutout.credits import closing
from cutout.errors import CutoutError
from tools.deploy import stacks

PROGRAM = "python -m tools.visitors"


def main() -> int:
    parser = argparse.ArgumentParser(prog=PROGRAM, description=__doc__)
    parser.add_argument("--env", choices=stacks.environment_names(), default="dev")
    commands = parser.add_subparsers(required=True)
    for name, run, help in (
        ("open", closing.reopen, "serve visitors again"),
        ("close", closing.close_for_budget, "refuse visitors until the month ends, in UTC"),
        ("show", closing.closed_days, "print the days that are closed"),
    ):
        commands.add_parser(name, help=help, description=help).set_defaults(run=run, name=name)
    arguments = parser.parse_args()
    try:
        environment = stacks.open_environment(arguments.env)
        values = stacks.values(environment.session, environment.service)
        client = stacks.json_service(environment.session, "dynamodb")
        table = DynamoDbTable(client, values["StateTableName"])
        days = arguments.run(table, time.time)
    except (CutoutError, stacks.DeployError, BotoCoreError, ClientError, AwsError) as error:
        print(f"{PROGRAM}: {error}", file=sys.stderr)
        return 1
    print(f"{'reopened' if arguments.name == 'open' else 'closed'}: {_period(days)}")
    return 0


def _period(days: list[date]) -> str:
    if not days:
        return "no day"
    return f"{days[0]}" if len(days) == 1 else f"{days[0]} to {days[-1]}"


if __name__ == "__main__":
    sys.exit(main())
