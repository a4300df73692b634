"""A call of remove.bg's API: which pictures it names, and its options. It may be kept as texts."""

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace

from cutout.contract import Options
from cutout.errors import (
    BackgroundDownloadFailed,
    ImageDownloadFailed,
    InvalidBackgroundUrl,
    InvalidImageUrl,
    MissingSource,
    MultipleBackgrounds,
    MultipleSources,
)

from . import removebg as dialect

PICTURES = dialect.SOURCES | dialect.BACKDROPS | dialect.ALPHAS
BEHIND = (*dialect.BACKDROPS, "bg_color", "bg_blur")


@dataclass(frozen=True)
class Call:
    """Where its pictures come from are the names of parameters; there may be no backdrop."""

    photo: str
    backdrop: str
    parameters: Mapping[str, str]  # all but pictures
    model_version: str  # of X-Cutout-Model-Version

    def options(self) -> Options:
        """Without pictures."""
        options = dialect.options(
            self.parameters, bool(self.backdrop), is_upload=self.photo == "upload_id"
        )
        return replace(options, model_version=self.model_version)

    def subject_type(self) -> str:
        return dialect.subject_type(self.parameters)


def read(texts: Mapping[str, str], files: Collection[str], model_version: str) -> Call:
    """files are names of what came as one."""
    sent = {*texts, *files}
    photos = [name for name in dialect.SOURCES if name in sent]
    if not photos:
        raise MissingSource(f"send one of {', '.join(dialect.SOURCES)}")
    if len(photos) > 1:
        raise MultipleSources(f"{' and '.join(photos)} were sent; send one of them")
    behind = [name for name in BEHIND if name in sent]
    if len(behind) > 1:
        raise MultipleBackgrounds(f"{' and '.join(behind)} were sent; send one of them")
    backdrop = "".join(name for name in behind if name in dialect.BACKDROPS)
    parameters = {name: text for name, text in texts.items() if name not in PICTURES}
    return Call(photos[0], backdrop, parameters, model_version)


@contextmanager
def of_the_backdrop() -> Iterator[None]:
    """Errors of an address that tell it from the photo's."""
    try:
        yield
    except InvalidImageUrl as error:
        raise InvalidBackgroundUrl(str(error)) from error
    except ImageDownloadFailed as error:
        raise BackgroundDownloadFailed(str(error)) from error
