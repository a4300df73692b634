"""infra/site.yaml: the origin of each path, and the page's headers in a browser."""

import json
import re
import subprocess
import sys
from fnmatch import fnmatchcase
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import pytest
from playwright.sync_api import expect

from cutout import bootstrap
from tests.conftest import encoded, served
from tests.template.templates import ROOT, SERVICE, SITE, mappings_with, read
from tools.deploy import page

DISTRIBUTION = SITE.resources_of_type("AWS::CloudFront::Distribution")["Distribution"]
CONFIG = DISTRIBUTION["DistributionConfig"]
API = [one for one in CONFIG["CacheBehaviors"] if one["TargetOriginId"] == "api"]
SAME_FOR_ALL = [one for one in API if one["CachePolicyId"] == {"Ref": "SameForAll"}]
OWN = [one for one in API if one not in SAME_FOR_ALL]
ORIGINS = {origin["Id"]: origin for origin in CONFIG["Origins"]}
HEADERS = SITE.resources_of_type("AWS::CloudFront::ResponseHeadersPolicy")["PageHeaders"][
    "ResponseHeadersPolicyConfig"
]
POLICY = HEADERS["SecurityHeadersConfig"]["ContentSecurityPolicy"]["ContentSecurityPolicy"]
FILES = page.version(ROOT / "frontend")
INLINE_SCRIPT = """() => new Promise((resolve) => {
  addEventListener("securitypolicyviolation", (event) => resolve(event.effectiveDirective));
  document.body.append(Object.assign(document.createElement("script"), { textContent: "1" }));
})"""
DENO = Path(sys.executable).parent / "deno"
EVERY_METHOD = {"GET", "HEAD", "OPTIONS", "PUT", "POST", "PATCH", "DELETE"}


def managed(reference):
    """Return the template's name for one of AWS's managed policies."""
    return reference["Fn::FindInMap"][1]


@pytest.fixture
def paths(settings, engine):
    app = bootstrap.app(settings, engine, lambda result: None)
    return [route.path for route in app.routes]


def test_every_path_of_the_api_goes_to_the_api(paths):
    patterns = [behaviour["PathPattern"] for behaviour in API]

    assert "/api/remove" in paths
    assert [path for path in paths if not any(fnmatchcase(path, one) for one in patterns)] == []


def test_no_file_of_the_page_has_a_path_of_the_api():
    patterns = [behaviour["PathPattern"] for behaviour in CONFIG["CacheBehaviors"]]

    assert CONFIG["DefaultCacheBehavior"]["TargetOriginId"] == "page"
    assert CONFIG["DefaultRootObject"] in FILES
    assert [key for key in FILES if any(fnmatchcase(f"/{key}", one) for one in patterns)] == []


@pytest.mark.parametrize("behaviour", OWN, ids=lambda behaviour: behaviour["PathPattern"])
def test_the_api_gets_every_method_and_header_and_nothing_is_cached(behaviour):
    assert set(behaviour["AllowedMethods"]) == EVERY_METHOD
    assert managed(behaviour["CachePolicyId"]) == "CachingDisabled"
    assert managed(behaviour["OriginRequestPolicyId"]) == "AllViewerExceptHostHeader"
    assert behaviour["ViewerProtocolPolicy"] == "https-only"
    assert behaviour["Compress"] is False
    assert "ResponseHeadersPolicyId" not in behaviour
    (function,) = behaviour["FunctionAssociations"]
    assert function["EventType"] == "viewer-request"
    assert function["FunctionARN"] == {"Fn::GetAtt": ["CallersFunction", "FunctionARN"]}


def test_what_is_the_same_for_all_is_answered_by_the_cache_whatever_a_client_sends():
    (policy,) = SITE.resources_of_type("AWS::CloudFront::CachePolicy").values()
    key = policy["CachePolicyConfig"]["ParametersInCacheKeyAndForwardedToOrigin"]

    assert {"/healthz", "/health", "/readyz"} <= {one["PathPattern"] for one in SAME_FOR_ALL}
    for behaviour in SAME_FOR_ALL:
        assert "*" not in behaviour["PathPattern"]  # a 404 is not cached
        assert behaviour["CachePolicyId"] == {"Ref": "SameForAll"}
        assert behaviour["AllowedMethods"] == ["GET", "HEAD"]  # CloudFront caches no others
        assert "OriginRequestPolicyId" not in behaviour
        assert "FunctionAssociations" not in behaviour
    assert 0 < policy["CachePolicyConfig"]["MinTTL"] <= policy["CachePolicyConfig"]["MaxTTL"] <= 10
    assert {
        value for kind in key.values() if isinstance(kind, dict) for value in kind.values()
    } == {"none"}
    assert not (key["EnableAcceptEncodingBrotli"] or key["EnableAcceptEncodingGzip"])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("headers", "path"),
    [
        ({}, "/visitors/v1.0/uploads"),
        ({"x-api-key": {"value": ""}}, "/visitors/v1.0/uploads"),
        ({"x-api-key": {"value": "a"}}, "/v1.0/uploads"),
    ],
    ids=["no key", "an empty key", "a key"],
)
def test_requests_without_a_key_get_a_path_of_their_own(headers, path):
    (function,) = SITE.resources_of_type("AWS::CloudFront::Function").values()
    event = {"request": {"uri": "/v1.0/uploads", "headers": headers}}
    program = f"{function['FunctionCode']}\nconsole.log(handler({json.dumps(event)}).uri)"

    run = subprocess.run([DENO, "eval", program], capture_output=True, text=True, check=True)

    assert run.stdout.strip() == path


def test_the_path_of_visitors_is_the_one_that_api_gateway_throttles_apart():
    (function,) = SITE.resources_of_type("AWS::CloudFront::Function").values()
    (api,) = SERVICE.resources_of_type("AWS::ApiGateway::RestApi").values()
    (stage,) = SERVICE.resources_of_type("AWS::ApiGateway::Stage").values()
    path = "/visitors/{proxy+}"

    assert path in api["Body"]["paths"]
    assert '"/visitors" + request.uri' in function["FunctionCode"]
    assert {it["ResourcePath"] for it in stage["MethodSettings"]} == {
        "/*", "/~1{proxy+}", "/" + path.replace("/", "~1"),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("path", "rate", "burst"),
    [
        ("/~1{proxy+}", "RequestsPerSecond", "RequestBurst"),
        ("/~1visitors~1{proxy+}", "VisitorRequestsPerSecond", "VisitorRequestBurst"),
    ],
)
def test_each_method_in_use_has_its_limits_and_all_others_next_to_none(path, rate, burst):
    (stage,) = SERVICE.resources_of_type("AWS::ApiGateway::Stage").values()
    settings = {(it["ResourcePath"], it["HttpMethod"]): it for it in stage["MethodSettings"]}

    for method in ("DELETE", "GET", "OPTIONS", "POST"):
        limits = settings[path, method]
        assert limits["ThrottlingRateLimit"] == {"Ref": rate}
        assert limits["ThrottlingBurstLimit"] == {"Ref": burst}
    assert settings["/*", "*"]["ThrottlingRateLimit"] == 1


@pytest.fixture
def methods(settings, engine):
    app = bootstrap.app(settings, engine, lambda result: None)
    return {endpoint.method for endpoint in app.routes}


def test_every_method_of_a_route_has_limits_of_its_own(methods):
    (stage,) = SERVICE.resources_of_type("AWS::ApiGateway::Stage").values()

    # HEAD is GET without its body, and CloudFront answers it where it is the same for all.
    assert methods <= {it["HttpMethod"] for it in stage["MethodSettings"]}


def test_errors_of_the_api_are_neither_replaced_nor_cached():
    errors = CONFIG["CustomErrorResponses"]

    assert {error["ErrorCode"] for error in errors} == {404, 414, 500, 501, 502, 503, 504}
    for error in errors:
        assert error.keys() == {"ErrorCode", "ErrorCachingMinTTL"}
        assert error["ErrorCachingMinTTL"] == 0


def test_the_firewall_is_in_front_of_the_distribution_where_there_is_one():
    condition, firewall, none = CONFIG["WebACLId"]["Fn::If"]

    assert condition == "HasFirewall"
    assert (firewall, none) == ({"Ref": "WebAclArn"}, {"Ref": "AWS::NoValue"})


def test_a_plan_is_off_by_default_and_covers_the_distribution_and_its_firewall():
    plan = SITE.resources["Plan"]

    assert SITE.written["Parameters"]["PricingPlan"]["Default"] == ""
    assert plan["Condition"] == "HasPlan"
    assert plan["Properties"]["PlanFamily"] == "CloudFront"
    distribution, firewall = plan["Properties"]["ResourceArns"]
    assert distribution["Fn::Sub"].endswith(":distribution/${Distribution}")
    assert firewall == {"Ref": "WebAclArn"}


def test_the_apis_origin_has_its_address_and_the_secret_header():
    api = ORIGINS["api"]

    assert api["DomainName"] == {"Fn::Sub": "${ApiId}.execute-api.${AWS::Region}.${AWS::URLSuffix}"}
    assert api["OriginPath"] == {"Fn::Sub": "/${StageName}"}
    assert api["CustomOriginConfig"]["OriginProtocolPolicy"] == "https-only"
    assert api["OriginCustomHeaders"] == [
        {
            "HeaderName": "X-Origin-Secret",
            "HeaderValue": {"Fn::Sub": "{{resolve:secretsmanager:${OriginSecret}:SecretString}}"},
        }
    ]


def test_only_this_distribution_may_read_the_bucket():
    policies = SITE.resources_of_type("AWS::S3::BucketPolicy")["SiteBucketPolicy"]["PolicyDocument"]
    access = SITE.resources_of_type("AWS::CloudFront::OriginAccessControl")["SiteAccess"]

    allowed = [it for it in policies["Statement"] if it["Effect"] == "Allow"]
    assert {statement["Action"] for statement in allowed} == {"s3:GetObject", "s3:ListBucket"}
    for statement in allowed:
        assert statement["Principal"] == {"Service": "cloudfront.amazonaws.com"}
        source = statement["Condition"]["ArnEquals"]["aws:SourceArn"]["Fn::Sub"]
        assert source.endswith(":${AWS::AccountId}:distribution/${Distribution}")
    assert access["OriginAccessControlConfig"]["SigningBehavior"] == "always"
    assert ORIGINS["page"]["OriginAccessControlId"] == {"Ref": "SiteAccess"}


def test_the_content_security_policy_allows_this_site_and_nothing_inline():
    directives = dict(part.split(maxsplit=1) for part in POLICY["Fn::Sub"].split("; "))

    assert directives["default-src"] == "'none'"
    assert directives["frame-ancestors"] == directives["base-uri"] == "'none'"
    sources = {source for value in directives.values() for source in value.split()}
    assert sources == {"'none'", "'self'", "blob:", "https://${PictureHost}"}
    assert directives["connect-src"].split() == ["'self'", "https://${PictureHost}"]
    assert [name for name, value in directives.items() if "blob:" in value] == ["img-src"]


def test_the_page_has_every_security_header():
    security = HEADERS["SecurityHeadersConfig"]

    assert CONFIG["DefaultCacheBehavior"]["ResponseHeadersPolicyId"] == {"Ref": "PageHeaders"}
    assert CONFIG["DefaultCacheBehavior"]["ViewerProtocolPolicy"] == "redirect-to-https"
    assert security["StrictTransportSecurity"]["AccessControlMaxAgeSec"] == 365 * 24 * 3600
    assert security["ReferrerPolicy"]["ReferrerPolicy"] == "same-origin"
    assert security["FrameOptions"]["FrameOption"] == "DENY"
    assert "ContentTypeOptions" in security
    (permissions,) = HEADERS["CustomHeadersConfig"]["Items"]
    assert permissions["Header"] == "Permissions-Policy"
    assert re.fullmatch(r"\w+=\(\)(, \w+=\(\))*", permissions["Value"])
    assert all(header["Override"] for header in mappings_with("Override", HEADERS))


def test_a_custom_domain_requires_tls_1_2():
    condition, certificate, _ = CONFIG["ViewerCertificate"]["Fn::If"]

    assert condition == "HasDomain"
    assert certificate["MinimumProtocolVersion"] == "TLSv1.2_2021"
    assert CONFIG["HttpVersion"] == "http2and3"


@pytest.mark.parametrize("name", ["site", "operations"])
def test_the_service_has_the_values_of_the_other_stacks_parameters(name):
    parameters = read(f"infra/{name}.yaml").written["Parameters"]
    known = SERVICE.written["Outputs"].keys() | SERVICE.written["Parameters"].keys()

    assert {key for key, value in parameters.items() if "Default" not in value} - known == set()


class Site(BaseHTTPRequestHandler):
    """Serves the page's files with the template's policy, and canned responses of the API and the
    bucket for one picture."""

    picture = b""
    answers: ClassVar = {
        "/v1.0/uploads": {"upload_id": "a", "url": "/pictures", "fields": {}},
        "/v1.0/removebg": {"result_url": "/result"},
        "/pictures": {},
    }

    def do_GET(self):
        if self.path == "/result":
            return self._answer(200, "image/png", self.picture)
        file = FILES.get(self.path.removeprefix("/") or CONFIG["DefaultRootObject"])
        self._answer(200, file.type, file.body) if file else self._answer(404, "text/plain", b"")

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        body = json.dumps({"data": self.answers[self.path]}).encode()
        self._answer(200, "application/json", body)

    def _answer(self, status, kind, body):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", len(body))
        self.send_header("Content-Security-Policy", POLICY["Fn::Sub"])
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        pass


def test_the_page_works_under_its_policy_and_a_foreign_script_does_not(
    empty_page, red_disc, provoked
):
    provoked.append("")
    Site.picture = encoded(red_disc[0], "PNG")
    empty_page.add_init_script(
        "window.violations = [];"
        "addEventListener('securitypolicyviolation', (event) => violations.push(event.blockedURI))"
    )

    with served(ThreadingHTTPServer(("127.0.0.1", 0), Site)) as server:
        empty_page.goto(f"http://127.0.0.1:{server.server_port}/")
        empty_page.get_by_label("Choose photos").set_input_files(
            {"name": "disc.png", "mimeType": "image/png", "buffer": Site.picture}
        )
        expect(empty_page.locator(".editor")).not_to_have_attribute("inert", "")
        image = empty_page.get_by_alt_text(", cutout")
        assert image.evaluate("(image) => image.decode().then(() => image.naturalWidth)") == 120
        world = empty_page.locator(".world")
        assert world.evaluate("(world) => getComputedStyle(world).backgroundImage") != "none"
        # Edges are moved in a worker, and a picture is drawn on a canvas.
        empty_page.locator("summary", has_text="Edge").click()
        empty_page.get_by_label("Feather").fill("3")
        expect(empty_page.get_by_role("img", name="as you have edited it")).to_be_visible()
        empty_page.evaluate("() => navigator.serviceWorker.ready.then(() => true)")
        assert empty_page.evaluate("violations") == []

        assert empty_page.evaluate(INLINE_SCRIPT) == "script-src-elem"
