"""/v1.0/jobs: what removebg does, after the answer."""

from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse

from cutout.credits.accounts import ApiKey
from cutout.deadline import Deadline
from cutout.errors import InvalidImageUrl, InvalidWebhookUrl, of_a_background
from cutout.jobs.job import Job
from cutout.jobs.request import STORED, JobRequest
from cutout.jobs.submit import Jobs
from cutout.jobs.webhooks import Attempt
from cutout.net import fetch
from cutout.options import canonical
from cutout.options import removebg as dialect
from cutout.options.record import Reference

from . import access, charges, removebg
from . import concurrency as turns
from . import openapi as descriptions
from .call import Call
from .form import Body
from .ports import Ports


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
        payer = access.payer(request)
        caller = payer if isinstance(payer, ApiKey) else None
        webhook_url = _webhook_url(body)
        call = removebg.called(request, _without_webhook(body))
        ports.check(call.options)
        asked = JobRequest(
            account=access.owner(payer),
            key_id=caller.id if caller else "",
            is_test=access.is_test(payer),
            photo=_photo(call, body),
            options=call.options,
            webhook_url=webhook_url,
        )
        _check_urls(asked)
        named = charges.idempotency_key(request)
        with turns.turn(ports.slots, deadline):
            pictures = dict(_pictures(ports, asked, call, body))
            hashes = {
                name: Reference(sha256=canonical.digest(data))
                for name, data in pictures.items()
                if name != "photo"
            }
            asked = replace(asked, options=asked.options.with_pictures(hashes))
            job = jobs.create(caller, asked, pictures, named)
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


def _status(jobs: Jobs, job: Job) -> dict[str, Any]:
    told = job.status()
    if job.has_result:
        told["data"]["result_url"] = jobs.result_url(job)
    if job.request.webhook_url:
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


def _photo(call: Call, body: Body) -> Reference:
    return Reference(url=body.texts["image_url"]) if call.photo == "image_url" else STORED


def _check_urls(asked: JobRequest) -> None:
    """The job's worker fetches from them; a caller hears at once of one that is not allowed."""
    for name, picture in asked.pictures().items():
        if picture.url:
            with of_a_background() if name == "backdrop" else nullcontext():
                fetch.check(picture.url)


def _without_webhook(body: Body) -> Body:
    texts = {name: text for name, text in body.texts.items() if name != "webhook_url"}
    return replace(body, texts=texts)


def _pictures(
    ports: Ports, asked: JobRequest, call: Call, body: Body
) -> Iterator[tuple[str, bytes]]:
    """Those that have no address, by what they are for."""
    for name in asked.stored():
        if name != "photo":
            yield name, removebg.sent(call.backdrop if name == "backdrop" else f"{name}_file", body)
        elif call.photo == "upload_id":
            # Copied, since the upload is deleted before the job may have ended.
            yield name, removebg.uploaded(ports, asked.account, body)
        else:
            yield name, removebg.sent(call.photo, body)
