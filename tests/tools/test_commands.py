"""The reference of the command line in docs/cli.md."""

from cutout.cli.commands import COMMANDS
from tests.pages import read
from tools.commands import reference


def test_the_page_is_what_the_parsers_say():
    _, _, rest = read("cli.md").partition("<!-- commands -->\n")

    assert rest.partition("<!-- end of commands -->")[0] == reference()


def test_every_option_of_every_command_is_on_the_page():
    page = reference()

    for command in COMMANDS:
        for action in command.parser().actions():
            for name in action.option_strings:
                assert f"`{name}`" in page or name in ("-h", "--help", "-V", "--version")
