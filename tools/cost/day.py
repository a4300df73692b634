"""Computes the most that a day can cost, from the defaults of the templates and the prices.

A visitor has no API key. Each line of the bill is bounded by a setting, or is named as unbounded.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from cutout.credits.allowance import NETWORKS
from cutout.jobs.retention import LINK_S, VISITOR_LINK_S
from tools import cloudformation

from .inputs import Inputs
from .model import DAY_S, GB

ROOT = Path(__file__).parents[2]
MINUTES = DAY_S // 60
OPERATIONS = "infra/operations.yaml"
# Write units of a POST without an API key: one that asks whether its upload has been used, and the
# allowance's transaction, two for each item, which count an IPv6 address, its networks and all
# visitors. A refused write is charged like another one.
POST_WRITES = 1 + 2 * (1 + len(NETWORKS[6]) + 1)
# Of the dearest call that the allowance counts: one more cutout of an upload, with its result's GET
CUTOUT_UNITS = {"dynamodb_write": POST_WRITES, "dynamodb_read": 2, "s3_put": 1, "s3_get": 2}
# Of a DELETE of an upload, as often as one likes: a LIST costs as a PUT
DELETE_UNITS = {"dynamodb_write": 1, "dynamodb_read": 1, "s3_put": 1}
METHODS = ("DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT")  # that API Gateway passes


@dataclass(frozen=True)
class Line:
    """A line of the bill of a day."""

    what: str
    formula: str  # that dollars follow from, in words and numbers
    dollars: float


@dataclass(frozen=True)
class Day:
    """The bill of one day with the defaults of the templates."""

    inputs: Inputs

    # -- without API keys -------------------------------------------------------------------------

    def visitors(self) -> Iterator[Line]:
        """Yield what clients without a valid API key can make the service cost in a day."""
        calls, refused_s = self._calls(), self._assumed("refused_ms") / 1000
        cutouts, cutout_s = setting("CallsPerDay"), self._assumed("cutout_s")
        yield Line(
            "calls that pass API Gateway's throttles",
            f"{calls / DAY_S:g} a second, the sum over all methods of all paths, also of the API's "
            "own address; a call and an invocation each",
            calls * (self._price("api_call") + self._price("lambda_request")),
        )
        yield Line(
            "Lambda: refused calls",
            f"as many × {refused_s:g} s × {self._gb:.3f} GB",
            self._function(calls * refused_s),
        )
        yield Line(
            "Lambda: visitors' cutouts",
            f"`CallsPerDay` {cutouts:,} × {cutout_s:g} s, where the function ends itself",
            self._function(cutouts * cutout_s),
        )
        yield Line(
            "logs and traces of calls",
            f"as many × {self._log_bytes:,} bytes; {self._assumed('traced_share'):.0%} traced",
            calls
            * (
                self._log_bytes / GB * self._price("log_gb")
                + self._assumed("traced_share") * self._price("trace")
            ),
        )
        posts = self._calls("POST")
        yield Line(
            "DynamoDB",
            f"{posts / DAY_S:g} POSTs a second × {POST_WRITES} write units, of a refused "
            "transaction and of an upload that is asked for its use; for each call a read unit for "
            "its key, or for the mark of a closed day",
            posts * POST_WRITES * self._price("dynamodb_write")
            + calls * self._price("dynamodb_read"),
        )
        deletes = self._calls("DELETE")
        yield Line(
            "DynamoDB and S3 of deletions",
            f"{deletes / DAY_S:g} DELETEs of an upload a second × {_named(DELETE_UNITS)}",
            deletes * self._units(DELETE_UNITS),
        )
        yield Line(
            "DynamoDB and S3 of visitors' calls",
            f"{cutouts:,} × {_named(CUTOUT_UNITS)}, of one more cutout of an upload",
            cutouts * self._units(CUTOUT_UNITS),
        )
        yield from self._links()
        yield from self._fixed()

    def _links(self) -> Iterator[Line]:
        """Yield what links and uploads cost until CostAlarm stops them."""
        delay_s = self._assumed("alarm_delay_s")
        yield Line(
            "links and uploads until CostAlarm closes the service",
            "`DailyBudget`",
            setting("DailyBudget", OPERATIONS),
        )
        yield Line(
            "links after that",
            f"{delay_s:g} s until the alarm acts and the last link of {VISITOR_LINK_S} s ends, "
            f"at {self._assumed('attacker_gbit_s'):g} Gbit/s: {self._gigabytes(delay_s):.0f} GB",
            self._gigabytes(delay_s) * self._price("s3_gb_out"),
        )
        yield Line(
            "uploads after that",
            f"{delay_s:g} s, and {LINK_S} s for which a form is valid, × {self._posts_s:,} POSTs a "
            "second, S3's limit of a prefix",
            (delay_s + LINK_S) * self._posts_s * self._price("s3_put"),
        )

    def _fixed(self) -> Iterator[Line]:
        sweeps, timeout_s = DAY_S / 300, 240
        yield Line(
            "sweeps",
            f"{sweeps:g} × {timeout_s} s, their timeout, × 0.5 GB",
            sweeps * timeout_s * 0.5 * self._price("gb_second_x86_64"),
        )
        days = self._assumed("days_a_month")
        yield Line(
            "what is there without traffic",
            f"${self.inputs.monthly_dollars:.2f} a month, with the firewall",
            self.inputs.monthly_dollars / days,
        )

    # -- with API keys ----------------------------------------------------------------------------

    def callers(self) -> Iterator[Line]:
        """Yield what callers with valid API keys can add to a day's bill."""
        quota = self._assumed("new_account_concurrency")
        yield Line(
            "ApiFunction, never idle",
            f"{quota:g} environments, the quota of a new AWS account, × 86,400 s; each further one "
            f"adds ${self._function(DAY_S):.2f}; `ReservedConcurrency` bounds them",
            self._function(quota * DAY_S),
        )
        jobs, batches = setting("JobConcurrency"), setting("BatchConcurrency")
        yield Line(
            "WorkerFunction", f"`JobConcurrency` {jobs} × 86,400 s", self._function(jobs * DAY_S)
        )
        yield Line(
            "BatchWorkerFunction",
            f"`BatchConcurrency` {batches} × 86,400 s, while the account's owner runs a batch",
            self._function(batches * DAY_S),
        )
        yield Line(
            "WebhookFunction",
            "2 × 86,400 s × 0.25 GB",
            2 * DAY_S * 0.25 * self._price("gb_second_x86_64"),
        )

    def endless_links(self) -> float:
        """Return the dollars of links that are fetched all day, which CostAlarm prevents."""
        return self._gigabytes(DAY_S) * self._price("s3_gb_out")

    def endless_uploads(self) -> float:
        """Return the dollars of forms that are posted all day, which CostAlarm prevents."""
        return DAY_S * self._posts_s * self._price("s3_put")

    # -- without a bound --------------------------------------------------------------------------

    def address(self) -> float:
        """Return the dollars of one address's requests to CloudFront, at the firewall's limit."""
        a_minute = setting("VisitorRequestsPerMinute", "infra/firewall.yaml")
        names = ("cloudfront_request", "cloudfront_function", "waf_request")
        return float(a_minute * MINUTES * sum(map(self._price, names)))

    def page(self, file_bytes: int) -> float:
        """Return the dollars of a file that one address fetches at the firewall's limit."""
        a_minute = setting("VisitorRequestsPerMinute", "infra/firewall.yaml")
        return float(a_minute * MINUTES * file_bytes / GB * self._price("cloudfront_gb_out"))

    # -- shared -----------------------------------------------------------------------------------

    def _calls(self, *methods: str) -> float:
        """Return the calls of a day that the throttles pass, through CloudFront or directly."""
        return DAY_S * sum(rates(*methods))

    def _units(self, units: Mapping[str, int]) -> float:
        return sum(count * self._price(name) for name, count in units.items())

    @property
    def _posts_s(self) -> int:
        return int(self.inputs.limits["s3_puts"]["each_s"])

    def _gigabytes(self, seconds: float) -> float:
        return seconds * self._assumed("attacker_gbit_s") / 8 * 1e9 / GB

    @property
    def _gb(self) -> float:
        return float(setting("MemorySize") / 1024)

    @property
    def _log_bytes(self) -> int:
        own = max(run.log_bytes for run in self.inputs.runs)
        return own + int(self._assumed("platform_log_bytes") + self._assumed("access_log_bytes"))

    def _function(self, seconds: float) -> float:
        """Return the dollars of seconds of a function with MemorySize, on x86_64."""
        return seconds * self._gb * self._price("gb_second_x86_64")

    def _price(self, name: str) -> float:
        return self.inputs.prices[name].dollars(1)

    def _assumed(self, name: str) -> float:
        return self.inputs.assumed[name]


def _named(units: Mapping[str, int]) -> str:
    return ", ".join(f"{count} `{name}`" for name, count in units.items())


def rates(*methods: str) -> Iterator[float]:
    """Yield the requests a second that API Gateway lets through by each method of each path."""
    resources = read("template.yaml")["Resources"]
    settings = {
        (it["ResourcePath"], it["HttpMethod"]): it["ThrottlingRateLimit"]
        for it in resources["Api"]["Properties"]["MethodSettings"]
    }
    for event in resources["ApiFunction"]["Properties"]["Events"].values():
        path = "/" + event["Properties"]["Path"].replace("/", "~1")
        for method in methods or METHODS:
            rate = settings.get((path, method), settings["/*", "*"])
            yield setting(rate["Ref"]) if isinstance(rate, dict) else rate


def setting(name: str, template: str = "template.yaml") -> Any:
    return read(template)["Parameters"][name]["Default"]


@cache
def read(template: str) -> dict[str, Any]:
    return cloudformation.read(ROOT / template)
