"""What an attempt id holds, for those who must route, group and expire it. Pure: time and randomness are handed in."""

from __future__ import annotations

import re
import struct
from base64 import b32encode
from dataclasses import dataclass
from hashlib import sha256

from seedance_spec.realm import Realm

RANDOM_BYTES = 10
RUN_RANDOM_BYTES = 4
PROJECT_RANDOM_BYTES = 16
LENGTH = 56
"""Characters of an attempt id: 35 bytes fill them without a spare bit, so every id has exactly one spelling."""

_VERSION = 1
_VERSION_SHIFT = 4
_SANDBOX = 0b1000
_IMPORTED = 0b0100
_LAYOUT = struct.Struct(">B8s4s6sHI10s")  # head, project, run, content, take, minted at, random
_MAX_TAKE = 0xFFFF
_MAX_TIME = 0xFFFF_FFFF

_SPELLING = re.compile(rf"[a-z2-7]{{{LENGTH}}}")
_RUN = re.compile(r"[0-9a-f]{8}")
_DIGITS = str.maketrans("abcdefghijklmnopqrstuvwxyz234567", "0123456789abcdefghijklmnopqrstuv")
"""From the letters of base32 to the digits that Python counts with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptIdParts:
    """What an attempt id says. `project`, `run` and `content` are hex, to be compared with `project_prefix(…)`, a run
    id and `hash_prefix(…)`; `minted_at` is Unix seconds. An imported id says its realm only: the rest is empty or 0.
    """

    realm: Realm
    imported: bool
    project: str = ""
    run: str = ""
    content: str = ""
    take: int = 0
    minted_at: int = 0


def mint(*, realm: Realm, project_id: str, run: str, content_hash: str, take: int, now: float, random: bytes) -> str:
    """A new attempt id: 56 lower-case characters, file- and URL-safe, never to be taken for a number in YAML.

    `run` comes from `new_run_id`, `now` is Unix seconds, `random` at least 10 bytes. Raises ValueError for a value
    that does not fit its place.
    """
    if not _RUN.fullmatch(run):
        raise ValueError(f"a run id is 8 hex digits, not {run!r}")
    if not 1 <= take <= _MAX_TAKE:
        raise ValueError(f"a take is 1 … {_MAX_TAKE}, not {take}")
    if not 0 <= now <= _MAX_TIME:
        raise ValueError(f"a time is Unix seconds up to the year 2106, not {now}")
    return _spell(
        _LAYOUT.pack(
            _head(realm, imported=False),
            bytes.fromhex(project_prefix(project_id)),
            bytes.fromhex(run),
            bytes.fromhex(hash_prefix(content_hash)),
            take,
            int(now),
            _enough(random, RANDOM_BYTES),
        )
    )


def imported_attempt_id(*, task_id: str, realm: Realm) -> str:
    """The id of a task that was bought elsewhere: made from the task id alone, so that two clones make one fact."""
    return _spell(bytes([_head(realm, imported=True)]) + _digest("imported", task_id, _LAYOUT.size - 1))


def read_attempt_id(text: str) -> AttemptIdParts | None:
    """What the id says; None for any text that is not an attempt id of a version known here."""
    if not _SPELLING.fullmatch(text):
        return None
    head, project, run, content, take, minted_at, _ = _LAYOUT.unpack(_bytes_of(text))
    realm = Realm.SANDBOX if head & _SANDBOX else Realm.PAID
    if head == _head(realm, imported=True):
        return AttemptIdParts(realm=realm, imported=True)
    if head != _head(realm, imported=False) or take == 0:
        return None
    return AttemptIdParts(
        realm=realm,
        imported=False,
        project=project.hex(),
        run=run.hex(),
        content=content.hex(),
        take=take,
        minted_at=minted_at,
    )


def in_project(attempt_id: str, project: str) -> str:
    """The same attempt as another project names it: after a merge a project has several ids, and each has its clones.

    `project` is the `project_prefix(…)` of an id. Raises ValueError for an id that names no project.
    """
    parts = read_attempt_id(attempt_id)
    if parts is None or parts.imported:
        raise ValueError("only an attempt id that names a project can be named in another")
    head, _, run, content, take, minted_at, random = _LAYOUT.unpack(_bytes_of(attempt_id))
    return _spell(_LAYOUT.pack(head, bytes.fromhex(project), run, content, take, minted_at, random))


def new_project_id(random: bytes) -> str:
    """A project id from at least 16 random bytes: 32 hex digits."""
    return _enough(random, PROJECT_RANDOM_BYTES).hex()


def derived_project_id(project_id: str, *, realm: Realm) -> str:
    """The id of the same project in another realm, where none is committed: every clone derives the same."""
    return _digest(f"{realm.value}-project", project_id, PROJECT_RANDOM_BYTES).hex()


def new_run_id(random: bytes) -> str:
    """The name of one run of the program, from at least 4 random bytes: 8 hex digits."""
    return _enough(random, RUN_RANDOM_BYTES).hex()


def project_prefix(project_id: str) -> str:
    """How a project id appears in its attempt ids: 16 hex digits. A digest, so that the id itself is not given away."""
    return _digest("project", project_id, 8).hex()


def hash_prefix(content_hash: str) -> str:
    """How a content hash appears in its attempt ids: 12 hex digits, whatever version the hash has."""
    return _digest("content", content_hash, 6).hex()


def _bytes_of(text: str) -> bytes:
    """The base32 of an id undone, by way of a number: ten times as fast as `b32decode`, and every callback pays it."""
    return int(text.translate(_DIGITS), 32).to_bytes(_LAYOUT.size, "big")


def _head(realm: Realm, *, imported: bool) -> int:
    sandbox = _SANDBOX if realm is Realm.SANDBOX else 0
    return _VERSION << _VERSION_SHIFT | sandbox | (_IMPORTED if imported else 0)


def _digest(kind: str, text: str, length: int) -> bytes:
    once = sha256(f"seedance-spec/attempt-id/{kind}/v1\0{text}".encode("utf-8", "surrogatepass")).digest()
    return (once + sha256(once).digest())[:length]


def _enough(random: bytes, length: int) -> bytes:
    if len(random) < length:
        raise ValueError(f"{length} random bytes are needed, {len(random)} were given")
    return random[:length]


def _spell(raw: bytes) -> str:
    return b32encode(raw).decode("ascii").lower()
