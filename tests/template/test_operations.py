"""infra/operations.yaml: the dashboard, and when its alarms fire."""

import json
import os
import re
import subprocess
import sys
import tomllib
from dataclasses import dataclass

import pytest
from cfnlint.decode import decode

from cutout.jobs import webhooks
from tests import gateway
from tests.template.templates import SERVICE
from tools.contenders.catalogue import ROOT
from tools.cost import inputs

PARAMETERS = {
    "ApiName": "cutout-dev",
    "StageName": "live",
    "FunctionName": "api",
    "SweepFunctionName": "sweep",
    "WorkerFunctionName": "worker",
    "JobQueueName": "jobs",
    "JobDeadLettersName": "dead",
    "WebhookDeadLettersName": "dead-webhooks",
    "WebhookFunctionName": "webhook",
    "BatchFunctionName": "batch",
    "BatchWorkerFunctionName": "batch-worker",
    "CloseFunctionName": "close",
    "PictureBucketName": "pictures",
    "WebhookQueueName": "webhooks",
    "MemorySize": 1769,
    "Architecture": "x86_64",
}
QUEUES = ("jobs", "webhooks")
FUNCTIONS = ("api", "worker", "batch", "batch-worker", "sweep", "webhook", "close")
# What AWS sends, and by which names: the services' pages of their metrics.
OF_AWS = {
    "AWS/ApiGateway": {
        "dimensions": [{"ApiName": "cutout-dev", "Stage": "live"}],
        "metrics": {"Count", "4XXError", "5XXError", "Latency"},
    },
    "AWS/Lambda": {
        "dimensions": [{"FunctionName": name} for name in FUNCTIONS],
        "metrics": {"Invocations", "Errors", "Throttles", "Duration", "ConcurrentExecutions"},
    },
    "AWS/SQS": {
        "dimensions": [{"QueueName": name} for name in (*QUEUES, "dead", "dead-webhooks")],
        "metrics": {"ApproximateNumberOfMessagesVisible", "ApproximateAgeOfOldestMessage"},
    },
    "AWS/S3": {  # of the bucket's metrics configuration
        "dimensions": [{"BucketName": "pictures", "FilterId": "all"}],
        "metrics": {"BytesDownloaded", "AllRequests"},
    },
}


@dataclass(frozen=True)
class Metric:
    namespace: str
    name: str
    dimensions: frozenset


class Operations:
    """infra/operations.yaml as CloudFormation reads it with some parameters."""

    def __init__(self, **parameters):
        self.template, mistakes = decode(str(ROOT / "infra" / "operations.yaml"))
        assert not mistakes
        defaults = {name: it.get("Default") for name, it in self.template["Parameters"].items()}
        self.values = {"AWS::Region": "us-east-1", "AWS::NoValue": None} | defaults
        self.values |= PARAMETERS | parameters

    def resources(self, kind):
        """Return a resource's properties by name, without those that a condition removes."""
        return {
            name: self.resolve(it["Properties"])
            for name, it in self.template["Resources"].items()
            if it["Type"] == kind and ("Condition" not in it or self.holds(it["Condition"]))
        }

    def holds(self, condition):
        return self.resolve(self.template["Conditions"][condition])

    def resolve(self, node):
        if isinstance(node, list):
            return [self.resolve(child) for child in node]
        if not isinstance(node, dict):
            return node
        match list(node.items()):
            case [("Ref", name)]:
                return self.values.get(name, name)
            case [("Fn::GetAtt", path)]:
                return ".".join(path)
            case [("Fn::If", [condition, yes, no])]:
                return self.resolve(yes if self.holds(condition) else no)
            case [("Fn::Equals", sides)]:
                one, other = self.resolve(sides)
                return one == other
            case [("Fn::Not", [side])]:
                return not self.resolve(side)
            case [("Fn::Sub", [text, names])]:
                return self._substitute(text, self.resolve(names))
            case [("Fn::Sub", text)]:
                return self._substitute(text, {})
        return {name: self.resolve(child) for name, child in node.items()}

    def _substitute(self, text, names):
        values = self.values | names
        return re.sub(r"\$\{([^}]+)\}", lambda found: str(values.get(found[1], found[1])), text)

    @property
    def alarms(self):
        return self.resources("AWS::CloudWatch::Alarm")

    @property
    def widgets(self):
        (dashboard,) = self.resources("AWS::CloudWatch::Dashboard").values()
        return json.loads(dashboard["DashboardBody"])["widgets"]


OPERATIONS = Operations()
ALARMS = sorted(OPERATIONS.alarms)


def alarmed(alarm):
    """Return the metrics of an alarm by their ids."""
    if "MetricName" in alarm:
        return {"metric": _metric(alarm)}
    queries = [query for query in alarm["Metrics"] if "MetricStat" in query]
    return {query["Id"]: _metric(query["MetricStat"]["Metric"]) for query in queries}


def _metric(it):
    dimensions = frozenset((each["Name"], each["Value"]) for each in it["Dimensions"])
    return Metric(it["Namespace"], it["MetricName"], dimensions)


def shown():
    rows = [row for widget in OPERATIONS.widgets for row in widget["properties"].get("metrics", [])]
    names = [[part for part in row if isinstance(part, str)] for row in rows]
    return {
        Metric(space, name, frozenset(zip(pairs[::2], pairs[1::2], strict=True)))
        for space, name, *pairs in filter(None, names)
    }


def used():
    return shown().union(*(alarmed(alarm).values() for alarm in OPERATIONS.alarms.values()))


# A picture that succeeds, a client error, a picture that takes too long, and a job with a bug.
EVENTS = """
import json, sys
from types import SimpleNamespace
from cutout.deadline import Deadline
from cutout.lambdas.api import handler
from cutout.telemetry import metrics, record_job_bug
context = SimpleNamespace(**json.loads(sys.argv[1]))
good, bad = json.load(sys.stdin)
handler(good, context)
handler(bad, context)
Deadline.left = lambda deadline: 0.0
handler(good, context)
metrics.set_default_dimensions(function_name="worker")
record_job_bug("job", ZeroDivisionError())
"""


@pytest.fixture(scope="module")
def emitted(red_folder, photo):
    context = {"function_name": "api", "memory_limit_in_mb": 1769, "aws_request_id": "1"}
    context["invoked_function_arn"] = "arn"
    settings = {
        "AWS_LAMBDA_FUNCTION_NAME": "api",
        "CUTOUT_MODEL": "red",
        "CUTOUT_MODELS": str(red_folder),
        "CUTOUT_ASK_FOR_KEYS": "false",
    }
    run = subprocess.run(
        [sys.executable, "-c", EVENTS, json.dumps(context)],
        input=json.dumps([gateway.upload(photo), gateway.upload(b"words")]),
        env={name: it for name, it in os.environ.items() if "CUTOUT" not in name} | settings,
        capture_output=True,
        text=True,
        check=True,
    )
    lines = [json.loads(line) for line in run.stdout.splitlines()]
    return {metric for line in lines if "_aws" in line for metric in _of_line(line)}


def _of_line(line):
    """Return the metrics that CloudWatch reads from a line in its embedded metric format."""
    for directive in line["_aws"]["CloudWatchMetrics"]:
        for names in directive["Dimensions"]:
            dimensions = frozenset((name, line[name]) for name in names)
            for metric in directive["Metrics"]:
                yield Metric(directive["Namespace"], metric["Name"], dimensions)


def test_every_metric_of_cutout_is_sent_by_the_code(emitted):
    assert {metric for metric in used() if metric.namespace == "Cutout"} <= emitted


def test_every_metric_sent_by_the_code_is_on_the_dashboard(emitted):
    assert emitted <= shown()


def test_every_metric_of_an_alarm_is_on_the_dashboard():
    assert used() == shown()


def test_every_metric_of_aws_exists():
    for metric in used():
        if metric.namespace != "Cutout":
            assert metric.name in OF_AWS[metric.namespace]["metrics"]
            assert dict(metric.dimensions) in OF_AWS[metric.namespace]["dimensions"]


def test_the_dashboard_shows_every_alarm():
    (alarms,) = (widget for widget in OPERATIONS.widgets if widget["type"] == "alarm")

    assert sorted(alarms["properties"]["alarms"]) == [f"{name}.Arn" for name in ALARMS]


def test_widgets_do_not_overlap():
    cells = [
        (x, y)
        for widget in OPERATIONS.widgets
        for x in range(widget["x"], widget["x"] + widget["width"])
        for y in range(widget["y"], widget["y"] + widget["height"])
    ]

    assert len(cells) == len(set(cells))
    assert max(x for x, _ in cells) < 24


def test_expressions_of_the_dashboard_name_metrics_of_their_widget():
    for widget in OPERATIONS.widgets:
        options = [row[-1] for row in widget["properties"].get("metrics", [])]
        options = [option for option in options if isinstance(option, dict)]
        ids = {option["id"] for option in options if "id" in option}
        for option in options:
            assert set(re.findall(r"\b[a-z]\w*", option.get("expression", ""))) <= ids


def value(name, **metrics):
    """Evaluate an alarm's expression for metrics, some of which may have no data."""
    alarm = OPERATIONS.alarms[name]
    (expression,) = (query["Expression"] for query in alarm["Metrics"] if "Expression" in query)
    functions = {
        "IF": lambda condition, yes, no: yes if condition else no,
        "FILL": lambda metric, instead: instead if metric is None else metric,
    }
    assert metrics.keys() == alarmed(alarm).keys()
    return eval(expression, {"__builtins__": {}}, functions | metrics)


def speaks(name, **metrics):
    alarm = OPERATIONS.alarms[name]
    assert alarm["ComparisonOperator"] == "GreaterThanThreshold"
    return value(name, **metrics) > alarm["Threshold"]


def test_the_error_alarm_fires_from_five_percent_on_and_not_for_a_few_calls():
    assert not speaks("ErrorAlarm", errors=1, calls=1)
    assert not speaks("ErrorAlarm", errors=4, calls=4)
    assert not speaks("ErrorAlarm", errors=5, calls=100)
    assert speaks("ErrorAlarm", errors=6, calls=100)


def test_failures_of_a_quiet_service_raise_an_alarm_within_the_hour():
    alarm = OPERATIONS.alarms["FailureAlarm"]

    assert alarm["ComparisonOperator"] == "GreaterThanOrEqualToThreshold"
    assert (alarm["Statistic"], alarm["Threshold"], alarm["Period"]) == ("Sum", 5, 3600)


def test_the_latency_alarm_needs_enough_calls_for_a_percentile():
    assert not speaks("LatencyAlarm", p95=20_000, calls=19)
    assert speaks("LatencyAlarm", p95=20_000, calls=20)
    assert not speaks("LatencyAlarm", p95=9_000, calls=1000)


def test_the_latency_alarm_fires_before_the_deadline():
    template, _ = decode(str(ROOT / "template.yaml"))
    variables = template["Resources"]["ApiFunction"]["Properties"]["Environment"]["Variables"]
    deadline_ms = 1000 * int(variables["CUTOUT_DEADLINE_S"])

    assert OPERATIONS.alarms["LatencyAlarm"]["Threshold"] < deadline_ms


def test_the_rejection_alarm_counts_calls_that_never_reach_the_code():
    assert not speaks("ThrottleAlarm", calls=1000, invocations=1000)
    assert not speaks("ThrottleAlarm", calls=19, invocations=None)
    assert speaks("ThrottleAlarm", calls=1000, invocations=900)
    assert speaks("ThrottleAlarm", calls=1000, invocations=None)


def test_cold_starts_of_a_quiet_service_raise_no_alarm():
    assert not speaks("ColdStartAlarm", cold=50, requests=50)
    assert not speaks("ColdStartAlarm", cold=20, requests=100)
    assert speaks("ColdStartAlarm", cold=30, requests=100)


# Of 1,000,000 ms in each function, 1,000 calls, 1,000 requests to S3, and a GB by each way out.
PARTS = {
    # 1,000 s x 1,769 MB / 1,024 = 1,727.54 GB-s; x 0.0000166667
    **dict.fromkeys(["api", "worker", "batch_worker", "batch"], 0.028792),
    "sweep": 0.008333,  # 1,000 s x 512 / 1,024 = 500 GB-s
    "webhook": 0.004167,  # 250 GB-s
    "calls": 0.0037,  # 3.50 and 0.20 a million
    "requests": 0.005,  # as many PUTs
    "links": 0.09,
    "responses": 0.085,
}


def a_day(name):
    size = (
        1000
        if name in ("calls", "requests")
        else 2**30
        if name in ("links", "responses")
        else 1_000_000
    )
    return dict.fromkeys(PARTS) | {name: size}


@pytest.mark.parametrize(("name", "dollars"), PARTS.items(), ids=PARTS)
def test_the_cost_of_a_day_has_the_time_of_all_functions_and_the_bytes_out(name, dollars):
    assert value("CostAlarm", **a_day(name)) == pytest.approx(dollars, abs=1e-6)


def test_time_on_arm_has_its_own_price(monkeypatch):
    monkeypatch.setitem(OPERATIONS.values, "Architecture", "arm64")

    # 1,727.54 GB-s x 0.0000133334
    assert value("CostAlarm", **a_day("api")) == pytest.approx(0.023034, abs=1e-6)


def test_the_cost_of_a_day_has_every_function_of_the_service_but_the_one_that_closes_it():
    named = {f"{name}Name" for name in SERVICE.resources_of_type("AWS::Lambda::Function")}
    named = {"FunctionName" if name == "ApiFunctionName" else name for name in named}

    watched = alarmed(OPERATIONS.alarms["CostAlarm"]).values()
    functions = {dict(it.dimensions)["FunctionName"] for it in watched if it.name == "Duration"}
    assert functions == {OPERATIONS.values[name] for name in named - {"CloseFunctionName"}}


def test_the_memory_in_the_cost_of_a_day_is_that_of_the_functions():
    expression = str(OPERATIONS.alarms["CostAlarm"]["Metrics"][0]["Expression"])

    functions = SERVICE.resources_of_type("AWS::Lambda::Function")
    for name, metric in [("Batch", "batch"), ("Sweep", "sweep"), ("Webhook", "webhook")]:
        assert f"FILL({metric}, 0) * {functions[f'{name}Function']['MemorySize']}" in expression


@pytest.mark.parametrize("name", ALARMS)
def test_an_alarm_has_no_more_metrics_than_cloudwatch_takes(name):
    assert len(alarmed(OPERATIONS.alarms[name])) <= 10


def test_the_cost_alarm_closes_the_service_to_visitors_and_its_end_opens_it():
    alarm = OPERATIONS.alarms["CostAlarm"]

    (closes, mails), opens = alarm["AlarmActions"], alarm["OKActions"]
    assert closes.endswith(":function:close") and mails is None
    assert opens == alarm["AlarmActions"]
    (permission,) = (
        it
        for it in SERVICE.resources_of_type("AWS::Lambda::Permission").values()
        if it["Principal"] == "lambda.alarms.cloudwatch.amazonaws.com"
    )
    assert permission["FunctionName"] == {"Ref": "CloseFunction"}
    assert permission["SourceAccount"] == {"Ref": "AWS::AccountId"}


def test_a_month_over_its_budget_closes_the_service_by_default():
    (budget,) = OPERATIONS.resources("AWS::Budgets::Budget").values()

    assert budget["Budget"]["BudgetLimit"] == {"Amount": 100, "Unit": "USD"}
    assert budget["Budget"]["TimeUnit"] == "MONTHLY"
    notification = budget["NotificationsWithSubscribers"][0]
    assert notification["Notification"]["Threshold"] == 100
    assert {"SubscriptionType": "SNS", "Address": "BudgetTopic"} in notification["Subscribers"]
    (subscription,) = OPERATIONS.resources("AWS::SNS::Topic")["BudgetTopic"]["Subscription"]
    assert subscription["Protocol"] == "lambda"
    assert subscription["Endpoint"].endswith(":function:close")
    (policy,) = OPERATIONS.resources("AWS::SNS::TopicPolicy").values()
    statement, _ = policy["PolicyDocument"]["Statement"]
    assert statement["Principal"] == {"Service": "budgets.amazonaws.com"}
    (permission,) = OPERATIONS.resources("AWS::Lambda::Permission").values()
    assert (permission["FunctionName"], permission["SourceArn"]) == ("close", "BudgetTopic")


def test_a_budget_of_nothing_is_none():
    off = Operations(MonthlyBudget=0)

    kinds = ("AWS::Budgets::Budget", "AWS::SNS::Topic", "AWS::Lambda::Permission")
    assert [off.resources(kind) for kind in kinds] == [{}, {}, {}]


def test_the_budget_mails_at_four_fifths_and_when_it_is_used_up():
    (budget,) = Operations(AlarmEmail="ann@example.com").resources("AWS::Budgets::Budget").values()

    mail = {"SubscriptionType": "EMAIL", "Address": "ann@example.com"}
    mailed = [it for it in budget["NotificationsWithSubscribers"] if mail in it["Subscribers"]]
    assert sorted(it["Notification"]["Threshold"] for it in mailed) == [80, 100]


def test_bytes_by_links_and_in_responses_raise_an_alarm_within_the_hour():
    alarm = OPERATIONS.alarms["BytesAlarm"]

    assert {it["MetricStat"]["Period"] for it in alarm["Metrics"] if "MetricStat" in it} == {3600}
    assert not speaks("BytesAlarm", links=9 * 2**30, responses=None)
    assert speaks("BytesAlarm", links=6 * 2**30, responses=5 * 2**30)
    assert speaks("BytesAlarm", links=None, responses=11 * 2**30)


def test_the_bucket_counts_the_bytes_that_the_alarms_watch():
    bucket = SERVICE.resources_of_type("AWS::S3::Bucket")["PictureBucket"]

    assert {"Id": "all"} in bucket["MetricsConfigurations"]


@pytest.mark.parametrize("function", ["worker", "webhook", "batch", "batch_worker"])
def test_a_background_function_that_keeps_crashing_raises_an_alarm(function):
    quiet = dict.fromkeys(["worker", "webhook", "batch", "batch_worker"])

    assert not speaks("CrashAlarm", **quiet | {function: 4})
    assert speaks("CrashAlarm", **quiet | {function: 5})


@pytest.mark.parametrize(
    ("name", "queue", "hours"), [("JobAgeAlarm", "jobs", 1), ("WebhookAgeAlarm", "webhooks", 25)]
)
def test_a_message_that_waits_too_long_raises_an_alarm(name, queue, hours):
    alarm = OPERATIONS.alarms[name]

    metric = alarmed(alarm)["metric"]
    assert (metric.name, dict(metric.dimensions)) == (
        "ApproximateAgeOfOldestMessage", {"QueueName": queue},
    )  # fmt: skip
    assert alarm["Threshold"] == hours * 3600


def test_a_webhook_that_is_still_tried_raises_no_alarm():
    assert OPERATIONS.alarms["WebhookAgeAlarm"]["Threshold"] > webhooks.RETRIED_S


@pytest.mark.parametrize(
    ("name", "queue"), [("JobAlarm", "dead"), ("WebhookAlarm", "dead-webhooks")]
)
def test_a_dead_letter_raises_an_alarm(name, queue):
    alarm = OPERATIONS.alarms[name]

    assert dict(alarmed(alarm)["metric"].dimensions) == {"QueueName": queue}
    assert (alarm["ComparisonOperator"], alarm["Threshold"]) == ("GreaterThanThreshold", 0)


def test_one_job_that_fails_by_a_bug_raises_an_alarm():
    alarm = OPERATIONS.alarms["JobBugAlarm"]

    assert ("function_name", "worker") in alarmed(alarm)["metric"].dimensions
    assert (alarm["ComparisonOperator"], alarm["Threshold"]) == ("GreaterThanThreshold", 0)


@pytest.mark.parametrize(
    ("sweeps", "failed", "is_well"),
    [(3, None, True), (3, 2, True), (3, 3, False), (None, None, False)],
    ids=["all succeed", "one succeeds", "all fail", "none runs"],
)
def test_a_quarter_of_an_hour_without_a_successful_sweep_raises_an_alarm(sweeps, failed, is_well):
    alarm = OPERATIONS.alarms["SweepAlarm"]

    (rule,) = SERVICE.resources_of_type("AWS::Events::Rule").values()
    minutes = int(re.fullmatch(r"rate\((\d+) minutes\)", rule["ScheduleExpression"])[1])
    assert {it["MetricStat"]["Period"] for it in alarm["Metrics"] if "MetricStat" in it} == {
        3 * 60 * minutes
    }
    assert alarm["ComparisonOperator"] == "LessThanThreshold"
    assert (value("SweepAlarm", sweeps=sweeps, failed=failed) >= alarm["Threshold"]) is is_well


def test_the_budget_is_for_one_day():
    alarm = OPERATIONS.alarms["CostAlarm"]

    periods = {query["MetricStat"]["Period"] for query in alarm["Metrics"] if "MetricStat" in query}
    assert periods == {86_400}
    assert alarm["EvaluationPeriods"] == 1
    assert alarm["Threshold"] == OPERATIONS.values["DailyBudget"]


@pytest.mark.parametrize(
    ("parameter", "price", "units"),
    [
        ("GbSecondPriceX86", "gb_second_x86_64", 1),
        ("GbSecondPriceArm", "gb_second_arm64", 1),
        ("LambdaRequestPrice", "lambda_request", 1_000_000),
        ("ApiCallPrice", "api_call", 1_000_000),
        ("S3GbOutPrice", "s3_gb_out", 1),
        ("S3RequestPrice", "s3_put", 1_000_000),
        ("CloudFrontGbOutPrice", "cloudfront_gb_out", 1),
    ],
)
def test_prices_are_those_of_the_price_list(parameter, price, units):
    first = inputs.load().prices[price].tiers[0][1]

    assert float(OPERATIONS.values[parameter]) == pytest.approx(first * units)


def test_the_price_list_includes_monthly_costs(emitted):
    monthly = tomllib.loads(inputs.FILE.read_text())["monthly"]

    looked_at = sum(len(alarmed(alarm)) for alarm in OPERATIONS.alarms.values())
    assert monthly["alarm_metric"]["count"] == looked_at
    assert monthly["custom_metric"]["count"] == len(emitted)


@pytest.mark.parametrize("name", ALARMS)
def test_no_traffic_raises_no_alarm_but_no_sweeps_do(name):
    missing = "breaching" if name == "SweepAlarm" else "notBreaching"

    assert OPERATIONS.alarms[name]["TreatMissingData"] == missing


@pytest.mark.parametrize("name", ALARMS)
def test_alarms_evaluate_a_day_at_most(name):
    alarm = OPERATIONS.alarms[name]
    queries = [query for query in alarm.get("Metrics", []) if "MetricStat" in query]
    (period,) = {query["MetricStat"]["Period"] for query in queries} or {alarm["Period"]}

    # CloudWatch's limit, but for periods of an hour and longer.
    assert period * alarm["EvaluationPeriods"] <= 86_400
    assert alarm.get("DatapointsToAlarm", 1) <= alarm["EvaluationPeriods"]


@pytest.mark.parametrize("name", ALARMS)
def test_alarms_send_mail_where_an_address_is_set(name):
    alarm = Operations(AlarmEmail="ann@example.com").alarms[name]
    silent = OPERATIONS.alarms[name]

    for actions in ("AlarmActions", "OKActions"):
        assert "AlarmTopic" in alarm[actions]
        assert "AlarmTopic" not in (silent[actions] or [])


def test_the_mail_topic_has_a_key_that_alarms_may_use():
    operations = Operations(AlarmEmail="ann@example.com")

    topic = operations.resources("AWS::SNS::Topic")["AlarmTopic"]
    assert topic["KmsMasterKeyId"] == "AlarmKey"
    assert topic["Subscription"] == [{"Protocol": "email", "Endpoint": "ann@example.com"}]
    (key,) = operations.resources("AWS::KMS::Key").values()
    policy = operations.resources("AWS::SNS::TopicPolicy")["AlarmTopicPolicy"]
    for document in (key["KeyPolicy"], policy["PolicyDocument"]):
        principals = [statement["Principal"] for statement in document["Statement"]]
        assert {"Service": "cloudwatch.amazonaws.com"} in principals


def test_without_an_address_no_topic_for_mail_is_deployed():
    assert "AlarmTopic" not in OPERATIONS.resources("AWS::SNS::Topic")
    assert OPERATIONS.resources("AWS::KMS::Key") == {}
