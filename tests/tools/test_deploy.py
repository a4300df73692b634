"""`make deploy` and `make destroy`, against a local AWS, whose CloudFront takes orders alone."""

import hashlib
import io
import re
import sys
from urllib.request import Request, urlopen

import boto3
import pytest
from botocore.exceptions import ClientError

from tools import local_aws
from tools.deploy import __main__ as tool
from tools.deploy import page, removal, stacks

SETTINGS = {"deploy": {"parameters": {"stack_name": "cutout-dev"}}}
OURS = {"cutout-dev", "cutout-dev-site", "cutout-dev-operations"}
COMPANION = "cutout-dev-01234567-CompanionStack"  # as SAM names it
# What the template of the service says of itself; the service has tests of its own.
SERVICE = """
Parameters:
  MemorySize: {Type: Number, Default: 1769}
  Architecture: {Type: String, Default: x86_64}
  SiteOrigin: {Type: String, Default: ""}
  OriginSecretArn: {Type: String, Default: ""}
Resources:
  Pictures: {Type: AWS::S3::Bucket}
  Ledger: {Type: AWS::S3::Bucket, DeletionPolicy: Retain}
Outputs:
  ApiId: {Value: abc123}
  ApiName: {Value: cutout-dev}
  StageName: {Value: live}
  FunctionName: {Value: api-function}
  SweepFunctionName: {Value: sweep-function}
  JobQueueName: {Value: job-queue}
  JobDeadLettersName: {Value: job-dead-letters}
  WebhookDeadLettersName: {Value: webhook-dead-letters}
  PictureHost: {Value: pictures.s3.us-east-1.amazonaws.com}
"""
REPOSITORY = "Resources: {Images: {Type: AWS::ECR::Repository}}"
# A secret that is not there: the one mistake that only shows when the resource is made.
BROKEN = """
Resources:
  Fine: {Type: AWS::S3::Bucket}
  Wrong:
    Type: AWS::SecretsManager::Secret
    Properties: {SecretString: "{{resolve:secretsmanager:nowhere}}"}
"""


@pytest.fixture
def url(aws):
    return aws.url


@pytest.fixture
def nowhere(monkeypatch, tmp_path):
    """No region, no credentials, and no AWS behind them."""
    for name in ("AWS_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION", *local_aws.KEYS):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")


@pytest.fixture
def account(nowhere, url, monkeypatch):
    """An empty account of the local AWS."""
    urlopen(Request(f"{url}/_ministack/reset", method="POST")).close()
    for name, value in local_aws.KEYS.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_ENDPOINT_URL", url)
    monkeypatch.setenv("AWS_DEFAULT_REGION", local_aws.REGION)
    monkeypatch.setattr(stacks, "SECONDS", 0.1)  # between looks at a stack
    return boto3.Session()


@pytest.fixture
def formation(account):
    return account.client("cloudformation")


@pytest.fixture
def infra(tmp_path, monkeypatch):
    """The site's template, and of the operations' what they ask for: the local AWS does not know
    alarms that calculate."""
    monkeypatch.setattr(tool, "INFRA", tmp_path)
    site, operations = (
        (tool.ROOT / f"infra/{name}.yaml").read_text() for name in ("site", "operations")
    )
    asked, _ = operations.split("\nConditions:")
    assert "\nParameters:" in asked
    (tmp_path / "site.yaml").write_text(site)
    (tmp_path / "operations.yaml").write_text(
        f"{asked}\nResources: {{Mail: {{Type: AWS::SNS::Topic}}}}"
    )


@pytest.fixture
def deployed(account, formation, infra):
    """The service's stack, and all around it."""
    stacks.deploy(formation, "cutout-dev", SERVICE, {}, {})
    tool.deploy_around(account, SETTINGS)
    return stacks.facts(formation, "cutout-dev-site")


@pytest.fixture
def run(monkeypatch):
    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["deploy", *arguments])
        return tool.main()

    return run


@pytest.fixture
def folder(tmp_path):
    """A small page."""
    made = tmp_path / "page"
    made.mkdir()
    (made / "index.html").write_text('<script src="app.js"></script><a href="docs">API</a>')
    (made / "app.js").write_text("import './api.js';")
    (made / "api.js").write_text("fetch('/api/remove');")
    return made


def invalidations(account, distribution):
    cloudfront = account.client("cloudfront")
    found = cloudfront.list_invalidations(DistributionId=distribution)["InvalidationList"]
    return [
        sorted(
            cloudfront.get_invalidation(DistributionId=distribution, Id=item["Id"])["Invalidation"][
                "InvalidationBatch"
            ]["Paths"]["Items"]
        )
        for item in found.get("Items", [])
    ]


def keys(account, bucket):
    found = account.client("s3").list_objects_v2(Bucket=bucket).get("Contents", [])
    return {item["Key"] for item in found}


def history(formation):
    """All that ever happened to the stacks around the service."""
    return [
        event["EventId"]
        for name in OURS
        for event in formation.describe_stack_events(StackName=name)["StackEvents"]
    ]


def publish(account, site, folder):
    clients = account.client("s3"), account.client("cloudfront")
    return page.publish(*clients, site["BucketName"], site["DistributionId"], page.version(folder))


def resource(formation, name, stack="cutout-dev"):
    found = formation.describe_stack_resource(StackName=stack, LogicalResourceId=name)
    return found["StackResourceDetail"]["PhysicalResourceId"]


def standing(formation):
    return {stack["StackName"] for stack in formation.describe_stacks()["Stacks"]}


def test_every_file_of_the_page_is_in_its_version():
    folder = tool.ROOT / "frontend"
    names = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}

    keys = page.version(folder)

    assert {re.sub("^version/[0-9a-f]{12}/", "", key) for key in keys} == names


def test_what_html_names_is_under_the_versions_name_and_the_rest_is_left_alone(folder):
    files = page.version(folder)

    (script,) = (key for key in files if key.endswith("/app.js"))
    assert files["index.html"].body.decode() == (
        f'<script src="/{script}"></script><a href="docs">API</a>'
    )


def test_every_link_of_the_page_is_a_file_of_its_version():
    files = page.version(tool.ROOT / "frontend")
    links = re.findall(
        r'<(?:link|script)[^>]+?(?:href|src)="/([^"]+)"', files["index.html"].body.decode()
    )

    assert len(links) == 4
    assert set(links) <= files.keys()


def test_the_service_worker_stands_at_the_root_and_is_asked_for_each_time(folder):
    (folder / "sw.js").write_text("addEventListener('fetch', () => {});")

    files = page.version(folder)

    assert files["sw.js"].caching == files["index.html"].caching
    assert not any(key.endswith("/sw.js") for key in files)


@pytest.mark.parametrize("name", ["index.html", "app.js", "api.js"])
def test_whatever_changes_all_addresses_change(folder, name):
    before = page.version(folder)
    (folder / name).write_text("another")

    assert before.keys() & page.version(folder).keys() == {"index.html"}


def test_browsers_keep_what_never_changes_and_ask_for_the_rest(folder):
    caching = {key.split("/")[-1]: file.caching for key, file in page.version(folder).items()}

    assert "immutable" in caching["app.js"]
    assert caching["index.html"].startswith("public, max-age=0,")


def test_the_service_is_told_its_page_and_keeps_what_it_was_given(account, formation, infra):
    stacks.deploy(formation, "cutout-dev", SERVICE, {}, {"MemorySize": "3008"})

    tool.deploy_around(account, SETTINGS)

    service, site = (stacks.facts(formation, f"cutout-dev{part}") for part in ("", "-site"))
    assert service["SiteOrigin"] == site["SiteUrl"]
    assert service["OriginSecretArn"] == site["OriginSecretArn"]
    assert service["MemorySize"] == "3008"


def test_deployed_again_nothing_changes(account, formation, deployed):
    before = history(formation), keys(account, deployed["BucketName"])

    address = tool.deploy_around(account, SETTINGS)

    assert address == deployed["SiteUrl"]
    assert address.startswith("https://")
    assert standing(formation) == OURS
    assert (history(formation), keys(account, deployed["BucketName"])) == before
    assert len(invalidations(account, deployed["DistributionId"])) == 1


def test_a_setting_of_samconfig_changes_its_stack_alone(account, formation, deployed):
    settings = SETTINGS | {"operations": {"parameters": {"DailyBudget": 20}}}

    tool.deploy_around(account, settings)

    assert stacks.facts(formation, "cutout-dev-operations")["DailyBudget"] == "20"
    site = formation.describe_stacks(StackName="cutout-dev-site")["Stacks"][0]
    assert site["StackStatus"] == "CREATE_COMPLETE"


def test_the_site_asks_the_api_that_the_service_names(account, deployed):
    cloudfront = account.client("cloudfront")
    config = cloudfront.get_distribution_config(Id=deployed["DistributionId"])

    origins = {origin["Id"]: origin for origin in config["DistributionConfig"]["Origins"]["Items"]}
    assert origins["api"]["DomainName"].startswith("abc123.execute-api.")
    assert origins["api"]["OriginPath"] == "/live"
    (secret,) = origins["api"]["CustomHeaders"]["Items"]
    arn = deployed["OriginSecretArn"]
    stored = account.client("secretsmanager").get_secret_value(SecretId=arn)["SecretString"]
    assert secret == {"HeaderName": "X-Origin-Secret", "HeaderValue": stored}


def test_files_go_up_as_browsers_need_them(account, deployed, folder):
    publish(account, deployed, folder)

    s3 = account.client("s3")
    for key, file in page.version(folder).items():
        found = s3.get_object(Bucket=deployed["BucketName"], Key=key)
        assert found["Body"].read() == file.body
        assert (found["ContentType"], found["CacheControl"]) == (file.type, file.caching)
        assert found["ETag"] == f'"{hashlib.md5(file.body).hexdigest()}"'


def test_a_new_version_takes_the_place_of_the_old_and_the_old_files_go(account, deployed, folder):
    publish(account, deployed, folder)
    before = page.version(folder)
    (folder / "api.js").write_text("another")

    changed, gone = publish(account, deployed, folder)

    assert changed[-1] == "index.html"
    assert set(gone) == before.keys() - {"index.html"}
    assert keys(account, deployed["BucketName"]) == page.version(folder).keys()
    assert invalidations(account, deployed["DistributionId"])[-1] == ["/", "/index.html"]
    assert publish(account, deployed, folder) == ([], [])


def test_a_run_that_was_cut_short_is_made_good_by_the_next(account, deployed, folder):
    cut = deployed | {"DistributionId": "NOWHERE"}
    with pytest.raises(ClientError, match="NoSuchDistribution"):
        publish(account, cut, folder)
    before = len(invalidations(account, deployed["DistributionId"]))

    changed, gone = publish(account, deployed, folder)

    assert (changed, bool(gone)) == ([], True)
    assert len(invalidations(account, deployed["DistributionId"])) == before + 1
    assert keys(account, deployed["BucketName"]) == page.version(folder).keys()


def test_a_template_that_refers_to_a_secret_is_not_a_change_either(account, formation):
    account.client("secretsmanager").create_secret(Name="word", SecretString="secret")
    template = BROKEN.replace("nowhere", "word")

    assert stacks.deploy(formation, "told", template, {}, {})
    assert not stacks.deploy(formation, "told", template, {}, {})
    assert stacks.deploy(formation, "told", template + "    DeletionPolicy: Retain\n", {}, {})


def test_a_change_that_fails_says_which_resource_and_why(formation):
    with pytest.raises(stacks.StackError, match=r"created\. Wrong: .*nowhere not found"):
        stacks.deploy(formation, "broken", BROKEN, {}, {})

    assert not stacks.exists(formation, "broken")

    stacks.deploy(formation, "broken", REPOSITORY, {}, {})
    with pytest.raises(stacks.StackError, match=r"updated\. Wrong: .*nowhere not found"):
        stacks.deploy(formation, "broken", BROKEN, {}, {})


def test_destroy_takes_all_away_and_says_what_is_kept(account, formation, deployed, run, capsys):
    pictures, ledger = resource(formation, "Pictures"), resource(formation, "Ledger")
    s3 = account.client("s3")
    for bucket in (pictures, ledger):
        s3.put_object(Bucket=bucket, Key="photo", Body=b"")
    stacks.deploy(formation, "other", "Resources: {Mine: {Type: AWS::S3::Bucket}}", {}, {})

    assert run("dev", "--destroy", "--yes") == 0

    assert standing(formation) == {"other"}
    buckets = {bucket["Name"] for bucket in s3.list_buckets()["Buckets"]}
    assert {bucket.split("-")[0] for bucket in buckets - {ledger}} == {"other"}
    assert keys(account, ledger) == {"photo"}
    assert account.client("cloudfront").list_distributions()["DistributionList"]["Quantity"] == 0
    assert f"Ledger ({ledger}) is kept" in capsys.readouterr().out

    assert run("dev", "--destroy", "--yes") == 0
    assert "there is nothing to destroy" in capsys.readouterr().out


def test_destroy_takes_the_repository_that_sam_made(account, formation, run):
    ecr = account.client("ecr")
    stacks.deploy(formation, COMPANION, REPOSITORY, {}, {})
    stacks.deploy(formation, COMPANION.replace("dev", "prod"), REPOSITORY, {}, {})
    repository = resource(formation, "Images", COMPANION)
    ecr.put_image(repositoryName=repository, imageManifest="{}", imageTag="1")

    assert run("dev", "--destroy", "--yes") == 0

    assert standing(formation) == {COMPANION.replace("dev", "prod")}
    assert len(ecr.describe_repositories()["repositories"]) == 1


def test_a_bucket_is_empty_when_its_stack_is_to_go(account, formation):
    """AWS deletes no full one; the local one does."""
    stacks.deploy(formation, "cutout-dev", SERVICE, {}, {})
    bucket, s3, left = resource(formation, "Pictures"), account.client("s3"), []
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    for _ in range(2):
        s3.put_object(Bucket=bucket, Key="photo", Body=b"")
    s3.delete_object(Bucket=bucket, Key="photo")
    assert s3.list_object_versions(Bucket=bucket).keys() >= {"Versions", "DeleteMarkers"}
    account.events.register(
        "before-call.cloudformation.DeleteStack",
        lambda **_: left.append(s3.list_object_versions(Bucket=bucket)),
    )

    removal.remove(account, "cutout-dev")

    (found,) = left
    assert found.keys().isdisjoint({"Versions", "DeleteMarkers"})


def test_destroy_goes_on_where_another_was_cut_short(formation, account, deployed, run):
    stacks.deploy(formation, COMPANION, REPOSITORY, {}, {})
    account.client("ecr").delete_repository(repositoryName=resource(formation, "Images", COMPANION))
    account.client("s3").delete_bucket(Bucket=resource(formation, "Pictures"))
    removal.remove(account, "cutout-dev-operations")

    assert run("dev", "--destroy", "--yes") == 0

    assert standing(formation) == set()


@pytest.mark.parametrize("answers", ["", "y\n", "prod\n"])
def test_destroy_wants_the_environments_name(
    formation, deployed, run, answers, monkeypatch, capsys
):
    monkeypatch.setattr(sys, "stdin", io.StringIO(answers))

    assert run("dev", "--destroy") == 1

    assert "nothing is deleted" in capsys.readouterr().err
    assert standing(formation) == OURS

    monkeypatch.setattr(sys, "stdin", io.StringIO("dev\n"))
    assert run("dev", "--destroy") == 0
    assert standing(formation) == set()


def test_without_an_image_the_way_to_one_is_said(account, run, monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(tool, "BUILT", tmp_path / "template.yaml")

    assert run("dev") == 1

    assert capsys.readouterr().err.startswith("make deploy: there is no image to deploy; run `make")


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({}, "name one, such as AWS_DEFAULT_REGION="),
        ({"AWS_DEFAULT_REGION": "eu-central-1"}, "there are no AWS credentials"),
        ({"AWS_PROFILE": "nobody"}, "nobody"),
        ({"AWS_DEFAULT_REGION": "eu-central-1", **local_aws.KEYS}, "Could not connect"),
    ],
)
@pytest.mark.parametrize("target", ["deploy", "destroy"])
def test_what_is_missing_is_one_sentence(
    nowhere, run, monkeypatch, capsys, given, sentence, target
):
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    for name, value in given.items():
        monkeypatch.setenv(name, value)

    assert run("dev", *(["--destroy"] if target == "destroy" else [])) == 1

    (said,) = capsys.readouterr().err.splitlines()
    assert said.startswith(f"make {target}: ")
    assert sentence in said
