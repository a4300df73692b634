"""The pictures of a request: the parameters of each contract that bring them, and their sources."""

from base64 import b64decode
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Literal

from cutout.errors import (
    InvalidParameter,
    MissingSource,
    MultipleBackgrounds,
    MultipleSources,
    UnreadablePicture,
    of_a_background,
)
from cutout.options import text
from cutout.options.values import Picture, Reference

from .bodies import BodyFile
from .form import Body, refuse_files

Kind = Literal["file", "base64", "url", "upload"]
TO_BASE64 = bytes.maketrans(b"-_", b"+/")


@dataclass(frozen=True)
class Parameter:
    """A parameter that brings a picture."""

    picture: str  # photo, or a field of Options
    kind: Kind
    help: str


ADDRESS = "fetch the picture from here; public http and https hosts only"
REMOVEBG: Mapping[str, Parameter] = {
    "image_file": Parameter("photo", "file", "the picture, as a file of a form"),
    "image_file_b64": Parameter("photo", "base64", "the picture, in base64"),
    "image_url": Parameter("photo", "url", ADDRESS),
    "upload_id": Parameter(
        "photo", "upload", "an upload from POST /v1.0/uploads; the result is in the bucket, too"
    ),
    "bg_image_file": Parameter("backdrop", "file", "the background, as a file of a form"),
    "bg_image_url": Parameter(
        "backdrop", "url", "fetch the background from here; it covers the result"
    ),
    "alpha_file": Parameter("alpha", "file", text.PICTURES["alpha"].help),
    "mask_file": Parameter("mask", "file", text.PICTURES["mask"].help),
}
REMBG: Mapping[str, Parameter] = {
    "file": Parameter("photo", "file", "the picture, as a file of a form"),
    "url": Parameter("photo", "url", ADDRESS),
    **{name: Parameter(name, "file", field.help) for name, field in text.PICTURES.items()},
}


@dataclass(frozen=True)
class Source:
    """The source of one picture of a request: a file, base64, a URL or an upload."""

    parameter: str
    kind: Kind
    text: str = ""  # the base64, the URL or the upload_id
    file: BodyFile | None = None

    @property
    def is_in_body(self) -> bool:
        return self.kind in ("file", "base64")

    def reference(self) -> Reference:
        return Reference(url=self.text if self.kind == "url" else "")

    def check(self, check_url: Callable[[str], None]) -> None:
        """Raise the CutoutError that fits a source that cannot be a picture's."""
        if self.file and not self.file.size:
            raise UnreadablePicture(f"{self.parameter}: the file is empty")
        if self.kind == "base64":
            _from_base64(self.text)
        if self.kind == "url":
            check_url(self.text)

    def read(self) -> bytes:
        """Return the picture of a source that is in the body."""
        return self.file.read() if self.file else _from_base64(self.text)


def find(body: Body, parameters: Mapping[str, Parameter]) -> dict[str, Source]:
    """Return the sources by their pictures: photo, mask, alpha, backdrop.

    Raises MissingSource without a photo, MultipleSources or MultipleBackgrounds for two of one
    picture, InvalidParameter for a text in place of a file, UnsupportedOption for the contrary.
    """
    refuse_files(body, {name for name, each in parameters.items() if each.kind != "file"})
    sources: dict[str, Source] = {}
    for name, parameter in parameters.items():
        if name not in body:
            continue
        if first := sources.get(parameter.picture):
            kind = MultipleBackgrounds if parameter.picture == "backdrop" else MultipleSources
            raise kind(f"{first.parameter} and {name} were sent; send one of them")
        if parameter.kind == "file" and name in body.texts:
            raise InvalidParameter(f"{name} has to be a file of a form: curl -F {name}=@a.jpg")
        sources[parameter.picture] = Source(
            name, parameter.kind, body.texts.get(name, ""), body.files.get(name)
        )
    if "photo" not in sources:
        photos = (name for name, each in parameters.items() if each.picture == "photo")
        raise MissingSource(f"send one of {', '.join(photos)}")
    return sources


def references(sources: Mapping[str, Source]) -> dict[str, Picture]:
    """Return references to the pictures of the options, by their fields."""
    return {
        picture: source.reference() for picture, source in sources.items() if picture != "photo"
    }


def check(sources: Mapping[str, Source], check_url: Callable[[str], None]) -> None:
    """Raise the CutoutError that fits the first source that cannot be a picture's."""
    for picture, source in sources.items():
        with errors_of(picture):
            source.check(check_url)


def errors_of(picture: str) -> AbstractContextManager[None]:
    """Give errors of a backdrop's URL the codes of a background."""
    return of_a_background() if picture == "backdrop" else nullcontext()


def _from_base64(text: str) -> bytes:
    """Decode either alphabet of RFC 4648, with or without lines, padding and a data URL's head."""
    head, comma, rest = text.partition(",")
    coded = rest if comma and head.startswith("data:") else text
    try:
        plain = coded.encode("ascii").translate(TO_BASE64, b" \t\r\n=")
        return b64decode(plain + b"=" * (-len(plain) % 4), validate=True)
    except ValueError as error:
        raise UnreadablePicture("image_file_b64 is not base64 (RFC 4648)") from error
