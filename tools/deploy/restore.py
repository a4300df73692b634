"""Make the ledger's table hold what a restored table holds.

`python -m tools.deploy.restore dev --from TABLE`. Nothing may write to either table meanwhile;
docs/operate/backup.md says how to stop the service.
"""

import sys
from typing import Any

from . import command, stacks
from .plan import answered_yes
from .stacks import DeployError, Environment

PROGRAM = "python -m tools.deploy.restore"


def main() -> int:
    parser = command.parser(PROGRAM, __doc__)
    parser.add_argument("--from", dest="source", required=True, metavar="TABLE")
    parser.add_argument("--yes", action="store_true", help="restore without asking")
    arguments = parser.parse_args()
    return command.run(
        PROGRAM,
        arguments.environment,
        lambda environment: [restore(environment, arguments.source, is_agreed=arguments.yes)],
    )


def restore(environment: Environment, source: str, *, is_agreed: bool) -> str:
    """Write the items of a restored table that differ, and delete those that it does not have.

    Returns a sentence. Raises DeployError for a table with other keys, or if the answer is not
    yes. Both tables are held in memory.
    """
    tables = environment.session.resource("dynamodb")
    ledger = tables.Table(
        stacks.values(environment.session, environment.service)["LedgerTableName"]
    )
    restored = tables.Table(source)
    if restored.key_schema != ledger.key_schema:
        raise DeployError(f"{source} is no copy of {ledger.name}: it has other keys")
    names = [key["AttributeName"] for key in ledger.key_schema]
    now, then = _items(ledger, names), _items(restored, names)
    puts = [item for key, item in then.items() if now.get(key) != item]
    deletes = [dict(zip(names, key, strict=True)) for key in now.keys() - then.keys()]
    if not (puts or deletes):
        return f"{ledger.name} holds what {source} holds"
    print(f"{ledger.name}: {len(puts)} items would be written and {len(deletes)} deleted")
    answered_yes("restore", is_agreed=is_agreed)
    with ledger.batch_writer() as batch:
        for item in puts:
            batch.put_item(Item=item)
        for key in deletes:
            batch.delete_item(Key=key)
    return f"{ledger.name} holds what {source} holds: {len(then)} items"


def _items(table: Any, names: list[str]) -> dict[tuple[str, ...], dict[str, Any]]:
    """Return the items of a table by the values of their keys."""
    pages = table.meta.client.get_paginator("scan").paginate(
        TableName=table.name, ConsistentRead=True
    )
    return {tuple(item[name] for name in names): item for page in pages for item in page["Items"]}


if __name__ == "__main__":
    sys.exit(main())
