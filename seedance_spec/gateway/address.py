"""Where the gateway is: the base URL, checked once. Pure: nothing is resolved or opened here."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from urllib.parse import SplitResult, quote, urlsplit

DEFAULT_BASE_URL = "https://easyrouter.io"
_PORTS = {"https": 443, "http": 80}


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Scheme, host and port: what must agree before the key is sent."""

    scheme: str
    host: str
    port: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayAddress:
    """The gateway's base URL. `path` is empty or starts with `/` and ends without one."""

    origin: Origin
    netloc: str
    path: str

    @property
    def is_loopback(self) -> bool:
        return is_loopback_host(self.origin.host)

    def submit(self) -> str:
        return self._url("/v1/video/generations")

    def task(self, task_id: str) -> str:
        return self._url(f"/v1/video/generations/{quote(task_id, safe='')}")

    def video(self, task_id: str) -> str:
        """The OpenAI view of a task: the way round the whitelist bug (gateway.md §1.8)."""
        return self._url(f"/v1/videos/{quote(task_id, safe='')}")

    def content(self, task_id: str) -> str:
        return self._url(f"/v1/videos/{quote(task_id, safe='')}/content")

    def billing_log(self) -> str:
        return self._url("/api/log/token")

    def account(self, route: str) -> str:
        """One of the routes on which a key may ask about itself."""
        return self._url(route)

    def wants_key(self, url: str) -> bool:
        """Whether a link is one of the gateway's own API. Whatever else its host serves never sees the key."""
        try:
            parts = _split(url)
        except ValueError:
            return False
        return origin_of(parts) == self.origin and parts.path.startswith(f"{self.path}/v1/videos/")

    def _url(self, path: str) -> str:
        return f"{self.origin.scheme}://{self.netloc}{self.path}{path}"


def gateway_address(base_url: str) -> GatewayAddress:
    """Parse a base URL. A path in front of `/v1` is kept, a `/v1` at its end is forgiven.

    Raises ValueError, whose text never repeats the URL (it may hold a password).
    """
    parts = _split(base_url.strip())
    origin = origin_of(parts)
    if origin is None:
        raise ValueError("the gateway's base URL must look like https://host or https://host/path")
    if parts.username is not None or parts.password is not None:
        raise ValueError("the gateway's base URL must not hold a user name or password: the key has its own setting")
    if parts.query or parts.fragment:
        raise ValueError("the gateway's base URL must not have a query or a fragment")
    if origin.scheme != "https" and not is_loopback_host(origin.host):
        raise ValueError(f"the gateway's base URL must start with https:// (http is for loopback): {origin.host}")
    path = parts.path.rstrip("/").removesuffix("/v1")
    return GatewayAddress(origin=origin, netloc=parts.netloc, path=path)


def origin_of(parts: SplitResult) -> Origin | None:
    """The origin of a split http(s) URL, or None where it has none."""
    try:
        host, port = parts.hostname, parts.port
    except ValueError:
        return None
    if parts.scheme not in _PORTS or not host:
        return None
    return Origin(scheme=parts.scheme, host=host.rstrip("."), port=_PORTS[parts.scheme] if port is None else port)


def is_loopback_host(host: str) -> bool:
    """Whether a URL's host names this machine: `localhost` (RFC 6761) or a loopback address."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower().rstrip(".") == "localhost"


def _split(url: str) -> SplitResult:
    try:
        return urlsplit(url)
    except ValueError:
        raise ValueError("the gateway's base URL cannot be read as a URL") from None
