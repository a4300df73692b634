"""What an account's webhooks are signed with."""

import argparse
import sys
from collections.abc import Callable

from cutout import bootstrap
from cutout.jobs.webhook_secrets import WebhookSecrets
from cutout.ports import Table

from .arguments import DAY_S
from .printing import show_once


def run(table: Table, given: argparse.Namespace) -> None:
    bootstrap.ledger(table).balance(given.account)  # tells where there is no such account
    ACTIONS[given.action](bootstrap.webhook_secrets(table), given)


def make(secrets: WebhookSecrets, given: argparse.Namespace) -> None:
    show_once(secrets.create(given.account))


def rotate(secrets: WebhookSecrets, given: argparse.Namespace) -> None:
    secret = secrets.rotate(given.account, given.days * DAY_S)
    print(f"the old one signs for {given.days:g} days more", file=sys.stderr)
    show_once(secret)


def revoke(secrets: WebhookSecrets, given: argparse.Namespace) -> None:
    secrets.revoke(given.account, given.secret)
    print(f"{given.secret} is revoked")


def list_secrets(secrets: WebhookSecrets, given: argparse.Namespace) -> None:
    for secret in secrets.secrets(given.account):
        end = f"ends {secret.ends_at}" if secret.ends_at else "no end"
        print(f"{secret.id}  since {secret.created_at}  {end}")


ACTIONS: dict[str, Callable[[WebhookSecrets, argparse.Namespace], None]] = {
    "make": make,
    "rotate": rotate,
    "revoke": revoke,
    "list": list_secrets,
}
