"""Which URLs are fetched from and posted to, by their ports, hosts and addresses."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from cutout.errors import InvalidSetting

from .special_addresses import Address, is_public, is_public_name

WEB_PORTS = "80,443"
LARGEST_PORT = 65_535
NUMBERS = re.compile(r"[0-9]{1,5}( *, *[0-9]{1,5})*")
LABEL = "[a-z0-9_-]{1,63}"
SOURCE = re.compile(rf"(\*\.)?{LABEL}(\.{LABEL})*")


class InvalidUrl(Exception):
    """The URL cannot be fetched; str(error) is a sentence."""


class NotPublic(Exception):
    """The host is not on the public internet; str(error) is a sentence.

    It is the same one for a name that does not exist: another would tell which private names do.
    """

    def __init__(self, host: str) -> None:
        super().__init__(f"{host!r} is not a public host")


@dataclass(frozen=True)
class Policy:
    """The URLs that are allowed."""

    ports: frozenset[int]
    sources: tuple[str, ...] = ()  # hosts, and *.suffixes; empty allows every public host
    allows: Callable[[Address, int], bool] = is_public  # an address and port
    allows_name: Callable[[str], bool] = is_public_name

    @classmethod
    def parse(cls, ports: str = WEB_PORTS, sources: str = "") -> "Policy":
        """Read the settings CUTOUT_URL_PORTS and CUTOUT_URL_SOURCES. Raises InvalidSetting."""
        names = tuple(name.strip().lower() for name in sources.split(",") if name.strip())
        for name in names:
            if not SOURCE.fullmatch(name):
                raise InvalidSetting(
                    f"CUTOUT_URL_SOURCES has {name[:40]!r}, and takes hosts in ASCII such as "
                    "photos.example or *.photos.example"
                )
        return cls(_ports(ports), names)

    def check(self, host: str, port: int, address: Address | None) -> None:
        """Raise InvalidUrl or NotPublic for a URL that is refused without resolving its host.

        address is the one that is known without resolution, or None.
        """
        if port not in self.ports:
            listed = ", ".join(map(str, sorted(self.ports)))
            raise InvalidUrl(f"port {port} is not allowed; the ports are {listed}")
        if self.sources and not any(_matches(host, source) for source in self.sources):
            raise InvalidUrl(f"{host!r} is not one of the hosts that photos are fetched from here")
        if not (self.allows(address, port) if address else self.allows_name(host)):
            raise NotPublic(host)


def _ports(text: str) -> frozenset[int]:
    numbers = [int(number) for number in text.split(",")] if NUMBERS.fullmatch(text) else []
    if not numbers or not all(0 < number <= LARGEST_PORT for number in numbers):
        raise InvalidSetting(
            f"CUTOUT_URL_PORTS has to be ports such as {WEB_PORTS}, and is {text[:40]!r}"
        )
    return frozenset(numbers)


def _matches(host: str, source: str) -> bool:
    if source.startswith("*."):
        return host.endswith(source.removeprefix("*"))
    return host == source
