"""The way of a picture that is too large for one request: upload, cut out, download, delete."""

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

from cutout.client.http import Response
from cutout.client.responses import json_object

from . import expect, samples
from .service import Call, Outcome, Service

PATH = "/v1.0/uploads"
NOT_OFFERED = 404


def walk(service: Service) -> Iterator[Outcome]:
    """Yield each step's outcome.

    Ends where the service gives no ticket. Raises ConnectionBroken.
    """
    photo = samples.small()
    texts = {"type": "image/png", "bytes": str(len(photo))}
    response = service.send(Call("", (), texts, path=PATH, body="urlencoded"))
    if response.status == NOT_OFFERED:
        yield Outcome("upload", skipped="the service has no uploads")
        return
    wrong, ticket = _ticket(response)
    yield Outcome("upload: POST /v1.0/uploads", wrong)
    if wrong:
        return
    sent = service.upload(ticket["url"], ticket["fields"], photo)
    yield Outcome("upload: the file to the bucket", expect.status(200, 201, 204)(sent))
    upload_id = {"upload_id": ticket["upload_id"]}
    answer = service.send(Call("", (), upload_id))
    wrong = expect.status(303)(answer) or expect.contract_headers(answer)
    yield Outcome("upload: removebg answers 303 with the contract's headers", wrong)
    if not wrong:
        result = service.download(answer.headers.get("Location", ""))
        wrong = expect.status(200)(result) or expect.cutout(result)
        yield Outcome("upload: the result at Location", wrong)
    answer = service.send(Call("", (), upload_id, headers={"Accept": "application/json"}))
    wrong = expect.status(200)(answer) or expect.json_answer("result_url")(answer)
    yield Outcome("upload: result_url in JSON", wrong)
    own_path = f"{PATH}/{quote(ticket['upload_id'], safe='')}"
    gone = service.send(Call("", (), path=own_path, method="DELETE"))
    yield Outcome("upload: DELETE", expect.status(204)(gone))


def _ticket(response: Response) -> tuple[str, Mapping[str, Any]]:
    if wrong := expect.status(201)(response):
        return wrong, {}
    match json_object(response).get("data"):
        case {"upload_id": str(upload_id), "url": str(url), "fields": dict(fields)}:
            texts = {str(name): str(text) for name, text in fields.items()}
            return "", {"upload_id": upload_id, "url": url, "fields": texts}
        case _:
            return "expected data with upload_id, url and fields, came another body", {}
