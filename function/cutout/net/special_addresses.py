"""Which IP addresses and names are public: IANA's special-purpose registries, as data.

The standard library's is_global follows the registries as they were when that patch version was
released: 3.11.7 calls 192.0.0.192 and 192.88.99.1 global. These tables give one answer on all.
Sources: IANA's IPv4 and IPv6 Special-Purpose Address Registries (RFC 6890, RFC 8190) as of October
2025, with their column "Globally Reachable"; "N/A" there is False here.
"""

from collections.abc import Mapping
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

IPV4 = {
    "0.0.0.0/0": True,
    "0.0.0.0/8": False,  # this network
    "10.0.0.0/8": False,  # private use
    "100.64.0.0/10": False,  # shared address space; Alibaba's metadata are at 100.100.100.200
    "127.0.0.0/8": False,  # loopback
    "169.254.0.0/16": False,  # link-local; the metadata of most clouds are at 169.254.169.254
    "172.16.0.0/12": False,  # private use
    "192.0.0.0/24": False,  # IETF protocol assignments; Oracle's metadata are at 192.0.0.192
    "192.0.0.9/32": True,  # Port Control Protocol anycast
    "192.0.0.10/32": True,  # TURN anycast
    "192.0.2.0/24": False,  # documentation
    "192.31.196.0/24": True,  # AS112-v4
    "192.52.193.0/24": True,  # AMT
    "192.88.99.0/24": False,  # 6to4 relay anycast, deprecated
    "192.168.0.0/16": False,  # private use
    "192.175.48.0/24": True,  # direct delegation AS112 service
    "198.18.0.0/15": False,  # benchmarking
    "198.51.100.0/24": False,  # documentation
    "203.0.113.0/24": False,  # documentation
    "224.0.0.0/4": False,  # multicast (IPv4 Multicast Address Space Registry)
    "240.0.0.0/4": False,  # reserved, and limited broadcast
}
IPV6 = {
    "::/0": False,  # unallocated outside 2000::/3 (IPv6 Address Space Registry); loopback, mapped
    "100::/64": False,  # discard-only
    "100:0:0:1::/64": False,  # dummy prefix
    "64:ff9b::/96": True,  # IPv4-IPv6 translation
    "64:ff9b:1::/48": False,  # IPv4-IPv6 translation, local use
    "2000::/3": True,  # global unicast (IPv6 Address Space Registry)
    "2001::/23": False,  # IETF protocol assignments, with TEREDO, benchmarking and ORCHID
    "2001:1::1/128": True,  # Port Control Protocol anycast
    "2001:1::2/128": True,  # TURN anycast
    "2001:1::3/128": True,  # DNS-SD Service Registration Protocol anycast
    "2001:3::/32": True,  # AMT
    "2001:4:112::/48": True,  # AS112-v6
    "2001:20::/28": True,  # ORCHIDv2
    "2001:30::/28": True,  # Drone Remote ID
    "2001:db8::/32": False,  # documentation
    "2002::/16": False,  # 6to4
    "2620:4f:8000::/48": True,  # direct delegation AS112 service
    "3fff::/20": False,  # documentation
    "5f00::/16": False,  # segment routing (SRv6) SIDs
    "fc00::/7": False,  # unique-local; Amazon's metadata are at fd00:ec2::254
    "fe80::/10": False,  # link-local
    "ff00::/8": False,  # multicast
}
# Where clouds give their machines credentials and configuration, by their documentation as of
# November 2026. The registries have all but Azure's host agent, whose address is Microsoft's own.
METADATA = {
    "100.100.100.200": "Alibaba Cloud",
    "168.63.129.16": "Azure's host agent",
    "169.254.0.23": "Tencent Cloud",
    "169.254.169.254": "AWS, Azure, Google Cloud, Oracle, DigitalOcean, OpenStack",
    "169.254.170.2": "credentials of tasks on Amazon ECS",
    "169.254.170.23": "credentials of pods on Amazon EKS",
    "192.0.0.192": "Oracle Cloud",
    "fd00:c1::a9fe:a9fe": "Oracle Cloud",
    "fd00:ec2::23": "credentials of pods on Amazon EKS",
    "fd00:ec2::254": "AWS",
    "fd20:ce::254": "Google Cloud",
    "fe80::a9fe:a9fe": "OpenStack",
}
METADATA_NAMES = {
    "instance-data.ec2.internal": "AWS",
    "metadata.azure.internal": "Azure",
    "metadata.goog": "Google Cloud",
    "metadata.google.internal": "Google Cloud",
    "metadata.tencentyun.com": "Tencent Cloud",
}
# Names that the public DNS does not have (IANA's Special-Use Domain Names as of October 2025), but
# a private one may. ICANN reserved "internal" in 2024.
PRIVATE_SUFFIXES = (
    "alt",
    "home.arpa",
    "internal",
    "invalid",
    "local",
    "localhost",
    "onion",
    "test",
)
# Globally reachable according to the registries, but not public.
REFUSED = {
    # An address of NAT64 stands for an IPv4 address, which may be a private one.
    "64:ff9b::/96": False,
    **dict.fromkeys(METADATA, False),
}


def is_public(address: Address, port: int) -> bool:
    """Whether an address is on the public internet; the port does not matter."""
    return next(reachable for network, reachable in NETWORKS if address in network)


def is_public_name(host: str) -> bool:
    """Whether the public DNS may have a name. None of one label is there, and a resolver may make
    another name of it by its search list."""
    is_private = any(host.endswith(f".{suffix}") for suffix in PRIVATE_SUFFIXES)
    return "." in host and not is_private and host not in METADATA_NAMES


def _networks(table: Mapping[str, bool]) -> list[tuple[Network, bool]]:
    """Return the networks, the most specific first."""
    networks = [(ip_network(text), reachable) for text, reachable in table.items()]
    return sorted(networks, key=lambda entry: entry[0].prefixlen, reverse=True)


NETWORKS = _networks({**IPV4, **IPV6, **REFUSED})
