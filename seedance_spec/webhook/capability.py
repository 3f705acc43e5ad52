"""The callback URL that carries our own capability (D4): made and checked without any state. Pure."""

from __future__ import annotations

import hmac
import re
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from hashlib import sha256

from seedance_spec.attempts.attempt_id import read_attempt_id

CALLBACK_PREFIX = "/v1/callback/"
INPUT_PREFIX = "/v1/input/"
LIFETIME_SECONDS = 96 * 3600
"""The upstream works on a task for 72 h at the most; after this nobody has a reason to call."""

SHORTEST_KEY_TEXT = 16

_MAC_BYTES = 24
_MAC_DOMAIN = b"seedance-spec/callback/v1\0"
_INPUT_DOMAIN = b"seedance-spec/input/v1\0"
_OWNER_DOMAIN = b"seedance-spec/owner/v1\0"
_KEY_DOMAIN = b"seedance-spec/callback-key/v1\0"
_OWNER_TOKEN = re.compile(r"(?P<project>[0-9a-f]{16})\.(?P<mac>[A-Za-z0-9_-]{32})")
_TOKEN = re.compile(r"(?P<attempt>[a-z2-7]{16,64})\.(?P<mac>[A-Za-z0-9_-]{32})")


def callback_path(attempt_id: str, key: bytes) -> str:
    """`/v1/callback/{attempt}.{mac}`: to be put behind the public URL."""
    return f"{CALLBACK_PREFIX}{attempt_id}.{_mac(attempt_id, key)}"


def attempt_of(path_token: str, keys: Sequence[bytes]) -> str | None:
    """The attempt id of `{attempt}.{mac}` where one of the keys made it, else None.

    Length and alphabet are looked at first; then every key is tried in constant time, the right one or not.
    """
    token = _TOKEN.fullmatch(path_token)
    if token is None:
        return None
    given = token["mac"].encode("ascii")
    matches = [hmac.compare_digest(_mac(token["attempt"], key).encode("ascii"), given) for key in keys]
    return token["attempt"] if any(matches) else None


def input_mac(attempt_id: str, sha256: str, key: bytes) -> str:
    """What proves that one attempt was told of one clip: it opens nothing else, and no callback."""
    return _mac_of(_INPUT_DOMAIN + attempt_id.encode("ascii") + b"\0" + sha256.encode("ascii"), key)


def input_parts(path_token: str) -> tuple[str, str] | None:
    """Attempt id and MAC of `{attempt}.{mac}` by their shape alone; None for anything else."""
    token = _TOKEN.fullmatch(path_token)
    return None if token is None else (token["attempt"], token["mac"])


def owner_token(project: str, key: bytes) -> str:
    """The bearer token that reads and claims for one project: `{project}.{mac}`.

    `project` is `attempt_id.project_prefix(…)`, as the project's attempt ids carry it.
    """
    return f"{project}.{_owner_mac(project, key)}"


def project_of(token: str, keys: Sequence[bytes]) -> str | None:
    """The project of an owner token where one of the keys made it, else None; checked as `attempt_of` does."""
    parts = _OWNER_TOKEN.fullmatch(token)
    if parts is None:
        return None
    given = parts["mac"].encode("ascii")
    matches = [hmac.compare_digest(_owner_mac(parts["project"], key).encode("ascii"), given) for key in keys]
    return parts["project"] if any(matches) else None


def derive_key(text: str) -> bytes:
    """The key that a text stands for: SEEDANCE_CALLBACK_KEY, or what `.seedance/callback.key` holds. 32 bytes.

    White space around it does not count. Raises ValueError for less than 16 characters: whoever sees one callback URL
    could guess a short key at leisure.
    """
    said = text.strip()
    if len(said) < SHORTEST_KEY_TEXT:
        raise ValueError(f"a callback key has at least {SHORTEST_KEY_TEXT} characters")
    return sha256(_KEY_DOMAIN + said.encode("utf-8", "surrogatepass")).digest()


def is_long_dead(attempt_id: str, now: float) -> bool:
    """Whether the attempt was made more than 96 h ago. One whose id a newer version made is never taken for dead."""
    parts = read_attempt_id(attempt_id)
    return parts is not None and now - parts.minted_at > LIFETIME_SECONDS


def _mac(attempt_id: str, key: bytes) -> str:
    return _mac_of(_MAC_DOMAIN + attempt_id.encode("ascii"), key)


def _owner_mac(project: str, key: bytes) -> str:
    return _mac_of(_OWNER_DOMAIN + project.encode("ascii"), key)


def _mac_of(message: bytes, key: bytes) -> str:
    return urlsafe_b64encode(hmac.digest(key, message, "sha256")[:_MAC_BYTES]).decode("ascii")
