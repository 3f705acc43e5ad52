"""The upstream's object store: signed links that die, and a folder of clips. Knows neither tasks nor HTTP."""

from __future__ import annotations

import hashlib
import hmac
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from pathlib import Path
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from seedance_spec.sandbox.ark_tables import LINK_SECONDS
from seedance_spec.sandbox.wire import Json

PLACE = "tos://"
"""How an address of this store is written down; `addressed` puts the server's own address in its place."""

_STAMP = "%Y%m%dT%H%M%SZ"


class Verdict(Enum):
    OPEN = "open"
    UNSIGNED = "unsigned"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectStore:
    """Clips and frames by name. `life_scale` turns nominal seconds of a link's life into real ones."""

    folder: Path
    secret: bytes
    life_scale: float

    def path(self, name: str) -> Path:
        return self.folder / name

    def keep(self, name: str, data: bytes) -> None:
        """Write an object whole or not at all, and durably."""
        part = self.path(f"{name}.part")
        part.write_bytes(data)
        self.make_durable(part.name)
        part.replace(self.path(name))

    def make_durable(self, name: str) -> None:
        """An object is told of only when it would survive a crash."""
        with self.path(name).open("rb") as file:
            os.fsync(file.fileno())

    def purge(self, *, now: float) -> None:
        """Delete what no link can reach any more; a link is made some time after its file, hence twice its life."""
        for path in self.folder.iterdir():
            if path.stat().st_mtime + 2 * LINK_SECONDS * self.life_scale < now:
                path.unlink(missing_ok=True)

    def sign(self, name: str, made_at: float) -> str:
        """The link of an object that was made at a time (Unix seconds): the same arguments give the same link."""
        date = datetime.fromtimestamp(int(made_at), UTC).strftime(_STAMP)
        day = date.partition("T")[0]
        query = {
            "X-Tos-Algorithm": "TOS4-HMAC-SHA256",
            "X-Tos-Credential": f"sandbox/{day}/sandbox/tos/request",
            "X-Tos-Date": date,
            "X-Tos-Expires": str(LINK_SECONDS),
            "X-Tos-SignedHeaders": "host",
            "X-Tos-Signature": self._signature(name, date, str(LINK_SECONDS)),
        }
        return f"{PLACE}{quote(name)}?{urlencode(query)}"

    def verdict(self, name: str, query: Mapping[str, str], *, now: float) -> Verdict:
        """Whether a link may be followed now."""
        date, expires = query.get("X-Tos-Date", ""), query.get("X-Tos-Expires", "")
        signature = query.get("X-Tos-Signature", "")
        if not hmac.compare_digest(signature, self._signature(name, date, expires)):
            return Verdict.UNSIGNED
        made_at = datetime.strptime(date, _STAMP).replace(tzinfo=UTC).timestamp()
        return Verdict.OPEN if now < made_at + int(expires) * self.life_scale else Verdict.EXPIRED

    def _signature(self, name: str, date: str, expires: str) -> str:
        return hmac.new(self.secret, f"GET\n{name}\n{date}\n{expires}".encode(), hashlib.sha256).hexdigest()


def parse_link(url: str) -> tuple[str, Mapping[str, str]]:
    """Object name and query of a link as it is written down or addressed."""
    parts = urlsplit(url)
    return parts.path.rpartition("/")[2] or parts.netloc, dict(parse_qsl(parts.query))


def addressed(value: Json, address: str) -> Json:
    """The same JSON with every link of the store made reachable at `address` (http://host:port)."""
    match value:
        case str() if value.startswith(PLACE):
            return f"{address}/tos/{value.removeprefix(PLACE)}"
        case Mapping():
            return {name: addressed(item, address) for name, item in value.items()}
        case list() | tuple():
            return [addressed(item, address) for item in value]
        case _:
            return value


def denial(verdict: Verdict, name: str) -> str:
    """The store's XML for a link that may not be followed."""
    if verdict is Verdict.EXPIRED:
        code, message = "AccessDenied", "Request has expired"
    else:
        code, message = "SignatureDoesNotMatch", "The request signature we calculated does not match"
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f"<Error><Code>{code}</Code><Message>{message}</Message><Resource>/{name}</Resource></Error>"
    )
