"""What a Lambda function answers to API Gateway, as `sam local invoke` prints it, made a file."""

import argparse
import base64
import json
import sys
from pathlib import Path
from typing import Any


class NoAnswer(Exception):
    """It holds no answer for API Gateway; the text says what it holds."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.answer", description=__doc__)
    parser.add_argument("answer", nargs="?", help="a file of JSON; standard input unless given")
    parser.add_argument("out", type=Path, help="where the answer's body goes")
    given = parser.parse_args()
    try:
        text = Path(given.answer).read_text() if given.answer else sys.stdin.read()
        return show(parse(text), given.out)
    except (NoAnswer, OSError) as error:
        print(f"tools.answer: {error}", file=sys.stderr)
        return 1


def parse(text: str) -> dict[str, Any]:
    """The answer itself, or NoAnswer where the function crashed or took too long."""
    if not text.strip():
        raise NoAnswer("there is no answer; the function's log says why")
    try:
        answer = json.loads(text)
    except ValueError:
        answer = text.strip()  # of a time-out the emulators speak in words
    if not isinstance(answer, dict):
        raise NoAnswer(f"not an answer of the function: {str(answer)[:200]!r}")
    if not isinstance(answer.get("statusCode"), int) or not isinstance(answer.get("body"), str):
        raise NoAnswer(f"the function failed: {answer.get('errorMessage', answer)}")
    return {"headers": {}, "isBase64Encoded": False} | answer


def show(answer: dict[str, Any], out: Path) -> int:
    """Prints the status and the headers, writes the body, and tells as a program's exit code."""
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
