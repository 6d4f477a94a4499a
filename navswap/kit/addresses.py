"""Internet addresses of clients, and the network that one client is taken to own."""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

_CLIENT_PREFIX_IPV6 = 64
"""One subscriber owns at least this many bits of an IPv6 network, so a shorter limit would be none."""


def parse_address(address: str) -> IPv4Address | IPv6Address | None:
    """Return the address that a text names, None for no address; an IPv4 address inside an IPv6 one is that one."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return None
    mapped = parsed.ipv4_mapped if isinstance(parsed, IPv6Address) else None
    return mapped or parsed


def network_of(address: str) -> str:
    """Return the network of one client: an IPv4 address, the first 64 bits of an IPv6 one, or any other text as is."""
    parsed = parse_address(address)
    if isinstance(parsed, IPv6Address):
        return str(ip_network((parsed, _CLIENT_PREFIX_IPV6), strict=False))
    return address if parsed is None else str(parsed)
