"""CI is told once for a run that has ended, late for one that has not, and again until it listened, by real HTTP."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from seedance_spec.attempts.attempt_id import derived_project_id, project_prefix
from seedance_spec.journal.database import Database, Schema
from seedance_spec.journal.receiver_file import RECEIVER, ReceiverFile
from seedance_spec.realm import Realm
from seedance_spec.webhook.feed_protocol import Outcome, Said
from seedance_spec.webhook.notify_words import SignedPost, Target, projects_of, signature
from seedance_spec.webhook.probe_id import probe_id
from tests.support.attempts import NOW, PROJECT, RUN, an_attempt_id
from tests.support.notifying import DISPATCH, TOKEN, Forge, a_forge, a_tower, github
from tests.support.standing import SUBMITTED, THEIRS

pytestmark = pytest.mark.anyio

OURS = project_prefix(PROJECT)
REFUSED = Said(outcome=Outcome.REFUSED)


@pytest.fixture
def forge() -> Iterator[Forge]:
    with a_forge() as forge:
        yield forge


def _runs(forge: Forge) -> list[list[tuple[str, int, int]]]:
    """What each message that was taken says of each run."""
    return [[(run["run"], run["attempts"], run["ended"]) for run in told.payload["runs"]] for told in forge.taken]


def _bytes_in(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.iterdir())


# ── when ────────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_run_that_has_ended_is_told_once_when_it_is_quiet(tmp_path: Path, forge: Forge) -> None:
    """Three attempts end one after the other: one dispatch, half a minute after the last, and no other ever."""
    async with a_tower(tmp_path, github(forge)) as tower:
        for nth in (1, 2, 3):
            tower.called_back(nth, "running", at=nth)
        tower.called_back(1, "succeeded", at=50)
        tower.called_back(2, "failed", at=60)
        assert await tower.at(60) == 903
        tower.called_back(3, "succeeded", at=70)
        assert await tower.at(70) == 100
        assert await tower.at(99.9) == 100
        assert forge.heard == []
        assert await tower.at(100) is None
        assert await tower.at(86_400) is None

    assert [(told.path, told.payload) for told in forge.heard] == [
        (
            DISPATCH,
            {
                "version": 1,
                "id": "msg_1",
                "project": OURS,
                "realm": "paid",
                "complete": True,
                "runs": [{"run": RUN, "attempts": 3, "ended": 3}],
            },
        )
    ]
    assert [notice.id for notice in tower.arrived] == ["msg_1"]


async def test_news_that_does_not_end_is_told_at_the_deadline(tmp_path: Path, forge: Forge) -> None:
    """A lost last callback costs a quarter of an hour, and the message says so. Its end would be news again."""
    async with a_tower(tmp_path, github(forge)) as tower:
        tower.called_back(1, "succeeded", at=5)
        tower.called_back(2, "queued", at=10)
        assert await tower.at(10) == 905
        assert await tower.at(905) is None
        tower.called_back(2, "succeeded", at=2_000)
        assert await tower.at(2_030) is None

    assert _runs(forge) == [[(RUN, 2, 1)], [(RUN, 2, 2)]]
    assert [told.payload["complete"] for told in forge.taken] == [False, True]


async def test_a_submitted_take_counts_though_no_callback_ever_came(tmp_path: Path, forge: Forge) -> None:
    """The submitter's report is news too: a receiver that was away for all callbacks still has CI look."""
    async with a_tower(tmp_path, github(forge)) as tower:
        tower.reported(1, SUBMITTED, at=3)
        assert await tower.at(3) == 903
        assert await tower.at(903) is None

    assert _runs(forge) == [[(RUN, 1, 0)]]


async def test_what_was_never_bought_is_not_waited_for(tmp_path: Path, forge: Forge) -> None:
    """A refused POST neither wakes anybody nor keeps its run from being complete."""
    async with a_tower(tmp_path, github(forge)) as tower:
        tower.reported(1, REFUSED)
        assert await tower.at(10_000) is None
        tower.called_back(2, "succeeded", at=10_000)
        assert await tower.at(10_030) is None

    assert _runs(forge) == [[(RUN, 1, 1)]]


async def test_what_is_heard_again_wakes_nobody(tmp_path: Path, forge: Forge) -> None:
    """A stranger with a callback URL, in a loop: nothing is told twice, and quiet is not put off."""
    async with a_tower(tmp_path, github(forge)) as tower:
        tower.called_back(1, "succeeded")
        for second in range(1, 30):
            tower.called_back(1, ("succeeded", "running", "queued")[second % 3], at=second)
        assert await tower.at(30) is None
        for second in range(600):
            tower.called_back(1, "succeeded", at=31 + second)
        assert await tower.at(9_999) is None

    assert len(forge.heard) == 1


async def test_a_doctors_probe_is_no_news(tmp_path: Path, forge: Forge) -> None:
    """It belongs to no take, so there is nothing to collect."""
    probe = probe_id(realm=Realm.PAID, project_id=PROJECT, run=RUN, now=NOW, random=bytes(10))
    async with a_tower(tmp_path, github(forge)) as tower:
        tower.file.receive_all([(probe, b'{"status":"succeeded"}', NOW), ("z" * 56, b"", NOW)])
        assert await tower.at(10_000) is None

    assert forge.heard == []


async def test_what_came_before_anybody_was_to_be_told_is_told(tmp_path: Path, forge: Forge) -> None:
    """Runs of the last days go into one message: a receiver that gets --notify today forgets nothing."""
    async with a_tower(tmp_path) as tower:
        for nth, run in enumerate(("00000001", "00000002"), 1):
            tower.called_back(nth, "succeeded", at=nth, run=run)
        assert await tower.at(40) is None
        tower.targets = (github(forge),)
        tower.start()
        assert await tower.at(50) is None

    assert _runs(forge) == [[("00000001", 1, 1), ("00000002", 1, 1)]]


# ── until it listened ───────────────────────────────────────────────────────────────────────────────────────────────


async def test_an_outage_is_survived_and_ends_with_one_message(tmp_path: Path, forge: Forge) -> None:
    """Tried after 1, 2, 4 … s and said once; what becomes due meanwhile goes along, under an id of its own."""
    forge.refusals = [503, 500, 429]
    async with a_tower(tmp_path, github(forge)) as tower:
        tower.called_back(1, "succeeded")
        assert await tower.at(30) == 31
        assert await tower.at(30.9) == 31
        assert await tower.at(31) == 33
        tower.called_back(2, "succeeded", at=1, run="22334455")
        assert await tower.at(32) == 33
        assert await tower.at(33) == 37
        assert await tower.at(37) is None

    assert [told.payload["id"] for told in forge.heard] == ["msg_1", "msg_1", "msg_2", "msg_2"]
    assert _runs(forge) == [[(RUN, 1, 1), ("22334455", 1, 1)]]
    assert tower.missed == ["HTTP 503"]


async def test_a_wish_to_wait_is_obeyed(tmp_path: Path, forge: Forge) -> None:
    """Retry-After in seconds."""
    forge.refusals, forge.retry_after = [429], "120"
    async with a_tower(tmp_path, github(forge)) as tower:
        tower.called_back(1, "succeeded")
        assert await tower.at(30) == 150


async def test_a_new_process_goes_on_where_the_old_one_was_killed(tmp_path: Path, forge: Forge) -> None:
    """The message, its id, its tries and its pause are in the file; so is what was told."""
    forge.refusals = [500]
    async with a_tower(tmp_path, github(forge)) as tower:
        tower.called_back(1, "succeeded")
        assert await tower.at(30) == 31
    async with a_tower(tmp_path, github(forge)) as tower:
        assert await tower.at(30.5) == 31
        assert await tower.at(31) is None
    async with a_tower(tmp_path, github(forge)) as tower:
        assert await tower.at(99) is None

    assert [told.payload["id"] for told in forge.heard] == ["msg_1", "msg_1"]


async def test_an_answer_that_was_lost_is_asked_for_again(tmp_path: Path, forge: Forge) -> None:
    """At least once: the same id tells the other side that it is the same message."""
    forge.refusals = [0]
    async with a_tower(tmp_path, github(forge)) as tower:
        tower.called_back(1, "succeeded")
        assert await tower.at(30) == 31
        assert await tower.at(31) is None

    assert [told.payload["id"] for told in forge.heard] == ["msg_1", "msg_1"]
    assert tower.missed == ["the connection broke before the answer was here"]


async def test_after_three_days_a_notice_is_given_up(tmp_path: Path) -> None:
    """What it tells of is dead by then; nothing is tried for ever."""
    with a_forge() as gone:
        target = github(gone)
    async with a_tower(tmp_path, target) as tower:
        tower.called_back(1, "succeeded")
        assert await tower.at(30) == 31
        assert await tower.at(30 + 3 * 86_400) is not None
        assert await tower.at(31 + 3 * 86_400) is None

    assert tower.missed == ["no connection: Connection refused"]


async def test_one_that_is_away_keeps_no_other_waiting(tmp_path: Path, forge: Forge) -> None:
    """Each target has its own tries."""
    with a_forge(500) as broken:
        async with a_tower(tmp_path, github(broken, "github:studio/other"), github(forge)) as tower:
            tower.called_back(1, "succeeded")
            assert await tower.at(30) == 31
            assert await tower.at(31) is None

    assert [len(each.taken) for each in (broken, forge)] == [1, 1]


# ── to whom, and what ───────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_projects_own_target_hears_of_it_alone(tmp_path: Path, forge: Forge) -> None:
    """Paid and rehearsed; whoever is named without a project hears of all the others."""
    rehearsal = derived_project_id(PROJECT, realm=Realm.SANDBOX)
    with a_forge() as everybody:
        targets = (github(forge, projects=projects_of(PROJECT)), github(everybody, "github:studio/rest"))
        async with a_tower(tmp_path, *targets) as tower:
            tower.called_back(1, "succeeded")
            tower.called_back(2, "succeeded", project_id=THEIRS)
            tower.called_back(3, "succeeded", project_id=rehearsal, realm=Realm.SANDBOX)
            await tower.at(30)

    assert {(told.payload["project"], told.payload["realm"]) for told in forge.taken} == {
        (OURS, "paid"),
        (project_prefix(rehearsal), "sandbox"),
    }
    assert [told.payload["project"] for told in everybody.taken] == [project_prefix(THEIRS)]


async def test_a_signed_message_can_be_verified(tmp_path: Path, forge: Forge) -> None:
    """Standard Webhooks: signed over id, time and the very bytes that came."""
    key = bytes(range(32))
    async with a_tower(tmp_path, Target(name="ci", provider=SignedPost(url=f"{forge.url}/hook", keys=(key,)))) as tower:
        tower.called_back(1, "succeeded")
        await tower.at(30)

    (told,) = forge.taken
    assert told.path == "/hook"
    assert told.json["type"] == "seedance.collect"
    sent_at = int(told.headers["webhook-timestamp"])
    assert told.headers["webhook-signature"] == signature(key, told.headers["webhook-id"], sent_at, told.body)


async def test_nobody_is_sent_elsewhere(tmp_path: Path, forge: Forge) -> None:
    """A redirect is a failure like another: the token goes to the address that the user named."""
    with a_forge(307) as sly:
        sly.location = f"{forge.url}/steal"
        async with a_tower(tmp_path, github(sly)) as tower:
            tower.called_back(1, "succeeded")
            assert await tower.at(30) == 31

    assert forge.heard == []
    assert tower.missed == ["HTTP 307"]


async def test_no_message_and_no_record_holds_a_secret(tmp_path: Path, forge: Forge) -> None:
    """No link of a clip, no task and no attempt in a message; no token in the file."""
    async with a_tower(tmp_path, github(forge)) as tower:
        tower.called_back(1, "succeeded")
        await tower.at(30)

    (told,) = forge.taken
    assert [text for text in ("cgt-", "http", "sig=", "task_", "attempt_id") if text in told.body.decode()] == []
    assert told.headers["authorization"] == f"Bearer {TOKEN}"
    assert TOKEN.encode() not in _bytes_in(tmp_path)


async def test_a_receivers_file_of_before_learns_to_notify(tmp_path: Path, forge: Forge) -> None:
    """A file of the first version keeps its events and its epoch, and what it holds is told."""
    path = tmp_path / "receiver.db"
    with closing(Database(path, Schema(steps=RECEIVER.steps[:1], if_damaged=""))):
        pass
    with closing(sqlite3.connect(path)) as db:
        (epoch,) = db.execute("SELECT value FROM about").fetchone()

    async with a_tower(tmp_path, github(forge)) as tower:
        tower.called_back(1, "succeeded")
        assert await tower.at(30) is None

    assert len(forge.taken) == 1
    with closing(ReceiverFile(path)) as file:
        assert file.epoch == epoch


async def test_a_flood_is_reckoned_with_in_pages(tmp_path: Path, forge: Forge) -> None:
    """More events than are read at once are all taken in before anything is told."""
    async with a_tower(tmp_path, github(forge)) as tower:
        body = json.dumps({"status": "succeeded"}).encode()
        tower.file.receive_all([(an_attempt_id(nth), body, NOW) for nth in range(1, 1_302)])
        assert await tower.at(30) is None

    assert _runs(forge) == [[(RUN, 1_301, 1_301)]]
