"""A call of remove.bg's API: which pictures it names, and its options."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from cutout.errors import MissingSource, MultipleBackgrounds, MultipleSources
from cutout.options import removebg
from cutout.options.record import Options, Reference

SOURCES = {
    "image_file": "the picture, as a file of a form",
    "image_file_b64": "the picture, in base64",
    "image_url": "fetch the picture from here; public http and https hosts only",
    "upload_id": "what POST /v1.0/uploads has answered; the result is in the bucket, too",
}
BACKDROPS = {
    "bg_image_url": "fetch the background from here; it covers the result",
    "bg_image_file": "the background, as a file of a form",
}
HINTS = {
    "alpha_file": "your own alpha, in grey, as a file of a form: nothing is predicted",
    "mask_file": "a rough mask, as a file of a form: white is subject, black is not, grey is open",
}
PICTURES = SOURCES | BACKDROPS | HINTS
FILES = ("image_file", "bg_image_file", "alpha_file", "mask_file")
BEHIND = (*BACKDROPS, "bg_color", "bg_blur")
IN_BODY = Reference()  # read when its turn has come


@dataclass(frozen=True)
class Call:
    """Names of parameters tell where its pictures come from; a backdrop may be missing."""

    photo: str
    backdrop: str
    options: Options  # with references for its pictures
    subject_type: str  # X-Type


def read(texts: Mapping[str, str], files: Collection[str], model_version: str) -> Call:
    """Raises a CutoutError for what is missing, contradicts itself or is not valid. files are the
    names of what came as a file."""
    sent = {*texts, *files}
    photos = [name for name in SOURCES if name in sent]
    if not photos:
        raise MissingSource(f"send one of {', '.join(SOURCES)}")
    if len(photos) > 1:
        raise MultipleSources(f"{' and '.join(photos)} were sent; send one of them")
    behind = [name for name in BEHIND if name in sent]
    if len(behind) > 1:
        raise MultipleBackgrounds(f"{' and '.join(behind)} were sent; send one of them")
    backdrop = "".join(name for name in behind if name in BACKDROPS)
    parameters = {name: text for name, text in texts.items() if name not in PICTURES}
    if model_version:
        parameters["model_version"] = model_version
    pictures = {
        name: IN_BODY for name, file in (("alpha", "alpha_file"), ("mask", "mask_file"))
        if file in sent
    }  # fmt: skip
    if backdrop:
        pictures["backdrop"] = Reference(url=texts[backdrop]) if "url" in backdrop else IN_BODY
    options = removebg.parse(parameters, pictures)
    options = removebg.within_limits(options, in_bucket=photos[0] == "upload_id")
    return Call(photos[0], backdrop, options, removebg.subject_type(parameters))
