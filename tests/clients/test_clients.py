"""Public clients of remove.bg give their users what they gave there.

A case is an action, and after a comma a condition: an unknown key, no credits, the rate limit, a
laptop without keys, a result of more than 4.7 MB (large), or one that is only in the bucket (303).
One client of each language runs in CI, and so do those that are replayed.
"""

import re
from dataclasses import dataclass
from functools import cache

import pytest

from cutout.config import LAMBDA_RESULT_BYTES
from cutout.options.record import Options
from tests.clients.runners import NPM, Node, Python, Replayed

pytestmark = pytest.mark.clients

PICTURES = {
    "file": Options(),
    "url": Options(),
    "base64": Options(),
    "json": Options(),
    "shadow": Options(),  # no car is in the photo
    "preview": Options(max_pixels=250_000),
    "zip": Options(format="zip"),
    "crop": Options(crop=True),
    "jpg": Options(format="jpg"),
    "jpg and crop": Options(format="jpg", crop=True),
    "colour": Options(format="jpg", background="#00ff00"),
}
PICTURE = {}  # without a report


def error(pattern):
    return {"error": re.compile(pattern, re.DOTALL)}


def printed(pattern):
    return {"printed": re.compile(pattern, re.DOTALL)}


@dataclass(frozen=True)
class Client:
    runner: Python | Node | Replayed
    reports: dict  # by case; texts may be patterns
    in_ci: bool = False


def http_error(status):
    """What the clients on requests raise, which do not look at the body."""
    return error(f"HTTPError: {status} ")


def npm_report(width=600, height=450, charged="1", limit="500"):
    return {
        "resultWidth": str(width), "resultHeight": str(height), "creditsCharged": charged,
        "detectedType": "other", "rateLimit": limit, "rateLimitReset": re.compile("[0-9]{10}"),
    }  # fmt: skip


def removd_report(width=600, height=450, charged=1, **more):
    return {"dimensions": f"{width}x{height}", "charged": charged, "detected": "other"} | more


def ruby_report(width=600, height=450, charged=1.0):
    """What its integration suite asks for too, but for the type, which is not recognized here."""
    return {
        "width": width, "height": height, "credits_charged": charged, "type": "other",
        "rate_limit": re.compile("^[1-9][0-9]+ of [0-9]{3,} until .* retry after None"),
    }  # fmt: skip


def account(total, **others):
    return {"total": total, "subscription": 0, "payg": total, "enterprise": 0} | others


CLIENTS = [
    Client(
        Python("removebg"),
        {
            "file": PICTURE,
            "file, unknown key": http_error(403),
            "file, no credits": http_error(402),
            "file, rate limit": http_error(429),
            "file, laptop": PICTURE,
            "file, large": PICTURE,
            "file, 303": PICTURE,
            "preview": PICTURE,
            "url": PICTURE,
            "base64": PICTURE,
            "colour": PICTURE,
        },
    ),
    Client(
        Python("remove-bg"),
        {
            "file": PICTURE,
            "file, unknown key": error("AuthenticationFailed: API Key invalid"),
            "file, no credits": error("InsufficientCredits: Insufficient credits"),
            "file, rate limit": error("RateLimitExceeded: Rate limit exceeded"),
            "file, laptop": PICTURE,
            "file, large": PICTURE,
            "file, 303": PICTURE,
            "preview": PICTURE,
            "url": PICTURE,
            "base64": PICTURE,
            "zip": PICTURE,
            "jpg and crop": PICTURE,
            "shadow": PICTURE,
        },
    ),
    Client(
        Python("remove-bg-api"),
        {
            "file": {"charged": 1.0},
            "file, unknown key": error("ApiErrorCode403"),
            "file, no credits": error("ApiErrorCode402"),
            "file, rate limit": error("ApiErrorCode429"),
            "file, laptop": {"charged": 0},
            "file, large": {"charged": 1.0},
            "file, 303": error("KeyError: 'x-credits-charged'"),
            # The client makes an integer of what was charged, and remove.bg charges 0.25 too.
            "preview": error("ValueError: .* '0.25'"),
            "preview, laptop": PICTURE,
            "url": PICTURE,
            "base64": PICTURE,
            "zip": PICTURE,
            "jpg and crop": PICTURE,
            "account": account(100, free_calls=0),
        },
    ),
    Client(
        Python("rembgpy"),
        {
            "base64": PICTURE,
            "base64, unknown key": http_error(403),
            "base64, no credits": http_error(402),
            "base64, rate limit": http_error(429),
            "base64, laptop": PICTURE,
            "base64, large": PICTURE,
            "base64, 303": PICTURE,
            "url": {"returned": "[*] Process finished."},
            "preview": PICTURE,
            "zip": PICTURE,
            "jpg and crop": PICTURE,
            "shadow": PICTURE,
        },
    ),
    Client(
        Python("removebg-cli"),
        {
            "file": printed("result .* 1 credits"),
            "file, unknown key": error(r"\[403\]: API Key invalid"),
            "file, no credits": error(r"\[402\]: Insufficient credits"),
            "file, rate limit": printed("⚠.* 1 credits"),  # it waits and tries again
            # Without ⚠, which would warn that there are few credits left.
            "file, laptop": printed(r"\A[^⚠]* 0 credits[^⚠]*\Z"),
            "file, large": printed("result .* 1 credits"),
            "file, 303": printed(r"result .* \? credits"),
            "url": printed("result .* 1 credits"),
            "preview": printed("result .* 0.25 credits"),
            "zip": printed("result .* 1 credits"),
            "jpg and crop": printed("result .* 1 credits"),
            "shadow": printed("result .* 1 credits"),
            "account": printed("Credits: 100"),
            "account, laptop": printed("Credits: [1-9][0-9]{2,}"),
        },
        in_ci=True,
    ),
    Client(
        Node("remove.bg", package="remove.bg"),
        {
            "file": npm_report(),
            "file, unknown key": {
                "error": [
                    {
                        "title": "API Key invalid",
                        "code": "auth_failed",
                        "detail": "the API key in X-Api-Key is not valid",
                    }
                ]
            },
            "file, no credits": {
                "error": [
                    {
                        "title": "Insufficient credits",
                        "code": "insufficient_credits",
                        "detail": "credits needed: 1; credits left: 0",
                    }
                ]
            },
            "file, rate limit": {
                "error": [
                    {
                        "title": "Rate limit exceeded",
                        "code": "rate_limit_exceeded",
                        "detail": "this API key may send 60 megapixels a minute; try again in 1 s",
                    }
                ]
            },
            "file, laptop": npm_report(charged="0", limit=re.compile("[0-9]{3,}")),
            "file, large": npm_report(2000, 1500),
            "file, 303": error("TypeError"),  # it knows no result_url
            "preview": npm_report(577, 433, charged="0.25"),
            "url": npm_report(),
            "missing url": {
                "error": [
                    {
                        "title": "Failed to download image from given image_url: HTTP Status 404",
                        "code": "failed_image_download",
                        "detail": "the host responded with 404",
                    }
                ]
            },
            "base64": npm_report(),
            "crop": npm_report(295, 295),
            "shadow": npm_report(),
        },
        in_ci=True,
    ),
    Client(
        Node("removebg-wrapper", package="remove.bg"),
        {
            "file": PICTURE,
            "file, unknown key": error("Error: 403 .*API Key invalid"),
            "file, no credits": error("Error: 402 .*Insufficient credits"),
            "file, rate limit": error("Error: 429 .*Rate limit exceeded"),
            "file, laptop": PICTURE,
            "file, large": PICTURE,
            "file, 303": error("Error: 303"),
            "url": PICTURE,
        },
    ),
    Client(
        Node("removd", package="removd"),
        {
            "file": removd_report(size="medium", resized=False),
            "file, unknown key": {"error": "API Key invalid"},
            "file, no credits": {"error": "Insufficient credits"},
            "file, rate limit": {"error": "Rate limit exceeded"},
            "file, laptop": removd_report(charged=0),
            "file, large": removd_report(2000, 1500),
            "file, 303": {"dimensions": "nullxnull", "charged": 0},
            "preview": removd_report(577, 433, charged=0.25, resized=True),
            "base64": removd_report(),
            "jpg": removd_report(),
            "account": {"credits": account(100), "api": {"free_calls": 0, "sizes": "all"}},
        },
    ),
    Client(
        Replayed("Ruby"),
        {
            "file": ruby_report(),
            "file, unknown key": {"error": "ClientHttpError: API Key invalid"},
            "file, no credits": {"error": "ClientHttpError: Insufficient credits"},
            "file, rate limit": error(
                "RateLimitError: Rate limit exceeded: 0 of 60 until .* after 1$"
            ),
            "file, laptop": ruby_report(charged=0.0),
            "file, large": ruby_report(2000, 1500),
            "file, 303": {"error": "HttpError: An unknown error occurred"},
            "url": ruby_report(),
            "missing url": error("ClientHttpError: Failed to download"),
            "zip": ruby_report(),
            "jpg and crop": ruby_report(295, 295),
            "account": account(100, free_calls=0, sizes="all"),
            "account, unknown key": {"error": "ClientHttpError: API Key invalid"},
        },
        in_ci=True,
    ),
    Client(
        Replayed("Go"),
        {
            "zip": PICTURE,  # which it always asks for
            "zip, unknown key": {"error": "403: API Key invalid"},
            "zip, no credits": {"error": "402: Insufficient credits"},
            "zip, rate limit": {"error": "429: Rate limit exceeded"},
            "zip, laptop": PICTURE,
            "zip, large": PICTURE,
            "zip, 303": PICTURE,
            "jpg and crop": PICTURE,
        },
        in_ci=True,
    ),
    Client(
        Replayed("NodeCli"),
        {
            "zip": PICTURE,  # which it always asks for
            "zip, unknown key": error("'auth_failed': \"API Key invalid - the API key"),
            "zip, no credits": error("'insufficient_credits': \"Insufficient credits - credits"),
            "zip, rate limit": PICTURE,  # it waits and tries again
            "zip, laptop": PICTURE,
            "zip, large": PICTURE,
            "zip, 303": PICTURE,
            "jpg and crop": PICTURE,
        },
        in_ci=True,
    ),
    Client(
        Replayed("Php"),
        {
            "preview": PICTURE,
            "preview, unknown key": error("Exception: API Key invalid - auth_failed - "),
            "preview, no credits": error("Exception: Insufficient credits - "),
            "preview, rate limit": error("Exception: Rate limit exceeded - "),
            "preview, laptop": PICTURE,
            "json, large": PICTURE,
            "preview, 303": PICTURE,
            "url": PICTURE,
            "base64": PICTURE,
            "json": PICTURE,
            "zip": PICTURE,
            "jpg and crop": PICTURE,
            "account": account(100, free_calls=0, sizes="all"),
        },
        in_ci=True,
    ),
]


def marks(client, case):
    if not client.in_ci or case.endswith("large"):
        yield pytest.mark.nightly
    if isinstance(client.runner, Node):
        yield pytest.mark.skipif(not NPM, reason="there is no npm")


CASES = [
    pytest.param(client, case, id=f"{client.runner.name}-{case}", marks=[*marks(client, case)])
    for client in CLIENTS
    for case in client.reports
]


@pytest.fixture(scope="package")
def install(tmp_path_factory):
    """Return a function that installs a package at its first use and returns its folder."""

    @cache
    def install(kind, package):
        folder = tmp_path_factory.mktemp("client")
        kind.install(package, folder)
        return folder

    return install


@pytest.mark.parametrize(("client", "case"), CASES)
def test_a_client_gives_its_user_what_it_should(
    install, services, cut_out, photo, large_photo, tmp_path, client, case
):
    action, _, condition = case.partition(", ")
    service = services(condition if condition in ("laptop", "303") else "")
    sent = large_photo if condition == "large" else photo
    (tmp_path / "photo.png").write_bytes(sent)
    installed = install(type(client.runner), client.runner.package)

    key = service.key(condition)
    report, picture = client.runner.ask(installed, action, service, key, tmp_path)

    expected = client.reports[case]
    assert differences(expected, report) == {}
    assert "error" in expected or "error" not in report
    if "error" in expected or action == "account":
        assert picture is None
    else:
        assert condition != "large" or len(picture) > LAMBDA_RESULT_BYTES
        assert picture == cut_out(sent, PICTURES[action])


def differences(expected, report):
    """Return the reported values that are not as expected. Values beside these may be anything."""
    return {
        name: report.get(name)
        for name, value in expected.items()
        if not (
            value.search(str(report.get(name)))
            if isinstance(value, re.Pattern)
            else value == report.get(name)
        )
    }
