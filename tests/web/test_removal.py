"""Every endpoint validates a request before it admits it: a refused request uses nothing up."""

from copy import deepcopy

import pytest

from cutout.jobs.uploads import photo_name
from tests.memory import Clock, MemoryBucket, MemoryQueue, MemoryTable
from tests.web.service import Service

REMOVEBG, REMBG, UPLOADS, JOBS = "/v1.0/removebg", "/api/remove", "/v1.0/uploads", "/v1.0/jobs"
URL = {"image_url": "https://photos.example/a.png"}
REMBG_URL = {"url": "https://photos.example/a.png"}
OF_OPTIONS = [
    {"model": "isnet"},
    {"roi": "9 0 9 9"},
    {"edges": "finest"},
    {"quality": "finest"},
    {"scale": "1%"},
]
BAD_KEY = {"Idempotency-Key": "x" * 256}


class RecordedService(Service):
    """A service whose stores are in memory, and which is open to visitors at both contracts."""

    def __init__(self, engine, account, photo):
        self.table, self.queue, self.urls = MemoryTable(), MemoryQueue(), []
        super().__init__(
            engine,
            self.table,
            MemoryBucket(Clock()),
            account,
            Clock(),
            queue=self.queue,
            fetch=self._fetch(photo),
            open_rembg_door=True,
        )
        self.upload_id = self.services.uploads.create("", "image/png", len(photo)).id
        self.bucket.put(photo_name(self.upload_id), photo, "image/png")

    def _fetch(self, photo):
        def fetch(url, deadline):
            self.urls.append(url)
            return photo

        return fetch

    def used(self):
        """All that requests use: allowance, rate limits, reservations, uploads, jobs, fetches. The
        hour in which a key was used last is none of it."""
        items = [item for item in deepcopy(self.table.items()) if item["sk"] != "use"]
        return items, list(self.bucket.files("")), list(self.urls)


@pytest.fixture
def service(engine, account, photo):
    return RecordedService(engine, account, photo)


def send(client, method, path, parameters, **changes):
    return client.request(
        method, path, **{"params" if method == "GET" else "data": parameters}, **changes
    )


def requests_with(parameters):
    """A request at each endpoint that takes options, by client, with these parameters besides."""
    return [
        ("client", "POST", REMOVEBG, URL | parameters),
        ("client", "POST", JOBS, URL | parameters),
        ("client", "POST", REMBG, REMBG_URL | parameters),
        ("client", "GET", REMBG, REMBG_URL | parameters),
        ("visitor", "POST", REMOVEBG, {"upload_id": ...} | parameters),
        ("visitor", "POST", REMBG, REMBG_URL | parameters),
        ("visitor", "GET", REMBG, REMBG_URL | parameters),
    ]


VALID = [
    *requests_with({}),
    ("client", "POST", UPLOADS, REMBG_URL),
    ("visitor", "POST", UPLOADS, REMBG_URL),
    ("visitor", "POST", UPLOADS, {"type": "image/png", "bytes": "9"}),
]
INVALID = [
    *(request for bad in OF_OPTIONS for request in requests_with(bad)),
    *requests_with({"bg_color": "nocolour", "bgc": "nocolour"}),
    *requests_with({"mask": "words", "mask_file": "words"}),
    ("client", "POST", REMOVEBG, {"image_file_b64": "%%%", "bg_image_url": URL["image_url"]}),
    ("client", "POST", REMOVEBG, URL | {"bg_image_url": "ftp://a"}),
    ("client", "POST", REMOVEBG, URL | {"colour": "red"}),
    ("client", "POST", REMBG, REMBG_URL | {"om": "perhaps"}),
    ("visitor", "GET", REMBG, {"url": "ftp://a"}),
    ("visitor", "GET", REMBG, {}),
    ("visitor", "POST", UPLOADS, {"url": "ftp://a"}),
    ("visitor", "POST", UPLOADS, {"type": "application/pdf", "bytes": "9"}),
    ("visitor", "POST", UPLOADS, {"type": "image/png", "bytes": "99999999999"}),
    ("client", "POST", UPLOADS, REMBG_URL | {"size": "full"}),
]


@pytest.fixture
def request_of(service):
    """Sends a request of the lists above."""

    def request_of(client, method, path, parameters, **changes):
        if parameters.get("upload_id") is ...:
            parameters = parameters | {"upload_id": service.upload_id}
        return send(getattr(service, client), method, path, parameters, **changes)

    return request_of


@pytest.mark.parametrize("case", VALID, ids=str)
def test_a_valid_request_is_admitted(service, request_of, case):
    before = service.used()

    assert request_of(*case).status_code in (200, 201, 202, 303)
    assert service.used() != before


@pytest.mark.parametrize("case", INVALID, ids=str)
def test_an_invalid_request_uses_no_allowance_rate_fetch_or_reservation(service, request_of, case):
    before = service.used()

    assert request_of(*case).status_code in (400, 422)
    assert service.used() == before


@pytest.mark.parametrize("case", requests_with({}), ids=str)
def test_an_idempotency_key_that_is_not_valid_uses_nothing(service, request_of, case):
    before = service.used()

    assert request_of(*case, headers=BAD_KEY).status_code in (400, 422)
    assert service.used() == before


@pytest.mark.parametrize(
    ("path", "name"), [(REMOVEBG, "bg_image_file"), (REMBG, "backdrop"), (JOBS, "alpha_file")]
)
def test_an_empty_file_uses_nothing(service, path, name):
    before = service.used()

    url = REMBG_URL if path == REMBG else URL
    response = service.client.post(path, data=url, files={name: ("a.png", b"")})

    assert response.status_code == 400
    assert service.used() == before


def test_rembgs_form_takes_a_backdrop(service, photo):
    response = service.client.post(REMBG, files={"file": photo, "backdrop": ("a.png", photo)})

    assert response.status_code == 200
    assert response.content != service.client.post(REMBG, files={"file": photo}).content
