"""A small stand-in for AWS's command line, with which the runbooks' commands run on the local AWS.

It takes the options of the operation's model in botocore, `wait`, `--query` and `--output text`.
An unknown option is an error, as there. Structures are written as JSON.
"""

import json
import sys

import boto3
import jmespath
from botocore import xform_name


def main(service, operation, *words):
    client = boto3.client(service)
    if operation == "wait":
        name, *words = words
        waiter = client.get_waiter(name.replace("-", "_"))
        operation = waiter.config.operation
        values, _ = read(client, operation, words)
        waiter.wait(WaiterConfig={"Delay": 0.1, "MaxAttempts": 100}, **values)
        return
    methods = client.meta.method_to_api_mapping
    values, options = read(client, methods[operation.replace("-", "_")], words)
    found = getattr(client, operation.replace("-", "_"))(**values)
    found.pop("ResponseMetadata", None)
    if "query" in options:
        found = jmespath.search(options["query"], found)
    if options.get("output") == "text":
        print("\t".join(map(str, found)) if isinstance(found, list) else found)
    elif found:
        print(json.dumps(found, indent=2, default=str))


def read(client, operation, words):
    """Return the operation's parameters, and the options of the command line itself."""
    members = client.meta.service_model.operation_model(operation).input_shape.members
    names = {f"--{xform_name(name, '-')}": name for name in members}
    values, options, words = {}, {}, list(words)
    while words:
        option = words.pop(0)
        if option in ("--query", "--output"):
            options[option[2:]] = words.pop(0)
        elif option.startswith("--no-") and "--" + option[5:] in names:
            values[names["--" + option[5:]]] = False
        else:
            name = names[option]
            values[name] = _value(members[name].type_name, words)
    return values, options


def _value(kind, words):
    match kind:
        case "boolean":
            return True
        case "integer" | "long":
            return int(words.pop(0))
        case "list":
            found = []
            while words and not words[0].startswith("--"):
                found.append(words.pop(0))
            return found
        case "structure" | "map":
            return json.loads(words.pop(0))
    return words.pop(0)


if __name__ == "__main__":
    main(*sys.argv[1:])
