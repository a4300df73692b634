"""Responses conform to the OpenAPI description, and none is a 5xx."""

import json
from base64 import b64encode
from collections import Counter

import hypothesis
import pytest
import schemathesis
from hypothesis.stateful import run_state_machine_as_test
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    ensure_resource_availability,
    response_schema_conformance,
    status_code_conformance,
)

from cutout import bootstrap
from cutout.jobs.uploads import photo_name
from cutout.jobs.webhooks import Webhook, Webhooks
from cutout.net.post import Poster
from cutout.web.app import create_app
from tests.credit_services import CreditServices
from tests.memory import Clock, MemoryBucket, MemoryQueue, MemoryTable
from tests.web_ports import ports

pytestmark = pytest.mark.slow

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]


@pytest.fixture
def money(engine):
    stores = {"bucket": MemoryBucket(Clock()), "queue": MemoryQueue()}
    return CreditServices(MemoryTable(), Clock(), engine, **stores)


@pytest.fixture
def app(engine, money):
    """A service with all endpoints, which asks for no key."""
    return create_app(ports(engine, **money.ports() | {"ask_for_keys": False}))


@pytest.mark.parametrize(
    ("method", "path", "cases"),
    [
        ("POST", "/v1.0/removebg", 2000),
        ("POST", "/v1.0/uploads", 500),
        ("DELETE", "/v1.0/uploads/{upload_id}", 100),
        ("POST", "/v1.0/jobs", 500),
        ("GET", "/v1.0/jobs/{job_id}", 100),
        ("DELETE", "/v1.0/jobs/{job_id}", 100),
        ("GET", "/v1.0/account", 100),
        ("POST", "/api/remove", 500),
        ("GET", "/api/remove", 500),
    ],
)
def test_responses_conform_to_their_descriptions(app, repeats, method, path, cases):
    described = schemathesis.openapi.from_asgi("/openapi.json", app)

    @hypothesis.settings(
        max_examples=repeats(cases),
        deadline=None,
        derandomize=True,
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    @hypothesis.given(described[path][method].as_strategy())
    def holds(case):
        case.call_and_validate(checks=CHECKS)

    holds()


def webhooks(table):
    return Webhooks(table, bootstrap.webhook_secrets(table), Poster(), Clock())


@pytest.mark.parametrize("data", [b"words", None], ids=["failed", "done"])
def test_the_status_of_an_ended_job_conforms_to_its_description(app, engine, photo, data, money):
    described = schemathesis.openapi.from_asgi("/openapi.json", app)
    body = {
        "image_file_b64": b64encode(data or photo).decode(),
        "webhook_url": "https://shop.example/hook",
    }
    made = described["/v1.0/jobs"]["POST"].Case(body=body, media_type="application/json")
    status = described["/v1.0/jobs/{job_id}"]["GET"]

    job_id = made.call_and_validate(checks=CHECKS).json()["data"]["job_id"]
    for message in money.queue.receive():
        money.job_services.worker(engine).run(message)
    for message in money.queue.receive():  # the webhook, for an account without a secret
        webhooks(money.job_services.table).deliver(Webhook(**json.loads(message)))

    response = status.Case(path_parameters={"job_id": job_id}).call_and_validate(checks=CHECKS)
    assert response.json()["data"]["status"] == ("failed" if data else "done")
    webhook = response.json()["data"]["webhook"]
    (attempt,) = webhook["attempts"]
    assert (webhook["state"], attempt["error"]) == ("given_up", "no_secret")


@pytest.mark.parametrize("accept", ["image/png", "application/json"])
def test_a_result_conforms_to_its_description(app, photo, accept):
    """Generated requests have no valid picture."""
    operation = schemathesis.openapi.from_asgi("/openapi.json", app)["/v1.0/removebg"]["POST"]
    body = {"image_file_b64": b64encode(photo).decode()}
    case = operation.Case(body=body, media_type="application/json", headers={"Accept": accept})

    response = case.call_and_validate(checks=CHECKS)

    assert response.status_code == 200


@pytest.mark.nightly
def test_calls_that_follow_the_links_of_others_conform(app, engine, photo, money):
    """An upload is cut out, queued and deleted; a job is asked for and deleted; in any order."""
    described = schemathesis.openapi.from_asgi("/openapi.json", app)
    # what is not described is not sent: schemathesis cannot check that of bodies with files
    described.config.generation.update(modes=[GenerationMode.POSITIVE])
    statuses = Counter()

    class Calls(described.include(path_regex="/v1.0/(removebg|uploads|jobs)").as_state_machine()):
        def before_call(self, case):
            """Let uploads be made, and the photo be the upload alone that a link names."""
            body = case.body if isinstance(case.body, dict) else {}
            if case.method == "POST" and case.path == "/v1.0/uploads":
                case.body, case.media_type = {"type": "image/png", "bytes": 99}, "application/json"
            elif "upload_id" in body:
                case.body = {"upload_id": body["upload_id"]}

        def after_call(self, response, case):
            status = int(response.status_code)
            statuses[f"{case.method} {case.path}", status] += 1
            data = response.json()["data"] if status in (201, 202) else {}
            if "fields" in data:  # the client posts its photo
                money.uploads._bucket.put(photo_name(data["upload_id"]), photo, "image/png")
            for message in money.queue.receive():
                money.job_services.worker(engine).run(message)

        def validate_response(self, response, case, **kwargs):
            case.validate_response(response, checks=[*CHECKS, ensure_resource_availability])

    run_state_machine_as_test(
        Calls,
        settings=hypothesis.settings(
            max_examples=100,
            stateful_step_count=10,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(hypothesis.HealthCheck),
        ),
    )

    print(statuses)
    for followed in (
        ("POST /v1.0/removebg", 303),  # to the result in the bucket
        ("POST /v1.0/jobs", 202),
        ("DELETE /v1.0/uploads/{upload_id}", 204),
        ("GET /v1.0/jobs/{job_id}", 200),
        ("DELETE /v1.0/jobs/{job_id}", 204),
    ):
        assert statuses[followed], followed
