"""Check addresses of services: valid, and safe to send an API key to."""

import re
from urllib.parse import SplitResult, urlsplit

from cutout.errors import InvalidSetting
from cutout.loopback import is_loopback

VISIBLE = re.compile("[!-~]*")  # printable ASCII without spaces


def check(url: str, key: str) -> SplitResult:
    """Return the address of a service to which the key may be sent. Raises InvalidSetting."""
    address = parse(url)
    if not address or address.query or address.fragment or address.username is not None:
        raise InvalidSetting(
            f"{url[:100]!r} is not the address of a service, such as https://cutout.example"
        )
    if not VISIBLE.fullmatch(key):
        raise InvalidSetting("the key contains characters that no key has")
    if key and address.scheme == "http" and not is_loopback(address.hostname or ""):
        raise InvalidSetting("http would show the key to others; use an https address")
    return address


def parse(url: str) -> SplitResult | None:
    """Return the parts of an http or https URL; None for what is none."""
    try:
        address = urlsplit(url)
        # Raises if a label is empty or longer than 63 characters, as the resolver would.
        host = (address.hostname or "").encode("idna")
        is_whole = address.scheme in ("http", "https") and host and address.port != 0
    except ValueError:
        return None
    return address if is_whole and VISIBLE.fullmatch(url) else None
