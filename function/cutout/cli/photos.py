"""`cutout run PHOTO...`: make the cutouts of photos, one after the other."""

import sys
from argparse import Namespace
from collections.abc import Sequence
from typing import TYPE_CHECKING

from cutout import engines
from cutout.config import Settings
from cutout.errors import CutoutError
from cutout.options.record import Options
from cutout.picture import REVIEW_BELOW, Result

from . import inputs
from .console import print_error, print_line, refuse
from .files import read_options
from .inputs import Photo
from .outputs import Outputs, format_of

if TYPE_CHECKING:
    from cutout.engine.pipeline import Engine


def run(arguments: Namespace) -> int:
    words = arguments.photos
    try:
        settings = Settings.from_env()
        options = read_options(arguments, settings.max_bytes, format_of(arguments.output))
        photos = inputs.find([words] if isinstance(words, str) else words)
        outputs = Outputs(photos, arguments, options.format)
    except (CutoutError, OSError) as error:
        return refuse(error)
    if photos[0].is_stdin and not arguments.quiet:
        inputs.tell_terminal()
    return _cut_out(photos, outputs, settings, options, arguments)


def _cut_out(
    photos: Sequence[Photo],
    outputs: Outputs,
    settings: Settings,
    options: Options,
    arguments: Namespace,
) -> int:
    engine, code = None, 0
    for photo in photos:
        try:
            data = photo.read(settings)
        except (CutoutError, OSError) as error:
            code = print_error(error, photo.name)
            continue
        try:
            engine = engine or _engine(settings, options)
        except CutoutError as error:  # which every photo would meet
            return refuse(error)
        try:
            result = engine.remove_background(data, options)
            outputs.write(photo, result.data)
        except (CutoutError, OSError) as error:
            code = print_error(error, photo.name)
        else:
            _report(photo, outputs.output_of(photo), result, arguments)
    return code


def _engine(settings: Settings, options: Options) -> "Engine":
    """Build the engine after a photo has been read, because loading takes half a second."""
    engine = engines.engine(settings, options)
    if options.alpha:  # nothing is predicted
        engine.check(options)
    else:
        engine.prepare(options)
    return engine


def _report(photo: Photo, output: str, result: Result, arguments: Namespace) -> None:
    """Say on a terminal, or with --verbose, what was written and whether to look at it."""
    if arguments.quiet or not (arguments.verbose or sys.stderr.isatty()):
        return
    facts = [str(result.size)]
    if result.confidence is not None:
        facts.append(f"confidence {result.confidence:.2f}")
    place = "standard output" if output == "-" else output
    print_line(f"{photo.name}: wrote {place}, {', '.join(facts)}")
    if arguments.verbose:
        network = f"{result.model} version {result.model_version}" if result.model else "no network"
        stages = ", ".join(f"{stage} {ms / 1000:.3f} s" for stage, ms in result.timings_ms.items())
        print_line(f"{photo.name}: read as {result.source}; {network}; {stages}")
    if result.confidence is not None and result.confidence < REVIEW_BELOW:
        warning = f"low confidence, below {REVIEW_BELOW:g}; look at the cutout"
        print_line(f"{photo.name}: {warning}", "warning")
