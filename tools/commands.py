"""Writes the reference of the command line into docs/cli.md, from the parsers of its commands.

`.venv/bin/python -m tools.commands`
"""

from argparse import Action
from collections.abc import Iterator, Sequence

from cutout.cli.commands import COMMANDS, Command
from cutout.cli.flags import Parser
from cutout.options import command_line
from tools.readme import insert
from tools.sections import ROOT

PAGE, SECTION = ROOT / "docs" / "cli.md", "commands"
OPTIONS = "Options of a photo"
UNNAMED = {"help", "version", "command"}  # in no table


def main() -> None:
    insert(SECTION, reference(), PAGE)


def reference() -> str:
    """Return the sections of all commands in Markdown."""
    lines = [line for command in COMMANDS for line in _command(command)]
    return "\n".join([*lines, f"### {OPTIONS}\n", *_rows(_photo_options())]) + "\n"


def _command(command: Command) -> Iterator[str]:
    parser = command.parser()
    yield f"### cutout {command.name}\n"
    aliases = ", ".join(f"`cutout {alias}`" for alias in command.aliases)
    yield _sentences(parser) + (f" rembg's name: {aliases}." if aliases else "") + "\n"
    yield from _arguments(parser)
    for name, part in _parts(parser):
        yield f"#### cutout {command.name} {name}\n"
        yield f"{part.description}.\n"
        yield from _arguments(part)


def _arguments(parser: Parser) -> Iterator[str]:
    """Yield the table of a parser's own arguments, and which options of a photo it has besides."""
    own = parser.option_names()
    takes_photos = "--crop" in own
    shared = {action.dest for action in _photo_options()} if takes_photos else set()
    yield from _rows([one for one in parser.actions() if one.dest not in shared | UNNAMED])
    if takes_photos:
        names = (action.option_strings[-1] for action in _photo_options())
        without = [name for name in names if name not in own]
        exception = f" except {', '.join(f'`{name}`' for name in without)}" if without else ""
        yield f"And all [options of a photo](#{OPTIONS.lower().replace(' ', '-')}){exception}.\n"


def _photo_options() -> list[Action]:
    parser = Parser(add_help=False)
    command_line.add_flags(parser, with_hints=True)
    return list(parser.actions())


def _rows(actions: Sequence[Action]) -> Iterator[str]:
    if actions:
        rows = (f"| {_names(action)} | {_help(action)} |" for action in actions)
        yield from ("| argument | |", "| --- | --- |", *rows, "")


def _parts(parser: Parser) -> Iterator[tuple[str, Parser]]:
    for action in parser.actions():
        if isinstance(action.choices, dict):
            yield from action.choices.items()


def _names(action: Action) -> str:
    values = action.metavar or action.choices or action.dest.upper()
    text = values if isinstance(values, str) else " ".join(map(str, values))
    if isinstance(action.nargs, int) and isinstance(action.metavar, str):
        text = " ".join([action.metavar] * action.nargs)
    if action.nargs == "+":
        text += "..."
    value = "" if action.option_strings and action.nargs == 0 else text
    names = action.option_strings or ([value] if value else [])
    tail = f" `{value}`" if action.option_strings and value else ""
    return (", ".join(f"`{name}`" for name in names) + tail).replace("|", "\\|")


def _help(action: Action) -> str:
    text = (action.help or "").replace("%(default)s", str(action.default)).replace("%%", "%")
    return text.replace("|", "\\|").replace("<", "&lt;")


def _sentences(parser: Parser) -> str:
    usage = f"`{parser.usage}`. " if parser.usage else ""
    return f"{usage}{parser.description} {parser.epilog or ''}".replace("%%", "%").strip()


if __name__ == "__main__":
    main()
