"""What the commands that look at or change a deployed service have in common."""

import argparse
import sys
from collections.abc import Callable, Iterable

from botocore.exceptions import BotoCoreError, ClientError

from . import stacks
from .stacks import DeployError, Environment


def parser(program: str, description: str | None) -> argparse.ArgumentParser:
    """Return a parser whose first argument is the name of an environment of samconfig.toml."""
    parser = argparse.ArgumentParser(prog=program, description=description)
    parser.add_argument("environment", choices=stacks.environment_names())
    return parser


def run(name: str, environment: str, act: Callable[[Environment], Iterable[str]]) -> int:
    """Open the environment and print the lines that `act` returns for it.

    Returns the exit code: 1 after a sentence about what DeployError or AWS says.
    """
    try:
        for line in act(stacks.open_environment(environment)):
            print(line)
    except (DeployError, BotoCoreError, ClientError) as error:
        print(f"{name}: {error}", file=sys.stderr)
        return 1
    return 0
