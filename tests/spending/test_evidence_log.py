"""What can be read of the key's own billing log, and when it counts as not offered."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedance_spec.attempts.ports import AskLater
from seedance_spec.gateway.billing_log import LogClosed, LogKind, LogRow, classify_log_answer, read_log
from tests.support.speaking import KEY, gateway, reply

SUBMIT = {
    "id": 1,
    "type": 2,
    "created_at": 1778236598,
    "model_name": "m",
    "quota": 875_000,
    "other": '{"is_task":true}',
}
SETTLED = {
    **SUBMIT,
    "id": 2,
    "type": 6,
    "created_at": 1778236700,
    "quota": 739_200,
    "other": '{"task_id":"task_1","pre_consumed_quota":875000,"actual_quota":135800,"model_ratio":3.5}',
}
LOG = {"success": True, "message": "", "data": [SETTLED, SUBMIT, {"type": 1, "created_at": 1}, "odd", {}]}
HTML = b"<!doctype html><html><head><title>EasyRouter</title></head></html>"

ROWS = (
    LogRow(
        kind=LogKind.REFUND, at=1778236700, model="m", quota=739_200, task_id="task_1", held=875_000, actual=135_800
    ),
    LogRow(kind=LogKind.CHARGE, at=1778236598, model="m", quota=875_000),
)


def test_rows_that_move_money_are_read_and_others_passed_over() -> None:
    """Charges and refunds are kept in their order; the settlement names the task out of its inner JSON text."""
    assert read_log(json.dumps(LOG).encode()) == ROWS


@pytest.mark.parametrize("body", [b"", HTML, b"[]", b'{"success": false, "data": []}', b'{"data": {"items": []}}'])
def test_what_is_no_log_is_none(body: bytes) -> None:
    """A page, a refusal and other shapes are no log."""
    assert read_log(body) is None


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (200, HTML, LogClosed),
        (200, b'{"success":false,"message":"Invalid token"}', LogClosed),
        (404, b'{"error":{"message":"Invalid URL (GET /api/log/token)","type":"invalid_request_error"}}', LogClosed),
        (403, b"{}", LogClosed),
        (401, b"{}", LogClosed),
        (301, b"", LogClosed),
        (429, b"", AskLater),
        (500, b"", AskLater),
        (502, HTML, AskLater),
    ],
)
def test_a_log_that_is_not_offered_is_told_from_one_that_is_busy(status: int, body: bytes, kind: type[object]) -> None:
    """Refusals and pages close the log for a run; overload and faults of the server are asked again."""
    answer = classify_log_answer(status, {"Retry-After": "60"}, body)
    assert isinstance(answer, kind)
    assert not isinstance(answer, AskLater) or answer.retry_after == 60.0


@pytest.mark.anyio
async def test_the_log_is_asked_for_with_the_key_and_longer_than_other_answers() -> None:
    """GET goes to the gateway's own path; a thousand rows are more than any other answer may have."""
    long = {**LOG, "data": [*[{**SUBMIT, "content": "x" * 1500}] * 1000, SETTLED]}
    async with gateway(reply(200, json.dumps(long).encode())) as (client, server):
        answer = await client.billing_log()
    (heard,) = server.heard
    assert (heard.target, heard.headers["authorization"]) == ("/api/log/token", f"Bearer {KEY}")
    assert isinstance(answer, tuple)
    assert answer[-1] == ROWS[0]


@pytest.mark.anyio
async def test_a_log_that_cannot_be_reached_is_asked_later() -> None:
    """No answer is no refusal."""
    async with gateway() as (client, _):
        assert isinstance(await client.billing_log(), AskLater)


@given(
    st.binary() | st.recursive(st.none() | st.integers() | st.text(), st.lists).map(lambda v: json.dumps(v).encode())
)
def test_no_body_is_an_error(body: bytes) -> None:
    """Whatever the bytes, the answer is rows or none."""
    assert read_log(body) is None or isinstance(read_log(body), tuple)
