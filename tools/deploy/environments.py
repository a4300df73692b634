"""dev and prod: what samconfig.toml says of them, and the AWS account that they are in."""

import tomllib
from pathlib import Path
from typing import Any

import boto3

ROOT = Path(__file__).parents[2]
Table = dict[str, Any]  # of samconfig.toml, such as that of dev


class Refused(Exception):
    """str(error) says what to do first."""


def read() -> dict[str, Table]:
    tables = tomllib.loads((ROOT / "samconfig.toml").read_text())
    return {
        name: table
        for name, table in tables.items()
        if isinstance(table, dict) and "deploy" in table
    }


def stack_name(settings: Table) -> str:
    name: str = settings["deploy"]["parameters"]["stack_name"]
    return name


def session(settings: Table) -> boto3.Session:
    """Where SAM goes too: its settings, if they say, and else those of AWS's tools."""
    of_sam = settings["deploy"]["parameters"]
    session = boto3.Session(profile_name=of_sam.get("profile"), region_name=of_sam.get("region"))
    if not session.region_name:
        raise Refused("AWS has many regions; name one, such as AWS_DEFAULT_REGION=eu-central-1")
    if not session.get_credentials():
        raise Refused("there are no AWS credentials; set AWS_PROFILE, or run `aws configure`")
    return session
