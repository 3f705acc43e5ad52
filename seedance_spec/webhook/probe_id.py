"""The attempt that never was: its callback tells whether a public URL leads back to us, and nothing else. Pure."""

from __future__ import annotations

from seedance_spec.attempts.attempt_id import hash_prefix, mint, read_attempt_id
from seedance_spec.realm import Realm

_CONTENT = "seedance-spec/probe/v1"
_PREFIX = hash_prefix(_CONTENT)


def probe_id(*, realm: Realm, project_id: str, run: str, now: float, random: bytes) -> str:
    """A new attempt id of this project that no take has. Arguments as for `attempt_id.mint`."""
    return mint(realm=realm, project_id=project_id, run=run, content_hash=_CONTENT, take=1, now=now, random=random)


def is_probe(attempt_id: str) -> bool:
    parts = read_attempt_id(attempt_id)
    return parts is not None and parts.content == _PREFIX
