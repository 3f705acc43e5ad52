"""Clones that share a receiver, in virtual time: a take is paid for by the first, and the others follow its attempt."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from seedance_spec.attempts.attempt_id import new_project_id
from seedance_spec.attempts.ports import Refused
from seedance_spec.lockfile.facts import Reporter, Status
from seedance_spec.webhook.feed_protocol import Outcome, Said
from tests.lab.simulation.process import Process
from tests.support.conducting import ends
from tests.support.sharing import JUMP, MOON, NOT_SUBMITTED, PROJECT, RENDERED, UNKNOWN, Clone, Team, Till, a_team

BAD = Refused(code="invalid-request", message="no", status=400)
FORGED = b'{"id": "cgt-forged", "status": "succeeded", "content": {"video_url": "https://evil.example.test/clip.mp4"}}'


@pytest.fixture
def team(tmp_path: Path) -> Iterator[Team]:
    with a_team(tmp_path) as team:
        yield team


@pytest.mark.anyio
@pytest.mark.parametrize("later", [0.0, 0.02, 0.07, 0.2, 0.6])
async def test_two_fresh_clones_pay_once(team: Team, later: float) -> None:
    """Both want two takes, at the same instant or almost: two POSTs, both have both clips and the same attempts."""
    team.shots = (MOON, JUMP)
    one, other = team.clone(1), team.clone(2)

    ended = await team.together(one.run(team.gateway), team.after(later, other.run(team.gateway)))

    assert [set(ends(each or ()).values()) for each in ended] == [{"rendered"}] * 2
    assert team.charged == len(team.gateway.bodies) == 2
    assert one.facts().attempts.keys() == other.facts().attempts.keys()


@pytest.mark.anyio
async def test_what_a_dead_runner_sent_is_not_sent_again(team: Team) -> None:
    """Killed while its answer was due, its folder gone: a fresh clone adopts the attempt; held as unknown, no POST."""
    doomed, process = team.clone(1), Process(owner="doomed", on_death=lambda _: None)
    team.gateway.on_submit = lambda _: process.die()

    await team.together(doomed.live(process, team.gateway))
    (fresh,) = await team.together(team.clone(2).run(team.gateway))

    assert ends(fresh or ()) == UNKNOWN
    assert len(team.gateway.bodies) == 1
    held, _ = team.clone(2).lockfile.read()
    assert [(fact.label.shot, fact.status) for fact in held.attempts.values()] == [("film/moon", Status.UNKNOWN)]


@pytest.mark.anyio
async def test_what_a_dead_runner_reported_completes(team: Team) -> None:
    """Killed once its task id was told, its folder gone: a fresh clone follows the task to its clip, no POST."""
    doomed, process = team.clone(1), Process(owner="doomed", on_death=lambda _: None)
    killing = team.once(lambda: "report" in team.hub.asked, process.die)

    await team.together(doomed.live(process, team.gateway), killing)
    (fresh,) = await team.together(team.clone(2).run(team.gateway))

    assert ends(fresh or ()) == RENDERED
    assert len(team.gateway.bodies) == 1


@pytest.mark.anyio
async def test_an_answer_that_is_due_elsewhere_is_waited_for(team: Team) -> None:
    """The other clone's POST takes a minute: until then the take is neither bought nor called unknown here."""
    one, other = team.clone(1), team.clone(2)
    one.called_back = other.called_back = False
    team.gateway.answer_seconds = 60.0

    ended = await team.together(one.run(team.gateway), team.after(1.0, other.run(team.gateway)))

    assert [ends(each or ()) for each in ended] == [RENDERED, RENDERED]
    assert len(team.gateway.bodies) == 1


@pytest.mark.anyio
async def test_an_outcome_that_overtakes_the_answer_to_a_claim_is_not_missed(team: Team) -> None:
    """The feed tells of the task before this clone knows that there is such an attempt: it follows the task."""
    one, other = team.clone(1), team.clone(2)
    one.called_back = other.called_back = False
    granting = team.once(lambda: "claim" in team.hub.asked, lambda: team.hub.slow.update(claim=3.0))

    ended = await team.together(one.run(team.gateway), team.after(0.2, other.run(team.gateway)), granting)

    assert [ends(each or ()) for each in ended[:2]] == [RENDERED, RENDERED]
    assert len(team.gateway.bodies) == 1


@pytest.mark.anyio
async def test_a_refusal_elsewhere_frees_the_take(team: Team) -> None:
    """The first clone's POST is refused: the one that waited for it claims anew, and pays once."""
    team.till = Till(answers=(BAD,))
    one, other = team.clone(1), team.clone(2)

    ended = await team.together(one.run(team.gateway), team.after(0.3, other.run(team.gateway)))

    assert [ends(each or ()) for each in ended] == [NOT_SUBMITTED, RENDERED]
    assert (len(team.gateway.bodies), team.charged) == (2, 1)


@pytest.mark.anyio
async def test_an_unknown_attempt_on_record_is_looked_up_when_a_run_begins(team: Team) -> None:
    """The lockfile that was pulled says unknown, and the event that told of its task went by before that: the receiver
    is asked once, and the run follows the task.
    """
    doomed, process = team.clone(1), Process(owner="doomed", on_death=lambda _: None)
    team.gateway.on_submit = lambda _: process.die()
    await team.together(doomed.live(process, team.gateway))
    other = team.clone(2)
    (ended,) = await team.together(other.run(team.gateway))
    assert ends(ended or ()) == UNKNOWN
    (attempt,) = other.facts().attempts
    team.gateway.born["task_1"] = team.clock.now()
    team.hub.file.report(attempt, Said(outcome=Outcome.SUBMITTED, task_id="task_1"), at=team.clock.now())

    late = team.clone(3)
    late.film = replace(late.film, shots={})
    await team.together(late.run(team.gateway))
    late.film = other.film
    late.pull(other)
    (found,) = await team.together(late.run(team.gateway))

    assert ends(found or ()) == RENDERED
    assert len(team.gateway.bodies) == 1


@pytest.mark.anyio
async def test_a_forged_success_changes_nothing_and_costs_one_look(team: Team) -> None:
    """Somebody has a callback URL and names another host's clip: nothing is fetched from there, one look more at most
    than where nobody calls.
    """
    looks = [await _looks(team.anew(1)), await _looks(team.anew(2), forged=True)]

    assert looks[1] <= looks[0] + 1


async def _looks(team: Team, *, forged: bool = False) -> int:
    """How often the gateway was asked about a task; with a forged callback half a minute after its submit."""
    clone = team.clone(1)

    async def forge() -> None:
        (attempt,) = clone.facts().attempts
        team.hub.file.receive_all([(attempt, FORGED, team.clock.now())])

    works = [clone.run(team.gateway), *([team.after(30.0, forge())] if forged else [])]
    (ended, *_) = await team.together(*works)
    assert ends(ended or ()) == RENDERED
    (fact,) = clone.facts().attempts.values()
    assert list(fact.reports) == [Reporter.GATEWAY]
    return len(team.gateway.looks)


@pytest.mark.anyio
async def test_what_git_brought_is_not_adopted_as_news(team: Team) -> None:
    """A clone that pulled the other's lockfile follows the attempt on record, and keeps its words."""
    one, other = team.clone(1), team.clone(2)
    await team.together(one.run(team.gateway))
    other.pull(one)

    (ended,) = await team.together(other.run(team.gateway))

    assert ends(ended or ()) == RENDERED
    assert other.facts().attempts == one.facts().attempts
    assert "claim" not in team.hub.asked[team.hub.asked.index("report") :]


@pytest.mark.anyio
async def test_clones_from_before_and_after_a_merge_keep_each_other_from_paying(team: Team) -> None:
    """Two projects became one: a clone with both ids and one that still has only the second pay once between them."""
    second = new_project_id(b"q" * 16)
    merged, before = team.clone(1), team.clone(2)
    merged.projects, before.projects = tuple(sorted((PROJECT, second))), (second,)

    ended = await team.together(merged.run(team.gateway), team.after(0.3, before.run(team.gateway)))

    assert [ends(each or ()) for each in ended] == [RENDERED, RENDERED]
    assert len(team.gateway.bodies) == 1


@pytest.mark.anyio
async def test_without_a_receiver_nothing_is_claimed_there(team: Team) -> None:
    """A clone that goes on without it pays by itself: elsewhere a duplicate is kept, shown and priced."""
    alone: Clone = team.clone(1)
    alone.hub = None

    (ended,) = await team.together(alone.run(team.gateway))

    assert ends(ended or ()) == RENDERED
    assert team.hub.asked == []
