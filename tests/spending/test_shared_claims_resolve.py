"""The user's word about a lost attempt, where clones share a receiver: what they know is heeded, and they are told."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import replace
from pathlib import Path

import pytest

from seedance_spec.cli.exit_codes import ExitCode
from seedance_spec.cli.resolve_receiver import Colleagues
from seedance_spec.cli.stop import StopError
from seedance_spec.journal.sqlite import SqliteJournal
from seedance_spec.lockfile.facts import Status
from seedance_spec.realm import Realm
from seedance_spec.webhook.feed_protocol import Outcome, Said, SharedClaim
from seedance_spec.workplace import Workplace
from tests.support.attempts import a_claim
from tests.support.receiving import KEY
from tests.support.standing import SUBMITTED, Stand, a_stand, a_wish
from tests.support.team import free_port

WISH = a_wish(1)


@asynccontextmanager
async def _team(folder: Path) -> AsyncIterator[tuple[Stand, Colleagues]]:
    async with a_stand(folder) as stand:
        stand.now = time.time()
        yield stand, _colleagues(stand.url, folder)


def _colleagues(url: str, folder: Path) -> Colleagues:
    return Colleagues(url=url, key=KEY, workplace=Workplace(root=folder, realm=Realm.PAID))


@pytest.mark.anyio
async def test_an_attempt_that_may_be_on_its_way_cannot_be_called_not_landed(tmp_path: Path) -> None:
    """Claimed a moment ago, no outcome yet: exit 6. Hours later the word counts."""
    async with _team(tmp_path) as (stand, colleagues):
        await stand.claim(WISH)
        with pytest.raises(StopError, match="another clone may be sending it") as refused:
            await colleagues.heed(WISH.attempt_id)
        assert refused.value.code is ExitCode.BUSY
    async with _team(tmp_path / "later") as (stand, colleagues):
        stand.now -= 4 * 3600
        await stand.claim(WISH)
        await colleagues.heed(WISH.attempt_id)


@pytest.mark.anyio
async def test_an_attempt_whose_task_another_clone_knows_cannot_either(tmp_path: Path) -> None:
    """Exit 8, and the command that takes the task in."""
    async with _team(tmp_path) as (stand, colleagues):
        await stand.claim(WISH)
        await stand.report(WISH, SUBMITTED)

        with pytest.raises(StopError, match="it landed as task_1") as refused:
            await colleagues.heed(WISH.attempt_id)

        assert (refused.value.code, refused.value.hint) == (ExitCode.NEEDS_YOU, "--landed task_1")


@pytest.mark.anyio
async def test_a_receiver_that_knows_nothing_or_is_away_keeps_nobody_from_saying_so(tmp_path: Path) -> None:
    """An unknown outcome, no claim at all, nobody there: the user's word counts."""
    async with _team(tmp_path) as (stand, colleagues):
        await colleagues.heed(WISH.attempt_id)
        await stand.claim(WISH)
        await stand.report(WISH, Said(outcome=Outcome.UNKNOWN))
        await colleagues.heed(WISH.attempt_id)
    await _colleagues(f"http://127.0.0.1:{free_port()}", tmp_path).heed(WISH.attempt_id)


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("word", "outcome"),
    [
        ({"status": Status.NOT_LANDED, "task_id": None}, Outcome.REFUSED),
        ({"status": Status.SUBMITTED, "task_id": "task_9"}, Outcome.SUBMITTED),
    ],
    ids=["not-landed", "landed"],
)
async def test_the_word_reaches_the_receiver(
    tmp_path: Path, word: dict[str, Status | str | None], outcome: Outcome
) -> None:
    """What the journal says by now is told: a take that is free for all, or a task for all to follow."""
    fact = a_claim(1)
    async with _team(tmp_path) as (stand, colleagues):
        with closing(SqliteJournal(tmp_path / "journal.db")) as journal:
            wish = replace(WISH, attempt_id=fact.attempt_id, content_hash=fact.content_hash)
            assert await stand.claim(wish)
            journal.record(replace(fact, **word))  # type: ignore[arg-type] # two fields of a fact

            assert await colleagues.tell(fact.attempt_id, journal)

            known = stand.records.file.claim_of(fact.attempt_id)
            assert isinstance(known, SharedClaim)
            assert (known.outcome, known.task_id) == (outcome, word["task_id"])
            assert journal.owed() == ()


@pytest.mark.anyio
async def test_a_word_that_cannot_be_told_now_stays_owed(tmp_path: Path) -> None:
    """Nobody there: the next run with the receiver tells it."""
    fact = a_claim(1, status=Status.NOT_LANDED)
    with closing(SqliteJournal(tmp_path / "journal.db")) as journal:
        journal.record(fact)

        assert not await _colleagues(f"http://127.0.0.1:{free_port()}", tmp_path).tell(fact.attempt_id, journal)

        assert journal.owed() == (fact.attempt_id,)


@pytest.mark.anyio
async def test_what_a_callback_proves_cannot_be_called_not_landed(tmp_path: Path) -> None:
    """Nobody knows the task, but the upstream called the receiver: exit 8, however long ago the claim was made."""
    async with _team(tmp_path) as (stand, colleagues):
        stand.now -= 4 * 3600
        await stand.claim(WISH)
        stand.records.receive_all([(WISH.attempt_id, b'{"status": "queued"}', stand.now)])
        with pytest.raises(StopError, match="a callback came for it") as refused:
            await colleagues.heed(WISH.attempt_id)
    assert refused.value.code is ExitCode.NEEDS_YOU
