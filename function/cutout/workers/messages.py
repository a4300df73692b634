"""The messages between a server or function and its worker processes.

Requests are pickled. Responses are JSON and bytes: a worker reads hostile files, and unpickling
what it sends would let a worker that has been taken over run code in this process.
"""

import json
from dataclasses import asdict, dataclass, replace
from math import inf
from multiprocessing.connection import Connection
from typing import Any

from cutout import errors
from cutout.deadline import WAY_OUT
from cutout.picture import Box, Result, Size


class EngineBug(Exception):
    """An unexpected error in a worker; str(error) is its traceback."""


@dataclass(frozen=True)
class Request:
    """A call of one of the engine's methods. deadline has the fields of a Deadline: the seconds
    allowed, the seconds left, and way_out."""

    method: str
    arguments: tuple[Any, ...]
    deadline: tuple[float, float, str] = (inf, inf, WAY_OUT)


def send(connection: Connection, response: Any) -> None:
    """Send a Result, other JSON, a CutoutError or an EngineBug."""
    match response:
        case Result(data=data):
            fields = asdict(replace(response, data=b""))
            del fields["data"]
            _send_json(connection, result=fields)
            connection.send_bytes(data)
        case errors.CutoutError(args=args):
            fields = vars(response)
            _send_json(connection, error=[type(response).__name__, args, fields])
        case EngineBug():
            _send_json(connection, bug=str(response))
        case _:
            _send_json(connection, value=response)


def receive(connection: Connection) -> Any:
    """Return what was sent, or raise it if it is an error."""
    match json.loads(connection.recv_bytes()):
        case {"result": fields}:
            return _to_result(fields, connection.recv_bytes())
        case {"error": [kind, args, fields]}:
            raise _to_error(kind, args, fields)
        case {"bug": traceback}:
            raise EngineBug(traceback)
        case {"value": value}:
            return value
        case other:
            raise TypeError(f"a worker sent {other!r:.100}")


def _send_json(connection: Connection, **message: Any) -> None:
    connection.send_bytes(json.dumps(message).encode())


def _to_result(fields: dict[str, Any], data: bytes) -> Result:
    return Result(
        data=data,
        size=Size(**fields.pop("size")),
        source=Size(**fields.pop("source")),
        box=Box(**fields.pop("box")),
        placed=Box(**fields.pop("placed")),
        subjects=tuple(Box(**box) for box in fields.pop("subjects")),
        **fields,
    )


def _to_error(kind: str, args: list[Any], fields: dict[str, Any]) -> errors.CutoutError:
    """Build an error without its __init__, whose arguments differ from class to class."""
    error_class = getattr(errors, kind, None)
    if not (isinstance(error_class, type) and issubclass(error_class, errors.CutoutError)):
        raise TypeError(f"a worker sent an error of the kind {kind!r:.100}")
    error = error_class.__new__(error_class, *args)
    vars(error).update(fields)
    return error
