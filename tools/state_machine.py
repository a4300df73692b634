"""infra/batch.asl.yaml as Step Functions gets it, and on a local AWS, which knows no batches of
items."""

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from copy import deepcopy
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from typing import Any
from uuid import uuid4
from zipfile import ZipFile

from tools import cloudformation
from tools.local_aws import ROOT, LocalAws

FILE = ROOT / "infra/batch.asl.yaml"
TIMEOUT_S = 900  # as Lambda's most

Definition = dict[str, Any]
Function = Callable[[dict[str, Any]], Any]  # from event to answer


def definition(substitutions: Mapping[str, str]) -> Definition:
    """As AWS has it when the template has put in what it knows."""
    text = FILE.read_text(encoding="utf-8")
    for name, value in substitutions.items():
        text = text.replace(f"${{{name}}}", value)
    return cloudformation.parse(text)


def of_single_items(whole: Definition) -> Definition:
    """The same with batches of one item: the emulator ignores ItemBatcher, and gives the bare
    item."""
    made = deepcopy(whole)
    pictures = made["States"]["Pictures"]
    batcher = pictures.pop("ItemBatcher")
    pictures["ItemSelector"] = {
        "Items.$": "States.Array($$.Map.Item.Value)",
        "BatchInput": batcher["BatchInput"],
    }
    return made


@contextmanager
def deployed(aws: LocalAws, concurrency: int, **functions: Function) -> Iterator[str]:
    """The ARN of the state machine, whose functions run here; BatchFunction and
    BatchWorkerFunction are their names. What one raises is an error of the function."""
    states, mark = aws.client("stepfunctions"), uuid4().hex
    role = _role(aws, mark)
    with ExitStack() as stack:
        arns = {
            name: _create(aws, f"{name}-{mark}", role, stack.enter_context(_served(function)))
            for name, function in functions.items()
        }
        told = arns | {
            "BatchConcurrency": str(concurrency),
            "BatchItems": "1",
            "Partition": "aws",
        }
        made = states.create_state_machine(
            name=f"batch-{mark}",
            definition=json.dumps(of_single_items(definition(told))),
            roleArn=role,
        )
        yield made["stateMachineArn"]


def _role(aws: LocalAws, name: str) -> str:
    """The emulator asks for one, and lets it do all."""
    made = aws.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument="{}")
    arn: str = made["Role"]["Arn"]
    return arn


def _create(aws: LocalAws, name: str, role: str, url: str) -> str:
    package = BytesIO()
    with ZipFile(package, "w") as archive:
        archive.writestr("nothing.py", "")
    made = aws.client("lambda").create_function(
        FunctionName=name,
        Runtime="python3.13",
        Handler="nothing.handler",
        Role=role,
        Code={"ZipFile": package.getvalue()},
        Timeout=TIMEOUT_S,
        Environment={"Variables": {"MINISTACK_LAMBDA_PROXY_URL": url}},
    )
    arn: str = made["FunctionArn"]
    return arn


@contextmanager
def _served(function: Function) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            event = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            body = json.dumps(function(event)).encode()
            self.send_response(HTTPStatus.OK)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *words: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
