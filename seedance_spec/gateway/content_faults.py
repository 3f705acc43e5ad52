"""Why bytes cannot be had: from the gateway's /content or from an upstream link (gateway.md §1.10). Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping

from seedance_spec.attempts.ports import ContentFault
from seedance_spec.gateway.error_answers import Said, Shape, read_error

_UPSTREAM_STATUS = re.compile(r"Upstream service returned status (\d{3})")
_GONE = frozenset({403, 404, 410})
_NO_CLIP_TYPES = ("text/", "application/json", "application/xml")


def classify_content(status: int, headers: Mapping[str, str], body_head: bytes) -> ContentFault:
    """Why GET /v1/videos/{id}/content gave no bytes. `body_head` is the answer's beginning."""
    said = read_error(status, headers, body_head)
    upstream = _UPSTREAM_STATUS.search(said.message)
    match status:
        case _ if said.code == "task_not_exist":
            return _dead("the gateway does not know this task", said)
        case 400 if "current status: FAILURE" in said.message:
            return _dead("the task failed: there is no clip", said)
        case 400 if "not completed yet" in said.message:
            return _later("the task is not completed yet", said)
        case 404 if said.shape is not Shape.OPAQUE and not said.message.startswith("Invalid URL"):
            return _dead("the gateway does not know this task", said)
        case 502 if upstream and int(upstream[1]) in _GONE:
            return _dead("the upstream's link has expired", said)
        case 401 | 403:
            return _later("the gateway refuses to hand out the clip", said)
        case 416:
            return _later("the gateway has no bytes from there on", said)
        case 200:
            return _later("something else than a clip came", said)
        case _:
            return _later("the clip cannot be had for now", said)


def classify_link(status: int, headers: Mapping[str, str], body_head: bytes) -> ContentFault:
    """Why an upstream's link gave no bytes: object storage answers 403 once the signature has expired."""
    said = read_error(status, headers, body_head)
    if status in _GONE:
        return _dead("the link has expired", said)
    return _later("the link gives no bytes for now", said)


def is_no_clip(headers: Mapping[str, str]) -> bool:
    """Whether a 200 is a page or an error text rather than bytes. `headers` has lower-case names."""
    return headers.get("content-type", "").strip().lower().startswith(_NO_CLIP_TYPES)


def _dead(words: str, said: Said) -> ContentFault:
    return ContentFault(f"{words} ({said})", dead=True)


def _later(words: str, said: Said) -> ContentFault:
    return ContentFault(f"{words} ({said})", retry_after=said.retry_after)
