"""`make status` and `make rollback`, on the local AWS."""

import io
import json
import sys
import zipfile
from uuid import uuid4

import boto3
import pytest

from cutout.version import VERSION
from tools.deploy import changesets, rollback, status
from tools.deploy.stacks import DeployError, Environment

STACK = """
Parameters: {Function: {Type: String}}
Resources: {Nothing: {Type: AWS::CloudFormation::WaitConditionHandle}}
Outputs: {FunctionName: {Value: !Ref Function}, Version: {Value: "0.1.0"}}
"""
OPERATIONS = """
Resources:
  ErrorAlarm: {Type: AWS::CloudWatch::Alarm, Properties: PROPERTIES}
  SweepAlarm: {Type: AWS::CloudWatch::Alarm, Properties: PROPERTIES}
""".replace(
    "PROPERTIES",
    "{Namespace: Cutout, MetricName: Errors, Statistic: Sum, Period: 60, EvaluationPeriods: 1, "
    "Threshold: 1, ComparisonOperator: GreaterThanThreshold}",
)
SITE = """
Resources: {Page: {Type: AWS::S3::Bucket}}
Outputs: {BucketName: {Value: !Ref Page}, SiteUrl: {Value: "https://cutout.example"}}
"""


@pytest.fixture
def environment(aws, monkeypatch, tmp_path):
    """An environment without a firewall whose API calls version 2 of two."""
    for name, value in aws.environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(changesets, "POLL_S", 0.1)
    environment = Environment("dev", f"cutout-{uuid4().hex[:8]}", {}, boto3.Session(), False)
    publish(environment.service, aliased=True)
    publish(environment.service)
    client = environment.session.client("lambda")
    client.update_alias(FunctionName=environment.service, Name="live", FunctionVersion="2")
    for part, text in (("", STACK), ("-operations", OPERATIONS), ("-site", SITE)):
        path = tmp_path / f"template{part}.yaml"
        path.write_text(text)
        values = {} if part else {"Function": environment.service}
        stack = environment.service + part
        made = changesets.create(environment, stack, path, values)
        changesets.execute(environment.session, made)
    return environment


def publish(function, *, aliased=False):
    """Publish a version of a function; with `aliased`, of a new one that gets the alias."""
    client = boto3.client("lambda")
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w") as code:
        code.writestr("api.py", f"def handler(event, context): return {str(uuid4())!r}")
    if aliased:
        policy = json.dumps({"Version": "2012-10-17", "Statement": []})
        made = boto3.client("iam").create_role(RoleName=function, AssumeRolePolicyDocument=policy)
        client.create_function(
            FunctionName=function, Runtime="python3.13", Handler="api.handler",
            Role=made["Role"]["Arn"], Code={"ZipFile": body.getvalue()},
        )  # fmt: skip
    else:
        client.update_function_code(FunctionName=function, ZipFile=body.getvalue())
    version = client.publish_version(FunctionName=function, Description=f"{VERSION}, u2net")
    if aliased:
        number = version["Version"]
        client.create_alias(FunctionName=function, Name="live", FunctionVersion=number)


def live(environment):
    client = environment.session.client("lambda")
    return client.get_alias(FunctionName=environment.service, Name="live")["FunctionVersion"]


def test_a_rollback_lets_the_api_run_the_version_before(environment, capsys):
    sentence = rollback.roll_back(environment, None, is_agreed=True)

    assert live(environment) == "1"
    assert sentence.endswith("version 1 is live; `make rollback TO=2` undoes it")
    printed = capsys.readouterr().out
    assert "The workers of jobs, webhooks and batches, page, alarms" in printed
    assert f"({VERSION}, u2net)" in printed


def test_a_rollback_can_be_undone(environment):
    rollback.roll_back(environment, None, is_agreed=True)
    rollback.roll_back(environment, 2, is_agreed=True)

    assert live(environment) == "2"


def test_a_rollback_asks_first(environment, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.StringIO("yes\n"))

    with pytest.raises(DeployError, match="YES=1"):
        rollback.roll_back(environment, None, is_agreed=False)

    assert live(environment) == "2"


@pytest.mark.parametrize(
    ("to", "sentence"), [(2, "version 2 is live already"), (9, "no version 9; there are 1, 2")]
)
def test_a_version_that_is_not_there_or_is_live_is_refused(environment, to, sentence):
    with pytest.raises(DeployError, match=sentence):
        rollback.roll_back(environment, to, is_agreed=True)


def test_the_first_version_has_none_before(environment):
    rollback.roll_back(environment, None, is_agreed=True)

    with pytest.raises(DeployError, match="no version before 1; deploy an earlier tag"):
        rollback.roll_back(environment, None, is_agreed=True)


def test_the_status_names_stacks_versions_and_ringing_alarms(environment):
    stack = f"{environment.service}-operations"
    found = boto3.resource("cloudformation").Stack(stack).Resource("ErrorAlarm")
    boto3.client("cloudwatch").set_alarm_state(
        AlarmName=found.physical_resource_id, StateValue="ALARM", StateReason="a test"
    )
    site = boto3.resource("cloudformation").Stack(f"{environment.service}-site")
    bucket = site.Resource("Page").physical_resource_id
    boto3.client("s3").put_object(Bucket=bucket, Key="version/0123456789ab/app.js", Body=b"")

    lines = list(status.status(environment))

    assert lines[0].startswith(f"{environment.service}: CREATE_COMPLETE, changed 2")
    assert lines[3].startswith("code: Cutout 0.1.0; live is version 2 of ")
    assert "is newer" not in lines[3]
    assert lines[4] == "page: 0123456789ab at https://cutout.example"
    assert lines[5].startswith(f"this checkout: Cutout {VERSION}, page ")
    assert lines[6].startswith("alarms: ErrorAlarm since 20")
    assert "SweepAlarm" not in lines[6]


def test_the_status_says_that_the_code_was_rolled_back_and_that_no_alarm_rings(environment):
    rollback.roll_back(environment, None, is_agreed=True)

    text = "\n".join(status.status(environment))

    assert "live is version 1 of" in text
    assert "version 2 is newer and not live" in text
    assert text.endswith("alarms: none of 2 rings")


@pytest.mark.parametrize("module", [status, rollback])
def test_an_environment_without_a_stack_is_an_error_of_one_sentence(
    aws, monkeypatch, capsys, module
):
    for name, value in aws.environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "argv", [module.__name__, "prod"])

    assert module.main() == 1

    assert capsys.readouterr().err.endswith(": there is no stack cutout-prod\n")
