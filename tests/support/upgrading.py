"""A second version of the content hash, for tests alone: another domain, all numbers of seconds written as texts."""

from __future__ import annotations

from hashlib import sha256

import rfc8785

from seedance_spec.content_hash import HASHING, Hashing, canonical_request
from seedance_spec.model.shot import Request


def second_hash(request: Request) -> str:
    canonical = {**canonical_request(request), "duration": f"{request.duration} s"}
    return f"v2:{sha256(b'seedance-spec/request/v2' + bytes(1) + rfc8785.dumps(canonical)).hexdigest()}"


UPGRADED = Hashing(versions=(*HASHING.versions, second_hash))
"""The tool after an upgrade: it knows both versions."""
