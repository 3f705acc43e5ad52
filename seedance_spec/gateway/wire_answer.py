"""What a submit's 2xx says: the task id, or nothing that can be used. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

from seedance_spec.attempts.ports import Accepted
from seedance_spec.gateway.json_answers import as_object, plain_bytes, read_json
from seedance_spec.gateway.lenient import moment
from seedance_spec.json_types import Json

# fit for a path; only the field `task_id` may hold an id without one of the known prefixes
_FIT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:\-]{0,199}")
# `cgt-`: the oldest generation hands out the upstream's own id (gateway.md §0.2)
_KNOWN = re.compile(r"(task_|cgt-)[A-Za-z0-9._:\-]{1,195}")
_ID_IN_A_FRAGMENT = re.compile(rb'"(?:task_id|id)"\s*:\s*"(task_[A-Za-z0-9_\-]{1,195})"')


def read_accepted(body: bytes) -> Accepted | None:
    """The task that a 2xx names, or None.

    A body that broke off still tells its id where that stands there whole with its closing quote: the id is the
    receipt of a payment, and GET proves it afterwards.
    """
    value = read_json(body)
    if value is None:
        fragment = _ID_IN_A_FRAGMENT.search(plain_bytes(body))
        return Accepted(task_id=fragment[1].decode()) if fragment else None
    for task_id, created_at in _candidates(value):
        if task_id is not None:
            return Accepted(task_id=task_id, created_at=moment(created_at))
    return None


def _candidates(value: Json) -> Iterator[tuple[str | None, Json]]:
    """Flat as the API page has it; else inside the `data` of a wrapper, as an object or as the bare id."""
    outer = as_object(value)
    inner = as_object(outer.get("data"))
    for holder in (outer, inner):
        created_at = holder.get("created_at")
        yield _fit(holder.get("task_id"), _FIT), created_at
        yield _fit(holder.get("id"), _KNOWN), created_at
    yield _fit(outer.get("data"), _KNOWN), None


def _fit(value: Json, pattern: re.Pattern[str]) -> str | None:
    return value if isinstance(value, str) and pattern.fullmatch(value) else None
