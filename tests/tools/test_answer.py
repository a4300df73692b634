import base64
import io
import json
import sys

import pytest

from tools import answer

PICTURE = b"\x89PNG and more"
ANSWER = {
    "statusCode": 200,
    "headers": {"content-type": "image/png", "x-width": "512"},
    "body": base64.b64encode(PICTURE).decode(),
    "isBase64Encoded": True,
}
REFUSAL = ANSWER | {"statusCode": 403, "body": '{"errors": []}', "isBase64Encoded": False}


@pytest.fixture
def run(monkeypatch, capsys):
    def run(response, *arguments):
        monkeypatch.setattr(sys, "argv", ["answer", *map(str, arguments)])
        monkeypatch.setattr(sys, "stdin", io.StringIO(response))
        code = answer.main()
        return code, capsys.readouterr()

    return run


def test_a_response_on_standard_input_is_written_as_a_picture(run, tmp_path):
    code, printed = run(json.dumps(ANSWER), tmp_path / "out.png")

    assert code == 0
    assert (tmp_path / "out.png").read_bytes() == PICTURE
    assert printed.out.startswith("200\ncontent-type: image/png\nx-width: 512\n")


def test_what_a_function_streams_is_read_like_a_response():
    head = {"statusCode": 200, "headers": {"content-type": "image/png"}}
    streamed = json.dumps(head).encode() + bytes(8) + PICTURE + bytes(9)

    response = answer.parse_stream(streamed)

    assert answer.body(response) == PICTURE + bytes(9)
    assert head.items() <= response.items()
    with pytest.raises(answer.NoAnswer, match="the function failed: timed out"):
        answer.parse_stream(b'{"errorMessage": "timed out"}')


def test_a_response_in_a_file_is_written_as_a_picture(run, tmp_path):
    (tmp_path / "answer.json").write_text(json.dumps(ANSWER))

    code, _ = run("", tmp_path / "answer.json", tmp_path / "out.png")

    assert code == 0
    assert (tmp_path / "out.png").read_bytes() == PICTURE


def test_an_error_response_is_written_and_exits_with_1(run, tmp_path):
    code, printed = run(json.dumps(REFUSAL), tmp_path / "out.json")

    assert code == 1
    assert printed.out.startswith("403\n")
    assert (tmp_path / "out.json").read_text() == '{"errors": []}'


@pytest.mark.parametrize(
    ("response", "sentence"),
    [
        ('{"statusCode": 200}', "the function failed"),
        ('{"statusCode": "x", "body": "a"}', "the function failed"),
        ("", "there is no answer"),
        ("\n", "there is no answer"),
        ("Task timed out after 27.00 seconds", "not an answer of the function: 'Task timed out"),
        ('"2026-01-01 Task timed out"', "not an answer of the function: '2026"),
        ("[1]", "not an answer of the function"),
        ("null", "not an answer of the function"),
        ('{"errorType": "A", "errorMessage": "out of memory"}', "failed: out of memory"),
        ("{}", "the function failed"),
    ],
)
def test_an_invalid_response_is_an_error_sentence_and_writes_nothing(
    run, tmp_path, response, sentence
):
    code, printed = run(response, tmp_path / "out.png")

    assert code == 1
    assert sentence in printed.err
    assert not (tmp_path / "out.png").exists()


def test_a_missing_file_is_an_error_sentence(run, tmp_path):
    code, printed = run("", tmp_path / "nowhere.json", tmp_path / "out.png")

    assert code == 1
    assert "nowhere.json" in printed.err


def test_a_response_may_have_no_headers(run, tmp_path):
    code, _ = run('{"statusCode": 200, "body": "text"}', tmp_path / "out.txt")

    assert code == 0
    assert (tmp_path / "out.txt").read_text() == "text"
