"""AWS's responses in tests, for errors that an emulator never returns."""

import json
from io import BytesIO

from cutout.aws.client import Account, Caller, JsonService
from cutout.aws.signature import Credentials

KEYS = Credentials("test", "test")


class Sent(BytesIO):
    """A response as urllib3 has it."""

    def __init__(self, status, headers, body):
        super().__init__(body)
        self.status, self.headers = status, headers

    def release_conn(self):
        pass


class Responses:
    """In the place of aws/client.py's Http: the next response to each request, or an exception."""

    def __init__(self, *responses):
        self.left = list(responses)
        self.requests = []  # method, address, headers and body

    def send(self, method, url, headers, body):
        self.requests.append((method, url, headers, body if body is None else bytes_of(body)))
        response = self.left.pop(0)
        if isinstance(response, Exception):
            raise response
        return response

    def caller(self, service, region="us-east-1"):
        return Caller(Account(region, lambda: KEYS), service, self)

    def service(self, name):
        return JsonService(self.caller(name))


def bytes_of(body):
    return body if isinstance(body, bytes) else body.read()


def done(body=None, **headers):
    return Sent(200, headers, json.dumps(body or {}).encode())


def refused(code, status=400, **details):
    return Sent(status, {}, json.dumps({"__type": f"com.amazonaws#{code}", **details}).encode())


def xml(body, status=200, **headers):
    return Sent(status, headers, body.encode())


def refused_by_s3(code, status):
    return xml(f"<Error><Code>{code}</Code><Message>no</Message></Error>", status)
