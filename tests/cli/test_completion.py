"""`cutout completion SHELL`."""

import subprocess

import pytest

from cutout.cli.commands import BY_NAME

COMPLETE = """
eval "$SCRIPT"
COMP_WORDS=($LINE) COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
if [[ $LINE == *" " ]]; then COMP_WORDS+=(""); COMP_CWORD=$((COMP_CWORD + 1)); fi
_cutout
echo "${COMPREPLY[@]}"
"""


@pytest.fixture
def complete(cutout):
    """Return a function that lists the words which bash offers at the end of a line."""
    script = cutout("completion", "bash")[1]

    def run(line):
        bash = subprocess.run(
            ["bash", "--norc", "-c", COMPLETE], env={"SCRIPT": script, "LINE": line},
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        assert bash.stderr == ""
        return bash.stdout.split()

    return run


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("cutout ba", ["batch"]),
        ("cutout --qua", ["--quality"]),
        ("cutout photo.jpg --qua", ["--quality"]),
        ("cutout run --quality ", ["fast", "standard", "best"]),
        ("cutout photo.jpg --edges o", ["off"]),
        ("cutout batch in out --review", ["--review-below"]),
        ("cutout p in out --wat", ["--watch"]),
        ("cutout batch in out --roi", []),
        ("cutout models a", ["add"]),
        ("cutout models add --pre", ["--preset"]),
        ("cutout completion ", ["bash", "fish", "zsh", "-h", "--help"]),
    ],
)
def test_bash_completes_commands_options_and_choices(complete, line, words):
    assert complete(line) == words


def test_bash_offers_every_command_at_first(complete):
    assert {*BY_NAME, "--help", "--version"} <= set(complete("cutout "))


@pytest.mark.parametrize("shell", ["fish", "zsh"])
def test_the_scripts_of_other_shells_name_commands_options_and_choices(cutout, shell):
    code, script, _ = cutout("completion", shell)

    assert code == 0
    for word in (*BY_NAME, "quality", "review-below", "fast standard best"):
        assert word in script


def test_another_shell_is_one_sentence(cutout):
    code, _, err = cutout("completion", "tcsh")

    assert code == 2
    assert "tcsh" in err
    assert err.count("\n") == 1
