"""An attempt's own number, by which its task is recognised should its answer be lost (D3). Pure."""

from __future__ import annotations

from hashlib import sha256

SOONEST_EXPIRY = 72_000
LATEST_EXPIRY = 86_100
"""Seconds. Below the gateway's sweep at 86,400, so that gateway and upstream never disagree about a live task (D3)."""


def fingerprint(attempt_id: str) -> int:
    """The `execution_expires_after` of an attempt, in seconds: its own value, so that a lost one can be recognised in
    the task's data. Made from the id, so that any clone that knows the attempt knows it too.
    """
    digest = sha256(f"seedance-spec/fingerprint/v1\0{attempt_id}".encode()).digest()
    return SOONEST_EXPIRY + int.from_bytes(digest[:8], "big") % (LATEST_EXPIRY - SOONEST_EXPIRY + 1)
