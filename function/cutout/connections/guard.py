"""The guard of all connections: counts their seconds, and closes some where there are too many."""

from collections import Counter
from collections.abc import Iterable
from enum import Enum
from ipaddress import ip_address
from typing import TYPE_CHECKING

from uvicorn.server import ServerState

from cutout.credits.allowance import SUBSCRIBER_BITS
from cutout.errors import Unavailable

from .limits import Limits

if TYPE_CHECKING:
    from .protocol import Protocol

SHARE = 10  # a tenth of the connections is closed at once, since finding them takes a millisecond


class Stage(Enum):
    WAITING = "waiting"  # for a head, whole or in part
    RECEIVING = "receiving"  # a body
    WORKING = "working"  # the server's turn
    SENDING = "sending"  # a response, of which some is not sent yet


class Guard(ServerState):
    """uvicorn's record of its connections, with limits."""

    def __init__(self, limits: Limits) -> None:
        super().__init__()
        self.limits = limits

    def admit(self, new: "Protocol") -> bool:
        """Return whether a new connection may stay, if need be by closing others that wait for a
        head. The new one is among the server's connections already."""
        if len(self.connections) <= self.limits.connections:
            return True
        waiting = [one for one in self._protocols() if one.now is Stage.WAITING and one is not new]
        victims = _first_to_close(waiting)[: max(1, self.limits.connections // SHARE)]
        for victim in victims:
            victim.transport.close()
            self.connections.discard(victim)  # which uvicorn does a turn of the loop later
        return bool(victims)

    def sweep(self) -> None:
        """Count a second of each connection, and cut off those that are too many or too slow."""
        for connection in self._protocols():
            connection.count_second()
        too_many = Unavailable("the server has too many requests; try again")
        receiving = [one for one in self._protocols() if one.stage is Stage.RECEIVING]
        for victim in _first_to_close(receiving)[: max(0, len(receiving) - self.limits.bodies)]:
            victim.cut_off(too_many)
        sending = [one for one in self._protocols() if one.unsent]
        excess = sum(one.unsent for one in sending) - self.limits.unsent_bytes
        for victim in _first_to_close(sending):
            if excess <= 0:
                break
            excess -= victim.unsent
            victim.cut_off(too_many)

    def _protocols(self) -> "list[Protocol]":
        return list(self.connections)  # type: ignore[arg-type]  # all are of Protocol


def _first_to_close(connections: "Iterable[Protocol]") -> "list[Protocol]":
    """Return the connections in the order in which they are closed: first those of the network that
    has the most; within a network, first those that have taken longest."""
    by_network = [(_network(one.address), one) for one in connections]
    counts = Counter(network for network, _ in by_network)
    by_network.sort(key=lambda pair: (counts[pair[0]], pair[1].seconds), reverse=True)
    return [one for _, one in by_network]


def _network(address: str) -> object:
    """Return the network of one subscriber: an IPv4 address, or the /64 of an IPv6 address."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    bits = parsed.max_prefixlen - SUBSCRIBER_BITS[parsed.version]
    return parsed.version, int(parsed) >> bits
