"""Evaluate the templates' IAM policies: what the role of a function may do with a table or bucket.

Knows Allow statements and the condition operators that the templates use. IAM's own rules: a
statement allows what matches its action, its resource and all of its conditions; ForAllValues also
holds for a request without the key, and Null "false" wants the key to be there.
"""

from dataclasses import dataclass
from fnmatch import fnmatchcase

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
        """Return whether an action on the resource of this logical name is allowed.

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
            and statement.get("Resource") == {"Fn::GetAtt": [resource, "Arn"]}
            and all(
                self._holds(operator, keys.get(key), self.template.listed(wanted))
                for operator, tests in statement.get("Condition", {}).items()
                for key, wanted in tests.items()
            )
        )

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
        return self._table.due(due, before)  # is allowed on the index, another resource

    def write(self, *writes: Write):
        for write in writes:
            conditions = (condition.name for condition in write.when)
            names = {"pk", "sk", *write.set, *write.add, *write.remove, *conditions}
            self._check("UpdateItem", write.key.pk, attributes=sorted(names))
        return self._table.write(*writes)

    def _check(self, action, pk, **context):
        action = f"dynamodb:{action}"
        if not self._role.allows(action, self._resource, leading_keys=[pk], **context):
            raise Denied(f"{self._role.name}: {action} of {pk} {context}")
