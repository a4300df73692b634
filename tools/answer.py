"""Write the body of a Lambda function's response, as `sam local invoke` prints it, to a file."""

import argparse
import base64
import json
import sys
from pathlib import Path
from typing import Any

from cutout.lambdas.streaming import DELIMITER


class NoAnswer(Exception):
    """The text is no response for API Gateway; str(error) says what it is."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.answer", description=__doc__)
    parser.add_argument("answer", nargs="?", help="a file of JSON; standard input unless named")
    parser.add_argument("out", type=Path, help="the file for the body")
    arguments = parser.parse_args()
    try:
        text = Path(arguments.answer).read_text() if arguments.answer else sys.stdin.read()
        return show(parse(text), arguments.out)
    except (NoAnswer, OSError) as error:
        print(f"tools.answer: {error}", file=sys.stderr)
        return 1


def parse(text: str) -> dict[str, Any]:
    """Parse a response; raise NoAnswer if the function crashed or timed out."""
    if not text.strip():
        raise NoAnswer("there is no answer; the function's log says why")
    try:
        answer = json.loads(text)
    except ValueError:
        answer = text.strip()  # emulators report a time-out as text
    if not isinstance(answer, dict):
        raise NoAnswer(f"not an answer of the function: {str(answer)[:200]!r}")
    if not isinstance(answer.get("statusCode"), int) or not isinstance(answer.get("body"), str):
        raise NoAnswer(f"the function failed: {answer.get('errorMessage', answer)}")
    return {"headers": {}, "isBase64Encoded": False} | answer


def parse_stream(data: bytes) -> dict[str, Any]:
    """Parse what a function has streamed; raise NoAnswer if the function crashed or timed out."""
    head, delimiter, body = data.partition(DELIMITER)
    if not delimiter:
        return parse(data.decode())
    answer: dict[str, Any] = json.loads(head)
    return answer | {"body": base64.b64encode(body).decode(), "isBase64Encoded": True}


def show(answer: dict[str, Any], out: Path) -> int:
    """Print status and headers, write the body, and return 1 for a status of 400 or more."""
    print(answer["statusCode"])
    for name, value in answer["headers"].items():
        print(f"{name}: {value}")
    out.write_bytes(body(answer))
    print(f"\n{out}: {out.stat().st_size:,} bytes")
    return 0 if answer["statusCode"] < 400 else 1


def body(answer: dict[str, Any]) -> bytes:
    text: str = answer["body"]
    return base64.b64decode(text) if answer["isBase64Encoded"] else text.encode()


if __name__ == "__main__":
    sys.exit(main())
