"""Evaluate the templates' IAM policies: what the role of a function may do with a table or bucket.

Knows Allow statements and the condition operators that the templates use. IAM's own rules: a
statement allows what matches its action, its resource and all of its conditions; ForAllValues also
holds for a request without the key, and Null "false" wants the key to be there.
"""

import re
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import ClassVar

from cutout.ports import Key, Write
from tests.template.templates import SERVICE, mappings_with

OPERATORS = {
    "StringEquals": lambda value, wanted: value in wanted,
    "StringLike": lambda value, wanted: any(fnmatchcase(value, text) for text in wanted),
}


class Denied(Exception):
    """No statement of the role allows the request."""


@dataclass(frozen=True)
class Role:
    """The role of one function, such as ApiRole."""

    name: str
    template: object = SERVICE

    def allows(self, action, resource, **context):
        """Return whether an action on a resource is allowed: its logical name, and for a part of
        it, as a file in a bucket, a slash and the part's name.

        context has the values of condition keys: leading_keys and attributes.
        """
        keys = {
            "dynamodb:LeadingKeys": context.get("leading_keys"),
            "dynamodb:Attributes": context.get("attributes"),
        }
        return any(
            self._matches(statement, action, resource, keys)
            for statement in mappings_with("Effect", self.template.resources[self.name])
            if statement["Effect"] == "Allow"
        )

    def _matches(self, statement, action, resource, keys):
        return (
            action in self.template.listed(statement["Action"])
            and fnmatchcase(resource, self._pattern(statement.get("Resource")))
            and all(
                self._holds(operator, keys.get(key), self.template.listed(wanted))
                for operator, tests in statement.get("Condition", {}).items()
                for key, wanted in tests.items()
            )
        )

    def _pattern(self, resource):
        match resource:
            case {"Fn::GetAtt": [name, "Arn"]}:
                return name
            case {"Fn::Sub": str(text)}:
                return re.sub(r"\$\{(\w+)\.Arn}", r"\1", text)
        return ""  # of other stacks, or all that X-Ray has

    def _holds(self, operator, values, wanted):
        if operator == "Null":
            return wanted == ["true" if values is None else "false"]
        quantifier, _, operator = operator.partition(":")
        assert quantifier == "ForAllValues", "the keys of DynamoDB have several values"
        return all(OPERATORS[operator](value, wanted) for value in values or ())


class GuardedTable:
    """A table that raises Denied for what a role may not do with the resource of that name."""

    def __init__(self, table, role, resource):
        self._table = table
        self._role = role
        self._resource = resource

    def get(self, key: Key):
        self._check("GetItem", key.pk)
        return self._table.get(key)

    def query(self, pk, first, last):
        self._check("Query", pk)
        return self._table.query(pk, first, last)

    def due(self, due, before):
        self._check("Query", due, part="/index/due")
        return self._table.due(due, before)

    def write(self, *writes: Write):
        for write in writes:
            conditions = (condition.name for condition in write.when)
            names = {"pk", "sk", *write.set, *write.add, *write.remove, *conditions}
            self._check("UpdateItem", write.key.pk, attributes=sorted(names))
        return self._table.write(*writes)

    def _check(self, action, pk, part="", **context):
        action, resource = f"dynamodb:{action}", self._resource + part
        if not self._role.allows(action, resource, leading_keys=[pk], **context):
            raise Denied(f"{self._role.name}: {action} of {pk} {context}")


class GuardedBucket:
    """A bucket that raises Denied for what a role may not do with the resource of that name.

    A form or link for which the role has no permission is signed by S3's rules, but does not work.
    """

    ACTIONS: ClassVar = {
        "get": "GetObject",
        "head": "GetObject",
        "open": "GetObject",
        "presigned_url": "GetObject",
        "put": "PutObject",
        "presigned_post": "PutObject",
    }

    def __init__(self, bucket, role, resource):
        self._bucket = bucket
        self._role = role
        self._resource = resource

    def __getattr__(self, method):
        action = self.ACTIONS[method]

        def call(name, *arguments, **named):
            self._check(action, f"/{name}")
            if action == "GetObject":  # S3 says 403 and not 404 to those who may not list
                self._check("ListBucket")
            return getattr(self._bucket, method)(name, *arguments, **named)

        return call

    def files(self, prefix, after=""):
        self._check("ListBucket")
        return self._bucket.files(prefix, after)

    def delete(self, names):
        names = list(names)
        for name in names:
            self._check("DeleteObject", f"/{name}")
        self._bucket.delete(names)

    def _check(self, action, part=""):
        if not self._role.allows(f"s3:{action}", self._resource + part):
            raise Denied(f"{self._role.name}: s3:{action} of {self._resource}{part}")


class GuardedQueue:
    """A queue that raises Denied where a role may not send to the resource of that name."""

    def __init__(self, queue, role, resource):
        self._queue = queue
        self._role = role
        self._resource = resource

    def send(self, message, group=""):
        if not self._role.allows("sqs:SendMessage", self._resource):
            raise Denied(f"{self._role.name}: sqs:SendMessage to {self._resource}")
        self._queue.send(message, group)
