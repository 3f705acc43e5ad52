"""The words between a standing receiver and its projects: what one side says the other reads, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedance_spec.webhook.feed_protocol import (
    Answer,
    CallbackEvent,
    ClaimEvent,
    ClaimRequest,
    FeedPage,
    Outcome,
    ProtocolFault,
    Said,
    SharedClaim,
    answer_json,
    claim_json,
    page_json,
    read_answer,
    read_claim,
    read_page,
    read_request,
    read_said,
    request_json,
    said_json,
)

READERS: dict[str, Callable[[bytes], object]] = {
    "request": read_request,
    "claim": read_claim,
    "answer": read_answer,
    "said": read_said,
    "page": read_page,
}

attempt_ids = st.text("abcdefghijklmnopqrstuvwxyz234567", min_size=56, max_size=56)
hashes = st.from_regex(r"v[0-9]:[0-9a-f]{64}", fullmatch=True)
takes = st.integers(1, 0xFFFF)
task_ids = st.from_regex(r"task_[A-Za-z0-9]{1,40}", fullmatch=True)
times = st.floats(0, 4e9)
seqs = st.integers(0, 2**60)
outcomes = st.sampled_from(list(Outcome))
requests = st.builds(
    ClaimRequest, attempt_id=attempt_ids, content_hash=hashes, take=takes, after=st.none() | attempt_ids
)
claims = st.builds(
    SharedClaim,
    attempt_id=attempt_ids,
    content_hash=hashes,
    take=takes,
    claimed_at=times,
    outcome=outcomes,
    task_id=st.none() | task_ids,
    called_back=st.booleans(),
)
events = st.builds(CallbackEvent, seq=seqs, attempt_id=attempt_ids, at=times, body=st.binary(max_size=200)) | st.builds(
    ClaimEvent, seq=seqs, attempt_id=attempt_ids, at=times, outcome=outcomes, task_id=st.none() | task_ids
)
pages = st.builds(
    FeedPage,
    epoch=st.from_regex(r"[0-9a-f]{1,64}", fullmatch=True),
    next=seqs,
    events=st.lists(events, max_size=5).map(tuple),
)
answers = st.builds(Answer, granted=st.booleans(), claim=claims)
reported = st.builds(Said, outcome=st.just(Outcome.SUBMITTED), task_id=task_ids) | st.builds(
    Said, outcome=st.sampled_from([Outcome.UNKNOWN, Outcome.REFUSED, Outcome.NEVER_SENT])
)


def _bytes(value: object) -> bytes:
    return json.dumps(value).encode()


@given(requests, claims, answers, reported, pages)
def test_what_is_said_is_read(
    request: ClaimRequest, claim: SharedClaim, answer: Answer, said: Said, page: FeedPage
) -> None:
    """Every value that one side can say, the other reads as the same value."""
    assert read_request(_bytes(request_json(request))) == request
    assert read_claim(_bytes(claim_json(claim))) == claim
    assert read_answer(_bytes(answer_json(answer))) == answer
    assert read_said(_bytes(said_json(said))) == said
    assert read_page(_bytes(page_json(page))) == page


@given(pages, st.lists(st.dictionaries(st.text(max_size=5), st.integers() | st.text(max_size=5)), max_size=3))
def test_what_is_not_known_yet_is_passed_over(page: FeedPage, others: list[dict[str, Any]]) -> None:
    """Unknown kinds of event and unknown fields of a newer receiver spoil nothing."""
    spoken: Any = page_json(page)
    news = [{**other, "kind": "news"} for other in others]
    newer = {**spoken, "events": [*news, *({**event, "more": 1} for event in spoken["events"])], "more": [1]}

    assert read_page(_bytes(newer)) == page


@given(st.sampled_from(list(READERS)), st.binary() | st.text().map(str.encode))
def test_no_bytes_are_an_error_of_ours(reader: str, said: bytes) -> None:
    """Whatever comes, it is a value of the protocol or a ProtocolFault."""
    with pytest.raises(ProtocolFault):
        READERS[reader](said)


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize(
    "said",
    [b"[" * 60_000, b'{"events":' * 10_000, b'{"version":1,"epoch":"a","next":0,"events":[' + b"[" * 9000, b"NaN"],
    ids=["deep", "deep objects", "deep events", "not a number"],
)
def test_depth_is_a_fault_like_any_other(reader: str, said: bytes) -> None:
    """No nesting exhausts the reader."""
    with pytest.raises(ProtocolFault):
        READERS[reader](said)


def test_a_fault_names_the_field_and_repeats_no_value() -> None:
    """What somebody sent, perhaps by mistake a key, is not sent back."""
    with pytest.raises(ProtocolFault) as told:
        read_request(_bytes({"attempt": "sk-canary", "content_hash": "v1:a", "take": 1}))

    assert str(told.value) == "attempt: string_pattern_mismatch"


def test_a_callbacks_body_is_not_shown() -> None:
    """Its links are secrets for a day: no repr holds them."""
    event = CallbackEvent(seq=1, attempt_id="a" * 56, at=0.0, body=b"https://signed.example/?X-Tos-Signature=1")

    assert "signed" not in repr(FeedPage(epoch="a", next=1, events=(event,)))
