"""Reads the response headers that CloudFront adds to the page, from infra/site.yaml."""

from pathlib import Path
from typing import Any

from tools import cloudformation

SITE = Path(__file__).parents[1] / "infra/site.yaml"


def page_headers(picture_origin: str) -> dict[str, str]:
    """Return the headers by name. picture_origin is the bucket's, such as https://pictures.example.

    Strict-Transport-Security is left out: this machine speaks HTTP.
    """
    template = cloudformation.read(SITE)
    config = template["Resources"]["PageHeaders"]["Properties"]["ResponseHeadersPolicyConfig"]
    security: dict[str, Any] = config["SecurityHeadersConfig"]
    policy = security["ContentSecurityPolicy"]["ContentSecurityPolicy"]["Fn::Sub"]
    headers = {
        "Content-Security-Policy": policy.replace("https://${PictureHost}", picture_origin),
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": security["FrameOptions"]["FrameOption"],
        "Referrer-Policy": security["ReferrerPolicy"]["ReferrerPolicy"],
    }
    custom = config["CustomHeadersConfig"]["Items"]
    return headers | {item["Header"]: item["Value"] for item in custom}
