"""How the answer to a POST is judged: a recorded sample for every row of the table."""

from __future__ import annotations

import gzip
import json
import zlib
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedance_spec.attempts.ports import Accepted, Refused, Scope, Unknown
from seedance_spec.gateway.error_answers import read_error
from seedance_spec.gateway.submit_answers import ANSWER_ROWS, answer_row, classify_submit_answer
from tests.support.speaking import FIXTURES, recorded

TASK = Accepted(task_id="task_xxxxxxxxxxxxx", created_at=1730000000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    row: str
    status: int
    headers: dict[str, str]
    body: bytes
    refused: Refused | None


def samples() -> list[Sample]:
    told = json.loads((FIXTURES / "submit-errors.json").read_text())
    return [
        Sample(
            row=each["row"],
            status=each["status"],
            headers=each["headers"],
            body=recorded(each["body"]) if each.get("file") else each["body"].encode(),
            refused=each["refused"]
            and Refused(status=each["status"], **(each["refused"] | {"scope": Scope(each["refused"]["scope"])})),
        )
        for each in told
    ]


SAMPLES = samples()


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda each: f"{each.row}-{each.status}")
def test_an_answer_is_judged_by_its_row(sample: Sample) -> None:
    """Each recorded answer meets exactly the row meant for it and means what that row says."""
    assert answer_row(read_error(sample.status, sample.headers, sample.body)).name == sample.row
    outcome = classify_submit_answer(sample.status, sample.headers, sample.body)
    if sample.refused is None:
        assert isinstance(outcome, Unknown)
        assert f"HTTP {sample.status}" in outcome.reason
    else:
        assert outcome == sample.refused


def test_every_row_has_a_sample() -> None:
    """No row of the table is there untested, and none has lost its name."""
    names = [row.name for row in ANSWER_ROWS]
    assert sorted(set(names)) == sorted(names)
    assert {sample.row for sample in SAMPLES} == set(names)
    assert all(row.why and row.source for row in ANSWER_ROWS)


@pytest.mark.parametrize("pack", [bytes, gzip.compress, zlib.compress], ids=["plain", "gzip", "deflate"])
def test_a_submit_is_accepted_however_its_answer_was_packed(pack: type[bytes]) -> None:
    """The page's answer names the task, also where a reseller compresses it and says otherwise."""
    headers = {"Content-Encoding": "gzip"}
    assert classify_submit_answer(200, headers, pack(recorded("submit-accepted.json"))) == TASK


@pytest.mark.parametrize(
    ("body", "task_id"),
    [
        ('{"id":"task_a","task_id":"task_a","status":"queued","model":"m","created_at":0}', "task_a"),
        ('{"code":"success","message":"","data":{"task_id":"task_a"}}', "task_a"),
        ('{"code":"success","data":"task_a"}', "task_a"),
        ('{"id":"cgt-20260508183637-m6gj8"}', "cgt-20260508183637-m6gj8"),
        ('{"task_id":"a1b2"}', "a1b2"),
        ('{"id":"task_a","task_id":"task_a","obj', "task_a"),
    ],
    ids=["G2", "wrapped", "bare", "G0", "foreign-id", "cut-off-after-the-id"],
)
def test_a_task_id_is_found_wherever_it_stands(body: str, task_id: str) -> None:
    """The receipt of a payment is never overlooked, not even in an answer that breaks off behind it."""
    assert classify_submit_answer(200, {}, body.encode()) == Accepted(task_id=task_id)


def test_a_cut_gzip_still_gives_its_id() -> None:
    """The part of a compressed answer that arrived is read."""
    body = gzip.compress(recorded("submit-accepted.json") + bytes(range(256)) * 20)
    assert classify_submit_answer(200, {}, body[:-60]) == Accepted(task_id="task_xxxxxxxxxxxxx")


@given(status=st.integers(100, 999), body=st.binary(max_size=60), headers=st.dictionaries(st.text(), st.text()))
def test_no_answer_is_beyond_the_table(status: int, body: bytes, headers: dict[str, str]) -> None:
    """Any status with any bytes has an outcome."""
    assert isinstance(classify_submit_answer(status, headers, body), Accepted | Refused | Unknown)


@given(
    status=st.integers(500, 599),
    code=st.text(max_size=20) | st.sampled_from(["invalid_request", "fail_to_fetch_task", "do_request_failed"]),
    message=st.text(max_size=40),
)
def test_a_5xx_of_the_task_layer_is_unknown_unless_a_code_proves_otherwise(
    status: int, code: str, message: str
) -> None:
    """Money is never declared safe because of a server error that nobody documents."""
    body = json.dumps({"code": code, "message": message, "data": None}).encode()
    assert isinstance(classify_submit_answer(status, {}, body), Unknown)


@pytest.mark.parametrize("text", ["sk-abcdef123456", "Bearer abcdef123456"])
def test_a_refusal_never_repeats_a_key(text: str) -> None:
    """A gateway that echoes a key does not get it into our records."""
    body = json.dumps({"code": "invalid_request", "message": f"bad {text} here"}).encode()
    outcome = classify_submit_answer(400, {}, body)
    assert isinstance(outcome, Refused)
    assert "abcdef" not in outcome.message
