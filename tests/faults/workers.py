"""Runs the handlers of WorkerFunction, WebhookFunction and SweepFunction as AWS does, until killed:
python -m tests.faults.workers AWS_URL RECEIVER_URL

AWS's part of it, which takes messages from the queues and deletes them, meets no faults.
"""

import os
import sys
import threading
import time

import requests

from cutout.jobs.webhooks import Reply, Unanswered
from tests import sqs_events
from tools.local_aws import LocalAws

# Short, so that a run takes seconds: the template has 360 and 180, jobs/worker.py 90.
HIDDEN_S, LEASE_S = 2, 2
SWEPT_EVERY_S = 5
COUNT = "ApproximateReceiveCount"


def main():
    aws, receiver = LocalAws(sys.argv[1]), sys.argv[2]
    from cutout.lambdas import sweep, webhook, worker

    worker.worker.lease_s = LEASE_S
    webhook.webhooks._post = poster(receiver)  # the service's own posts to public hosts alone
    sqs = aws.client("sqs")
    for url, handler, most in (
        (os.environ["CUTOUT_JOB_QUEUE"], worker.handler, 1),
        (os.environ["CUTOUT_WEBHOOK_QUEUE"], webhook.handler, 10),
    ):
        threading.Thread(target=poll, args=(sqs, url, handler, most)).start()
    while True:
        try:
            sweep.handler({}, sqs_events.CONTEXT)
        except Exception as error:  # noqa: BLE001 (an error of the function, which AWS counts)
            print(f"sweep: {type(error).__name__}", flush=True)
        time.sleep(SWEPT_EVERY_S)


def poll(sqs, url, handler, most):
    arn = sqs_events.arn(sqs, url)
    while True:
        got = sqs.receive_message(
            QueueUrl=url, MaxNumberOfMessages=most, WaitTimeSeconds=1,
            VisibilityTimeout=HIDDEN_S, MessageSystemAttributeNames=[COUNT],
        ).get("Messages", [])  # fmt: skip
        if not got:
            continue
        stay = sqs_events.failed(handler(sqs_events.event(got, arn), sqs_events.CONTEXT))
        for message in got:
            if message["MessageId"] not in stay:
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])


def poster(receiver):
    def post(url, headers, body):
        try:
            return Reply(requests.post(receiver, data=body, headers=headers, timeout=5).status_code)
        except requests.RequestException as error:
            raise Unanswered("connection_failed") from error

    return post


if __name__ == "__main__":
    main()
