"""What a check expects of a response: each function returns an Expectation, which returns what is
wrong as a sentence, and an empty text for nothing."""

from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Callable
from io import BytesIO
from zipfile import ZIP_STORED, BadZipFile, ZipFile

from cutout.client.http import Response
from cutout.client.responses import json_object
from cutout.picture import kind_of

from . import png

Expectation = Callable[[Response], str]

CONTRACT_HEADERS = ("X-Width", "X-Height", "X-Max-Width", "X-Max-Height", "X-Credits-Charged",
                    "X-Foreground-Left", "X-Foreground-Top", "X-Foreground-Width",
                    "X-Foreground-Height")  # fmt: skip
FOREGROUND = ("foreground_top", "foreground_left", "foreground_width", "foreground_height")
CREDITS = {"total", "subscription", "payg", "enterprise"}
CHARGES = ("0", "0.25", "1")
SHOWN = 200  # characters of a response


def status(*wanted: int) -> Expectation:
    def check(response: Response) -> str:
        if response.status in wanted:
            return ""
        text = response.body[:SHOWN].decode("utf-8", "replace")
        shown = "" if text.isspace() or kind_of(response.body) else f" {text}"
        return f"expected status {' or '.join(map(str, wanted))}, came {response.status}{shown}"

    return check


def media(wanted: str) -> Expectation:
    return lambda response: _equal("type", wanted, response.headers.get_content_type())


def header(name: str, wanted: str) -> Expectation:
    return lambda response: _equal(name, wanted, response.headers.get(name, "no such header"))


def contract_headers(response: Response) -> str:
    """remove.bg's headers, with a number in each."""
    for name in CONTRACT_HEADERS:
        text = response.headers.get(name, "no such header")
        if not text.replace(".", "", 1).isdecimal():
            return f"expected a number in {name}, came {text!r}"
    return header("Access-Control-Allow-Origin", "*")(response)


def charge(response: Response) -> str:
    came = response.headers.get("X-Credits-Charged", "no such header")
    is_known = came.removesuffix(".0") in CHARGES
    return "" if is_known else f"expected X-Credits-Charged {' or '.join(CHARGES)}, came {came!r}"


def size(width: int, height: int) -> Expectation:
    """The size in the headers, and where the picture is a PNG also its own."""

    def check(response: Response) -> str:
        names = response.headers.get("X-Width", ""), response.headers.get("X-Height", "")
        picture = png.read(response.body)
        if picture and (picture.width, picture.height) != (width, height):
            return f"expected {width}x{height} pixels, came {picture.width}x{picture.height}"
        return _equal("X-Width and X-Height", f"{width}x{height}", "x".join(names))

    return check


def cropped(margin: int) -> Expectation:
    """The subject alone, with a margin in px on each side of it."""

    def check(response: Response) -> str:
        def number(name: str) -> int:
            text = response.headers.get(name, "")
            return int(text) if text.isdecimal() else -1

        box = tuple(number(f"X-Foreground-{side}") for side in ("Left", "Top", "Width", "Height"))
        wanted = (margin, margin, number("X-Width") - 2 * margin, number("X-Height") - 2 * margin)
        return _equal("X-Foreground-Left, Top, Width, Height", wanted, box)

    return check


def pixels_at_most(most: int) -> Expectation:
    def check(response: Response) -> str:
        picture = png.read(response.body)
        if not picture:
            return "expected a PNG file of 8 bits a channel, came another"
        count = picture.width * picture.height
        return "" if count <= most else f"expected {most} pixels at most, came {count}"

    return check


def cutout(response: Response) -> str:
    """A PNG of straight colours, transparent in the corner, opaque in the middle, black where it is
    transparent."""
    picture = png.read(response.body)
    if not picture or picture.channels != 4:
        return "expected a PNG file of 8-bit RGBA, came another"
    corner = picture.pixel(0, 0)[3]
    middle = picture.pixel(picture.width // 2, picture.height // 2)[3]
    if corner > 25 or middle < 230:
        return f"expected alpha 0 in the corner and 255 in the middle, came {corner} and {middle}"
    for row in picture.rows:
        for at in range(0, len(row), 4):
            if row[at + 3] == 0 and any(row[at : at + 3]):
                return f"expected colour 0 where alpha is 0, came {tuple(row[at : at + 3])}"
    return ""


def colour(wanted: tuple[int, ...]) -> Expectation:
    """The colour of the upper left corner."""

    def check(response: Response) -> str:
        picture = png.read(response.body)
        came = picture.pixel(0, 0) if picture else "another file than a PNG"
        return _equal("colour of the corner", wanted, came)

    return check


def alpha(response: Response) -> str:
    """A grey PNG, dark in the corner and bright in the middle."""
    picture = png.read(response.body)
    if not picture or picture.channels != 1:
        return "expected a PNG file of 8-bit grey, came another"
    corner = picture.pixel(0, 0)[0]
    middle = picture.pixel(picture.width // 2, picture.height // 2)[0]
    is_right = corner <= 25 and middle >= 230
    return "" if is_right else f"expected 0 at the corner, 255 inside, came {corner}, {middle}"


def kind(name: str) -> Expectation:
    """A file of a kind of picture, by its first bytes."""

    def check(response: Response) -> str:
        found = kind_of(response.body)
        return _equal("file", name, found.name if found else "another kind")

    return check


def archive(response: Response) -> str:
    """remove.bg's ZIP: color.jpg and alpha.png, stored and not deflated."""
    try:
        with ZipFile(BytesIO(response.body)) as file:
            entries = [(entry.filename, entry.compress_type) for entry in file.infolist()]
            data = {name: file.read(name) for name, _ in entries}
    except BadZipFile:
        return "expected a ZIP file, came another"
    if entries != [("color.jpg", ZIP_STORED), ("alpha.png", ZIP_STORED)]:
        return f"expected color.jpg and alpha.png, both stored, came {entries}"
    picture, first = png.read(data["alpha.png"]), kind_of(data["color.jpg"])
    is_right = picture and picture.channels == 1 and first and first.name == "JPEG"
    return "" if is_right else "expected a JPEG and a PNG of 8-bit grey, came others"


def json_answer(name: str) -> Expectation:
    """remove.bg's JSON, with the picture under a name and the subject's box."""

    def check(response: Response) -> str:
        match json_object(response).get("data"):
            case dict(data):
                keys = sorted(data)
            case _:
                data, keys = {}, []
        if keys != sorted((name, *FOREGROUND)):
            return f"expected data with {', '.join((name, *FOREGROUND))}, came {keys}"
        if name != "result_b64":
            return ""
        try:
            picture = png.read(b64decode(str(data[name]), validate=True))
        except NotBase64:
            picture = None
        return "" if picture else "expected a PNG file in result_b64, came another"

    return check


def error(wanted_status: int, code: str, title: str = "") -> Expectation:
    """An error in remove.bg's form."""

    def check(response: Response) -> str:
        if wrong := status(wanted_status)(response):
            return wrong
        match json_object(response):
            case {"errors": [{"title": str(came_title), "code": came}, *_]}:
                wrong = _equal("title", title or came_title, came_title)
                return _equal("code", code, came) or wrong
            case _:
                return "expected JSON with errors, of a title and a code each, came another body"

    return check


def account(response: Response) -> str:
    """The account's credits, with no other keys: strict clients fail at one more."""
    match json_object(response):
        case {"data": {"attributes": {"credits": dict(credits), "api": dict(api)}}}:
            found = sorted(credits), sorted(api)
        case _:
            found = [], []
    return _equal("credits and api", (sorted(CREDITS), ["free_calls", "sizes"]), found)


def _equal(what: str, wanted: object, came: object) -> str:
    return "" if wanted == came else f"expected {what} {wanted}, came {came}"
