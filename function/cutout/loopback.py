"""Recognize hosts that are this machine."""

from ipaddress import ip_address


def is_loopback(host: str) -> bool:
    """Tell whether data sent to the host stays on this machine."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
