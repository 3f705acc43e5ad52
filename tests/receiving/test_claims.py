"""Shared claims on real HTTP: durable before the answer, one winner, one project's own, bounded in every way."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from seedance_spec.attempts.attempt_id import imported_attempt_id
from seedance_spec.realm import Realm
from seedance_spec.webhook.feed_protocol import ClaimRequest, Outcome, Said, request_json
from tests.support.attempts import NOW
from tests.support.facts import a_hash
from tests.support.receiving import raw
from tests.support.standing import (
    A_THIRD,
    OURS,
    SUBMITTED,
    THEIRS,
    a_shared_claim,
    a_stand,
    a_wish,
    granted,
    held,
    shown,
    token_of,
)

pytestmark = pytest.mark.anyio

REFUSED = Said(outcome=Outcome.REFUSED)


async def test_a_claim_is_granted_reported_and_read(tmp_path: Path) -> None:
    """The life of a claim that leads to a task, as its submitter and a fresh clone see it."""
    async with a_stand(tmp_path) as stand:
        assert await stand.claim(a_wish(1)) == (200, shown(granted(a_wish(1))))
        submitted = a_shared_claim(a_wish(1), outcome=Outcome.SUBMITTED, task_id="task_1")
        assert await stand.report(a_wish(1), SUBMITTED) == (200, shown(submitted))
        assert await stand.claim_of(a_wish(1)) == (200, shown(submitted))
        assert await stand.claim(a_wish(2)) == (
            200,
            shown(held(a_wish(1), outcome=Outcome.SUBMITTED, task_id="task_1")),
        )


async def test_a_claim_is_released_and_passed_on(tmp_path: Path) -> None:
    """`refused` frees it, and `after` passes over exactly the holder."""
    async with a_stand(tmp_path) as stand:
        await stand.claim(a_wish(1))
        assert await stand.report(a_wish(1), REFUSED) == (
            200,
            shown(a_shared_claim(a_wish(1), outcome=Outcome.REFUSED)),
        )
        assert await stand.claim(a_wish(2)) == (200, shown(granted(a_wish(2))))
        assert await stand.claim(a_wish(3, after=2)) == (200, shown(granted(a_wish(3))))
        assert await stand.claim(a_wish(4, after=2)) == (200, shown(held(a_wish(3))))


async def test_of_fifty_at_once_exactly_one_is_granted(tmp_path: Path) -> None:
    """Whoever comes first has it, and all the others are told the same attempt."""
    wishes = [a_wish(nth) for nth in range(1, 51)]
    async with a_stand(tmp_path) as stand:
        answers = [said for _, said in await asyncio.gather(*map(stand.claim, wishes))]

    assert [answer["granted"] for answer in answers].count(True) == 1
    (winner,) = {answer["claim"]["attempt"] for answer in answers}
    assert winner in {wish.attempt_id for wish in wishes}
    assert (stand.heard, len(stand.records.calls)) == ([], 50)


async def test_a_claim_is_answered_only_when_it_is_durable(tmp_path: Path) -> None:
    """While the disk is held up there is no answer, and the loop goes on; then both are there."""
    async with a_stand(tmp_path) as stand:
        stand.records.open.clear()
        asked = asyncio.create_task(stand.claim(a_wish(1)))
        async with stand.client.get(f"{stand.url}/healthz") as health:
            assert health.status == 200
        assert (asked.done(), stand.records.file.claim_of(a_wish(1).attempt_id)) == (False, None)

        stand.records.open.set()
        assert await asked == (200, shown(granted(a_wish(1))))
        assert stand.records.file.claim_of(a_wish(1).attempt_id) == a_shared_claim(a_wish(1))


async def test_a_claim_that_cannot_be_kept_is_503(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Nobody may pay on a word that is not on disk; the log says it once, and the next question is answered."""
    async with a_stand(tmp_path) as stand:
        stand.records.broken = True
        assert await stand.claim(a_wish(1)) == (503, None)
        assert await stand.report(a_wish(1), SUBMITTED) == (503, None)
        assert caplog.messages == ["claims cannot be answered: the disk is full"]

        stand.records.broken = False
        assert await stand.claim(a_wish(1)) == (200, shown(granted(a_wish(1))))


async def test_a_claim_that_comes_late_is_503_and_answered_alike_when_asked_again(tmp_path: Path) -> None:
    """Whoever was sent away may have the claim all the same: asking again tells."""
    async with a_stand(tmp_path, commit_seconds=0.01) as stand:
        stand.records.open.clear()
        assert await stand.claim(a_wish(1)) == (503, None)
        stand.records.open.set()
        async with asyncio.timeout(5):
            while (answer := await stand.claim(a_wish(1)))[0] == 503:
                pass

    assert answer == (200, shown(granted(a_wish(1))))


async def test_a_full_receiver_still_grants_claims(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Beyond --max-disk callbacks are 503, said once; claims are few, small, and what keeps from paying twice."""
    async with a_stand(tmp_path, max_bytes=1024) as stand:
        assert [await stand.call_back() for _ in range(2)] == [503, 503]
        assert await stand.claim(a_wish(1)) == (200, shown(granted(a_wish(1))))

    (said,) = caplog.messages
    assert said.startswith("callbacks cannot be stored: ")
    assert said.endswith("receiver.db has reached its limit of 1024 bytes: see --max-disk")


async def test_a_callback_shows_in_the_claim(tmp_path: Path) -> None:
    """Who adopts an attempt learns that it landed."""
    async with a_stand(tmp_path) as stand:
        await stand.claim(a_wish(1))
        assert await stand.call_back(1) == 200

        assert await stand.claim_of(a_wish(1)) == (200, shown(a_shared_claim(a_wish(1), called_back=True)))


# ── one project's own ───────────────────────────────────────────────────────────────────────────────────────────────


async def test_one_take_of_three_projects_is_three_claims(tmp_path: Path) -> None:
    """The same content hash in another project is another take; so it is in the other realm."""
    wishes = [a_wish(1, project_id=project) for project in (OURS, THEIRS, A_THIRD)]
    async with a_stand(tmp_path) as stand:
        answers = [
            await stand.claim(wish, token=token_of(project))
            for wish, project in zip(wishes, (OURS, THEIRS, A_THIRD), strict=True)
        ]
        sandboxed = await stand.claim(a_wish(1, realm=Realm.SANDBOX))

    assert answers == [(200, shown(granted(wish))) for wish in wishes]
    assert sandboxed == (200, shown(granted(a_wish(1, realm=Realm.SANDBOX))))


async def test_a_token_neither_claims_reports_nor_reads_for_another_project(tmp_path: Path) -> None:
    """The attempt id must carry the token's project: else 404, and the records are not asked."""
    theirs = a_wish(1, project_id=THEIRS)
    async with a_stand(tmp_path) as stand:
        await stand.claim(theirs, token=token_of(THEIRS))
        stand.records.calls.clear()

        answers = [await stand.claim(theirs), await stand.report(theirs, REFUSED), await stand.claim_of(theirs)]
        assert (answers, stand.records.calls) == ([(404, None)] * 3, [])

        _, claim = await stand.claim_of(theirs, token=token_of(THEIRS))
    assert claim == shown(a_shared_claim(theirs))


@pytest.mark.parametrize("attempt_id", ["z" * 56, imported_attempt_id(task_id="task_1", realm=Realm.PAID), "a" * 16])
async def test_an_attempt_that_is_not_whole_has_no_claim(tmp_path: Path, attempt_id: str) -> None:
    """Ids of another version, of imported tasks and of no form at all are nobody's."""
    wish = ClaimRequest(attempt_id=attempt_id, content_hash=a_hash(), take=1)
    async with a_stand(tmp_path) as stand:
        answers = [await stand.claim(wish), await stand.report(wish, REFUSED), await stand.claim_of(wish)]

    assert (answers, stand.records.calls) == ([(404, None)] * 3, [])


async def test_an_attempt_without_a_claim_has_no_outcome(tmp_path: Path) -> None:
    """404, and no event: nothing is made up."""
    async with a_stand(tmp_path) as stand:
        assert await stand.report(a_wish(1), SUBMITTED) == (404, None)
        assert await stand.claim_of(a_wish(1)) == (404, None)
        assert (await stand.feed())[1]["events"] == []


@pytest.mark.parametrize("wrong", [{"take": 2}, {"content_hash": a_hash("jump")}])
async def test_an_attempt_claims_only_what_it_was_made_for(tmp_path: Path, wrong: dict[str, Any]) -> None:
    """Hash and take stand in the attempt id: another place is not its own."""
    async with a_stand(tmp_path) as stand:
        said = await stand.ask("POST", "/v1/claims", {**request_json(a_wish(1)), **wrong})

    assert said == (400, {"error": "attempt: it was made for another content hash or take"})
    assert stand.records.calls == []


# ── what is no question ─────────────────────────────────────────────────────────────────────────────────────────────

NONSENSE: dict[str, bytes] = {
    "nothing": b"",
    "no JSON": b"not json",
    "another type": b"[]",
    "deep": b"[" * 8000,
    "deep objects": b'{"attempt":' * 700,
    "a long number": b'{"take": ' + b"9" * 5000 + b"}",
    "infinite": b'{"take": 1e999}',
    "not UTF-8": b'{"attempt": "\xff\xfe"}',
    "a take of text": json.dumps({**request_json(a_wish(1)), "take": "1"}).encode(),
    "take 0": json.dumps({**request_json(a_wish(1)), "take": 0}).encode(),
    "a hash with a line end": json.dumps({**request_json(a_wish(1)), "content_hash": "v1:a\n"}).encode(),
    "an id in capitals": json.dumps({**request_json(a_wish(1)), "attempt": "A" * 56}).encode(),
    "after of another form": json.dumps({**request_json(a_wish(1)), "after": ""}).encode(),
    "an outcome of no claim": json.dumps({"outcome": "open"}).encode(),
    "a task without its id": json.dumps({"outcome": "submitted"}).encode(),
    "a refusal with a task": json.dumps({"outcome": "refused", "task_id": "task_1"}).encode(),
    "a task id with blanks": json.dumps({"outcome": "submitted", "task_id": "a b"}).encode(),
}


@pytest.mark.parametrize("path", ["/v1/claims", f"/v1/claims/{a_wish(1).attempt_id}/outcome"])
@pytest.mark.parametrize("body", NONSENSE.values(), ids=NONSENSE)
async def test_nonsense_is_told_to_its_owner_and_goes_no_further(tmp_path: Path, path: str, body: bytes) -> None:
    """400 with the place and the kind of the fault, never an echo, never a 5xx; the records are not asked."""
    async with a_stand(tmp_path) as stand:
        status, said = await stand.ask("POST", path, body)

    assert (status, list(said)) == (400, ["error"])
    assert len(said["error"]) < 120
    assert stand.records.calls == []


@pytest.mark.parametrize("size", [8 * 1024 + 1, 70_000])
async def test_a_long_question_is_refused(tmp_path: Path, size: int) -> None:
    """413 beyond 8 KiB, whatever is in it."""
    async with a_stand(tmp_path) as stand:
        body = json.dumps(request_json(a_wish(1))).encode()
        padded = body + b" " * (size - len(body))

        assert await stand.ask("POST", "/v1/claims", padded) == (413, None)
        assert await stand.ask("POST", "/v1/claims", padded[: 8 * 1024]) == (200, shown(granted(a_wish(1))))


async def test_a_wrong_token_is_refused_before_the_body_is_sent(tmp_path: Path) -> None:
    """The answer comes while the question is still missing."""
    async with a_stand(tmp_path) as stand:
        head = "POST /v1/claims HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer x.y\r\nContent-Length: 100\r\n\r\n"

        assert await raw(stand.url, head.encode()) == "HTTP/1.1 404 Not Found"


async def test_callbacks_are_told_to_whoever_listens(tmp_path: Path) -> None:
    """The attempt id of each stored callback, once it is durable; and what came in all is counted."""
    async with a_stand(tmp_path) as stand:
        for nth in (1, 2, 1):
            await stand.call_back(nth)

    assert stand.heard == [a_wish(nth).attempt_id for nth in (1, 2, 1)]
    assert stand.now == NOW
