"""Which stored clips are lent, by capabilities that count while a shot in flight needs them. Pure: no HTTP, no disk."""

from __future__ import annotations

import hmac
from collections import defaultdict

from seedance_spec.webhook.capability import INPUT_PREFIX, input_mac, input_parts


class LentClips:
    """What is lent right now, in memory alone: a process that ends lends nothing. `key` makes the capabilities."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._lent: dict[str, dict[str, str]] = defaultdict(dict)

    def lend(self, attempt_id: str, sha256: str) -> str:
        """The path under which the clip is served until `end`: the same one in every process with this key, so that a
        run that takes a shot over goes on serving what the one before has told of.
        """
        mac = input_mac(attempt_id, sha256, self._key)
        self._lent[attempt_id][mac] = sha256
        return f"{INPUT_PREFIX}{attempt_id}.{mac}"

    def end(self, attempt_id: str) -> None:
        self._lent.pop(attempt_id, None)

    def clip_of(self, token: str) -> str | None:
        """The SHA-256 of the clip that `{attempt}.{mac}` opens now, else None."""
        parts = input_parts(token)
        if parts is None:
            return None
        attempt_id, given = parts
        for mac, sha256 in self._lent.get(attempt_id, {}).items():
            if hmac.compare_digest(mac.encode("ascii"), given.encode("ascii")):
                return sha256
        return None


class Lender:
    """`attempts.ports.Lending` at a base URL where the upstream reaches this receiver."""

    def __init__(self, clips: LentClips, base_url: str) -> None:
        self._clips = clips
        self._base_url = base_url

    def lend(self, attempt_id: str, sha256: str) -> str:
        return f"{self._base_url}{self._clips.lend(attempt_id, sha256)}"

    def end(self, attempt_id: str) -> None:
        self._clips.end(attempt_id)
