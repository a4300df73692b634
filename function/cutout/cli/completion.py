"""`cutout completion SHELL`: print a completion script, made from the parsers of all commands."""

from argparse import Action, Namespace
from collections.abc import Iterator
from dataclasses import dataclass

from .commands import BY_NAME
from .flags import Parser


@dataclass(frozen=True)
class Option:
    names: tuple[str, ...]
    help: str
    choices: tuple[str, ...]  # empty if it takes no value, or any value
    takes_value: bool


def parser() -> Parser:
    """Return the parser of `cutout completion`."""
    parser = Parser(
        prog="cutout completion",
        description="Print the completion script of a shell. In bash: source <(cutout completion"
        " bash). In zsh the same, after compinit. In fish: cutout completion fish | source.",
    )
    parser.add_argument("shell", choices=sorted(SCRIPTS), help="bash, fish or zsh")
    return parser


def run(arguments: Namespace) -> int:
    """Print the script. Returns 0."""
    print(SCRIPTS[arguments.shell]())
    return 0


def words_of(parser: Parser) -> list[str]:
    """Return the words that a command takes besides options: its own commands and choices."""
    choices = (action.choices or () for action in parser.actions() if not action.option_strings)
    return [str(choice) for some in choices for choice in some]


def options_of(parser: Parser) -> Iterator[Option]:
    """Yield the options of a command; those of `cutout models` are those of its commands."""
    parts = [parser, *(part for part in _parts(parser))]
    seen = set[tuple[str, ...]]()
    for action in (action for part in parts for action in part.actions()):
        names = tuple(action.option_strings)
        if names and names not in seen:
            seen.add(names)
            yield Option(names, _first_words(action), _choices(action), action.nargs != 0)


def _parts(parser: Parser) -> list[Parser]:
    return [
        part
        for action in parser.actions()
        if isinstance(action.choices, dict)
        for part in action.choices.values()
    ]


def _choices(action: Action) -> tuple[str, ...]:
    """Return the values that a metavar such as off|fast|fine names, but for N and NAME."""
    names = str(action.metavar or "").split("|")
    return tuple(name for name in names if len(names) > 1 and not name.isupper())


def _first_words(action: Action) -> str:
    help = (action.help or "").replace("%%", "%").replace("%(default)s", str(action.default))
    return help.partition(";")[0].partition(":")[0]


def _bash() -> str:
    cases, values = [], []
    for name, command in BY_NAME.items():
        options = list(options_of(command.parser()))
        words = [*words_of(command.parser()), *(each for one in options for each in one.names)]
        cases.append(f"    {name}) words='{' '.join(words)}' ;;")
        for option in options:
            if option.choices:
                patterns = "|".join(f"{name}:{each}" for each in option.names)
                values.append(f"    {patterns}) words='{' '.join(option.choices)}' ;;")
    return BASH.format(
        commands=" ".join(BY_NAME), names="|".join(BY_NAME), cases="\n".join(cases),
        values="\n".join(values),
    )  # fmt: skip


BASH = """\
# Completion of cutout in bash: source <(cutout completion bash)
_cutout() {{
  local word="${{COMP_WORDS[COMP_CWORD]}}" before="${{COMP_WORDS[COMP_CWORD-1]}}" command=run words=
  case "${{COMP_WORDS[1]}}" in {names}) ((COMP_CWORD > 1)) && command="${{COMP_WORDS[1]}}" ;; esac
  case "$command" in
{cases}
  esac
  ((COMP_CWORD == 1)) && words="{commands} --help --version $words"
  case "$command:$before" in
{values}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$word"))
}}
complete -o bashdefault -o default -F _cutout cutout"""


def _zsh() -> str:
    # zsh runs bash's function, which then has bash's variables.
    return f"#compdef cutout\nautoload -U +X bashcompinit && bashcompinit\n{_bash()}"


def _fish() -> str:
    lines = ["# Completion of cutout in fish: cutout completion fish | source"]
    others = [name for name in BY_NAME if name != "run"]
    for name, command in BY_NAME.items():
        described = _quoted(command.help)
        lines.append(f"complete -c cutout -n __fish_use_subcommand -a {name} -d {described}")
        condition = f"__fish_seen_subcommand_from {name}"
        if name == "run":  # which is also the command of a line that names none
            condition = f"not __fish_seen_subcommand_from {' '.join(others)}"
        parser = command.parser()
        for word in words_of(parser):
            lines.append(f"complete -c cutout -n {_quoted(condition)} -a {word}")
        for option in options_of(parser):
            flags = " ".join(map(_fish_flag, option.names))
            takes = f" -x -a {_quoted(' '.join(option.choices))}" if option.choices else ""
            takes = takes or (" -r" if option.takes_value else "")
            described = _quoted(option.help)
            lines.append(
                f"complete -c cutout -n {_quoted(condition)} {flags}{takes} -d {described}"
            )
    return "\n".join(lines)


def _fish_flag(name: str) -> str:
    if name.startswith("--"):
        return f"-l {name[2:]}"
    return f"-s {name[1:]}" if len(name) == 2 else f"-o {name[1:]}"


def _quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


SCRIPTS = {"bash": _bash, "fish": _fish, "zsh": _zsh}
