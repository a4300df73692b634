"""What holds for every resource of a type. A rule yields a sentence for each that breaks it."""

import json
import re
from dataclasses import fields

from cutout import errors
from cutout.config import Settings
from tests.template.templates import mappings_with

BLOCKS = ["BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"]

# Variables that the template leaves alone, and why their default is right on Lambda.
LEFT_ALONE = {
    "CUTOUT_MODELS": "the image carries both networks and there are no others",
    "CUTOUT_MODELS_URL": "the image carries both networks, and downloads none",
    "CUTOUT_MAX_BYTES": "Lambda takes less in a request, and what comes by url is as everywhere",
    "CUTOUT_MAX_PIXELS": "as many as the smallest MemorySize has room for",
    "CUTOUT_MAX_RESULT_BYTES": "Settings takes Lambda's limit of an answer where it runs there",
    "CUTOUT_THREADS": "Settings counts them by the memory that is paid for",
    "CUTOUT_API_KEY": "the command line's, for a service elsewhere",
    "CUTOUT_STATE_MACHINE": "the command line's, which starts it",
}

# What functions read that do not answer the API.
NEEDS = {
    "['cutout.lambdas.sweep.handler']": {"CUTOUT_LEDGER_TABLE", "CUTOUT_BUCKET"},
    "['cutout.lambdas.worker.handler']": {
        "CUTOUT_MODEL", "CUTOUT_LEDGER_TABLE", "CUTOUT_STATE_TABLE", "CUTOUT_BUCKET",
        "CUTOUT_WEBHOOK_QUEUE", "CUTOUT_DEADLINE_S",
    },
    "['cutout.lambdas.batch.handler']": {"CUTOUT_LEDGER_TABLE"},
    "['cutout.lambdas.batch_worker.handler']": {
        "CUTOUT_MODEL", "CUTOUT_LEDGER_TABLE", "CUTOUT_DEADLINE_S",
    },
    "['cutout.lambdas.webhook.handler']": {"CUTOUT_LEDGER_TABLE", "CUTOUT_STATE_TABLE"},
}  # fmt: skip

GATEWAY_WAITS_S = 29  # API Gateway, for an integration; more has to be asked for
GATEWAY_RESPONSES = {
    "ACCESS_DENIED", "BAD_REQUEST_BODY", "BAD_REQUEST_PARAMETERS", "DEFAULT_4XX", "DEFAULT_5XX",
    "INTEGRATION_FAILURE", "INTEGRATION_TIMEOUT", "INVALID_API_KEY", "MISSING_AUTHENTICATION_TOKEN",
    "QUOTA_EXCEEDED", "REQUEST_TOO_LARGE", "THROTTLED", "UNSUPPORTED_MEDIA_TYPE", "WAF_FILTERED",
}  # fmt: skip
WITH_RETRY = {"THROTTLED", "QUOTA_EXCEEDED", "WAF_FILTERED"}
GATEWAY_CODES = {"rate_limit_exceeded", "bad_request", "internal_error"}
CODES = GATEWAY_CODES | {kind.code for kind in vars(errors).values() if hasattr(kind, "code")}


def buckets_are_private(template):
    for name, bucket in template.of("AWS::S3::Bucket").items():
        block = bucket.get("PublicAccessBlockConfiguration", {})
        if not all(block.get(word) is True for word in BLOCKS):
            yield f"{name} can be made public"
        if "BucketEncryption" not in bucket:
            yield f"{name} is not encrypted"
        owners = [rule["ObjectOwnership"] for rule in mappings_with("ObjectOwnership", bucket)]
        if owners != ["BucketOwnerEnforced"]:
            yield f"{name} has access lists"


def pictures_expire(template):
    """The service keeps customers' pictures; the buckets of other stacks hold our own files."""
    if template.name != "template.yaml":
        return
    for name, bucket in template.of("AWS::S3::Bucket").items():
        rules = bucket.get("LifecycleConfiguration", {}).get("Rules", [])
        if not any(
            rule.get("Status") == "Enabled"
            and rule.get("ExpirationInDays") == 1
            # of the whole bucket
            and rule.keys().isdisjoint({"Prefix", "TagFilters", "ObjectSizeGreaterThan"})
            for rule in rules
        ):
            yield f"{name} keeps pictures for more than a day"


def queues_have_dead_letters(template):
    queues = template.of("AWS::SQS::Queue")
    target = {name: _dead_letters(queue) for name, queue in queues.items()}
    for name in queues.keys() - set(target.values()):
        if target[name] not in queues:
            yield f"{name} has no dead-letter queue"


def _dead_letters(queue):
    match queue.get("RedrivePolicy"):
        case {"deadLetterTargetArn": {"Fn::GetAtt": [name, "Arn"]}}:
            return name


def queues_are_encrypted(template):
    for name, queue in template.of("AWS::SQS::Queue").items():
        if queue.get("SqsManagedSseEnabled") is not True and "KmsMasterKeyId" not in queue:
            yield f"{name} is not encrypted"


def queues_feed_functions_within_bounds(template):
    for name, source in template.of("AWS::Lambda::EventSourceMapping").items():
        if source["EventSourceArn"]["Fn::GetAtt"][0] not in template.of("AWS::SQS::Queue"):
            continue
        if source.get("FunctionResponseTypes") != ["ReportBatchItemFailures"]:
            yield f"{name} sends a whole batch back for one message that fails"
        if "MaximumConcurrency" not in source.get("ScalingConfig", {}):
            yield f"{name} starts as many functions as there are messages"


def dead_letters_are_kept_for_longer(template):
    """Their time counts from when they came into the first queue."""
    queues = template.of("AWS::SQS::Queue")
    for name, queue in queues.items():
        dead = queues.get(_dead_letters(queue))
        if dead is not None and _kept_s(dead) <= _kept_s(queue):
            yield f"{name}'s dead letters are gone as soon as it would lose them itself"


def _kept_s(queue):
    return queue.get("MessageRetentionPeriod", 4 * 24 * 60 * 60)  # SQS's default


def tables_forget_or_never_lose(template):
    """The ledger is for ever; of all else DynamoDB tidies up what is past its time."""
    for name, table in template.of("AWS::DynamoDB::Table").items():
        keys = [key["AttributeName"] for key in table.get("KeySchema", [])]
        if keys != ["pk", "sk"]:
            yield f"{name} has the keys {keys}"
        forgets = table.get("TimeToLiveSpecification", {}).get("Enabled") is True
        if name != "LedgerTable" and not forgets:
            yield f"{name} has no TTL"
        if name == "LedgerTable" and forgets:
            yield f"{name} has a TTL"
        if name == "LedgerTable" and not _is_safe(table, template.resources[name]):
            yield f"{name} can be lost"


def _is_safe(table, resource):
    recovery = table.get("PointInTimeRecoverySpecification", {})
    kept = {resource.get("DeletionPolicy"), resource.get("UpdateReplacePolicy")}
    return (
        recovery.get("PointInTimeRecoveryEnabled") is True
        and table.get("DeletionProtectionEnabled") is True
        and kept == {"Retain"}
    )


def statements_say_one_thing(template):
    for name, resource in template.resources.items():
        for statement in mappings_with("Effect", resource):
            if "Sid" not in statement:
                yield f"{name} has a statement without a Sid"
            if isinstance(statement.get("Resource"), list) and len(statement["Resource"]) != 1:
                yield f"{name}: {statement.get('Sid')} is of more than one resource"


def stars_have_reasons(template):
    for name, resource in template.written["Resources"].items():
        for statement in mappings_with("Effect", resource):
            for key in ("Action", "NotAction", "Resource", "NotResource", "Principal"):
                for text in template.unexplained(statement.get(key)):
                    if "*" in text.removesuffix("/*"):  # a bucket's objects are one resource
                        yield f"{name}: {statement.get('Sid')} has {text!r} as {key}"


def managed_policies_have_reasons(template):
    """They are full of stars. SAM gives them to a role that it makes itself."""
    written = template.written["Resources"]
    for name, role in template.of("AWS::IAM::Role").items():
        if name not in written and role.get("ManagedPolicyArns"):
            yield f"{name} is SAM's and has managed policies"
    for name, resource in written.items():
        for text in template.unexplained(resource.get("Properties", {}).get("ManagedPolicyArns")):
            yield f"{name} has the managed policy {text}"


def variables_are_read_and_set(template):
    read = {f"CUTOUT_{field.name.upper()}" for field in fields(Settings)}
    for name, function in template.of("AWS::Lambda::Function").items():
        variables = function.get("Environment", {}).get("Variables", {}).keys()
        ours = {variable for variable in variables if variable.startswith("CUTOUT_")}
        for variable in ours - read:
            yield f"{name} has {variable}, which nothing reads"
        for variable in ours & LEFT_ALONE.keys():
            yield f"{name} sets {variable}, which has a reason to be left alone"
        needed = NEEDS.get(str(function.get("ImageConfig", {}).get("Command")), read)
        for variable in ours & read - needed:
            yield f"{name} has {variable}, which it does not read"
        for variable in needed - ours - LEFT_ALONE.keys():
            yield f"{name} has no {variable}"


def queues_outwait_their_functions(template):
    queues, functions = template.of("AWS::SQS::Queue"), template.of("AWS::Lambda::Function")
    aliases = template.of("AWS::Lambda::Alias")
    for source in template.of("AWS::Lambda::EventSourceMapping").values():
        function = source["FunctionName"]["Ref"]
        function = aliases.get(function, source)["FunctionName"]["Ref"]
        queue = source["EventSourceArn"]["Fn::GetAtt"][0]
        if queue not in queues:
            continue
        if queues[queue].get("VisibilityTimeout", 30) < 6 * functions[function].get("Timeout", 3):
            yield f"{queue} shows a message again while {function} may still work on it"


def logs_end(template):
    groups = template.of("AWS::Logs::LogGroup")
    for name, group in groups.items():
        if "RetentionInDays" not in group:
            yield f"{name} is kept for ever"
    for name, function in template.of("AWS::Lambda::Function").items():
        if function.get("LoggingConfig", {}).get("LogGroup", {}).get("Ref") not in groups:
            yield f"{name} logs into a group that Lambda makes and never clears"


def everything_is_binary(template):
    for name, api in template.of("AWS::ApiGateway::RestApi").items():
        # CloudFormation reads ~1 as /
        types = [text.replace("~1", "/") for text in api.get("BinaryMediaTypes") or []]
        told = api.get("Body", {}).get("x-amazon-apigateway-binary-media-types")
        if types != ["*/*"] or told != ["*/*"]:
            yield f"{name} takes {types} and {told} for binary"


def stages_are_guarded(template):
    for name, deployment in template.of("AWS::ApiGateway::Deployment").items():
        if "StageName" in deployment:
            yield f"{name} makes the stage {deployment['StageName']} without settings"
    for name, stage in template.of("AWS::ApiGateway::Stage").items():
        settings = {key for setting in stage.get("MethodSettings", []) for key in setting}
        if not {"ThrottlingRateLimit", "ThrottlingBurstLimit"} <= settings:
            yield f"{name} has no throttle"
        if "AccessLogSetting" not in stage:
            yield f"{name} has no log"


def gateway_speaks_as_we_do(template):
    for name, api in template.of("AWS::ApiGateway::RestApi").items():
        responses = api.get("Body", {}).get("x-amazon-apigateway-gateway-responses", {})
        for kind in GATEWAY_RESPONSES - responses.keys():
            yield f"{name} leaves {kind} to AWS"
        for kind, response in responses.items():
            headers = response.get("responseParameters", {})
            if headers.get("gatewayresponse.header.Access-Control-Allow-Origin") != "'*'":
                yield f"{name}: {kind} cannot be read from another origin"
            wait = headers.get("gatewayresponse.header.Retry-After", "")
            if kind in WITH_RETRY and not re.fullmatch(r"'\d+'", wait):
                yield f"{name}: {kind} has no Retry-After"
            if not _is_our_error(response.get("responseTemplates", {}).get("application/json", "")):
                yield f"{name}: {kind} has another shape than our errors"


def _is_our_error(text):
    text = text.replace("$context.error.messageString", '"it said \\"no\\""')  # comes with quotes
    text = re.sub(r"\$context\.[\w.]+", "c6af9ac6-7b61", text)
    try:
        body = json.loads(text)
    except json.JSONDecodeError:
        return False
    match body:
        case {"errors": [{"title": str(), "code": str(code), "detail": str(), **more}], **rest}:
            return code in CODES and not more and not rest
    return False


def versions_follow_parameters(template):
    """SAM sees no change of a parameter, and without a new version the API stays with the old."""
    functions, parameters = template.of("AWS::Lambda::Function"), template.written["Parameters"]
    for version in template.of("AWS::Lambda::Version").values():
        name = version["FunctionName"]["Ref"]
        function = dict(functions[name])
        function.pop("ReservedConcurrentExecutions", None)  # belongs to no version
        told = set(re.findall(r"\$\{(\w+)\}", str(version.get("Description"))))
        used = {node["Ref"] for node in mappings_with("Ref", function)}
        for parameter in used & parameters.keys() - told:
            yield f"{name}'s version has no {parameter} in its description"


def names_are_made_up_by_aws(template):
    """A name that is written here is taken when a second stack wants it."""
    for name, resource in template.resources.items():
        key = resource["Type"].split("::")[-1] + "Name"
        # The names of a stage and of a policy are those within their API and their role.
        if key not in ("StageName", "PolicyName") and isinstance(
            resource.get("Properties", {}).get(key), str
        ):
            yield f"{name} has the name {resource['Properties'][key]}"


RULES = [
    buckets_are_private,
    pictures_expire,
    queues_have_dead_letters,
    queues_are_encrypted,
    queues_feed_functions_within_bounds,
    dead_letters_are_kept_for_longer,
    tables_forget_or_never_lose,
    statements_say_one_thing,
    stars_have_reasons,
    managed_policies_have_reasons,
    variables_are_read_and_set,
    queues_outwait_their_functions,
    logs_end,
    everything_is_binary,
    stages_are_guarded,
    gateway_speaks_as_we_do,
    versions_follow_parameters,
    names_are_made_up_by_aws,
]


def deadlines_are_in_order(service, site):
    """Who waits longer gets the other's answer, and the innermost has a sentence to say. Nobody
    waits for a function that a queue or a state machine calls."""
    (waits_s,) = {
        origin["OriginReadTimeout"] for origin in mappings_with("OriginReadTimeout", site.resources)
    }
    fed = {
        source["FunctionName"]["Ref"]
        for source in service.of("AWS::Lambda::EventSourceMapping").values()
    }
    for machine in service.of("AWS::StepFunctions::StateMachine").values():
        called = mappings_with("Fn::GetAtt", machine["DefinitionSubstitutions"])
        fed |= {node["Fn::GetAtt"][0] for node in called}
    for name, function in service.of("AWS::Lambda::Function").items():
        deadline_s = function.get("Environment", {}).get("Variables", {}).get("CUTOUT_DEADLINE_S")
        waiting = [] if name in fed else [GATEWAY_WAITS_S, waits_s]
        order = [deadline_s, function.get("Timeout", 3), *waiting]
        if deadline_s and order != sorted(set(order)):
            yield f"{name} has the deadlines {order}"
