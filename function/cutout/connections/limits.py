"""The limits of connections, and the descriptors that they need."""

import resource
from dataclasses import dataclass

DESCRIPTORS = 4096  # for connections and their backlog, and for files of forms and for AWS
BACKLOG = 128  # connections that wait to be accepted, and that one turn of the loop accepts


@dataclass(frozen=True)
class Limits:
    """What connections may have and take.

    Seconds count only while the server's event loop runs: a stalled server cuts nobody off.
    """

    connections: int = 1000  # 20 MB where each has half a head, of which h11 keeps 16 kB at most
    bodies: int = 100  # unfinished ones; more photos than wait for a slot
    # Of responses that are not sent yet: twelve results of 20 MB.
    unsent_bytes: int = 256 * 1024 * 1024
    # A head is one packet or two; it is sent three times within 7 s if the network loses it.
    head_s: int = 10
    # 22 MB at 0.6 Mbit/s. A request of the page or of a client takes a minute at most.
    body_s: int = 300
    # Within so many seconds a body or a response has to progress by so many bytes: 35 kbit/s.
    window_s: int = 15
    window_bytes: int = 64 * 1024


def for_descriptors(count: int) -> Limits:
    """Return limits that leave half of a process's descriptors to files and to AWS."""
    return Limits(connections=min(Limits.connections, count // 2))


def raise_descriptors() -> int:
    """Raise this process's limit of descriptors, as far as it may and needs. Return the limit."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= DESCRIPTORS:
        return DESCRIPTORS
    wanted = DESCRIPTORS if hard == resource.RLIM_INFINITY else min(DESCRIPTORS, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    return wanted
