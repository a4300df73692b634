"""Prints which endpoint takes which option, by the names that it has there, and why some do not.

`.venv/bin/python -m tools.options`
"""

from collections.abc import Callable, Mapping
from dataclasses import fields

from cutout.batch import request
from cutout.options import command_line, rembg, removebg, text
from cutout.options.record import Options
from cutout.web.call import FILES

Name = Callable[[str], str]
ONE_PHOTO = dict.fromkeys(command_line.HINTS, "it belongs to one photo")
PICTURES = {"backdrop": "bg_image_file, bg_image_url", "mask": "mask_file", "alpha": "alpha_file"}


def main() -> None:
    columns: Mapping[str, tuple[Name, Mapping[str, str]]] = {
        "command": (_flag, text.NOT_OFFERED),
        "`cutout batch`": (_flag, text.NOT_OFFERED | ONE_PHOTO),
        "`removebg`, jobs, `--api`": (_removebg, text.NOT_OFFERED),
        "`/api/remove`": (_rembg, rembg.NOT_OFFERED),
        "batch on S3": (lambda name: f"`{name}`", request.NOT_OFFERED),
    }
    print("| option |", " | ".join(columns), "|")
    print("| --- |" + " --- |" * len(columns))
    for field in fields(Options):
        cells = (
            f"no: {refused[field.name]}" if field.name in refused else name(field.name)
            for name, refused in columns.values()
        )
        print(f"| `{field.name}` |", " | ".join(cells), "|")


def _flag(name: str) -> str:
    names = command_line.NAMES.get(name, f"--{name.replace('_', '-')}").split()
    return " ".join(f"`{each}`" for each in names)


def _removebg(name: str) -> str:
    if name in PICTURES:
        assert PICTURES[name].split(",")[0] in FILES
        return ", ".join(f"`{each}`" for each in PICTURES[name].split(", "))
    if name == "shadow":
        return "`shadow_type`, `shadow_opacity`"
    return f"`{removebg.NAMES.get(name, name)}`"


def _rembg(name: str) -> str:
    return f"`{rembg.RENAMED.get(name) or rembg.SIZE.get(name, name)}`"


if __name__ == "__main__":
    main()
