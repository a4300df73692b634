"""infra/deployer-*.json, the policies of whoever deploys, against the templates."""

import json

import pytest

from tests.template.templates import ROOT, Template
from tools.deploy import rights

NAMES = "template.yaml", *(
    f"infra/{name}.yaml" for name in ("site", "firewall", "operations", "access-logs")
)  # fmt: skip
CREATE = "Create", "Put", "Set", "Add", "Modify", "POST", "PATCH", "Associate", "Publish"
READ = "Get", "Describe", "List", "View", "GET"
CHANGE = "Update", "Put", "Set", "Modify", "PATCH", "Associate", "Publish", "Add", "Tag"
DELETE = "Delete", "Remove", "Modify", "DELETE", "Disassociate", "Cancel", "ScheduleKeyDeletion"
NEVER_DELETED = {"AWS::ApiGateway::Account", "AWS::Lambda::Version"}  # kept, or with the function
DELETED_BY_SETTING = {"AWS::SQS::QueuePolicy", "AWS::SNS::TopicPolicy"}


@pytest.fixture(scope="module")
def used():
    """The types of resources in all templates, as SAM translates them."""
    return {
        resource["Type"]
        for name in NAMES
        for resource in Template((ROOT / name).read_text(), name).translated["Resources"].values()
    }


def test_there_are_rights_for_each_type_of_resource_and_for_no_other(used):
    assert rights.types().keys() == used


@pytest.mark.parametrize("type", rights.types())
def test_a_resource_can_be_created_read_changed_and_deleted(type):
    verbs = [action.split(":")[1] for action in rights.types()[type]["actions"]]

    for prefixes in (CREATE, READ, CHANGE):
        assert any(verb.startswith(prefixes) for verb in verbs), prefixes
    if type not in NEVER_DELETED | DELETED_BY_SETTING:
        assert any(verb.startswith(DELETE) for verb in verbs)


def test_the_policies_are_written_from_the_table_and_fit_into_iam():
    written = {path: json.loads(path.read_text()) for path in ROOT.glob("infra/deployer-*.json")}

    assert written == rights.policies()
    for policy in written.values():
        assert len(json.dumps(policy, separators=(",", ":"))) <= 6144


def test_no_action_is_a_pattern_and_what_has_no_name_is_bounded_by_cloudformation():
    reads = "Describe", "List", "Get", "Validate"

    for statement in rights.statements():
        assert not any("*" in action for action in statement["Action"])
        named = all("cutout" in name or "Secret-" in name for name in statement["Resource"])
        verbs = [action.split(":")[1] for action in statement["Action"]]
        assert (
            named
            or "Condition" in statement
            or all(verb.startswith(reads) for verb in verbs)
            or statement["Resource"] in OTHERS
        )


OTHERS = [
    ["arn:aws:s3:::aws-sam-cli-managed-default-*"],  # SAM's bucket
    ["arn:aws:cloudfront::*:distribution/*"],  # invalidations: CloudFront names no distribution
    ["arn:aws:states:*:*:stateMachine:BatchStateMachine-*"],
    [
        "arn:aws:cloudformation:*:*:stack/cutout-*/*",
        "arn:aws:cloudformation:*:*:stack/aws-sam-cli-managed-default/*",
        "arn:aws:cloudformation:*:aws:transform/Serverless-2016-10-31",
    ],
]


def test_roles_are_passed_to_the_services_of_the_templates_alone():
    (passing,) = [one for one in rights.statements() if one["Action"] == ["iam:PassRole"]]

    assert passing["Resource"] == ["arn:aws:iam::*:role/cutout-*"]
    assert "iam:PassedToService" in passing["Condition"]["StringEquals"]
