"""Policies of URLs that let tests reach servers of this machine, at any port."""

from cutout.net.policy import LARGEST_PORT, Policy
from cutout.net.special_addresses import is_public

ANY_PORT = frozenset(range(1, LARGEST_PORT + 1))


def reaching(allows=lambda address, port: True):
    """Return a policy that allows these addresses with their ports, and every name."""
    return Policy(ANY_PORT, allows=allows, allows_name=lambda name: True)


PUBLIC = Policy(ANY_PORT, allows=is_public)
