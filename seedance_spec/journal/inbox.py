"""What came by callback, and what can be read of a body that nobody signed. Pure: no belief in it may enter."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import TypeAlias

from seedance_spec.attempts.ports import Poke

MAX_BODY = 64 * 1024
"""Bytes of a body that are kept."""

MAX_PER_ATTEMPT = 64
"""Callbacks kept per attempt, the newest: a leaked URL must not fill the disk."""

_UPSTREAM_ID = re.compile(r"cgt-[A-Za-z0-9-]{1,64}")
_STATUS = re.compile(r"[a-z_]{1,32}")
_GATEWAY_WORDS = {
    "success": "succeeded",
    "failure": "failed",
    "in_progress": "running",
    "not_start": "queued",
    "submitted": "queued",
}


Delivery: TypeAlias = tuple[str, bytes, float]
"""A callback as it came: attempt id, raw body, when (Unix seconds)."""


def poke_of(seq: int, delivery: Delivery) -> Poke:
    """The callback with what parses of its body. Read when it is looked at, not when it comes: no body can cost an
    acknowledged event.
    """
    attempt_id, body, at = delivery
    upstream_id, upstream_status = evidence(body)
    return Poke(
        seq=seq,
        attempt_id=attempt_id,
        received_at=at,
        upstream_id=upstream_id,
        upstream_status=upstream_status,
        body=body,
    )


def evidence(body: bytes) -> tuple[str | None, str | None]:
    """Upstream id (`cgt-…`) and status in the upstream's words that a body names, None for each that it does not.

    Accepts the upstream's own shape, the gateway's wrapper {code, message, data} and a flat {task_id, status}, with
    statuses of both vocabularies in any case (gateway.md §8.2). Never raises.
    """
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return None, None
    layers = _layers(said)
    ids = (_matching(_UPSTREAM_ID, layer.get("id")) for layer in layers)
    statuses = (_status(layer.get("status")) for layer in layers)
    return next(filter(None, ids), None), next(filter(None, statuses), None)


def _layers(said: object) -> list[Mapping[str, object]]:
    """The object and those wrapped in it as `data`, innermost first: the upstream speaks at the core."""
    layers: list[Mapping[str, object]] = []
    while isinstance(said, dict) and len(layers) < 3:
        layers.insert(0, said)
        said = said.get("data")
    return layers


def _status(value: object) -> str | None:
    word = _matching(_STATUS, value.lower() if isinstance(value, str) else None)
    return None if word is None else _GATEWAY_WORDS.get(word, word)


def _matching(pattern: re.Pattern[str], value: object) -> str | None:
    return value if isinstance(value, str) and pattern.fullmatch(value) else None
