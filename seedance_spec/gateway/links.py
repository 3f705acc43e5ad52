"""Which upstream links may be fetched: hosts and addresses (D4, D6). Pure: resolving a name is the client's part."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from urllib.parse import urlsplit

from seedance_spec.gateway.address import Origin, is_loopback_host, origin_of

BUILT_IN_LINK_HOSTS = (
    # Volcengine's object storage: the API page's own samples (ark-acg-….volces.com), and BytePlus's Seedance results
    # (ark-content-generation-ap-southeast-1.tos-ap-southeast-1.volces.com)
    ".volces.com",
    # BytePlus's own name for the same storage (gateway.md §8.2)
    ".bytepluses.com",
)
"""A leading dot means every host below. Anyone may rent a bucket there: so no key is sent, and clips are verified."""

_NAT64 = ipaddress.ip_network("64:ff9b::/96")


def link_origin(url: str) -> Origin | None:
    """The origin of a link, or None where it is no plain http(s) URL."""
    try:
        parts = urlsplit(url)
        return None if "@" in parts.netloc else origin_of(parts)
    except ValueError:
        return None


def link_refusal(url: str, *, allowed: Iterable[str], allow_loopback: bool) -> str | None:
    """Why a link must not be fetched, or None. Never repeats the link's query: it is a secret for a day."""
    origin = link_origin(url)
    if origin is None:
        return "it is not a plain http(s) URL"
    if is_loopback_host(origin.host):
        return None if allow_loopback else f"it points at this machine ({origin.host})"
    if origin.scheme != "https":
        return f"it is not https ({origin.host})"
    if origin.port != 443:
        return f"it names an unusual port ({origin.host}:{origin.port})"
    if not _listed(origin.host, allowed):
        return f"its host is not on the list of allowed hosts ({origin.host})"
    return None


def address_allowed(address: str, *, allow_loopback: bool) -> bool:
    """Whether a resolved address may be connected to: global unicast, or loopback where that is allowed."""
    try:
        plain = _unwrapped(ipaddress.ip_address(address.partition("%")[0]))
    except ValueError:
        return False
    if plain.is_loopback:
        return allow_loopback
    return plain.is_global and not (plain.is_multicast or plain.is_reserved or plain.is_unspecified)


def _listed(host: str, allowed: Iterable[str]) -> bool:
    name = host.lower()
    return any(name.endswith(each.lower()) if each.startswith(".") else name == each.lower() for each in allowed)


def _unwrapped(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """The IPv4 address inside a mapped, 6to4, Teredo or NAT64 one: that is where the packets would end."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
    teredo = address.teredo[1] if address.teredo else None
    return address.ipv4_mapped or address.sixtofour or teredo or address
