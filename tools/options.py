"""Prints which endpoint takes which option, by the names that it has there, and why some do not.

`.venv/bin/python -m tools.options`
"""

from collections.abc import Callable, Mapping
from dataclasses import fields

from cutout.batch import request
from cutout.options import command_line, rembg, removebg, text
from cutout.options.record import PICTURES, Options
from cutout.web import pictures

Name = Callable[[str], str]
ONE_PHOTO = dict.fromkeys(command_line.HINTS, "it belongs to one photo")


def main() -> None:
    print(table(), end="")


def table() -> str:
    columns: Mapping[str, tuple[Name, Mapping[str, str]]] = {
        "command": (_flag, text.NOT_OFFERED),
        "`cutout batch`": (_flag, text.NOT_OFFERED | ONE_PHOTO),
        "`removebg`, jobs, `--api`": (_removebg, text.NOT_OFFERED),
        "`/api/remove`": (_rembg, rembg.NOT_OFFERED),
        "batch on S3": (lambda name: f"`{name}`", request.NOT_OFFERED),
    }
    rows = [["option", *columns], ["---"] * (1 + len(columns))]
    for field in fields(Options):
        cells = [
            f"no: {refused[field.name]}" if field.name in refused else name(field.name)
            for name, refused in columns.values()
        ]
        rows.append([f"`{field.name}`", *cells])
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def _flag(name: str) -> str:
    names = command_line.NAMES.get(name, f"--{name.replace('_', '-')}").split()
    return " ".join(f"`{each}`" for each in names)


def _removebg(name: str) -> str:
    if name in PICTURES:
        return _brings(pictures.REMOVEBG, name)
    if name == "shadow":
        return "`shadow_type`, `shadow_opacity`"
    return f"`{removebg.NAMES.get(name, name)}`"


def _rembg(name: str) -> str:
    if name in PICTURES:
        return _brings(pictures.REMBG, name)
    return f"`{rembg.RENAMED.get(name) or rembg.SIZE.get(name, name)}`"


def _brings(parameters: Mapping[str, pictures.Parameter], picture: str) -> str:
    return ", ".join(f"`{name}`" for name, each in parameters.items() if each.picture == picture)


if __name__ == "__main__":
    main()
