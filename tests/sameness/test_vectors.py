"""The hashes of version 1, frozen: what was paid for yesterday is found tomorrow."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from seedance_spec.content_hash import NEWEST_VERSION, canonical_bytes, content_hash, hash_version
from tests.support.facts import request_from_json

VECTORS: list[dict[str, Any]] = json.loads((Path(__file__).parent / "vectors.json").read_text("utf-8"))["vectors"]


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["name"])
def test_a_frozen_request_keeps_its_hash(vector: dict[str, Any]) -> None:
    """Each frozen request has its frozen canonical form and hash."""
    request = request_from_json(vector["request"])

    assert canonical_bytes(request).decode() == vector["canonical"]
    assert content_hash(request) == vector["hash"]


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["name"])
def test_a_hash_can_be_computed_from_the_documented_recipe_alone(vector: dict[str, Any]) -> None:
    """A hash is `v1:` and the SHA-256 of the domain, a NUL and the canonical text."""
    recipe = b"seedance-spec/request/v1\0" + vector["canonical"].encode()

    assert vector["hash"] == f"v1:{sha256(recipe).hexdigest()}"


def test_the_vectors_that_say_the_same_are_the_only_ones_that_share_a_hash() -> None:
    """Two vectors share a hash exactly when they share their canonical form."""
    assert len({vector["hash"] for vector in VECTORS}) == len({vector["canonical"] for vector in VECTORS})
    assert [
        vector["name"] for vector in VECTORS if vector["hash"] in {v["hash"] for v in VECTORS if v is not vector}
    ] == SHARED


SHARED = [
    "the least that can be said: every default is written out",
    "the API page's second example: one image",
    "the same image with its role written",
    "text: composed",
    "text: decomposed, the same",
    "text: LF",
    "text: CRLF, trailing blanks and a last empty line, the same",
    "text: CR alone, the same",
    "delivery counts for nothing",
    "a URL with password, signature and fragment",
    "that URL without password and signature, the same",
    "a pinned URL counts by its bytes",
    "a local file of those bytes, the same",
    "the file moved, the same",
    "a data URI of those bytes, the same",
    "first and last frame",
    "last and first frame, the same",
]


def test_a_hash_tells_its_version() -> None:
    """The version stands inside the value, and a newer one than ours can be told."""
    assert hash_version(VECTORS[0]["hash"]) == NEWEST_VERSION == 1
    assert hash_version("v12:abcdef") == 12


@pytest.mark.parametrize("text", ["", "v1", "v1:", "v0:ab", "1:ab", "v01:ab", "v1:ab cd", "sha256:ab", "v1:ab\n"])
def test_what_is_not_a_content_hash_is_refused(text: str) -> None:
    """A text of another form has no version."""
    with pytest.raises(ValueError, match="not a content hash"):
        hash_version(text)
