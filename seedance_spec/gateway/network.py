"""What the machine knows of the network: its proxies and its resolver, as functions that the client is handed."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Sequence
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
ProxyFor = Callable[[str], str | None]


def environment_proxy(url: str) -> str | None:
    """The proxy that HTTPS_PROXY, ALL_PROXY and NO_PROXY (or the system) name for a URL; None for a direct way."""
    parts = urlsplit(url)
    if not parts.hostname or proxy_bypass(parts.hostname):
        return None
    proxies = getproxies()
    proxy = proxies.get(parts.scheme) or proxies.get("all") or None
    return proxy if proxy is None or "://" in proxy else f"http://{proxy}"


async def resolve_name(host: str, port: int) -> Sequence[str]:
    """The addresses of a name, in the system's order. Raises OSError."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(address[0]) for *_, address in found))
