"""template.yaml and samconfig.toml, and a deployment of the translated template."""

import json
import re
import tomllib

import pytest

from cutout.config import Settings
from cutout.credits import ledger
from cutout.jobs import webhooks
from cutout.jobs import worker as work
from cutout.jobs.retention import JOB_S, UPLOAD_S
from cutout.net import post
from cutout.web import concurrency
from tests import state_machine
from tests.template.templates import DEFINITION, ROOT, SERVICE, mappings_with
from tools.time_limits import wait_until

PARAMETERS = SERVICE.written["Parameters"]
SAMCONFIG = tomllib.loads((ROOT / "samconfig.toml").read_text())
STAGES = ["dev", "prod"]
MISSING = {"AWS::XRay::SamplingRule"}  # types of resources that the emulator does not have
# The emulator has no AWS::WAFv2::WebACLAssociation, so that RequestsPerAddress stays off here.
ALL_ELSE = {
    "AccountLogRole": "present",
    "ReservedConcurrency": "5",
    "ProvisionedConcurrency": "1",
    "DomainName": "api.example.com",
    "CertificateArn": "arn:aws:acm:us-east-1:000000000000:certificate/1",
    "BatchSource": "photos",
    "BatchTarget": "cutouts",
    "BatchConcurrency": "25",
}


def overrides(table):
    return dict(pair.split("=") for pair in table.get("parameter_overrides", "").split())


def settings(**parameters):
    """Return the settings that the API's function reads in a stack with these parameters."""
    function = SERVICE.resources_of_type("AWS::Lambda::Function")["ApiFunction"]
    values = {name: parameter["Default"] for name, parameter in PARAMETERS.items()} | parameters
    values |= {name: f"the {name}" for name in SERVICE.resources}
    variables = {
        name: _resolved(value, values)
        for name, value in function["Environment"]["Variables"].items()
    }
    return Settings.from_env(variables | {"AWS_LAMBDA_FUNCTION_NAME": "api"})


def _resolved(value, values):
    match value:
        case {"Ref": name}:
            return str(values[name])
        case {"Fn::Sub": text}:
            return text
    return str(value)


def test_x_ray_records_a_share_of_the_apis_calls_and_no_others():
    (rule,) = SERVICE.resources_of_type("AWS::XRay::SamplingRule").values()
    sampling = rule["SamplingRule"]

    assert (sampling["ReservoirSize"], sampling["FixedRate"]) == (0, 0.05)
    assert sampling["ServiceType"] == "AWS::ApiGateway::Stage"
    assert sampling["ResourceARN"]["Fn::Sub"].endswith("/restapis/${Api}/stages/live")
    (stage,) = SERVICE.resources_of_type("AWS::ApiGateway::Stage").values()
    assert stage["StageName"] == "live"


def test_a_deployed_service_asks_for_api_keys():
    assert settings().ask_for_keys
    assert not settings().open_rembg_door


def most_characters(name):
    """Return how many characters CloudFormation takes for a parameter at most."""
    match PARAMETERS[name]:
        case {"AllowedValues": values}:
            return max(map(len, values))
        case {"MaxValue": most}:
            return len(str(most))
        case {"MaxLength": most}:
            return most
    raise AssertionError(f"{name} has no bound")


def test_the_description_of_a_version_is_one_that_lambda_takes_whatever_the_parameters_are():
    (version,) = SERVICE.resources_of_type("AWS::Lambda::Version").values()
    text, own = version["Description"]["Fn::Sub"]
    name = {"Fn::Select": [6, {"Fn::Split": [":", {"Ref": "OriginSecretArn"}]}]}
    pattern = PARAMETERS["OriginSecretArn"]["AllowedPattern"]
    arn = f"arn:aws:secretsmanager:us-east-1:{'0' * 12}:secret:"
    names = [count for count in range(300) if re.fullmatch(pattern, arn + "x" * count)]

    assert own == {
        "OriginSecret": {"Fn::If": ["HasOriginSecret", name, ""]},
        "Version": {"Fn::FindInMap": ["Release", "Cutout", "Version"]},
    }
    parameters = set(re.findall(r"\$\{(\w+)}", text)) - own.keys()
    lengths = {name: most_characters(name) for name in parameters}
    lengths |= {"OriginSecret": max(names), "Version": len("10.10.10")}
    assert len(re.sub(r"\$\{(\w+)}", lambda match: "x" * lengths[match[1]], text)) <= 256


def test_the_version_before_stays_so_that_the_api_can_go_back_to_it():
    resources = SERVICE.translated["Resources"].values()

    assert [
        resource["DeletionPolicy"]
        for resource in resources
        if resource["Type"] == "AWS::Lambda::Version"
    ] == ["Retain"]


def test_a_deployed_service_has_tables_and_a_bucket():
    deployed = settings()

    assert deployed.ledger_table == "the LedgerTable"
    assert deployed.state_table == "the StateTable"
    assert deployed.bucket == "the PictureBucket"
    assert "HashSecret" in deployed.secret


def test_anonymous_calls_are_limited_by_the_address_that_cloudfront_sends():
    assert settings().origin_secret == ""
    assert settings(OriginSecretArn="arn").origin_secret == "arn"
    assert 0 < settings().calls_per_address <= settings().calls_per_day


def test_the_bucket_allows_the_pages_origin_alone():
    cors = SERVICE.resources_of_type("AWS::S3::Bucket")["PictureBucket"]["CorsConfiguration"]

    condition, with_site, without = cors["Fn::If"]
    (rule,) = with_site["CorsRules"]
    assert condition == "HasSite"
    assert rule["AllowedOrigins"] == [{"Ref": "SiteOrigin"}]
    assert without == {"Ref": "AWS::NoValue"}


def test_pictures_are_deleted_within_the_hour():
    rule = SERVICE.resources_of_type("AWS::Events::Rule")["SweepFunctionEvery"]
    timeout_s = SERVICE.resources_of_type("AWS::Lambda::Function")["SweepFunction"]["Timeout"]

    minutes = int(re.fullmatch(r"rate\((\d+) minutes\)", rule["ScheduleExpression"])[1])
    assert UPLOAD_S + minutes * 60 + timeout_s <= 60 * 60
    assert timeout_s < minutes * 60


def test_the_message_of_a_dead_worker_returns_after_its_lease():
    queue = SERVICE.resources_of_type("AWS::SQS::Queue")["JobQueue"]
    timeout_s = SERVICE.resources_of_type("AWS::Lambda::Function")["WorkerFunction"]["Timeout"]

    assert timeout_s < work.LEASE_S < queue["VisibilityTimeout"]
    assert timeout_s < ledger.ABANDONED_AFTER_S  # its reservation is not swept away while it works


def test_a_job_is_delivered_several_times_within_its_day():
    queue = SERVICE.resources_of_type("AWS::SQS::Queue")["JobQueue"]
    received = queue["RedrivePolicy"]["maxReceiveCount"]

    assert received >= 2 * work.RECEIVES
    assert queue["MessageRetentionPeriod"] == JOB_S
    assert received * queue["VisibilityTimeout"] < JOB_S


def test_responses_are_streamed_by_the_function_and_by_the_gateway():
    (api,) = SERVICE.resources_of_type("AWS::ApiGateway::RestApi").values()
    integrations = mappings_with("responseTransferMode", api["Body"]["paths"])

    assert len(integrations) == len(api["Body"]["paths"]) == 3
    for integration in integrations:
        assert integration["responseTransferMode"] == "STREAM"
        assert integration["uri"]["Fn::Sub"].endswith("/response-streaming-invocations")
    assert settings().stream_responses


def test_the_largest_response_is_streamed_in_time():
    function = SERVICE.resources_of_type("AWS::Lambda::Function")["ApiFunction"]
    largest = settings().max_result_bytes * 4 / 3  # as JSON

    # Lambda sends the first 6 MB at once, and then 2 MB in each second.
    assert settings().deadline_s + (largest - 6e6) / 2e6 < function["Timeout"]


def test_the_gateways_timeout_error_names_the_jobs_endpoint():
    (api,) = SERVICE.resources_of_type("AWS::ApiGateway::RestApi").values()
    responses = api["Body"]["x-amazon-apigateway-gateway-responses"]
    late = responses["INTEGRATION_TIMEOUT"]["responseTemplates"]["application/json"]

    (error,) = json.loads(late)["errors"]
    assert concurrency.OR_AS_A_JOB in error["detail"]


def test_browsers_take_the_gateways_own_responses_for_what_they_say():
    (api,) = SERVICE.resources_of_type("AWS::ApiGateway::RestApi").values()
    responses = api["Body"]["x-amazon-apigateway-gateway-responses"]

    for response in responses.values():
        headers = response["responseParameters"]
        assert headers["gatewayresponse.header.X-Content-Type-Options"] == "'nosniff'"


def test_a_webhook_stays_in_its_queue_for_all_attempts():
    queue = SERVICE.resources_of_type("AWS::SQS::Queue")["WebhookQueue"]
    growing = len(webhooks.BACKOFF_S)
    hourly = (webhooks.RETRIED_S - sum(webhooks.BACKOFF_S)) // webhooks.BACKOFF_S[-1]

    assert queue["RedrivePolicy"]["maxReceiveCount"] > 1 + growing + hourly
    assert queue["MessageRetentionPeriod"] > webhooks.RETRIED_S
    assert queue["MessageRetentionPeriod"] < webhooks.LOG_S


def test_the_webhook_function_has_twice_the_time_of_a_slow_receiver():
    timeout_s = SERVICE.resources_of_type("AWS::Lambda::Function")["WebhookFunction"]["Timeout"]

    assert timeout_s >= 2 * post.SECONDS


@pytest.mark.parametrize("command", ["local_invoke", "local_start_api"])
def test_sam_local_asks_for_no_api_key(command):
    file = ROOT / SAMCONFIG["default"][command]["parameters"]["env_vars"]
    changed = json.loads(file.read_text())["Parameters"]

    function = SERVICE.resources_of_type("AWS::Lambda::Function")["ApiFunction"]
    variables = function["Environment"]["Variables"]
    assert changed.keys() <= variables.keys()  # SAM leaves others out
    local = Settings.from_env({"AWS_LAMBDA_FUNCTION_NAME": "api"} | changed)
    assert not local.ask_for_keys
    assert not (local.ledger_table or local.bucket)


@pytest.mark.parametrize("stage", STAGES)
def test_samconfig_overrides_only_parameters_of_the_template(stage):
    table = SAMCONFIG[stage]["deploy"]["parameters"]

    assert overrides(table).keys() <= PARAMETERS.keys()
    assert overrides(table).get("OpenRembgDoor", "false") == "false"


def test_the_apis_name_is_an_output():
    (api,) = SERVICE.resources_of_type("AWS::ApiGateway::RestApi").values()

    assert api["Body"]["info"]["title"] == SERVICE.translated["Outputs"]["ApiName"]["Value"]


def test_environments_do_not_share_a_stack():
    assert len({SAMCONFIG[stage]["deploy"]["parameters"]["stack_name"] for stage in STAGES}) == 2


@pytest.fixture
def definition(aws):
    """The state machine's definition in a bucket, as `sam deploy` uploads it."""
    bucket, _, key = DEFINITION.removeprefix("s3://").partition("/")
    aws.client("s3").create_bucket(Bucket=bucket)
    aws.client("s3").put_object(Bucket=bucket, Key=key, Body=state_machine.FILE.read_bytes())


def test_the_state_machine_has_the_values_of_the_parameters(aws, definition):
    cloudformation = aws.client("cloudformation")

    deploy(aws, cloudformation.create_stack, "batches", ALL_ELSE)
    arn = finished(cloudformation, "batches")["BatchStateMachineArn"]

    made = aws.client("stepfunctions").describe_state_machine(stateMachineArn=arn)
    text = made["definition"]
    assert "MaxConcurrency: 25" in text and "MaxItemsPerBatch: 40" in text
    assert "${" not in text.partition("\n")[2]
    assert is_role(aws, made["roleArn"])


@pytest.mark.parametrize("parameters", [{}, ALL_ELSE], ids=["defaults", "all else"])
def test_the_translated_template_deploys(aws, definition, parameters):
    name = f"cutout-{len(parameters)}"
    cloudformation = aws.client("cloudformation")

    deploy(aws, cloudformation.create_stack, name, parameters)
    outputs = finished(cloudformation, name)

    (api,) = aws.client("apigateway").get_stages(restApiId=outputs["ApiId"])["item"]
    assert api["stageName"] == outputs["StageName"] == "live"
    function = aws.client("lambda").get_function_configuration(FunctionName=outputs["FunctionName"])
    assert function["LoggingConfig"]["LogGroup"] == outputs["FunctionLogs"]
    assert is_role(aws, function["Role"])
    assert retention(aws, outputs["FunctionLogs"]) == 30
    tables = aws.client("dynamodb").list_tables()["TableNames"]
    assert outputs["LedgerTableName"] in tables


def test_a_second_deployment_changes_nothing(aws):
    cloudformation = aws.client("cloudformation")
    deploy(aws, cloudformation.create_stack, "again", {})
    finished(cloudformation, "again")

    with pytest.raises(cloudformation.exceptions.ClientError, match="No updates"):
        deploy(aws, cloudformation.update_stack, "again", {})


def deploy(aws, call, name, parameters):
    values = [{"ParameterKey": key, "ParameterValue": text} for key, text in parameters.items()]
    call(
        StackName=name,
        TemplateURL=stored_template(aws),
        Parameters=values,
        Capabilities=["CAPABILITY_IAM"],
    )


def stored_template(aws):
    """Return the URL of the template in a bucket: a request takes 51,200 characters at most, and
    `sam deploy` stores it, too."""
    s3, place = aws.client("s3"), {"Bucket": "templates", "Key": "service.json"}
    s3.create_bucket(Bucket=place["Bucket"])
    resources = SERVICE.translated["Resources"].items()
    known = {name: resource for name, resource in resources if resource["Type"] not in MISSING}
    s3.put_object(Body=json.dumps(SERVICE.translated | {"Resources": known}), **place)
    return s3.generate_presigned_url("get_object", Params=place)


def finished(cloudformation, name):
    def created():
        (stack,) = cloudformation.describe_stacks(StackName=name)["Stacks"]
        return None if stack["StackStatus"] == "CREATE_IN_PROGRESS" else stack

    stack = wait_until(created, f"the stack {name}")
    assert stack["StackStatus"] == "CREATE_COMPLETE", stack.get("StackStatusReason")
    return {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}


def is_role(aws, arn):
    return arn in [role["Arn"] for role in aws.client("iam").list_roles()["Roles"]]


def retention(aws, group):
    found = aws.client("logs").describe_log_groups(logGroupNamePrefix=group)["logGroups"]
    return found[0]["retentionInDays"]
