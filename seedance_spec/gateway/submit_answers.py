"""What the answer to a POST means: refused, accepted or unknown, by one complete table (D3). Pure."""

from __future__ import annotations

from collections.abc import Mapping

from seedance_spec.attempts.ports import Accepted, Refused, Unknown
from seedance_spec.gateway.answer_row import AnswerRow
from seedance_spec.gateway.error_answers import Said, read_error
from seedance_spec.gateway.gateway_answers import EDGE_ROWS, LOCAL_ROWS
from seedance_spec.gateway.upstream_answers import UNKNOWN_ROWS, UPSTREAM_ROWS
from seedance_spec.gateway.wire_answer import read_accepted

ANSWER_ROWS = (*UNKNOWN_ROWS, *UPSTREAM_ROWS, *LOCAL_ROWS, *EDGE_ROWS)
"""The first row that covers an answer decides. The last one always does."""


def answer_row(said: Said) -> AnswerRow:
    return next(row for row in ANSWER_ROWS if row.covers(said))


def classify_submit_answer(status: int, headers: Mapping[str, str], body: bytes) -> Refused | Accepted | Unknown:
    """What the answer to a POST means. `headers` may be in any case; `body` may be cut or compressed."""
    accepted = read_accepted(body) if 200 <= status < 300 else None
    if accepted is not None:
        return accepted
    said = read_error(status, headers, body)
    row = answer_row(said)
    if row.refusal is None:
        return Unknown(reason=f"{row.why} ({said})")
    return Refused(
        code=row.refusal.value,
        message=said.message or f"HTTP {status}",
        status=status,
        scope=row.scope,
        retry=row.retry,
        retry_after=said.retry_after,
        upstream_code=said.upstream_code,
    )
