"""Retries, with clocks that advance only by sleep."""

from email.message import Message
from threading import Barrier, Condition, Thread, get_ident

import pytest

from cutout.client.http import Response
from cutout.client.retry import APART_S, Retry
from tests.memory import Clock
from tools.time_limits import limit_s

THREADS = 16


def reply(status, reported=""):
    headers = Message()
    if reported:
        headers["Retry-After"] = reported
    return Response(status, headers, b"")


def script(*replies):
    left = list(replies)
    return lambda: left.pop(0)


class Time:
    """A clock whose sleep waits until all threads have read the time."""

    def __init__(self):
        self.now = 0.0
        self._looked = set()
        self._changed = Condition()

    def __call__(self):
        with self._changed:
            self._looked.add(get_ident())
            self._changed.notify_all()
            return self.now

    def sleep(self, seconds):
        with self._changed:
            self._changed.wait_for(lambda: len(self._looked) == THREADS, timeout=limit_s(5))
            self.now += seconds


def test_threads_wait_together_and_continue_one_after_another():
    time = Time()
    retry = Retry(time, time.sleep)
    together = Barrier(THREADS, timeout=limit_s(5))

    def refused():
        together.wait()
        return reply(429, "1")

    def ask():
        answers = script(refused, lambda: reply(200))
        retry.send(lambda: answers()())

    threads = [Thread(target=ask) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert time.now == pytest.approx(1 + (THREADS - 1) * APART_S)


def test_a_retry_after_applies_to_later_requests():
    slept = []
    retry = Retry(Clock(), slept.append)

    retry.send(script(reply(503, "10"), reply(200)))
    retry.send(script(reply(503, "1"), reply(200)))

    assert slept == [10, 10]


def test_no_request_is_sent_while_a_thread_waits():
    asked, pushing = [], []

    def sleep(seconds):
        other = Thread(target=retry.send, args=(lambda: asked.append("other") or reply(200),))
        pushing.append(other)
        other.start()
        other.join(0.02)
        asked.append("slept")

    retry = Retry(Clock(), sleep)
    retry.send(script(reply(429, "5"), reply(200)))
    pushing[0].join()

    assert asked == ["slept", "other"]


def test_backoff_does_not_delay_other_threads():
    asked = []

    def sleep(seconds):
        retry.send(lambda: asked.append("other") or reply(200))
        asked.append("slept")

    retry = Retry(Clock(), sleep)
    retry.send(script(reply(502), reply(200)))

    assert asked == ["other", "slept"]
