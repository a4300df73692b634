"""The one check of URLs: photos, backgrounds, redirects and webhooks all pass it. A pure function.

A host may be written in many ways that programs read differently. Of these only one is accepted,
so that no other program on the way can mean another host: RFC 3986 without user names, backslashes
and percent-encoded hosts, IPv4 addresses as four decimal numbers, names in ASCII or IDNA.
"""

import re
import string
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from typing import Any
from urllib.parse import quote, urljoin

from .policy import LARGEST_PORT, InvalidUrl, Policy
from .special_addresses import Address

PORTS = {"http": 80, "https": 443}
MOST_CHARACTERS = 8_192  # web servers accept about 8,000 bytes (RFC 9112, section 3)
MOST_SHOWN = 200  # characters of a URL in an error
BLANKS = " \t\r\n\f"  # browsers ignore them around a URL
CONTROLS = re.compile(r"[\x00-\x1f\x7f]")
URL = re.compile(
    r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://"
    r"(?P<authority>[^/?#]*)(?P<path>[^?#]*)(?P<query>\?[^#]*)?(#.*)?",
    re.DOTALL,
)
HOST = re.compile(r"(?P<host>\[[^\[\]]*\]|[^\[\]:]*)(:(?P<port>[0-9]{0,5}))?")
LABEL = re.compile(r"[a-z0-9_-]{1,63}")
NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")  # as a last label: browsers read an IPv4 address
MOST_IN_NAME = 253  # RFC 1035, without the dot at the end
# Python's IDNA (RFC 3490) maps these to other names than browsers do (RFC 5891).
DEVIATIONS = re.compile("[\u00df\u03c2\u200c\u200d]")
LOOPBACK = IPv4Address("127.0.0.1")
SAFE = string.punctuation  # kept in a path; other characters are percent-encoded


@dataclass(frozen=True)
class Target:
    """The parts of a valid http or https URL."""

    url: str
    scheme: str
    host: str  # a name in ASCII and lower case, or an address without brackets
    port: int
    path: str  # with the query, percent-encoded

    @classmethod
    def parse(cls, text: str, policy: Policy, base: str = "") -> "Target":
        """Parse a URL, which may be relative to base.

        Raises InvalidUrl, and NotPublic for a host that the policy forbids. Names are not resolved,
        except for localhost, which always is this machine (RFC 6761).
        """
        url = _joined(base, text.strip(BLANKS))
        parts = _matched(URL, url, f"{_shown(url)} is not an http or https URL")
        scheme = parts["scheme"].lower()
        if scheme not in PORTS:
            raise InvalidUrl(f"{_shown(url)} is not an http or https URL")
        if "@" in parts["authority"]:
            raise InvalidUrl("a URL with a user name or password is not allowed")
        host, port = _host_and_port(parts["authority"], PORTS[scheme])
        path = quote((parts["path"] or "/") + (parts["query"] or ""), SAFE)
        target = cls(url, scheme, host, port, path)
        policy.check(host, port, target.address)
        return target

    @property
    def address(self) -> Address | None:
        """The address that is known without resolution; None for a name."""
        if self.host == "localhost" or self.host.endswith(".localhost"):
            return LOOPBACK
        return _address(self.host)


def _joined(base: str, text: str) -> str:
    if len(text) > MOST_CHARACTERS:
        raise InvalidUrl(f"a URL of more than {MOST_CHARACTERS:,} characters is not allowed")
    if CONTROLS.search(text):
        raise InvalidUrl(f"{_shown(text)} contains a control character")
    if "\\" in text.partition("?")[0]:
        raise InvalidUrl(f"{_shown(text)} contains a backslash; write a slash")
    try:
        text.encode()
        return urljoin(base, text)
    except ValueError as error:
        raise InvalidUrl(f"{_shown(text)} is not an http or https URL") from error


def _host_and_port(authority: str, default: int) -> tuple[str, int]:
    found = _matched(HOST, authority, f"{_shown(authority)} is not a host and a port")
    port = int(found["port"]) if found["port"] else default
    if not 0 < port <= LARGEST_PORT:
        raise InvalidUrl(f"a port is a number from 1 to {LARGEST_PORT}")
    if found["host"].startswith("["):
        return _ipv6(found["host"][1:-1]), port
    return _name(found["host"]), port


def _ipv6(text: str) -> str:
    try:
        if "%" in text:
            raise InvalidUrl(f"{_shown(text)}: an address with a zone is not allowed")
        IPv6Address(text)
    except AddressValueError as error:
        raise InvalidUrl(f"{_shown(text)} is not an IPv6 address") from error
    return text.lower()


def _name(text: str) -> str:
    """Return a host name or an IPv4 address in ASCII, lower case and without the last dot."""
    name = _to_ascii(text).lower().removesuffix(".")
    if not name:
        raise InvalidUrl("a URL has to name a host")
    labels = name.split(".")
    if len(name) > MOST_IN_NAME or not all(map(LABEL.fullmatch, labels)):
        raise InvalidUrl(f"{_shown(text)} is not a host name")
    if NUMBER.fullmatch(labels[-1]) and not _address(name):
        raise InvalidUrl(f"{_shown(text)}: an IPv4 address has four decimal numbers, as 192.0.2.1")
    return name


def _to_ascii(text: str) -> str:
    if text.isascii():
        return text
    # The longest name of 253 bytes has fewer characters; IDNA is slow for long texts.
    if len(text) > MOST_IN_NAME or DEVIATIONS.search(text):
        raise InvalidUrl(f"{_shown(text)}: write this host in ASCII, as xn--...")
    try:
        return text.encode("idna").decode("ascii")
    except UnicodeError as error:
        raise InvalidUrl(f"{_shown(text)} is not a host name") from error


def _address(host: str) -> Address | None:
    try:
        return IPv6Address(host) if ":" in host else IPv4Address(host)
    except AddressValueError:
        return None


def _matched(pattern: re.Pattern[str], text: str, sentence: str) -> dict[str, Any]:
    found = pattern.fullmatch(text)
    if not found:
        raise InvalidUrl(sentence)
    return found.groupdict()


def _shown(text: str) -> str:
    return repr(text[:MOST_SHOWN])
