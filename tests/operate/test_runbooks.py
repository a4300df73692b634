"""The commands of docs/operate, run on the local AWS as they stand there."""

import io
import json
import os
import re
import subprocess
import sys
import zipfile
from uuid import uuid4

import boto3
import pytest

from cutout import bootstrap
from cutout.aws.dynamodb import DynamoDbTable
from tests.pages import DOCS, RUNBOOKS, blocks
from tools.deploy import restore
from tools.deploy.stacks import ROOT, DeployError, Environment
from tools.time_limits import limit_s

FUNCTIONS = "FunctionName", "WorkerFunctionName", "SweepFunctionName"
TABLE = {
    "AttributeDefinitions": [
        {"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk")
    ],
    "KeySchema": [
        {"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"},
    ],
    "BillingMode": "PAY_PER_REQUEST",
}  # fmt: skip


@pytest.fixture
def service(aws, monkeypatch):
    """A stack cutout-prod whose outputs name tables, queues and functions of the test's own."""
    for name, value in aws.environment().items():
        monkeypatch.setenv(name, value)
    own = uuid4().hex[:8]
    outputs = {name: f"{name}-{own}" for name in FUNCTIONS}
    for name in ("LedgerTableName", "StateTableName"):
        outputs[name] = f"{name}-{own}"
        boto3.client("dynamodb").create_table(TableName=outputs[name], **TABLE)
    role = boto3.client("iam").create_role(RoleName=own, AssumeRolePolicyDocument="{}")["Role"]
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w") as code:
        code.writestr("api.py", "")
    for name in FUNCTIONS:
        boto3.client("lambda").create_function(
            FunctionName=outputs[name], Runtime="python3.13", Handler="api.handler",
            Role=role["Arn"], Code={"ZipFile": body.getvalue()},
        )  # fmt: skip
    sqs = boto3.client("sqs")
    outputs["JobDeadLettersName"] = f"jobs-{own}"
    sqs.create_queue(QueueName=outputs["JobDeadLettersName"])
    outputs["WebhookDeadLettersUrl"] = sqs.create_queue(QueueName=f"webhooks-{own}")["QueueUrl"]
    outputs["FunctionLogs"] = f"logs-{own}"
    boto3.client("logs").create_log_group(logGroupName=outputs["FunctionLogs"])
    stack = {
        "Resources": {"Nothing": {"Type": "AWS::CloudFormation::WaitConditionHandle"}},
        "Outputs": {name: {"Value": value} for name, value in outputs.items()},
    }
    formation = boto3.client("cloudformation")
    formation.create_stack(StackName="cutout-prod", TemplateBody=json.dumps(stack))
    yield outputs
    formation.delete_stack(StackName="cutout-prod")


@pytest.fixture
def ledger(aws, service):
    return DynamoDbTable(aws.service("dynamodb"), service["LedgerTableName"])


@pytest.fixture
def run(tmp_path):
    """Return what runs a page's commands, in one shell, with a stand-in for AWS's command line."""
    command = tmp_path / "aws"
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m tests.operate.aws_command "$@"\n')
    command.chmod(0o755)

    def run(page, **replaced):
        text = "".join(
            one.text for one in blocks(DOCS / "operate" / page) if one.test == RUNBOOKS
        ).replace(".venv/bin/python", sys.executable)
        text = text.replace("> shop-", f"> {tmp_path}/shop-")
        for old, new in replaced.items():
            text = text.replace(old.removeprefix("_"), new)
        return subprocess.run(
            ["sh", "-eux", "-c", text], cwd=ROOT, capture_output=True, text=True, check=False,
            env=os.environ | {"PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}"},
            timeout=limit_s(300),
        )  # fmt: skip

    return run


def test_the_commands_of_backup_restore_the_ledger(run, service, ledger):
    bootstrap.accounts(ledger).create_key("shop")
    bootstrap.ledger(ledger).grant("shop", 2000, "")

    done = run("backup.md")

    assert done.returncode == 0, done.stderr
    assert "holds what cutout-prod-restored holds" in done.stdout
    tables = boto3.client("dynamodb").list_tables()["TableNames"]
    assert service["LedgerTableName"] in tables and "cutout-prod-restored" not in tables
    for name in FUNCTIONS:
        found = boto3.client("lambda").get_function_concurrency(FunctionName=service[name])
        assert "ReservedConcurrentExecutions" not in found


def test_the_commands_of_incidents_run(run, service, ledger):
    key = bootstrap.accounts(ledger).create_key("shop")
    bootstrap.webhook_secrets(ledger).create("shop")
    id = re.search(r"_shop_([0-9a-f]{8})_", key)[1]

    done = run("incidents.md", _1f0c9a3e=id)

    assert done.returncode == 0, done.stderr


@pytest.fixture
def environment(service):
    return Environment("prod", "cutout-prod", {}, boto3.Session())


@pytest.fixture
def restored(service):
    """A table with the keys of the ledger, and one item."""
    name = f"restored-{uuid4().hex[:8]}"
    boto3.client("dynamodb").create_table(TableName=name, **TABLE)
    table = boto3.resource("dynamodb").Table(name)
    table.put_item(Item={"pk": "account#shop", "sk": "balance", "quarters": 40})
    return table


def items(name):
    found = boto3.resource("dynamodb").Table(name).scan()["Items"]
    return sorted((item["pk"], item["sk"], int(item["quarters"])) for item in found)


def test_a_restore_writes_what_differs_and_deletes_what_is_new(environment, service, restored):
    ledger = boto3.resource("dynamodb").Table(service["LedgerTableName"])
    ledger.put_item(Item={"pk": "account#shop", "sk": "balance", "quarters": 9})
    ledger.put_item(Item={"pk": "account#thief", "sk": "balance", "quarters": 9})

    restore.restore(environment, restored.name, is_agreed=True)

    assert items(ledger.name) == items(restored.name) == [("account#shop", "balance", 40)]
    assert "holds what" in restore.restore(environment, restored.name, is_agreed=False)


def test_a_restore_asks_first(environment, service, restored, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.StringIO("yes\n"))

    with pytest.raises(DeployError, match="YES=1"):
        restore.restore(environment, restored.name, is_agreed=False)

    assert items(service["LedgerTableName"]) == []


def test_a_table_with_other_keys_is_no_source_of_a_restore(environment, service):
    name = f"other-{uuid4().hex[:8]}"
    keys = {
        "AttributeDefinitions": TABLE["AttributeDefinitions"][:1],
        "KeySchema": TABLE["KeySchema"][:1],
    }
    boto3.client("dynamodb").create_table(TableName=name, BillingMode="PAY_PER_REQUEST", **keys)

    with pytest.raises(DeployError, match=r"is no copy of .*: it has other keys"):
        restore.restore(environment, name, is_agreed=True)
