"""Connections that stall, and too many of them."""

import json

import pytest

from cutout.connections import limits

HALF_A_HEAD = b"GET / HTTP/1.1\r\nHost: a\r\n"
GET = HALF_A_HEAD + b"\r\n"
LARGE = b"GET /large HTTP/1.1\r\nHost: a\r\n\r\n"
NEVER = b"GET /never HTTP/1.1\r\nHost: a\r\n\r\n"
UPLOAD = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10000\r\n\r\n"


def rest(connection):
    """Return what comes until the server closes the connection."""
    return b"".join(iter(lambda: connection.recv(65536), b""))


def answered(connection):
    connection.sendall(GET)
    return connection.recv(65536).startswith(b"HTTP/1.1 200 ")


def is_cut(connection):
    """Return whether the server has reset the connection before the end of its response."""
    try:
        rest(connection)
    except ConnectionResetError:
        return True
    return False


def refusal(connection):
    head, body = rest(connection).split(b"\r\n\r\n", 1)
    (error,) = json.loads(body)["errors"]
    return int(head.split()[1]), error["code"], head.lower()


def test_half_a_head_gets_408_when_its_time_is_over_however_often_a_byte_comes(serving):
    with serving(head_s=3) as served:
        connection = served.connect(HALF_A_HEAD)
        for _ in range(4):
            connection.sendall(b"X")
            served.pass_seconds()

        status, code, head = refusal(connection)

    assert (status, code) == (408, "request_timeout")
    assert b"connection: close" in head


def test_a_head_whose_end_comes_in_time_is_answered(serving):
    with serving(head_s=3) as served:
        connection = served.connect(HALF_A_HEAD)
        served.pass_seconds(2)
        connection.sendall(b"\r\n")

        assert connection.recv(65536).startswith(b"HTTP/1.1 200 ")


def test_half_a_head_after_a_response_is_cut_off_too(serving):
    with serving(head_s=3) as served:
        connection = served.connect()
        assert answered(connection)
        connection.sendall(HALF_A_HEAD)
        served.wait_for(connection, lambda one: one.conn.trailing_data[0])
        served.pass_seconds(4)

        assert refusal(connection)[0] == 408


def test_a_connection_without_a_byte_is_closed_without_a_response(serving):
    with serving(head_s=3) as served:
        connection = served.connect()
        served.pass_seconds(4)

        assert rest(connection) == b""


def test_a_body_that_stalls_gets_408(serving):
    with serving(window_s=3, window_bytes=100) as served:
        connection = served.connect(UPLOAD + bytes(5000))
        served.wait_for(connection, lambda one: one.cycle)
        served.pass_seconds(8)

        assert refusal(connection)[:2] == (408, "request_timeout")


@pytest.mark.parametrize(("step", "is_fast"), [(1000, True), (90, False)])
def test_a_body_may_take_its_time_as_long_as_it_comes(serving, step, is_fast):
    with serving(window_s=3, window_bytes=100) as served:
        connection = served.connect(UPLOAD)
        for part in range(1, 11 if is_fast else 3):
            connection.sendall(bytes(step))
            came = len(UPLOAD) + part * step
            served.wait_for(connection, lambda one, came=came: one.received == came)
            served.pass_seconds(3)

        assert connection.recv(65536).startswith(b"HTTP/1.1 200 " if is_fast else b"HTTP/1.1 408 ")


def test_a_body_has_a_time_limit_as_a_whole(serving):
    with serving(body_s=10, window_s=1, window_bytes=1) as served:
        connection = served.connect(UPLOAD)
        for part in range(1, 12):
            connection.sendall(b"a")
            came = len(UPLOAD) + part
            served.wait_for(connection, lambda one, came=came: one.received == came)
            served.pass_seconds()

        assert refusal(connection)[0] == 408


def test_a_client_that_may_not_send_its_body_yet_is_not_hurried(serving):
    head = b"POST /later HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\nExpect: 100-continue\r\n\r\n"
    with serving(window_s=2, window_bytes=100, body_s=2) as served:
        connection = served.connect(head)
        served.wait_for(connection, lambda one: one.cycle)
        served.pass_seconds(20)
        served.go_on()
        assert connection.recv(100).startswith(b"HTTP/1.1 100 ")
        connection.sendall(bytes(9))

        assert connection.recv(65536).startswith(b"HTTP/1.1 200 ")


def test_a_response_in_work_takes_as_long_as_it_takes(serving):
    with serving(head_s=2, window_s=2, body_s=2) as served:
        connection = served.connect(NEVER)
        served.wait_for(connection, lambda one: one.cycle)
        served.pass_seconds(20)

        served.wait_for(connection, lambda one: one is not None and not one.cycle.disconnected)


def test_a_client_that_does_not_read_its_response_is_cut_off(serving):
    with serving(window_s=3) as served:
        connection = served.connect(LARGE, reads_little=True)
        served.wait_for(connection, lambda one: one.unsent)
        served.pass_seconds(8)
        served.wait_for(connection, lambda one: one is None)

        assert is_cut(connection)


def test_a_client_that_reads_slowly_gets_its_whole_response(serving):
    with serving(window_s=3) as served:
        connection = served.connect(LARGE)
        served.wait_for(connection, lambda one: one.unsent)
        count = 0
        while len(part := connection.recv(1_000_000)) and (count := count + len(part)) < 12_000_000:
            if count < 10_000_000:
                served.pass_seconds(1)

    assert count > 12_000_000


def test_the_longest_of_those_that_wait_gives_way_to_a_new_connection(serving):
    with serving(connections=20, head_s=1000) as served:
        held = []
        for _ in range(20):
            held.append(served.connect(HALF_A_HEAD))
            served.pass_seconds()
        new = served.connect()

        assert rest(held[0]) == b""
        assert rest(held[1]) == b""  # a tenth of the limit
        assert answered(new)
        held[2].sendall(b"\r\n")
        assert held[2].recv(100).startswith(b"HTTP/1.1 200 ")


def test_an_address_with_many_connections_gives_way_before_one_with_few(serving):
    with serving(connections=10, head_s=1000) as served:
        patient = served.connect(address="127.0.0.2")
        served.pass_seconds(5)
        for _ in range(30):
            served.connect(HALF_A_HEAD)

        assert answered(patient)


def test_without_a_connection_that_waits_a_new_one_is_refused_with_when_to_try_again(serving):
    with serving(connections=3) as served:
        for _ in range(3):
            busy = served.connect(NEVER)
            served.wait_for(busy, lambda one: one.cycle)
        status, code, head = refusal(served.connect(is_admitted=False))

    assert (status, code) == (503, "unavailable")
    assert b"retry-after: " in head


def test_the_longest_of_too_many_unfinished_bodies_is_refused(serving):
    with serving(bodies=2) as served:
        held = []
        for _ in range(3):
            held.append(served.connect(UPLOAD + bytes(10)))
            served.wait_for(held[-1], lambda one: one.cycle)
            served.pass_seconds()
        served.pass_seconds()

        assert refusal(held[0])[:2] == (503, "unavailable")
        for connection in held[1:]:
            connection.sendall(bytes(9990))
            assert connection.recv(100).startswith(b"HTTP/1.1 200 ")


def test_the_longest_of_too_many_unread_responses_is_cut_off(serving):
    with serving(unsent_bytes=16_000_000) as served:
        held = []
        for _ in range(2):
            held.append(served.connect(LARGE, reads_little=True))
            served.wait_for(held[-1], lambda one: one.unsent)
            served.pass_seconds(2)
        served.wait_for(held[0], lambda one: one is None)

        assert is_cut(held[0])
        served.wait_for(held[1], lambda one: one is not None)


def test_connections_take_half_of_the_descriptors_at_most():
    assert limits.for_descriptors(300).connections == 150
    assert limits.for_descriptors(100_000) == limits.Limits()
