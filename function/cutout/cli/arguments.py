"""Which Options are made of what was said on the command line."""

from argparse import Namespace
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from cutout.contract import Options
from cutout.errors import MultipleBackgrounds, UnreadablePicture, UnsupportedOption
from cutout.options import presets, removebg
from cutout.options import rembg as dialect
from cutout.options import text as grammar

# What a service is told as it was said here, by the names of remove.bg's door.
SAID_AS = {
    "model": "model",
    "size": "size",
    "margin": "crop_margin",
    "frame": "frame",
    "scale": "scale",
    "position": "position",
    "blur": "bg_blur",
    "shadow": "shadow_opacity",
}
FLAGS = {"thresholds": "-af, -ab or -ae", "max_pixels": "--size"}  # of fields that have others
LARGEST = "50MP"  # where no size is said; the door's own default is a preview


def options(given: Namespace, format: str) -> Options:
    """format is what the output's name tells; empty leaves it to the preset."""
    if given.vitmatte:
        raise UnsupportedOption(dialect.VITMATTE)
    told = _kept(given) | _edge(given) | _place(given) | _behind(given) | _file(given)
    chosen = Options(**told)
    if given.preset:
        chosen = presets.apply(given.preset, chosen)
    # Last, for a preset cannot tell a format that was asked for from the default.
    return replace(chosen, format=grammar.format(format)) if format else chosen


def remote(given: Namespace, chosen: Options) -> dict[str, str | bytes]:
    """The same as removebg's parameters. Refused, if its door would not understand all of it."""
    if given.preset:
        raise _not_offered("--preset")
    said = {parameter: str(getattr(given, name)) for name, parameter in SAID_AS.items()}
    said |= {
        "size": given.size or LARGEST,
        "crop": "true" if chosen.crop else "",
        "edges": chosen.edges,
        "bg_color": chosen.background,
        "shadow_type": "drop" if chosen.shadow else "",
        "format": chosen.format,
        "channels": chosen.channels,
    }
    texts = {name: text for name, text in said.items() if text}
    understood = removebg.options(texts, bool(chosen.backdrop), is_upload=True)
    _check_same(chosen, replace(understood, backdrop=chosen.backdrop), has_size=bool(given.size))
    return {**texts, **({"bg_image_file": chosen.backdrop} if chosen.backdrop else {})}


def _check_same(chosen: Options, understood: Options, has_size: bool) -> None:
    for field in fields(Options):
        is_same = getattr(chosen, field.name) == getattr(understood, field.name)
        if not is_same and (has_size or field.name != "max_pixels"):
            raise _not_offered(FLAGS.get(field.name, f"--{field.name}"))


def _not_offered(flag: str) -> UnsupportedOption:
    return UnsupportedOption(f"{flag}: a service does not take this; leave it out, or work here")


def _kept(given: Namespace) -> dict[str, Any]:
    roi, points = dialect.hints(given.roi, given.points, given.extras)
    return {
        "model": given.model,
        "roi": roi,
        "points": points,
        "mask": _bytes(given.mask),
        "alpha": _bytes(given.alpha),
        "subject": grammar.subject(given.subject),
        "inverse": given.inverse,
    }


def _edge(given: Namespace) -> dict[str, Any]:
    thresholds = dialect.thresholds(
        given.alpha_matting_foreground_threshold,
        given.alpha_matting_background_threshold,
        given.alpha_matting_erode_size,
    )
    return {
        "edges": dialect.edges(given.edges, given.alpha_matting, given.decontaminate),
        "thresholds": thresholds if given.alpha_matting else None,
        "binary": given.binary,
    }


def _place(given: Namespace) -> dict[str, Any]:
    return {
        "max_pixels": grammar.max_pixels(given.size),
        "crop": given.crop or bool(given.margin),
        "margin": grammar.margins(given.margin),
        "frame": grammar.frame(given.frame),
        "canvas": grammar.canvas(given.canvas),
        "scale": grammar.scale(given.scale),
        "position": grammar.position(given.position),
    }


def _behind(given: Namespace) -> dict[str, Any]:
    if given.background and given.bgcolor:
        raise MultipleBackgrounds("--background and -bgc are the same; give one of them")
    return {
        "background": given.background or dialect.colour(",".join(given.bgcolor)),
        "backdrop": _bytes(given.backdrop),
        "blur": grammar.blur(given.blur),
        "blend": grammar.blend(given.blend),
        "shadow": grammar.shadow(given.shadow),
    }


def _file(given: Namespace) -> dict[str, Any]:
    return {
        "channels": "alpha" if given.only_mask else "rgba",
        "profile": grammar.profile(given.profile),
    }


def _bytes(path: str) -> bytes:
    if not path:
        return b""
    data = Path(path).read_bytes()
    if not data:
        raise UnreadablePicture(f"{path}: the file is empty")
    return data
