"""Each status that the description has for an operation is one that the operation responds with."""

from dataclasses import replace

import pytest
from starlette.testclient import TestClient

from cutout.errors import DeadlineExceeded, RateLimited, Unavailable
from cutout.jobs.uploads import photo_name
from cutout.web.app import create_app
from cutout.web.concurrency import Slots
from tests.credit_services import CreditServices
from tests.memory import Clock, MemoryBucket, MemoryQueue, MemoryTable
from tests.web.described import DESCRIPTION
from tests.web_ports import ports

URL = "https://shop.example/photo.jpg"
REMOVE, JOBS, UPLOADS = "/v1.0/removebg", "/v1.0/jobs", "/v1.0/uploads"
TICKET = {"json": {"type": "image/png", "bytes": 5}}
BY_URL = {"params": {"url": URL}}
# A request of each operation that succeeds.
GOOD = {
    "removeBackground": ("POST", REMOVE, {"json": {"image_url": URL}}),
    "getAccount": ("GET", "/v1.0/account", {}),
    "removeBackgroundRembg": ("POST", "/api/remove", {"json": {"url": URL}}),
    "removeBackgroundRembgByUrl": ("GET", "/api/remove", BY_URL),
    "listModels": ("GET", "/api/models", {}),
    "getRembgServer": ("GET", "/api", {}),
    "createUpload": ("POST", UPLOADS, TICKET),
    "deleteUpload": ("DELETE", f"{UPLOADS}/ID", {}),
    "createJob": ("POST", JOBS, {"json": {"image_url": URL}}),
    "getJob": ("GET", f"{JOBS}/ID", {}),
    "deleteJob": ("DELETE", f"{JOBS}/ID", {}),
    "getHealth": ("GET", "/healthz", {}),
    "getReadiness": ("GET", "/readyz", {}),
}
PICTURES = ["removeBackground", "removeBackgroundRembg", "removeBackgroundRembgByUrl"]
OF_REMBG = [name for name, (_, path, _) in GOOD.items() if not path.startswith("/v1.0/")]
FOR_ANYONE = ["listModels", "getRembgServer", "getHealth", "getReadiness"]
FOR_KEYS = [name for name in GOOD if name not in FOR_ANYONE]
TIMEOUT, DOWN, BUG = DeadlineExceeded("late"), Unavailable("down"), RuntimeError("bug")


def raising(error):
    def fail(*arguments, **keywords):
        raise error

    return fail


class Service:
    """A service with every endpoint, and an account with credits."""

    def __init__(self, engine, photo, credits=400, calls=(3, 100), failing=None, **changes):
        self.photo, self.bucket = photo, MemoryBucket(Clock())
        stores = {"bucket": self.bucket, "queue": MemoryQueue()}
        money = CreditServices(MemoryTable(), Clock(), engine, calls=calls, **stores)
        self.key = money.accounts.create_key("shop")
        money.ledger.grant("shop", credits)
        made = money.ports() | {"fetch": lambda url, deadline: photo} | changes
        made["credits"] = replace(made["credits"], **failing or {})
        self.client = TestClient(
            create_app(ports(engine, **made)),
            raise_server_exceptions=False,
            follow_redirects=False,
        )

    def request(self, name, headers=None, **changes):
        """Make the good request of an operation, with changes."""
        method, path, arguments = GOOD[name]
        path = path.replace("ID", changes.pop("id", "none"))
        headers = {"X-Api-Key": self.key} | (headers or {})
        sent = [*headers.items(), *changes.pop("twice", ())]
        return self.client.request(method, path, headers=sent, **arguments | changes)

    def uploaded(self):
        upload_id = self.request("createUpload").json()["data"]["upload_id"]
        self.put(upload_id, self.photo)
        return upload_id

    def put(self, upload_id, data):
        self.bucket.put(photo_name(upload_id), data, "image/png")

    def job(self):
        return self.request("createJob").json()["data"]["job_id"]


@pytest.fixture
def service(engine, photo):
    return lambda **changes: Service(engine, photo, **changes)


def succeeds(name):
    return lambda service: (
        service().request(name) if name not in WITH_ID else WITH_ID[name](service())
    )


WITH_ID = {
    "deleteUpload": lambda service: service.request("deleteUpload", id=service.uploaded()),
    "getJob": lambda service: service.request("getJob", id=service.job()),
    "deleteJob": lambda service: service.request("deleteJob", id=service.job()),
}


def with_headers(name, **headers):
    headers = {key.replace("_", "-"): value for key, value in headers.items()}
    return lambda service: service().request(name, headers)


def with_service(name, **changes):
    return lambda service: service(**changes).request(name)


def with_upload(name, change):
    """Request with the id of an upload that is cut out, then changed."""

    def respond(service):
        made = service()
        upload_id = made.uploaded()
        made.request("removeBackground", json={"upload_id": upload_id})
        change(made, upload_id)
        return made.request(name, json={"upload_id": upload_id})

    return respond


def again(name, **other):
    """Send another request with the same Idempotency-Key."""

    def respond(service):
        made, key = service(), {"Idempotency-Key": "a"}
        made.request(name, key)
        return made.request(name, key, **other)

    return respond


def deleted(service, upload_id):
    service.request("deleteUpload", id=upload_id)


def replaced(service, upload_id):
    service.put(upload_id, b"another")


LIMITED = RateLimited("too many", 1, 500, 0, 1)
SUCCESSES = {201: ["createUpload"], 202: ["createJob"], 204: ["deleteUpload", "deleteJob"]}
STATUS = {name: status for status, names in SUCCESSES.items() for name in names}
CASES = {
    **{(name, STATUS.get(name, 200)): succeeds(name) for name in GOOD},
    **{
        (name, 400): lambda service, name=name: service().request(
            name, twice=[("X-Api-Key", "another")]
        )
        for name in GOOD
    },
    **{(name, 415): with_headers(name, Content_Encoding="gzip") for name in GOOD},
    **{(name, 417): with_headers(name, Expect="a miracle") for name in GOOD},
    **{
        (name, status): with_headers(name, **headers)
        for name in OF_REMBG
        for status, headers in (
            (413, {"Content_Length": "9" * 12}),
            (422, {"Content_Type": "text/plain; charset=utf-7"}),
        )
    },
    **{(name, 403): with_headers(name, X_Api_Key="unknown") for name in FOR_KEYS},
    **{
        (name, 503): with_service(name, failing={"authenticate": raising(DOWN)})
        for name in FOR_KEYS
    },
    **{
        (name, 500): with_service(name, failing={"authenticate": raising(BUG)}) for name in FOR_KEYS
    },
    ("getReadiness", 503): with_service("getReadiness", is_ready=lambda: False),
    ("getReadiness", 500): with_service("getReadiness", is_ready=raising(BUG)),
    ("listModels", 500): with_service("listModels", model_names=raising(BUG)),
    **{(name, 402): with_service(name, credits=0) for name in [*PICTURES, "createJob"]},
    ("createUpload", 402): lambda service: service(credits=0).request(
        "createUpload", json={"url": URL}
    ),
    **{(name, 429): with_service(name, slots=Slots(0, 0)) for name in PICTURES},
    ("createUpload", 429): lambda service: service(calls=(1, 1)).request(
        "createUpload", {"X-Api-Key": ""}
    ),
    ("createJob", 429): with_service("createJob", failing={"count_unseen": raising(LIMITED)}),
    **{(name, 504): with_service(name, remove_background=raising(TIMEOUT)) for name in PICTURES},
    ("createUpload", 504): lambda service: service(fetch=raising(TIMEOUT)).request(
        "createUpload", json={"url": URL}
    ),
    ("removeBackground", 303): with_upload("removeBackground", lambda *upload: None),
    **{(name, 303): with_service(name, max_result_bytes=1) for name in PICTURES[1:]},
    **{
        (name, status): with_upload(name, change)
        for name in ("removeBackground", "createJob")
        for status, change in ((409, replaced), (410, deleted))
    },
    **{
        (name, 404): lambda service, name=name: service().request(name, json={"upload_id": "a"})
        for name in ("removeBackground", "createJob")
    },
    **{(name, 404): with_service(name) for name in WITH_ID},
    **{
        (name, 422): again(name, json={"image_url": URL, "crop": True})
        for name in ("removeBackground", "createJob")
    },
}
PLAIN_SERVER = "the plain server's, of its connections: tests/connections"
CANNOT_FAIL = "nothing that it calls can fail"
UNSEEN = {
    **{(name, 408): PLAIN_SERVER for name in GOOD},
    **{(name, 503): PLAIN_SERVER for name in FOR_ANYONE if name != "getReadiness"},
    ("getHealth", 500): CANNOT_FAIL,
    ("getRembgServer", 500): CANNOT_FAIL,
    ("createJob", 504): "all slots are taken until the deadline",
}


def test_every_described_status_is_seen_here_or_has_a_reason():
    described = {
        (operation["operationId"], int(status))
        for _, _, operation in DESCRIPTION.operations
        for status in operation["responses"]
    }

    assert described == {*CASES, *UNSEEN}
    assert CASES.keys().isdisjoint(UNSEEN)


@pytest.mark.parametrize(
    ("status", "respond"),
    [
        pytest.param(status, respond, id=f"{name}-{status}")
        for (name, status), respond in CASES.items()
    ],
)
def test_an_operation_responds_with_the_status(service, status, respond):
    assert respond(service).status_code == status  # and is as described, see conftest.py
