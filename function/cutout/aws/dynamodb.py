"""A table in DynamoDB."""

import random
import time
from collections.abc import Iterator, Mapping
from typing import Any, Final
from uuid import uuid4

from cutout.errors import Unavailable
from cutout.ports import Condition, ConditionFailed, Item, Key, Write

from .client import JsonService
from .errors import AwsError, transient

INDEX = "due"  # holds the items that have `due` and `due_at`
ATTEMPTS = 12  # of a write that conflicts with a transaction; two seconds in total
FIRST_WAIT_S, LONGEST_WAIT_S = 0.01, 0.25
RELATIONS: Final = {
    "absent": "attribute_not_exists({name})",
    "absent or <": "(attribute_not_exists({name}) OR {name} < {value})",
}
OTHERS: Final = "{name} {relation} {value}"
# Codes of transactions that conflicted or exceeded the throughput.
CONFLICTS = {"TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"}


class DynamoDbTable:
    """Supports texts, booleans, and integers of at most 38 digits, DynamoDB's limit."""

    def __init__(self, client: JsonService, name: str) -> None:
        self._client = client
        self._name = name

    def get(self, key: Key) -> Item | None:
        response = self._call("GetItem", Key=_typed(vars(key)), ConsistentRead=True)
        return _plain(response["Item"]) if "Item" in response else None

    def query(self, pk: str, first: str, last: str) -> Iterator[Item]:
        values = {":pk": pk, ":first": first, ":last": last}
        condition = "pk = :pk AND sk BETWEEN :first AND :last"
        return self._pages(condition, values, ConsistentRead=True)

    def due(self, due: str, before: str) -> Iterator[Item]:
        values = {":due": due, ":before": before}
        return self._pages("due = :due AND due_at < :before", values, IndexName=INDEX)

    def write(self, *writes: Write) -> None:
        updates = [{"TableName": self._name} | _update(write) for write in writes]
        for attempt in range(ATTEMPTS):
            try:
                return self._send(updates)
            except AwsError as error:
                _raise_unless_conflict(error)
            time.sleep(random.uniform(0, min(FIRST_WAIT_S * 2**attempt, LONGEST_WAIT_S)))
        raise Unavailable("too many requests at once; try again")

    def _send(self, updates: list[dict[str, Any]]) -> None:
        with transient("table"):
            if len(updates) == 1:
                self._client.call("UpdateItem", **updates[0])
            else:
                items = [{"Update": update} for update in updates]
                # By the token DynamoDB knows the repetition of a request, and does it once.
                token = str(uuid4())
                self._client.call(
                    "TransactWriteItems", TransactItems=items, ClientRequestToken=token
                )

    def _pages(self, condition: str, values: dict[str, str], **options: Any) -> Iterator[Item]:
        arguments = options | {
            "KeyConditionExpression": condition,
            "ExpressionAttributeValues": _typed(values),
        }
        while True:
            page = self._call("Query", **arguments)
            yield from map(_plain, page["Items"])
            if "LastEvaluatedKey" not in page:
                return
            arguments["ExclusiveStartKey"] = page["LastEvaluatedKey"]

    def _call(self, operation: str, **arguments: Any) -> dict[str, Any]:
        with transient("table"):
            return self._client.call(operation, TableName=self._name, **arguments)


def _raise_unless_conflict(error: AwsError) -> None:
    """Raise ConditionFailed or the error itself, unless the write conflicted with a transaction."""
    if error.code == "ConditionalCheckFailedException":
        raise ConditionFailed from error
    if error.code == "TransactionConflictException":
        return
    codes = [reason.get("Code") for reason in error.details.get("CancellationReasons", ())]
    failed = [at for at, code in enumerate(codes) if code == "ConditionalCheckFailed"]
    if failed:
        raise ConditionFailed(failed) from error
    if not CONFLICTS.intersection(codes):
        raise error


def _update(write: Write) -> dict[str, Any]:
    """Build the arguments of an update, with placeholders because many names are reserved words."""
    names: dict[str, str] = {}
    values: dict[str, Any] = {}

    def name(text: str) -> str:
        return names.setdefault(text, f"#{len(names)}")

    def value(new: object) -> str:
        values[f":{len(values)}"] = new
        return f":{len(values) - 1}"

    def condition(when: Condition) -> str:
        return RELATIONS.get(when.relation, OTHERS).format(
            name=name(when.name),
            relation=when.relation,
            value="" if when.relation == "absent" else value(when.value),
        )

    clauses = {
        "SET": [f"{name(key)} = {value(new)}" for key, new in write.set.items()],
        "ADD": [f"{name(key)} {value(new)}" for key, new in write.add.items()],
        "REMOVE": [name(key) for key in write.remove],
    }
    arguments: dict[str, Any] = {
        "Key": _typed(vars(write.key)),
        "UpdateExpression": " ".join(
            f"{verb} {', '.join(parts)}" for verb, parts in clauses.items() if parts
        ),
    }
    if write.when:
        arguments["ConditionExpression"] = " AND ".join(condition(when) for when in write.when)
    arguments["ExpressionAttributeNames"] = {short: text for text, short in names.items()}
    if values:
        arguments["ExpressionAttributeValues"] = _typed(values)
    return arguments


def _typed(item: Mapping[str, object]) -> dict[str, dict[str, Any]]:
    """Return an item's attributes with their types, as DynamoDB's JSON has them."""
    return {name: _typed_value(value) for name, value in item.items()}


def _typed_value(value: object) -> dict[str, Any]:
    match value:
        case bool():  # before int, of which it is a kind
            return {"BOOL": value}
        case str():
            return {"S": value}
        case int():
            return {"N": str(value)}
        case _:
            raise TypeError(f"a table holds texts, booleans and integers, and not {value!r}")


def _plain(item: dict[str, dict[str, Any]]) -> Item:
    return {
        name: int(value) if kind == "N" else value
        for name, typed in item.items()
        for kind, value in typed.items()
    }
