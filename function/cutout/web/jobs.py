"""/v1.0/jobs: what removebg does, after the answer."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse

from cutout.credits.accounts import Caller
from cutout.deadline import Deadline
from cutout.errors import InvalidImageUrl, InvalidWebhookUrl
from cutout.jobs.job import Job, Order
from cutout.jobs.submit import Jobs
from cutout.jobs.webhooks import Attempt
from cutout.net import fetch
from cutout.options import removebg as dialect
from cutout.options.call import of_the_backdrop

from . import access, charges, removebg
from . import concurrency as turns
from . import openapi as descriptions
from .form import Body
from .ports import Ports

ADDRESSES = ("image_url", "bg_image_url")


def door(ports: Ports, jobs: Jobs) -> APIRouter:
    prefix = f"{dialect.PREFIX}/jobs"
    router = APIRouter(prefix=prefix, tags=["jobs"], route_class=ports.keyed())

    @router.post(
        "",
        status_code=202,
        response_class=Response,
        responses=descriptions.JOB_TAKEN,
        openapi_extra=descriptions.JOB_BODY,
    )
    def create(
        request: Request,
        deadline: Annotated[Deadline, Depends(turns.clock(ports.deadline_s))],
        body: Annotated[Body, Depends(removebg.reader(ports))],
    ) -> Response:
        """The cutout of one picture, which is sent as to removebg and worked at later. Its status
        is at `status_url`, and is sent to `webhook_url` when it has ended."""
        order = _order(ports, request, body)
        named = charges.idempotency_key(request)
        with turns.turn(ports.slots, deadline):
            pictures = dict(_pictures(ports, order, body))
            job = jobs.create(replace(order, pictures=tuple(pictures)), pictures, named)
        status_url = f"{prefix}/{job.id}"
        told = {"job_id": job.id, "status": job.state, "status_url": status_url}
        return JSONResponse({"data": told}, 202, headers={"Location": status_url})

    @router.get("/{job_id}", response_class=Response, responses=descriptions.JOB)
    def status(request: Request, job_id: str) -> Response:
        """What has become of it, for a day. `result_url` is good for ten minutes, and another each
        time; with a `webhook_url`, `webhook` has the attempts to deliver it."""
        job = jobs.find(access.owner(access.payer(request)), job_id)
        return JSONResponse(_status(jobs, job))

    @router.delete(
        "/{job_id}",
        status_code=204,
        response_class=Response,
        responses=descriptions.JOB_ERRORS,
    )
    def delete(request: Request, job_id: str) -> Response:
        """The pictures and the result are deleted, at once; what has not ended is cancelled."""
        jobs.delete(access.owner(access.payer(request)), job_id)
        return Response(status_code=204)

    return router


def _order(ports: Ports, request: Request, body: Body) -> Order:
    """Without its pictures."""
    payer = access.payer(request)
    webhook_url = _webhook_url(body)
    call = removebg.called(request, _without_webhook(body))
    ports.check(call.options())
    call.subject_type()  # which is checked, and not told
    return Order(
        caller=payer if isinstance(payer, Caller) else None,
        call=call,
        addresses=_addresses(body),
        pictures=(),
        webhook_url=webhook_url,
    )


def _status(jobs: Jobs, job: Job) -> dict[str, Any]:
    told = job.status()
    if job.has_result:
        told["data"]["result_url"] = jobs.result_url(job)
    if job.order.webhook_url:
        told["data"]["webhook"] = {"attempts": list(map(_told, jobs.attempts(job)))}
    return told


def _told(attempt: Attempt) -> dict[str, Any]:
    answer = {"status": attempt.status} if attempt.status else {"error": attempt.error}
    return {"at": attempt.at, "ms": attempt.ms} | answer


def _webhook_url(body: Body) -> str:
    url = body.texts.get("webhook_url", "")
    try:
        if url:
            fetch.check(url)
    except InvalidImageUrl as error:
        raise InvalidWebhookUrl(str(error)) from error
    return url


def _addresses(body: Body) -> Mapping[str, str]:
    """Those of pictures, which their worker fetches."""
    addresses = {name: body.texts[name] for name in ADDRESSES if name in body}
    if url := addresses.get("image_url"):
        fetch.check(url)
    if url := addresses.get("bg_image_url"):
        with of_the_backdrop():
            fetch.check(url)
    return addresses


def _without_webhook(body: Body) -> Body:
    texts = {name: text for name, text in body.texts.items() if name != "webhook_url"}
    return replace(body, texts=texts)


def _pictures(ports: Ports, order: Order, body: Body) -> Iterator[tuple[str, bytes]]:
    """Those that have no address, by what they are for."""
    call = order.call
    if call.photo == "upload_id":
        # Copied, since the upload is deleted before the job may have ended.
        yield "photo", removebg.uploaded(ports, order.account, body)
    elif call.photo not in ADDRESSES:
        yield "photo", removebg.sent(call.photo, body)
    if call.backdrop and call.backdrop not in ADDRESSES:
        yield "backdrop", removebg.sent(call.backdrop, body)
    if "alpha_file" in body:
        yield "alpha", removebg.sent("alpha_file", body)
