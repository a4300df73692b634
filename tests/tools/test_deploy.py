"""`make deploy` and `make destroy`, with SAM's command line and a local AWS."""

import hashlib
import io
import re
import sys
import time
from dataclasses import replace
from uuid import uuid4

import boto3
import pytest
from botocore.exceptions import ClientError

from tools import local_aws
from tools.deploy import __main__ as tool
from tools.deploy import changesets, deployment, page, stacks
from tools.deploy.plan import Consent
from tools.deploy.stacks import DeployError, Environment

# The outputs and parameters of template.yaml that the other stacks need.
SERVICE = """
Parameters:
  MemorySize: {Type: Number, Default: 1769}
  Architecture: {Type: String, Default: x86_64}
  SiteOrigin: {Type: String, Default: ""}
  OriginSecretArn: {Type: String, Default: ""}
Resources:
  Pictures:
    Type: AWS::S3::Bucket
    Properties:
      Tags: [{Key: origin, Value: !Ref SiteOrigin}, {Key: secret, Value: !Ref OriginSecretArn}]
  Ledger: {Type: AWS::S3::Bucket, DeletionPolicy: Retain}
Outputs:
  ApiId: {Value: abc123}
  ApiName: {Value: cutout-dev}
  StageName: {Value: live}
  FunctionName: {Value: api-function}
  SweepFunctionName: {Value: sweep-function}
  WorkerFunctionName: {Value: worker-function}
  JobQueueName: {Value: job-queue}
  JobDeadLettersName: {Value: job-dead-letters}
  WebhookFunctionName: {Value: webhook-function}
  WebhookQueueName: {Value: webhook-queue}
  CloseFunctionName: {Value: close-function}
  PictureBucketName: {Value: pictures}
  WebhookDeadLettersName: {Value: webhook-dead-letters}
  LogBucketName: {Value: !Ref Pictures}
  PictureHost: {Value: pictures.s3.us-east-1.amazonaws.com}
"""
# SAM's stack for the image, which gives its repository a name.
COMPANION = """
Resources: {Images: {Type: AWS::ECR::Repository, Properties: {RepositoryName: NAME}}}
"""
# The secret does not exist, which CloudFormation sees only when it makes the resource.
BROKEN = """
Parameters: {}
Resources:
  Wrong:
    Type: AWS::SecretsManager::Secret
    Properties: {SecretString: "{{resolve:secretsmanager:nowhere}}"}
"""
# SAM makes this stack by a template with its transform, which the local AWS does not know.
SAMS_BUCKET = """
Resources: {Bucket: {Type: AWS::S3::Bucket}}
Outputs: {SourceBucket: {Value: !Ref Bucket}, Version: {Value: "1"}}
"""


@pytest.fixture(scope="module")
def session(aws, tmp_path_factory):
    """A session on the local AWS, which SAM uses too. Deployments take their templates from a
    folder with fewer resources than infra/."""
    if not stacks.SAM.exists():
        pytest.skip("SAM's command line is missing; `make .sam/ready` installs it")
    infra = tmp_path_factory.mktemp("infra")
    for name in ("site.yaml", "firewall.yaml"):
        (infra / name).write_text((deployment.INFRA / name).read_text())
    # The local AWS knows no alarms that calculate, so the parameters alone are the real ones.
    parameters, _ = (deployment.INFRA / "operations.yaml").read_text().split("\nConditions:")
    topic = (
        "Resources: {Mail: {Type: AWS::SNS::Topic, Properties: {DisplayName: !Ref DailyBudget}}}"
    )
    (infra / "operations.yaml").write_text(f"{parameters}\n{topic}")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(deployment, "INFRA", infra)
        patch.setattr(changesets, "POLL_S", 0.1)
        # In a folder of its own, with a date: SAM asks PyPI for a newer version once a week.
        home = tmp_path_factory.mktemp("sam")
        (home / "metadata.json").write_text(f'{{"lastVersionCheck": {time.time()}}}')
        sam = {"SAM_CLI_POLL_DELAY": "0.1", "__SAM_CLI_APP_DIR": str(home)}
        for name, value in (aws.environment() | sam).items():
            patch.setenv(name, value)
        tags = [{"Key": "ManagedStackSource", "Value": "AwsSamCli"}]
        create(boto3.Session(), "aws-sam-cli-managed-default", SAMS_BUCKET, Tags=tags)
        yield boto3.Session()


def create(session, name, template, **options):
    client = session.client("cloudformation")
    client.create_stack(StackName=name, TemplateBody=template, **options)
    client.get_waiter("stack_create_complete").wait(StackName=name, WaiterConfig={"Delay": 0.1})


def deploy(environment, template):
    """Deploy without a question."""
    return deployment.deploy(environment, template, Consent(is_given=True))


def new_environment(session):
    parameters = {"firewall": {}, "site": {}, "operations": {"AlarmEmail": ""}}
    return Environment("dev", f"cutout-{uuid4().hex[:8]}", parameters, session)


@pytest.fixture
def environment(session):
    """An environment of samconfig.toml without stacks."""
    return new_environment(session)


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    path = tmp_path_factory.mktemp("built") / "template.yaml"
    path.write_text(SERVICE)
    return path


@pytest.fixture(scope="module")
def deployed(session, template):
    """A deployed environment whose service stack had a parameter set before."""
    environment = new_environment(session)
    memory = {"ParameterKey": "MemorySize", "ParameterValue": "3008"}
    create(session, environment.service, SERVICE, Parameters=[memory])
    deploy(environment, template)
    return environment


@pytest.fixture
def site(session):
    """The outputs of a site stack with an empty bucket."""
    name = f"site-{uuid4().hex[:8]}"
    values = {
        "ApiId": "abc123",
        "StageName": "live",
        "PictureHost": "pictures.example",
        "LogBucketName": "logs",
    }
    parameters = [{"ParameterKey": key, "ParameterValue": values[key]} for key in values]
    create(session, name, (deployment.INFRA / "site.yaml").read_text(), Parameters=parameters)
    return stacks.values(session, name)


@pytest.fixture
def nowhere(monkeypatch, tmp_path):
    """Remove region and credentials from the environment."""
    for name in ("AWS_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION", *local_aws.KEYS):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")


@pytest.fixture
def run(monkeypatch):
    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["deploy", *arguments])
        return tool.main()

    return run


@pytest.fixture
def type_in(monkeypatch):
    return lambda text: monkeypatch.setattr(sys, "stdin", io.StringIO(text))


@pytest.fixture
def folder(tmp_path):
    """A folder with a small page."""
    made = tmp_path / "page"
    made.mkdir()
    (made / "index.html").write_text('<script src="app.js"></script><a href="docs">API</a>')
    (made / "app.js").write_text("import './api.js';")
    (made / "api.js").write_text("fetch('/api/remove');")
    return made


def invalidations(session, distribution):
    cloudfront = session.client("cloudfront")
    found = cloudfront.list_invalidations(DistributionId=distribution)["InvalidationList"]
    return [
        sorted(
            cloudfront.get_invalidation(DistributionId=distribution, Id=item["Id"])["Invalidation"][
                "InvalidationBatch"
            ]["Paths"]["Items"]
        )
        for item in found.get("Items", [])
    ]


def keys(session, bucket):
    found = session.client("s3").list_objects_v2(Bucket=bucket).get("Contents", [])
    return {item["Key"] for item in found}


def events(environment, part):
    client = environment.session.client("cloudformation")
    found = client.describe_stack_events(StackName=environment.service + part)["StackEvents"]
    return [event["EventId"] for event in found]


def publish(session, site, folder):
    files = page.version(folder)
    return page.publish(session, site["BucketName"], site["DistributionId"], files)


def values(environment, part=""):
    return stacks.values(environment.session, environment.service + part)


def resource(session, stack, name):
    client = session.client("cloudformation")
    found = client.describe_stack_resource(StackName=stack, LogicalResourceId=name)
    return found["StackResourceDetail"]["PhysicalResourceId"]


def test_every_file_of_the_page_is_in_its_version():
    folder = tool.ROOT / "frontend"
    names = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}

    keys = page.version(folder)

    assert {re.sub("^version/[0-9a-f]{12}/", "", key) for key in keys} == names


def test_relative_links_of_html_get_the_versions_prefix(folder):
    files = page.version(folder)

    (script,) = (key for key in files if key.endswith("/app.js"))
    assert files["index.html"].body.decode() == (
        f'<script src="/{script}"></script><a href="docs">API</a>'
    )


def test_every_link_of_the_page_points_to_a_file_of_its_version():
    files = page.version(tool.ROOT / "frontend")
    links = re.findall(
        r'<(?:link|script)[^>]+?(?:href|src)="/([^"]+)"', files["index.html"].body.decode()
    )

    assert len(links) == 4
    assert set(links) <= files.keys()


def test_the_service_worker_is_at_the_root_and_is_revalidated(folder):
    (folder / "sw.js").write_text("addEventListener('fetch', () => {});")

    files = page.version(folder)

    assert files["sw.js"].caching == files["index.html"].caching
    assert not any(key.endswith("/sw.js") for key in files)


@pytest.mark.parametrize("name", ["index.html", "app.js", "api.js"])
def test_a_changed_file_changes_the_addresses_of_all_files(folder, name):
    before = page.version(folder)
    (folder / name).write_text("another")

    assert before.keys() & page.version(folder).keys() == {"index.html"}


def test_versioned_files_are_immutable_and_html_is_revalidated(folder):
    caching = {key.split("/")[-1]: file.caching for key, file in page.version(folder).items()}

    assert "immutable" in caching["app.js"]
    assert caching["index.html"].startswith("public, max-age=0,")


def test_the_service_gets_the_pages_origin_and_keeps_its_other_parameters(deployed):
    service, site = values(deployed), values(deployed, "-site")

    assert service["SiteOrigin"] == site["SiteUrl"]
    assert service["OriginSecretArn"] == site["OriginSecretArn"]
    assert service["MemorySize"] == values(deployed, "-operations")["MemorySize"] == "3008"


def test_the_site_asks_the_services_api(deployed):
    site = values(deployed, "-site")
    cloudfront = deployed.session.client("cloudfront")
    config = cloudfront.get_distribution_config(Id=site["DistributionId"])

    origins = {origin["Id"]: origin for origin in config["DistributionConfig"]["Origins"]["Items"]}
    assert origins["api"]["DomainName"].startswith("abc123.execute-api.")
    assert origins["api"]["OriginPath"] == "/live"
    (secret,) = origins["api"]["CustomHeaders"]["Items"]
    arn = site["OriginSecretArn"]
    stored = deployed.session.client("secretsmanager").get_secret_value(SecretId=arn)
    assert secret == {"HeaderName": "X-Origin-Secret", "HeaderValue": stored["SecretString"]}


def test_a_second_deployment_changes_only_settings_of_samconfig(deployed, template):
    site = values(deployed, "-site")
    bucket, distribution = site["BucketName"], site["DistributionId"]
    before = events(deployed, ""), events(deployed, "-site"), keys(deployed.session, bucket)
    parameters = {**deployed.parameters, "operations": {"AlarmEmail": "", "DailyBudget": 20}}

    address = deploy(replace(deployed, parameters=parameters), template)

    after = events(deployed, ""), events(deployed, "-site"), keys(deployed.session, bucket)
    assert after == before
    assert address == site["SiteUrl"]
    assert address.startswith("https://")
    assert len(invalidations(deployed.session, distribution)) == 1
    assert values(deployed, "-operations")["DailyBudget"] == "20"


def test_a_deployment_that_is_not_agreed_to_changes_nothing(deployed, tmp_path, capsys, type_in):
    other = tmp_path / "template.yaml"
    other.write_text(
        SERVICE.replace("  Pictures:", "  Images:").replace("Ref Pictures", "Ref Images")
    )
    before = events(deployed, "")
    type_in("yes\n")  # no terminal

    with pytest.raises(DeployError, match="YES=1"):
        deployment.deploy(deployed, other, Consent(is_given=False))

    printed = capsys.readouterr().out
    assert "WARNING: " in printed
    assert "Pictures (AWS::S3::Bucket) would be removed; its objects would be lost" in printed
    assert events(deployed, "") == before
    assert changesets.available(deployed.session, deployed.service) == set()


def test_a_first_deployment_that_is_not_agreed_to_leaves_no_stack(
    environment, template, capsys, type_in
):
    type_in("")

    with pytest.raises(DeployError, match="YES=1"):
        deployment.deploy(environment, template, Consent(is_given=False))

    assert "Add     (the whole stack)" in capsys.readouterr().out
    assert stacks.existing(environment) == []


def test_the_parts_templates_fit_into_a_request():
    """CloudFormation takes 51,200 bytes without a bucket."""
    for name in ("site", "firewall", "operations"):
        assert (deployment.INFRA / f"{name}.yaml").stat().st_size <= 51_200


def test_an_unknown_setting_is_refused_before_the_deployment(environment, template):
    parameters = {"site": {"SiteDomian": "cutout.example.com"}}

    with pytest.raises(DeployError, match=r"site\.yaml has no parameter SiteDomian"):
        deploy(replace(environment, parameters=parameters), template)

    assert stacks.existing(environment) == []


def test_a_deployment_asks_who_gets_the_alarms(environment, template):
    parameters = {**environment.parameters, "operations": {}}

    with pytest.raises(DeployError, match=r"Set AlarmEmail in \[dev.operations.parameters\]"):
        deploy(replace(environment, parameters=parameters), template)

    assert stacks.existing(environment) == []


def test_the_site_has_a_firewall_in_front(deployed):
    arn = values(deployed.at_the_edge(), f"-firewall-{deployed.session.region_name}")["WebAclArn"]

    assert values(deployed, "-site")["WebAclArn"] == arn
    assert ":global/webacl/" in arn


def test_the_firewall_is_in_us_east_1_whatever_the_services_region(session):
    elsewhere = boto3.Session(region_name="eu-central-1")
    environment = replace(new_environment(session), session=elsewhere)

    assert environment.at_the_edge().session.region_name == "us-east-1"
    assert environment.firewall == f"{environment.service}-firewall-eu-central-1"


@pytest.mark.nightly
def test_a_firewall_that_is_turned_off_is_deleted_after_the_site_has_gone_on_without_it(
    environment, template
):
    firewall = (deployment.INFRA / "firewall.yaml").read_text()
    create(environment.at_the_edge().session, environment.firewall, firewall)

    deploy(replace(environment, has_firewall=False), template)

    assert values(environment, "-site")["WebAclArn"] == ""
    assert not stacks.exists(environment.at_the_edge(), environment.firewall)


def test_the_operator_is_told_of_monthly_costs_and_of_alarms_that_nobody_gets(environment, capsys):
    dollars = []
    for has_firewall in (True, False):
        deployment.print_costs(replace(environment, has_firewall=has_firewall))
        printed = capsys.readouterr().out
        dollars.append(float(re.search(r"\$(\d+) a month", printed)[1]))

    assert dollars[0] - dollars[1] == 8
    assert "visitors are refused above $5 in 24 hours" in printed
    assert "WARNING: nobody gets the alarms" in printed


def test_a_plan_of_cloudfront_is_told_with_its_price_in_place_of_the_firewalls(environment, capsys):
    printed = []
    for settings in ({}, {"PricingPlan": "BUSINESS"}):
        parameters = dict(environment.parameters)
        parameters["site"] = dict(parameters["site"]) | settings
        deployment.print_costs(replace(environment, parameters=parameters))
        printed.append(float(re.search(r"\$(\d+) a month", capsys.readouterr().out)[1]))

    assert printed[1] - printed[0] == pytest.approx(200 - 8, abs=1)


def test_a_stack_that_cannot_be_created_is_deleted_with_its_reason_in_the_error(
    environment, tmp_path
):
    template = tmp_path / "template.yaml"
    template.write_text(BROKEN)

    with pytest.raises(
        DeployError, match=f"could not create {environment.service}:(?s:.*)nowhere not found"
    ):
        deploy(environment, template)

    assert stacks.existing(environment) == []


def test_uploaded_files_have_content_types_and_cache_headers(session, site, folder):
    publish(session, site, folder)

    s3 = session.client("s3")
    for key, file in page.version(folder).items():
        found = s3.get_object(Bucket=site["BucketName"], Key=key)
        assert found["Body"].read() == file.body
        assert (found["ContentType"], found["CacheControl"]) == (file.type, file.caching)
        assert found["ETag"] == f'"{hashlib.md5(file.body).hexdigest()}"'


def test_a_new_version_replaces_the_old_one(session, site, folder):
    publish(session, site, folder)
    before = page.version(folder)
    (folder / "api.js").write_text("another")

    uploaded, deleted = publish(session, site, folder)

    assert uploaded[-1] == "index.html"
    assert set(deleted) == before.keys() - {"index.html"}
    assert keys(session, site["BucketName"]) == page.version(folder).keys()
    assert invalidations(session, site["DistributionId"])[-1] == ["/", "/index.html"]
    assert publish(session, site, folder) == ([], [])


def test_an_interrupted_upload_is_completed_by_the_next(session, site, folder):
    with pytest.raises(ClientError, match="NoSuchDistribution"):
        publish(session, site | {"DistributionId": "NOWHERE"}, folder)
    (folder / "api.js").write_text("another")
    with pytest.raises(ClientError, match="NoSuchDistribution"):
        publish(session, site | {"DistributionId": "NOWHERE"}, folder)

    uploaded, deleted = publish(session, site, folder)

    assert (uploaded, bool(deleted)) == ([], True)
    assert len(invalidations(session, site["DistributionId"])) == 1
    assert keys(session, site["BucketName"]) == page.version(folder).keys()


def test_destroy_deletes_every_stack_and_lists_what_is_kept(environment, type_in, capsys):
    session, service = environment.session, environment.service
    bucket = "Resources: {Page: {Type: AWS::S3::Bucket}}"
    create(session, service, SERVICE)
    create(session, f"{service}-site", bucket)
    create(session, f"{service}-other", bucket)
    create(environment.at_the_edge().session, environment.firewall, bucket)
    pictures, ledger = (resource(session, service, name) for name in ("Pictures", "Ledger"))
    s3 = session.client("s3")
    for name in (pictures, ledger):
        s3.put_object(Bucket=name, Key="photo", Body=b"")
    s3.delete_bucket(Bucket=resource(session, f"{service}-site", "Page"))  # by hand

    type_in("dev\n")
    tool.destroy(environment)

    assert f"Ledger ({ledger}) is kept" in capsys.readouterr().out
    assert stacks.existing(environment) == []
    assert not stacks.exists(environment.at_the_edge(), environment.firewall)
    assert resource(session, f"{service}-other", "Page")
    names = {one["Name"] for one in s3.list_buckets()["Buckets"]}
    assert ledger in names and pictures not in names
    assert keys(session, ledger) == {"photo"}

    tool.destroy(environment)
    assert "there is nothing to destroy" in capsys.readouterr().out


def test_destroy_deletes_sams_repository_even_without_a_service(environment, session, type_in):
    service, other = environment.service, environment.service.replace("cutout", "other")
    for name in (service, other):
        stack = f"{name}-01234567-CompanionStack"  # as SAM names it
        create(session, stack, COMPANION.replace("NAME", name))
    ecr = session.client("ecr")
    ecr.put_image(repositoryName=service, imageManifest="{}", imageTag="1")

    type_in("dev\n")
    tool.destroy(environment)

    assert stacks.existing(environment) == []
    names = {one["repositoryName"] for one in ecr.describe_repositories()["repositories"]}
    assert service not in names and other in names


def test_a_bucket_is_emptied_of_all_object_versions(environment, session):
    """AWS deletes empty buckets only; the local AWS deletes any bucket."""
    create(session, environment.service, SERVICE)
    bucket, s3 = resource(session, environment.service, "Pictures"), session.client("s3")
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    for _ in range(2):
        s3.put_object(Bucket=bucket, Key="photo", Body=b"")
    s3.delete_object(Bucket=bucket, Key="photo")
    assert s3.list_object_versions(Bucket=bucket).keys() >= {"Versions", "DeleteMarkers"}

    stacks.empty_buckets(environment.session, environment.service)

    found = s3.list_object_versions(Bucket=bucket)
    assert found.keys().isdisjoint({"Versions", "DeleteMarkers"})


@pytest.mark.parametrize("answer", ["", "y\n", "prod\n"])
def test_destroy_asks_for_the_name_of_the_environment(environment, type_in, answer):
    create(environment.session, environment.service, SERVICE)
    type_in(answer)

    with pytest.raises(DeployError, match="nothing is deleted"):
        tool.destroy(environment)

    assert stacks.existing(environment) == [environment.service]


def test_an_account_without_stacks_has_nothing_to_destroy(session, run, capsys):
    assert run("dev", "--destroy") == 0

    assert "cutout-dev: there is nothing to destroy" in capsys.readouterr().out


def test_the_error_for_a_missing_image_names_make_build(
    session, run, monkeypatch, tmp_path, capsys
):
    monkeypatch.setattr(tool, "BUILT", tmp_path / "template.yaml")

    assert run("dev") == 1

    assert capsys.readouterr().err.startswith("make deploy: there is no image to deploy; run `make")


@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        ({}, "name one, such as AWS_DEFAULT_REGION="),
        ({"AWS_DEFAULT_REGION": "eu-central-1"}, "there are no AWS credentials"),
        ({"AWS_PROFILE": "nobody"}, "nobody"),
        ({"AWS_DEFAULT_REGION": "eu-central-1", **local_aws.KEYS}, "Could not connect"),
    ],
)
@pytest.mark.parametrize("target", ["deploy", "destroy"])
def test_missing_settings_are_an_error_of_one_sentence(
    nowhere, run, monkeypatch, capsys, variables, sentence, target
):
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    for name, value in variables.items():
        monkeypatch.setenv(name, value)

    assert run("dev", *(["--destroy"] if target == "destroy" else [])) == 1

    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"make {target}: ")
    assert sentence in line
