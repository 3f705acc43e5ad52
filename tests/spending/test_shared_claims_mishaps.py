"""Clones that share a receiver under mishaps, in virtual time: kills, lost answers, no receiver, one that garbles."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from seedance_spec.attempts import poster
from seedance_spec.attempts.endings import End
from seedance_spec.attempts.means import Stop
from seedance_spec.journal.receiver_file import ReceiverFile
from seedance_spec.json_types import JsonObject
from seedance_spec.lockfile.facts import AttemptFact
from seedance_spec.webhook.feed_protocol import FREED, Answer, Outcome
from tests.support.attempts import an_attempt_id
from tests.support.conducting import ends
from tests.support.sharing import JUMP, MOON, RENDERED, Team, a_team


@pytest.fixture
def team(tmp_path: Path) -> Iterator[Team]:
    with a_team(tmp_path) as team:
        yield team


@pytest.mark.anyio
@pytest.mark.parametrize("before", [True, False], ids=["before", "after"])
@pytest.mark.parametrize("gone", [True, False], ids=["folder-gone", "same-folder"])
async def test_killed_at_any_step_a_take_is_paid_once(team: Team, *, before: bool, gone: bool) -> None:
    """At every write of the journal, until its outcome is told: then a fresh clone, or the same one again. Never two
    POSTs for one take, and the clip is here or the take is held as unknown.
    """
    step, is_told = 0, False
    while not is_told:
        step += 1
        lost = team.anew(step)
        await lost.together(lost.clone(1).run(lost.gateway, dies_at=(step, before)))
        is_told = bool(lost.gateway.born) and not lost.clone(1).journal.owed()
        again = lost.clone(2) if gone else lost.clone(1)
        (ended,) = await lost.together(again.run(lost.gateway))

        assert lost.charged <= 1, step
        assert set(ends(ended or ()).values()) <= {"rendered", "unknown"}, step
    assert step >= 8


@pytest.mark.anyio
@pytest.mark.parametrize("lost", [1, 2])
async def test_a_claim_whose_answer_is_lost_is_asked_for_again(team: Team, lost: int) -> None:
    """The receiver has granted it and says so once more: one claim, one POST."""
    team.hub.lost = {"claim": lost}

    (ended,) = await team.together(team.clone(1).run(team.gateway))

    assert ends(ended or ()) == RENDERED
    assert team.hub.asked.count("claim") == lost + 1
    assert len(team.gateway.bodies) == 1


@pytest.mark.anyio
async def test_a_receiver_that_cannot_be_reached_stops_every_submit(team: Team) -> None:
    """Nothing is sent, every take says why, and the next run, with the receiver back, pays for each once."""
    team.shots = (MOON, JUMP)
    clone = team.clone(1)
    team.hub.away = lambda: True

    (ended,) = await team.together(clone.run(team.gateway))

    assert {ending.code for ending in ended or ()} == {"no-receiver"}
    assert team.gateway.bodies == []
    team.hub.away = lambda: False
    (again,) = await team.together(clone.run(team.gateway))
    assert set(ends(again or ()).values()) == {"rendered"}
    assert team.charged == 2


@pytest.mark.anyio
async def test_a_claim_that_was_granted_in_vain_is_freed_by_the_next_run(team: Team) -> None:
    """Every answer is lost, though the receiver has granted the claim: not sent; the next run tells it so, and others
    may buy.
    """
    one = team.clone(1)
    team.hub.lost = {"claim": 3}
    (ended,) = await team.together(one.run(team.gateway))
    assert [ending.code for ending in ended or ()] == ["no-receiver"]
    one.film = replace(one.film, shots={})

    await team.together(one.run(team.gateway))
    (fresh,) = await team.together(team.clone(2).run(team.gateway))

    assert ends(fresh or ()) == RENDERED
    assert one.journal.owed() == ()


@pytest.mark.anyio
async def test_a_receiver_that_does_not_know_us_is_not_asked_twice(team: Team) -> None:
    """Another key than ours: the first take says so for all, nothing is sent, and the reason is the receiver's."""
    team.shots = (MOON, JUMP)
    clone = team.clone(1)
    clone.jobs = 1
    team.hub.stranger = True

    (ended,) = await team.together(clone.run(team.gateway))

    assert [(ending.code, "callback key" in ending.message) for ending in ended or ()] == [("no-receiver", True)] * 2
    assert team.hub.questions.count("claim") == 1
    assert team.gateway.bodies == []


@pytest.mark.anyio
@pytest.mark.parametrize(
    "garbles",
    [
        lambda answer: replace(answer, claim=replace(answer.claim, attempt_id=an_attempt_id(9))),
        lambda answer: replace(answer, claim=replace(answer.claim, outcome=Outcome.SUBMITTED, task_id="task_9")),
        lambda answer: replace(answer, claim=replace(answer.claim, take=2)),
        lambda answer: replace(answer, claim=replace(answer.claim, content_hash="v1:another")),
        lambda answer: replace(answer, granted=False),
        lambda answer: replace(
            answer, granted=False, claim=replace(answer.claim, attempt_id=an_attempt_id(9), outcome=Outcome.REFUSED)
        ),
    ],
    ids=["another-attempt", "submitted-already", "another-take", "another-hash", "ours-but-held", "held-by-the-freed"],
)
async def test_an_answer_that_contradicts_itself_grants_nothing(
    team: Team, garbles: Callable[[Answer], Answer]
) -> None:
    """Whatever a broken receiver says that is no plain grant of this very claim: no POST."""
    team.hub.garbles = garbles

    (ended,) = await team.together(team.clone(1).run(team.gateway))

    assert [ending.code for ending in ended or ()] == ["no-receiver"]
    assert team.gateway.bodies == []


@pytest.mark.anyio
async def test_outcomes_are_told_when_the_receiver_is_back(team: Team) -> None:
    """Away from the POST on: the clip comes by polling, and the next run tells the receiver what was paid for."""
    one = team.clone(1)
    team.hub.away = lambda: bool(team.gateway.bodies)
    (ended,) = await team.together(one.run(team.gateway))
    assert ends(ended or ()) == RENDERED
    (attempt,) = one.journal.owed()
    assert team.claim(attempt).outcome is Outcome.OPEN
    team.hub.away = lambda: False

    await team.together(one.run(team.gateway))

    assert (team.claim(attempt).outcome, team.claim(attempt).task_id) == (Outcome.SUBMITTED, "task_1")
    assert one.journal.owed() == ()


@pytest.mark.anyio
async def test_a_receiver_that_lost_its_disk_is_told_again(team: Team, tmp_path: Path) -> None:
    """Its claims are gone when the outcome is told: the attempt is claimed anew, and no other clone pays."""
    with closing(ReceiverFile(tmp_path / "another.db")) as empty:
        team.gateway.on_submit = lambda _: setattr(team.hub, "file", empty)
        await team.together(team.clone(1).run(team.gateway))

        (fresh,) = await team.together(team.clone(2).run(team.gateway))

        assert ends(fresh or ()) == RENDERED
        assert len(team.gateway.bodies) == 1


@pytest.mark.anyio
async def test_a_stop_while_the_claim_is_asked_for_sends_nothing(team: Team) -> None:
    """Ctrl-C before the receiver has answered: the claim is given back here and there, and others may buy."""
    one, stop = team.clone(1), Stop()
    team.hub.on_the_way = 2.0

    stopping = team.once(lambda: "claim" in team.hub.asked, stop.interrupt)
    (ended, _) = await team.together(one.run(team.gateway, stop=stop), stopping)

    assert [(ending.end, ending.code) for ending in ended or ()] == [(End.NOT_SUBMITTED, "interrupted")]
    assert team.gateway.bodies == []
    assert one.journal.owed() == ()
    team.hub.on_the_way = 0.05
    (fresh,) = await team.together(team.clone(2).run(team.gateway))
    assert ends(fresh or ()) == RENDERED


@pytest.mark.anyio
async def test_a_stop_while_inputs_are_read_frees_the_take(team: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    """SIGTERM between the claim and the first byte: the claim is given back here and there, nothing is tried again."""
    one, stop = team.clone(1), Stop()
    reading: list[AttemptFact] = []

    async def slowly(fact: AttemptFact, *_: object) -> JsonObject:
        reading.append(fact)
        await team.clock.sleep(10.0)
        raise AssertionError("nobody stopped it")

    monkeypatch.setattr(poster, "body_of", slowly)
    (ended, _) = await team.together(one.run(team.gateway, stop=stop), team.once(lambda: bool(reading), stop.terminate))
    monkeypatch.undo()

    assert [ending.end for ending in ended or ()] == [End.NOT_SUBMITTED]
    assert team.gateway.bodies == []
    assert [team.claim(fact.attempt_id).outcome in FREED for fact in reading] == [True]
    (fresh,) = await team.together(team.clone(2).run(team.gateway))
    assert ends(fresh or ()) == RENDERED
