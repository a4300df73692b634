"""The calls of a check: what is sent to a service, and what has to come back."""

from base64 import b64encode
from collections.abc import Mapping

from cutout.config import LAMBDA_RESULT_BYTES

from . import expect, samples
from .expect import Expectation
from .service import Call

WIDTH, HEIGHT = samples.SMALL
PNG = {"image_file": samples.small()}
BASE64 = {"image_file_b64": b64encode(samples.small()).decode()}
JSON = {"Accept": "application/json"}
ACCOUNT, REMBG = "/v1.0/account", "/api/remove"
# What remove.bg's own command line sends empty where its user has named no value.
UNSET = dict.fromkeys(
    ("size", "type", "type_level", "format", "roi", "crop", "crop_margin", "scale", "position",
     "channels", "add_shadow", "semitransparency", "bg_color"), "",
)  # fmt: skip
SAME_SIZE = expect.size(WIDTH, HEIGHT)
FULL = (expect.status(200), expect.media("image/png"), expect.cutout, SAME_SIZE)
OPEN = Call("the account without a key", (), path=ACCOUNT, method="GET", key="")


def _cuts(name: str, *expected: Expectation, **texts: str) -> Call:
    """A call with the small picture and some parameters, which succeeds."""
    return Call(name, (expect.status(200), *expected), texts, PNG)


def _fails(code: str, texts: Mapping[str, str], name: str = "") -> Call:
    """A call with the small picture and parameters that are not valid."""
    sent = " ".join(f"{parameter}={value}" for parameter, value in texts.items())
    return Call(f"error: {name or sent}", (expect.error(400, code),), texts, PNG)


def _reads(name: str, data: bytes, code: str) -> Call:
    return Call(f"error: {name}", (expect.error(400, code),), files={"image_file": data})


SOURCES = (
    Call("source: a PNG file", (*FULL, expect.contract_headers, expect.charge), {}, PNG),
    Call("source: a JPEG file", (expect.status(200), expect.size(*samples.SMALL_BY_FORMAT)), {},
         {"image_file": samples.JPEG}),
    Call("source: a WebP file", (expect.status(200), expect.size(*samples.SMALL_BY_FORMAT)), {},
         {"image_file": samples.WEBP}),
    Call("source: base64 in a form", FULL, BASE64, body="urlencoded"),
    Call("source: base64 in JSON", FULL, BASE64, body="json"),
    _cuts("unset parameters are empty", *FULL, **UNSET),
    Call(f"a request of more than {LAMBDA_RESULT_BYTES / 1e6:.1f} MB, or 413",
         (lambda response: expect.error(413, "file_too_large")(response)
          if response.status == 413 else expect.status(200)(response),),
         {}, {"image_file": samples.padded(LAMBDA_RESULT_BYTES + 100_000)}),
)  # fmt: skip
ANSWERS = (
    Call("answer: JSON, by Accept", (expect.status(200), expect.media("application/json"),
         expect.json_answer("result_b64"), expect.contract_headers), {}, PNG, JSON),
    Call("answer: a picture, to Accept: */*", FULL, {}, PNG, {"Accept": "*/*"}),
    _cuts("answer: X-Type is the type sent", expect.header("X-Type", "car"), type="car"),
    _cuts("format=jpg", expect.media("image/jpeg"), expect.kind("JPEG"), SAME_SIZE, format="jpg"),
    _cuts("format=webp", expect.media("image/webp"), expect.kind("WEBP"), SAME_SIZE, format="webp"),
    _cuts("format=zip", expect.media("application/zip"), expect.archive, format="zip"),
    _cuts("format=auto on a colour is JPEG", expect.media("image/jpeg"), format="auto",
          bg_color="fff"),
    _cuts("channels=alpha", expect.alpha, SAME_SIZE, channels="alpha"),
    _cuts("bg_color", expect.colour((0, 255, 0, 255)), bg_color="00ff00", format="png"),
    _cuts("shadow_type=drop", SAME_SIZE, shadow_type="drop"),
)  # fmt: skip
LARGE_FILE = {"image_file": samples.large()}
SIZES = (
    Call("size: preview unless named", (expect.status(200), expect.pixels_at_most(250_000),
         expect.header("X-Max-Width", str(samples.LARGE[0]))), {}, LARGE_FILE),
    Call("size=regular is preview", (expect.status(200), expect.pixels_at_most(250_000)),
         {"size": "regular"}, LARGE_FILE),
    Call("size=auto", (expect.status(200), expect.size(*samples.LARGE)), {"size": "auto"},
         LARGE_FILE),
    _cuts("roi", *FULL, roi="10% 0% 90% 100%"),
    _cuts("crop=true", expect.cropped(0), crop="true"),
    _cuts("crop_margin=5px", expect.cropped(5), crop="true", crop_margin="5px"),
    _cuts("scale=50%", *FULL, scale="50%"),
    _cuts("position=center", *FULL, position="center"),
)  # fmt: skip
ERRORS = (
    Call("error: no source", (expect.error(400, "missing_source", "No image given"),)),
    Call("error: two sources", (expect.error(400, "multiple_sources"),), BASE64, PNG),
    _reads("not a picture", b"not a picture", "invalid_file_type"),
    _reads("half a picture", samples.small()[:200], "failed_to_read_image"),
    _reads("no subject", samples.black(), "unknown_foreground"),
    _fails("invalid_size", {"size": "huge"}),
    _fails("invalid_format", {"format": "gif"}),
    _fails("invalid_channels", {"channels": "cmyk"}),
    _fails("invalid_bg_color", {"bg_color": "nocolour"}),
    _fails("invalid_roi", {"roi": "wrong"}),
    _fails("roi_exceeds_bounds", {"roi": "0px 0px 9999px 9999px"}),
    _fails("invalid_crop_margin", {"crop": "true", "crop_margin": "wide"}),
    _fails("invalid_scale", {"scale": "5%"}),
    _fails("invalid_position", {"position": "above"}),
    _fails("multiple_bg_sources", {"bg_color": "fff", "bg_image_url": "https://example.com/a.png"}),
    Call("error: image_url is none", (expect.error(400, "invalid_image_url"),),
         {"image_url": "nowhere"}),
    Call("error: image_url inside the network", (expect.error(400, "invalid_image_url"),),
         {"image_url": "http://127.0.0.1/a.png"}),
)  # fmt: skip
REFUSED = (expect.error(403, "auth_failed"),)
ACCOUNTS = (
    Call("account: credits", (expect.status(200), expect.account), path=ACCOUNT, method="GET"),
    Call("account: a wrong key", (expect.error(403, "auth_failed", "API Key invalid"),),
         path=ACCOUNT, method="GET", key="wrong"),
    Call("key: none", REFUSED, {}, PNG, key=""),
    Call("key: a wrong one", REFUSED, {}, PNG, key="wrong"),
)  # fmt: skip
FILE = {"file": samples.small()}
REMBGS = (
    Call("rembg: a file", FULL, {}, FILE, path=REMBG),
    Call("rembg: om=true", (expect.status(200), expect.alpha), {"om": "true"}, FILE, path=REMBG),
    Call("rembg: bgc in the query", (expect.status(200), expect.colour((0, 255, 0, 255))), {},
         FILE, path=f"{REMBG}?bgc=0,255,0,255"),
    Call("rembg: no file", (expect.status(422),), {"om": "true"}, path=REMBG),
    Call("rembg: af=300", (expect.status(422),), {"af": "300"}, FILE, path=REMBG),
    Call("rembg: an unknown model", (expect.status(422),), {"model": "none"}, FILE, path=REMBG),
    Call("rembg: GET without url", (expect.status(422),), path=REMBG, method="GET"),
    Call("rembg: GET /api", (expect.status(200),), path="/api", method="GET"),
)  # fmt: skip
CALLS = SOURCES + ANSWERS + SIZES + ERRORS + ACCOUNTS + REMBGS
