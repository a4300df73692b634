"""The commands of the command line in one table, and the help that lists them.

Commands are imported when they are used: `cutout --help` and `--version` need no NumPy, no Pillow
and no ONNX Runtime, and not even a parser.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from argparse import Namespace

    from .flags import Parser


class Command(NamedTuple):
    name: str
    aliases: tuple[str, ...]  # rembg's names
    help: str
    parser_path: str  # module of cutout.cli and its function that returns the parser
    run_path: str  # module of cutout.cli and its function that runs the command

    def parser(self) -> "Parser":
        parser: Parser = _load(self.parser_path)()
        return parser

    def run(self, arguments: "Namespace") -> int:
        """Run the command. Returns its exit code."""
        code: int = _load(self.run_path)(arguments)
        return code


def _load(path: str) -> Any:
    module, _, function = path.partition(":")
    return getattr(import_module(f"cutout.cli.{module}"), function)


COMMANDS = (
    Command("run", (), "cut out photos", "run_flags:run", "photos:run"),
    Command("batch", ("p",), "cut out a folder of photos", "batch_flags:batch", "batch:run"),
    Command("serve", ("s",), "serve the API over HTTP", "serve:parser", "serve:run"),
    Command("models", (), "show, fetch and add networks", "models:parser", "models:run"),
    Command("migrate", (), "find uses of remove.bg and rembg", "migrate:parser", "migrate:run"),
    Command(
        "completion", (), "print the completion of a shell", "completion:parser", "completion:run"
    ),
    Command("i", (), "cut out one photo, with rembg's arguments", "run_flags:i", "photos:run"),
    Command("b", (), "cut out raw video frames, as rembg's b", "frames:parser", "frames:run"),
)
DEFAULT = COMMANDS[0]
BY_NAME = {name: command for command in COMMANDS for name in (command.name, *command.aliases)}


def help_text() -> str:
    """Return what `cutout --help` prints."""
    commands = {", ".join((one.name, *one.aliases)): one.help for one in COMMANDS}
    options = {"-h, --help": "show this help", "-V, --version": "show the version"}
    width = max(map(len, commands | options))

    def rows(texts: dict[str, str]) -> str:
        return "\n".join(f"  {name:{width}}  {help}" for name, help in texts.items())

    return f"""\
usage: cutout PHOTO... [OPTION...]
       cutout COMMAND ...

Remove the background of photos. `cutout photo.jpg` is short for `cutout run photo.jpg`.

commands, with rembg's names for some:
{rows(commands)}

options:
{rows(options)}

`cutout COMMAND --help` lists the arguments of a command."""
