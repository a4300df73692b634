"""Whether responses are as the OpenAPI description has them."""

import json
import re
from functools import cache, cached_property

from jsonschema import Draft202012Validator

from cutout.web import openapi
from cutout.web.app import create_app
from cutout.web.problems import CLIENT_CLOSED_REQUEST
from cutout.web.routing import Endpoint
from tests.credit_services import CreditServices, StubEngine
from tests.memory import Clock, MemoryBucket, MemoryQueue, MemoryTable
from tests.web_ports import ports

# Headers that HTTP servers and CORS add.
GENERAL = re.compile("content-(type|length)|vary|access-control-.*")
ERROR = {"$ref": "#/components/schemas/ErrorResponse"}
UNDESCRIBED = ("/docs", "/openapi.json", "/health", "/v1.0/improve")


class Description:
    """The description of a service with all endpoints."""

    @cached_property
    def document(self):
        stores = {"bucket": MemoryBucket(Clock()), "queue": MemoryQueue()}
        money = CreditServices(MemoryTable(), Clock(), StubEngine(), calls=(3, 100), **stores)
        routes = create_app(ports(StubEngine(), **money.ports())).routes
        return openapi.describe(route for route in routes if isinstance(route, Endpoint))

    @cached_property
    def operations(self):
        """The operations with the patterns of their paths."""
        return [
            (method.upper(), re.compile(re.sub(r"\{\w+\}", "[^/]+", path)), operation)
            for path, methods in self.document["paths"].items()
            for method, operation in methods.items()
        ]

    def find(self, method, path):
        """Return the operation of a request; None if there is no such operation."""
        path = path.rstrip("/") or "/"
        for each, pattern, operation in self.operations:
            if each == method and pattern.fullmatch(path):
                return operation
        return None

    def check(self, method, path, response):
        """Fail unless the response is described: its status, content type, headers and body."""
        is_head = method == "HEAD"
        operation = self.find("GET" if is_head else method, path)
        if operation is None or self.is_without_path(response):
            if response.status_code in (404, 405) and not is_head and path not in UNDESCRIBED:
                self.validator(json.dumps(ERROR)).validate(response.json())
            return
        if response.status_code == CLIENT_CLOSED_REQUEST:  # nobody receives it
            return
        place = f"{operation['operationId']} {response.status_code}"
        assert str(response.status_code) in operation["responses"], place
        described = self.resolved(operation["responses"][str(response.status_code)])
        self.check_headers(described.get("headers", {}), response, place)
        content = described.get("content", {})
        kind = response.headers.get("content-type", "").partition(";")[0]
        if not content:
            assert not response.content, place
        else:
            assert kind in content, f"{place}: {kind}"
            if kind == "application/json" and not is_head:
                self.validator(json.dumps(content[kind]["schema"])).validate(response.json())
        if "$ref" in operation["responses"][str(response.status_code)] and not is_head:
            self.check_codes(operation["responses"][str(response.status_code)], response, place)

    @staticmethod
    def check_codes(described, response, place):
        """Fail unless an error's description names its code."""
        for error in response.json()["errors"]:
            assert f"`{error['code']}`" in described["description"], f"{place}: {error['code']}"

    @staticmethod
    def is_without_path(response):
        """Return whether the service has not got the path, as one without a bucket."""
        return response.status_code == 404 and b'"not_found"' in response.content

    def check_headers(self, described, response, place):
        names = {name.lower() for name in described}
        undescribed = [
            name for name in response.headers if name not in names and not GENERAL.fullmatch(name)
        ]
        assert not undescribed, f"{place}: {undescribed}"
        for name, reference in described.items():
            header = self.resolved(reference)
            text = response.headers.get(name)
            assert text is not None or not header["required"], f"{place}: no {name}"
            if text is not None:
                is_number = header["schema"]["type"] in ("integer", "number")
                value = json.loads(text) if is_number else text
                self.validator(json.dumps(header["schema"])).validate(value)

    def resolved(self, part):
        if "$ref" not in part:
            return part
        _, _, kind, name = part["$ref"].split("/")
        return self.document["components"][kind][name]

    @cache  # noqa: B019 - there is one description
    def validator(self, schema):
        """Return a validator of a schema, which is JSON."""
        return Draft202012Validator(json.loads(schema) | {"components": self.components})

    @property
    def components(self):
        return self.document["components"]


DESCRIPTION = Description()
