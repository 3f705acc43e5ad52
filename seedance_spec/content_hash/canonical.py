"""The canonical request and its SHA-256. Pure, and frozen: a change needs a version 2 beside it (docs/formats.md)."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Callable
from typing import assert_never

from seedance_spec.canonical import canonical_json
from seedance_spec.content_hash.fields import PICTURE_FIELDS
from seedance_spec.content_hash.urls import canonical_url
from seedance_spec.json_types import Json, JsonObject
from seedance_spec.model.shot import (
    DataSource,
    FileSource,
    Input,
    Request,
    Role,
    ShotSource,
    Source,
    UrlSource,
    effective_roles,
)

NEWEST_VERSION = 1
_DOMAIN = b"seedance-spec/request/v1\0"

# What an unwritten field means in version 1. A default that the API changes later is changed in the model, visibly.
_UNWRITTEN: JsonObject = {"camera_fixed": False, "draft": False}

_VERSIONED = re.compile(r"v([1-9][0-9]{0,8}):[0-9A-Za-z._-]+")


def content_hash(request: Request) -> str:
    """`v1:` and 64 hex digits: same value, same picture wanted. Raises ValueError for text that is not Unicode."""
    return f"v1:{hashlib.sha256(_DOMAIN + canonical_bytes(request)).hexdigest()}"


def canonical_bytes(request: Request) -> bytes:
    """The canonical request as RFC 8785 writes it."""
    return canonical_json(canonical_request(request)).encode()


def canonical_request(request: Request) -> JsonObject:
    """The picture fields of a request with every default written out; inputs as `{kind, role, source}`."""
    return picture(request, _source)


def hash_version(value: str) -> int:
    """The version inside a content hash: 1 for `v1:…`. Raises ValueError for what is not a content hash."""
    found = _VERSIONED.fullmatch(value)
    if found is None:
        raise ValueError(f"{value!r} is not a content hash")
    return int(found[1])


def is_content_hash(value: str) -> bool:
    """Whether a text has the form of a content hash, of this version or a newer one."""
    return _VERSIONED.fullmatch(value) is not None


def picture(request: Request, source: Callable[[Source], JsonObject]) -> dict[str, Json]:
    """The picture fields by name, with `source` saying how an input's source is written down."""
    return {
        name: _inputs(request.inputs, source) if name == "inputs" else _plain(request, name) for name in PICTURE_FIELDS
    }


def _plain(request: Request, name: str) -> Json:
    match getattr(request, name):
        case str() as text:
            return normal_text(text)
        case None:
            return _UNWRITTEN.get(name)
        case bool() | int() as value:
            return value
        case other:
            raise TypeError(f"Request.{name} has no canonical form: {type(other).__name__}")


def normal_text(text: str) -> str:
    """The text as it counts: NFC, LF line ends, no blanks (space, tab) at line ends, no blank lines at its end."""
    lines = unicodedata.normalize("NFC", text).replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join(line.rstrip(" \t") for line in lines).rstrip("\n")


def _inputs(inputs: tuple[Input, ...], source: Callable[[Source], JsonObject]) -> list[Json]:
    """First frame, last frame, then everything else in the author's order: a prompt may speak of "image 2"."""
    played = sorted(zip(inputs, effective_roles(inputs), strict=True), key=lambda pair: _place(pair[1]))
    return [{"kind": each.kind.value, "role": role.value, "source": source(each.source)} for each, role in played]


def _place(role: Role) -> int:
    """Frames are told apart by their roles, so that their order says nothing: it is made the same."""
    match role:
        case Role.FIRST_FRAME:
            return 0
        case Role.LAST_FRAME:
            return 1
        case Role.REFERENCE_IMAGE | Role.REFERENCE_VIDEO | Role.REFERENCE_AUDIO:
            return 2


def _source(source: Source) -> JsonObject:
    match source:
        case UrlSource(url=url, sha256=None):
            return {"url": canonical_url(url)}
        case _:
            return digest_source(source)


def digest_source(source: Source) -> JsonObject:
    """A source that is known by digests alone; every kind but a URL that nobody pinned."""
    match source:
        case FileSource(sha256=digest) | DataSource(sha256=digest) | UrlSource(sha256=str() as digest):
            return {"sha256": digest.lower()}
        case ShotSource():
            return {"content_hash": source.content_hash, "take": source.take, "part": source.part.value}
        case UrlSource():
            raise ValueError("a URL that is not pinned has no digest")
        case _:
            assert_never(source)
