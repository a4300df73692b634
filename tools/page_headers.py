"""The headers that CloudFront gives the page with, from infra/site.yaml."""

from pathlib import Path
from typing import Any

from tools import cloudformation

SITE = Path(__file__).parents[1] / "infra/site.yaml"


def page_headers(picture_origin: str) -> dict[str, str]:
    """picture_origin is where the bucket is, such as https://pictures.example."""
    template = cloudformation.read(SITE)
    config = template["Resources"]["PageHeaders"]["Properties"]["ResponseHeadersPolicyConfig"]
    security: dict[str, Any] = config["SecurityHeadersConfig"]
    policy = security["ContentSecurityPolicy"]["ContentSecurityPolicy"]["Fn::Sub"]
    # Strict-Transport-Security is left out: this machine speaks HTTP.
    told = {
        "Content-Security-Policy": policy.replace("https://${PictureHost}", picture_origin),
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": security["FrameOptions"]["FrameOption"],
        "Referrer-Policy": security["ReferrerPolicy"]["ReferrerPolicy"],
    }
    return told | {item["Header"]: item["Value"] for item in config["CustomHeadersConfig"]["Items"]}
