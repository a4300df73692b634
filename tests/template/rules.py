"""Rules for all resources of the templates. A rule yields a sentence for each violation.

What concerns one resource alone is a JSON Schema of resources.yaml.
"""

import json
import re
from dataclasses import fields
from inspect import isgeneratorfunction

import yaml
from jsonschema import Draft202012Validator

from cutout import errors
from cutout.config import Settings
from cutout.lambdas import streaming
from tests.template.templates import ROOT, mappings_with

SCHEMAS = yaml.safe_load((ROOT / "tests/template/resources.yaml").read_text())

# Settings that the template does not set, and why their default is right on Lambda.
LEFT_ALONE = {
    "CUTOUT_MODELS": "the image holds both models, where the default looks for them",
    "CUTOUT_MODELS_URL": "the image holds both models and downloads none",
    "CUTOUT_SUBSTITUTE_MODELS": "on AWS, an API key that is strict has no model substituted",
    "CUTOUT_MAX_BYTES": "Lambda's own limit of a request is lower",
    "CUTOUT_MAX_PIXELS": "the smallest MemorySize is enough for the default",
    "CUTOUT_MAX_RESULT_BYTES": "on Lambda, the default is Lambda's limit of a streamed response",
    "CUTOUT_THREADS": "on Lambda, the default follows from MemorySize",
    "CUTOUT_URL_PORTS": "the default is the ports of the web",
    "CUTOUT_API_KEY": "the command line reads it, for a service elsewhere",
    "CUTOUT_STATE_MACHINE": "the command line reads it, to start a batch",
}

# The settings that functions read which do not serve the API.
NEEDS = {
    "['cutout.lambdas.sweep.handler']": {"CUTOUT_LEDGER_TABLE", "CUTOUT_BUCKET"},
    "['cutout.lambdas.worker.handler']": {
        "CUTOUT_MODEL", "CUTOUT_LEDGER_TABLE", "CUTOUT_STATE_TABLE", "CUTOUT_BUCKET",
        "CUTOUT_WEBHOOK_QUEUE", "CUTOUT_DEADLINE_S", "CUTOUT_URL_SOURCES",
    },
    "['cutout.lambdas.batch.handler']": {"CUTOUT_LEDGER_TABLE"},
    "['cutout.lambdas.batch_worker.handler']": {
        "CUTOUT_MODEL", "CUTOUT_LEDGER_TABLE", "CUTOUT_DEADLINE_S",
    },
    "['cutout.lambdas.close.handler']": {  # Globals gives every function the ledger's name
        "CUTOUT_LEDGER_TABLE", "CUTOUT_STATE_TABLE",
    },
    "['cutout.lambdas.webhook.handler']": {"CUTOUT_LEDGER_TABLE", "CUTOUT_STATE_TABLE"},
}  # fmt: skip

# Attributes of the ledger table that operators alone write, with `python -m tools.keys`.
PROTECTED = {
    "hash",
    "is_test",
    "is_strict",
    "megapixels_per_minute",
    "ends_at",
    "secret",
    "granted",
}

GATEWAY_TIMEOUT_S = 29  # API Gateway's default for an integration
GATEWAY_CODES = {"rate_limit_exceeded", "bad_request", "internal_error"}
CODES = GATEWAY_CODES | {kind.code for kind in vars(errors).values() if hasattr(kind, "code")}
SQS_RETENTION_S, SQS_VISIBILITY_S, LAMBDA_TIMEOUT_S = 4 * 24 * 60 * 60, 30, 3  # AWS's defaults


def resources_match_their_schemas(template):
    for name, resource in template.resources.items():
        document = {**resource, **resource.get("Properties", {})}
        for schema in schemas(template.name, name, resource["Type"]):
            for error in Draft202012Validator(schema).iter_errors(document):
                yield f"{name}{error.json_path[1:]}: {error.message}"


def schemas(template, name, kind):
    keys = [name] if name in SCHEMAS else [kind, f"{kind} in {template}"]
    return [SCHEMAS[key] for key in keys if key in SCHEMAS]


def queues_have_dead_letters(template):
    queues = template.resources_of_type("AWS::SQS::Queue")
    dead_letters = {name: _dead_letters(queue) for name, queue in queues.items()}
    for name in queues.keys() - set(dead_letters.values()):
        queue, dead = queues[name], queues.get(dead_letters[name])
        if dead is None:
            yield f"{name} has no dead-letter queue"
        # Messages keep the age that they had in the first queue.
        elif _retention_s(dead) <= _retention_s(queue):
            yield f"the dead-letter queue of {name} loses messages as soon as {name} does"


def _dead_letters(queue):
    match queue.get("RedrivePolicy"):
        case {"deadLetterTargetArn": {"Fn::GetAtt": [name, "Arn"]}}:
            return name


def _retention_s(queue):
    return queue.get("MessageRetentionPeriod", SQS_RETENTION_S)


def messages_are_hidden_while_functions_work(template):
    """AWS recommends a visibility timeout of six times the function's timeout."""
    queues = template.resources_of_type("AWS::SQS::Queue")
    functions = template.resources_of_type("AWS::Lambda::Function")
    aliases = template.resources_of_type("AWS::Lambda::Alias")
    for source in template.resources_of_type("AWS::Lambda::EventSourceMapping").values():
        function = source["FunctionName"]["Ref"]
        function = aliases.get(function, source)["FunctionName"]["Ref"]
        queue = source["EventSourceArn"]["Fn::GetAtt"][0]
        hidden_s = queues[queue].get("VisibilityTimeout", SQS_VISIBILITY_S)
        if hidden_s < 6 * functions[function].get("Timeout", LAMBDA_TIMEOUT_S):
            yield f"{queue} shows messages again while {function} may still work on them"


def statements_allow_one_thing(template):
    for name, resource in template.resources.items():
        for statement in mappings_with("Effect", resource):
            if "Sid" not in statement:
                yield f"{name} has a statement without a Sid"
            if statement["Effect"] == "Deny":  # which may deny as much as it likes
                continue
            if isinstance(statement.get("Resource"), list) and len(statement["Resource"]) != 1:
                yield f"{name}: {statement.get('Sid')} has more than one resource"


def a_limit_of_all_values_wants_one(template):
    """ForAllValues also holds for a request without the key."""
    for name, resource in template.resources.items():
        for statement in mappings_with("Effect", resource):
            condition = statement.get("Condition", {})
            required = condition.get("Null", {})
            for operator, tests in condition.items():
                for key in tests if operator.startswith("ForAllValues:") else ():
                    if required.get(key) != "false":
                        yield f"{name}: {statement.get('Sid')} also allows what has no {key}"


def ledger_writes_are_limited(template):
    """Whoever writes to the ledger writes reservations only: no key, no secret and no grant."""
    for name, resource in template.resources.items():
        for statement in mappings_with("Effect", resource):
            if not _writes_ledger(template, statement):
                continue
            condition, sid = statement.get("Condition", {}), f"{name}: {statement.get('Sid')}"
            required = condition.get("Null", {})
            for key in ("dynamodb:LeadingKeys", "dynamodb:Attributes"):
                limits = [test for test in mappings_with(key, condition) if test is not required]
                if not limits or required.get(key) != "false":
                    yield f"{sid} writes to the ledger with any {key}"
                values = {value for test in limits for value in template.listed(test[key])}
                if found := values & PROTECTED:
                    yield f"{sid} writes {sorted(found)} to the ledger"


def _writes_ledger(template, statement):
    actions = set(template.listed(statement.get("Action", "*")))
    if statement.get("Resource") not in ("*", {"Fn::GetAtt": ["LedgerTable", "Arn"]}):
        return False
    reads = {"dynamodb:GetItem", "dynamodb:Query"}
    return any(action.startswith(("dynamodb:", "*")) for action in actions - reads)


SENT_TO = {
    "AWS::S3::Bucket": ("AWS::S3::BucketPolicy", "Bucket", "s3:*"),
    "AWS::SQS::Queue": ("AWS::SQS::QueuePolicy", "Queues", "sqs:*"),
    "AWS::SNS::Topic": ("AWS::SNS::TopicPolicy", "Topics", "sns:Publish"),
}


def requests_are_encrypted(template):
    """Buckets, queues and topics refuse whatever is not sent by TLS."""
    for kind, (policies, names, action) in SENT_TO.items():
        refusing = [
            policy[names]
            for policy in template.resources_of_type(policies).values()
            if any(_refuses_http(it, action) for it in mappings_with("Effect", policy))
        ]
        for name in template.resources_of_type(kind):
            if {"Ref": name} not in mappings_with("Ref", refusing):
                yield f"{name} takes requests without TLS"


def _refuses_http(statement, action):
    return (
        statement["Effect"] == "Deny"
        and statement["Principal"] == "*"
        and statement["Action"] == action
        and statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    )


def buckets_are_logged(template):
    """S3 logs who reads and writes, except in the bucket of these logs."""
    for name, bucket in template.resources_of_type("AWS::S3::Bucket").items():
        if name != "LogBucket" and "LoggingConfiguration" not in bucket:
            yield f"{name} has no access log"


def logs_have_no_query_strings(template):
    """A query string may have the address of a picture with its signature."""
    for name, delivery in template.resources_of_type("AWS::Logs::Delivery").items():
        fields = delivery.get("RecordFields", ["cs-uri-query"])  # CloudFront's default has it
        if secret := {"cs-uri-query", "cs(Referer)", "cs(Cookie)", "c-ip"}.intersection(fields):
            yield f"{name} logs {sorted(secret)}"
    for name, distribution in template.resources_of_type("AWS::CloudFront::Distribution").items():
        if "Logging" in distribution.get("DistributionConfig", {}):
            yield f"{name} has a log of the first kind, with query strings"


def stars_have_reasons(template):
    for name, resource in template.written["Resources"].items():
        for statement in mappings_with("Effect", resource):
            if statement["Effect"] == "Deny":
                continue
            for key in ("Action", "NotAction", "Resource", "NotResource", "Principal"):
                for text in template.unexplained(statement.get(key)):
                    if "*" in text.removesuffix("/*"):  # the objects of a bucket are one resource
                        yield f"{name}: {statement.get('Sid')} has {text!r} as {key}"


def managed_policies_have_reasons(template):
    """Managed policies allow `*`. SAM attaches them to the roles that it creates itself."""
    written = template.written["Resources"]
    for name, role in template.resources_of_type("AWS::IAM::Role").items():
        if name not in written and role.get("ManagedPolicyArns"):
            yield f"{name} is SAM's and has managed policies"
    for name, resource in written.items():
        for text in template.unexplained(resource.get("Properties", {}).get("ManagedPolicyArns")):
            yield f"{name} has the managed policy {text}"


def settings_are_read_and_set(template):
    known = {f"CUTOUT_{field.name.upper()}" for field in fields(Settings)}
    for name, function in template.resources_of_type("AWS::Lambda::Function").items():
        variables = function.get("Environment", {}).get("Variables", {})
        needed = NEEDS.get(str(function.get("ImageConfig", {}).get("Command")), known)
        needed = needed - LEFT_ALONE.keys()
        variables_set = {variable for variable in variables if variable.startswith("CUTOUT_")}
        for variable in variables_set - needed:
            yield f"{name} has {variable}, which it does not read or LEFT_ALONE names"
        for variable in needed - variables_set:
            yield f"{name} has no {variable}"


def gateway_errors_have_our_shape(template):
    for name, api in template.resources_of_type("AWS::ApiGateway::RestApi").items():
        responses = api.get("Body", {}).get("x-amazon-apigateway-gateway-responses", {})
        for kind, response in responses.items():
            if not is_our_error(response.get("responseTemplates", {}).get("application/json", "")):
                yield f"{name}: {kind} has another shape than our errors"


def is_our_error(text):
    text = text.replace("$context.error.messageString", '"a \\"quoted\\" message"')
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
    """SAM publishes a version where the function's text changes, its description included. A
    parameter's new value alone would leave the API with the old version."""
    functions = template.resources_of_type("AWS::Lambda::Function")
    parameters = template.written["Parameters"]
    for version in template.resources_of_type("AWS::Lambda::Version").values():
        name = version["FunctionName"]["Ref"]
        function = dict(functions[name])
        function.pop("ReservedConcurrentExecutions", None)  # is not part of a version
        description = version.get("Description")
        described = set(re.findall(r"\$\{(\w+)\}", str(description)))
        described |= {node["Ref"] for node in mappings_with("Ref", description)}
        used = {node["Ref"] for node in mappings_with("Ref", function)}
        for parameter in used & parameters.keys() - described:
            yield f"{name}'s version has no {parameter} in its description"


def names_are_aws_choice(template):
    """A physical name chosen by the template makes a second stack fail."""
    for name, resource in template.resources.items():
        key = resource["Type"].split("::")[-1] + "Name"
        value = resource.get("Properties", {}).get(key)
        # The names of a stage and of a policy are unique within their API and their role.
        if key not in ("StageName", "PolicyName") and isinstance(value, str):
            yield f"{name} has the name {value}"


RULES = [rule for rule in vars().copy().values() if isgeneratorfunction(rule)]  # all of the above


def deadlines_are_in_order(service, site):
    """Whoever waits longer receives the answer of whoever gives up first, and the engine, which is
    the innermost, answers with a sentence. CloudFront waits for the first byte, API Gateway for the
    last. Queues and state machines wait for no answer."""
    (origin_s,) = {
        origin["OriginReadTimeout"] for origin in mappings_with("OriginReadTimeout", site.resources)
    }
    integrations = mappings_with("timeoutInMillis", service.resources)
    gateway_s = sorted({it["timeoutInMillis"] / 1000 for it in integrations}) or [GATEWAY_TIMEOUT_S]
    sources = service.resources_of_type("AWS::Lambda::EventSourceMapping").values()
    asynchronous = {source["FunctionName"]["Ref"] for source in sources}
    for machine in service.resources_of_type("AWS::StepFunctions::StateMachine").values():
        called = mappings_with("Fn::GetAtt", machine["DefinitionSubstitutions"])
        asynchronous |= {node["Fn::GetAtt"][0] for node in called}
    for name, function in service.resources_of_type("AWS::Lambda::Function").items():
        deadline_s = function.get("Environment", {}).get("Variables", {}).get("CUTOUT_DEADLINE_S")
        waits = name not in asynchronous
        whole = [deadline_s, function.get("Timeout", LAMBDA_TIMEOUT_S), *gateway_s * waits]
        orders = (
            [whole, [deadline_s + streaming.GRACE_S, origin_s]][: 1 + waits] if deadline_s else []
        )
        for order in orders:
            if order != sorted(set(order)):
                yield f"{name} has the deadlines {order}"
