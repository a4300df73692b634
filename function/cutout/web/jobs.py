"""The endpoints of jobs, /v1.0/jobs: a request as to removebg, whose cutout is made later."""

from dataclasses import replace
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from cutout.credits.accounts import ApiKey
from cutout.credits.meter import Identity
from cutout.errors import InvalidImageUrl, InvalidWebhookUrl
from cutout.jobs.job import Job
from cutout.jobs.request import JobRequest
from cutout.jobs.submit import Jobs
from cutout.jobs.webhooks import Attempt
from cutout.options import canonical
from cutout.options import removebg as dialect
from cutout.options.values import Reference

from . import access, concurrency, form, removal, removebg, reply
from .concurrency import Slots
from .form import Body
from .ports import Ports
from .removal import CutoutRequest
from .routing import Call, Endpoints

STORED_AT_ONCE = 4  # jobs, whose pictures are in memory meanwhile


def endpoints(ports: Ports, jobs: Jobs) -> Endpoints:
    """Return the endpoints that create, show and delete jobs, for accounts."""
    prefix = f"{dialect.PREFIX}/jobs"
    endpoints = Endpoints(prefix)
    rule = ports.key_rule()
    # Not ports.slots: a job is accepted while pictures in work hold all of those.
    slots = Slots(STORED_AT_ONCE)
    reader = form.reader(ports.body_memory, 2 * ports.max_bytes, slots=slots)

    @endpoints.add("POST", "", rule, concurrency.clock(ports.deadline_s))
    async def create(call: Call) -> Response:
        """Queue the cutout of one picture, which is sent as to removebg. The job's status is at
        `status_url`, and is sent to `webhook_url` when the job has ended."""
        async with reader(call) as body:
            return await queued(call, body)

    async def queued(call: Call, body: Body) -> Response:
        request, identity, deadline = call.request, call.identity, call.deadline
        cutout, job_request = await run_in_threadpool(
            _checked, ports, jobs, request, identity, body
        )
        # The size in pixels, by which the rate limit counts, is not known before the job runs.
        await ports.store_threads.run(ports.admit, identity, unseen=0)

        async def work() -> Job:
            async with slots.slot(deadline):
                return await slots.run(_submit, ports, jobs, identity, cutout, job_request)

        job = await concurrency.while_connected(request, deadline, work)
        status_url = f"{prefix}/{job.id}"
        data = {"job_id": job.id, "status": job.state, "status_url": status_url}
        headers = {"Location": status_url} | reply.notice_headers(cutout.notices)
        return JSONResponse({"data": data}, 202, headers=headers)

    @endpoints.add("GET", "/{job_id}", rule)
    async def status(call: Call) -> Response:
        """The job's status, for a day. `result_url` is another one in each response and works for
        ten minutes. With a `webhook_url`, `webhook` has the attempts to deliver the status."""
        account, job_id = access.account(call.identity), call.request.path_params["job_id"]
        return JSONResponse(await ports.store_threads.run(_status, jobs, account, job_id))

    @endpoints.add("DELETE", "/{job_id}", rule)
    async def delete(call: Call) -> Response:
        """Delete the job's pictures and its result at once, and cancel a job that has not ended."""
        account, job_id = access.account(call.identity), call.request.path_params["job_id"]
        await ports.store_threads.run(jobs.delete, account, job_id)
        return Response(status_code=204)

    return endpoints


def _checked(
    ports: Ports, jobs: Jobs, request: Request, identity: Identity, body: Body
) -> tuple[CutoutRequest, JobRequest]:
    """Return the body's cutout and job, which are valid; raise the CutoutError of what is not."""
    webhook_url = _webhook_url(ports, body)
    cutout = removebg.parse(request, _without_webhook(body), access.is_strict(request, identity))
    removal.check(ports, cutout)
    job_request = JobRequest(
        account=access.account(identity),
        key_id=identity.id if isinstance(identity, ApiKey) else "",
        is_test=access.is_test(identity),
        photo=cutout.sources["photo"].reference(),
        options=cutout.options,
        webhook_url=webhook_url,
    )
    jobs.check(job_request)
    return cutout, job_request


def _submit(
    ports: Ports, jobs: Jobs, identity: Identity, cutout: CutoutRequest, job_request: JobRequest
) -> Job:
    """Store the pictures of a job and queue it."""
    pictures = removal.read(cutout.sources)
    if cutout.upload_id:
        # A copy, since the upload may be deleted before the job has ended.
        pictures["photo"] = removal.read_upload(ports, identity, cutout.upload_id)
    options = cutout.options.with_pictures(_hashes(pictures))
    return jobs.create(replace(job_request, options=options), pictures, cutout.idempotency_key)


def _status(jobs: Jobs, account: str, job_id: str) -> dict[str, Any]:
    job = jobs.find(account, job_id)
    status = job.status()
    if job.has_result:
        status["data"]["result_url"] = jobs.result_url(job)
    if job.request.webhook_url:
        attempts = list(map(_attempt, jobs.attempts(job)))
        status["data"]["webhook"] = {"state": jobs.webhook_state(job), "attempts": attempts}
    return status


def _attempt(attempt: Attempt) -> dict[str, Any]:
    outcome = {"status": attempt.status} if attempt.status else {"error": attempt.error}
    return {"at": attempt.at, "ms": attempt.ms} | outcome


def _webhook_url(ports: Ports, body: Body) -> str:
    url = body.texts.get("webhook_url", "")
    try:
        if url:
            ports.check_webhook_url(url)
    except InvalidImageUrl as error:
        raise InvalidWebhookUrl(str(error)) from error
    return url


def _without_webhook(body: Body) -> Body:
    texts = {name: text for name, text in body.texts.items() if name != "webhook_url"}
    return replace(body, texts=texts)


def _hashes(pictures: dict[str, bytes]) -> dict[str, Reference]:
    """Refer to the stored pictures of the options by their hashes."""
    return {
        name: Reference(sha256=canonical.digest(data))
        for name, data in pictures.items()
        if name != "photo"
    }
