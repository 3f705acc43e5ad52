"""What can be read of a callback's body: upstream id and status, from three shapes, and nothing worse than nothing."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedance_spec.journal.inbox import evidence

ID = "cgt-20260508183637-m6gj8"
ARK = {"id": ID, "model": "dreamina-seedance-2-0-260128", "status": "running", "created_at": 1778236598}


def _body(value: object) -> bytes:
    return json.dumps(value).encode()


@pytest.mark.parametrize(
    ("said", "read"),
    [
        (ARK, (ID, "running")),
        ({**ARK, "status": "SUCCEEDED"}, (ID, "succeeded")),
        ({"code": "success", "message": "", "data": ARK}, (ID, "running")),
        ({"code": "success", "data": {"task_id": "task_1", "status": "IN_PROGRESS", "data": ARK}}, (ID, "running")),
        ({"code": "success", "data": {"task_id": "task_1", "status": "FAILURE"}}, (None, "failed")),
        ({"task_id": "task_1", "status": "SUCCESS"}, (None, "succeeded")),
        ({"task_id": "task_1", "status": "NOT_START"}, (None, "queued")),
        ({"status": "expired"}, (None, "expired")),
        ({"status": "some_new_word"}, (None, "some_new_word")),
    ],
    ids=["ark", "shouted", "wrapped", "wrapped twice", "gateway", "flat", "not started", "bare", "new"],
)
def test_each_shape_is_read(said: object, read: tuple[str | None, str | None]) -> None:
    """The upstream's own body, the gateway's wrapper and a flat one are read, in the upstream's words."""
    assert evidence(_body(said)) == read


@pytest.mark.parametrize(
    "garbage",
    [
        b"",
        b"not json",
        b"\xff\xfe\x00",
        b"NaN",
        b"[" * 60_000,
        b'{"data":' * 10_000 + b"1" + b"}" * 10_000,
        b"1" * 5_000,
        b"[1, 2]",
        b'"text"',
        b"null",
        b'{"id": 7, "status": ["succeeded"]}',
        b'{"id": "task_1", "status": "two words"}',
        b'{"id": "cgt-../../etc", "status": ""}',
        _body({"id": "cgt-" + "x" * 65, "status": "x" * 33}),
    ],
    ids=range(14),
)
def test_garbage_says_nothing(garbage: bytes) -> None:
    """A body that is no JSON, nested beyond reason or of other types is no evidence and no error."""
    assert evidence(garbage) == (None, None)


def test_odd_values_beside_the_evidence_do_not_spoil_it() -> None:
    """NaN, duplicate keys and unknown fields are passed over."""
    body = b'{"id": "cgt-0", "id": "cgt-1", "seed": NaN, "x": [[]], "status": "failed", "error": {"code": "E"}}'

    assert evidence(body) == ("cgt-1", "failed")


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["id", "status", "data", "x"]) | st.text(), inner),
)


@given(st.binary() | json_values.map(_body))
def test_no_body_is_an_error(body: bytes) -> None:
    """Whatever the bytes, the answer is two short words or none."""
    upstream_id, status = evidence(body)

    assert upstream_id is None or (upstream_id.startswith("cgt-") and len(upstream_id) <= 68)
    assert status is None or len(status) <= 32
