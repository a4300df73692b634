"""The state machine of infra/batch.asl.yaml: its definition on AWS, and a deployed one on the local
AWS, which ignores ItemBatcher."""

import json
import threading
from contextlib import ExitStack, contextmanager
from copy import deepcopy
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from uuid import uuid4
from zipfile import ZipFile

from tools import cloudformation
from tools.local_aws import ROOT

FILE = ROOT / "infra/batch.asl.yaml"
TIMEOUT_S = 900  # as Lambda's most


def definition(substitutions):
    """Return the definition with the template's substitutions in place."""
    text = FILE.read_text(encoding="utf-8")
    for name, value in substitutions.items():
        text = text.replace(f"${{{name}}}", value)
    return cloudformation.parse(text)


def of_single_items(whole):
    """Return a definition that passes each worker one item: without ItemBatcher, which the emulator
    ignores."""
    single = deepcopy(whole)
    pictures = single["States"]["Pictures"]
    batcher = pictures.pop("ItemBatcher")
    pictures["ItemSelector"] = {
        "Items.$": "States.Array($$.Map.Item.Value)",
        "BatchInput": batcher["BatchInput"],
    }
    return single


@contextmanager
def deployed(aws, concurrency, **functions):
    """Yield the ARN of a state machine on the local AWS whose functions run in this process.

    functions are BatchFunction and BatchWorkerFunction, each from event to answer. An exception of
    one is an error of the Lambda function.
    """
    states, suffix = aws.client("stepfunctions"), uuid4().hex
    role = _role(aws, suffix)
    with ExitStack() as stack:
        arns = {
            name: _create(aws, f"{name}-{suffix}", role, stack.enter_context(_served(function)))
            for name, function in functions.items()
        }
        substitutions = arns | {
            "BatchConcurrency": str(concurrency),
            "BatchItems": "1",
            "Partition": "aws",
        }
        machine = states.create_state_machine(
            name=f"batch-{suffix}",
            definition=json.dumps(of_single_items(definition(substitutions))),
            roleArn=role,
        )
        yield machine["stateMachineArn"]


def _role(aws, name):
    """Create a role without rights: the emulator asks for one and allows everything."""
    role = aws.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument="{}")
    return role["Role"]["Arn"]


def _create(aws, name, role, url):
    """Create a Lambda function whose calls the emulator posts to the URL."""
    package = BytesIO()
    with ZipFile(package, "w") as archive:
        archive.writestr("nothing.py", "")
    function = aws.client("lambda").create_function(
        FunctionName=name,
        Runtime="python3.13",
        Handler="nothing.handler",
        Role=role,
        Code={"ZipFile": package.getvalue()},
        Timeout=TIMEOUT_S,
        Environment={"Variables": {"MINISTACK_LAMBDA_PROXY_URL": url}},
    )
    return function["FunctionArn"]


@contextmanager
def _served(function):
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            event = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            body = json.dumps(function(event)).encode()
            self.send_response(HTTPStatus.OK)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *words):
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
