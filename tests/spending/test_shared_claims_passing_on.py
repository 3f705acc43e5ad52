"""Passing a shared claim on, in virtual time: failures, retries, missing clips and the user's word, in every clone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from seedance_spec.attempts.endings import End
from seedance_spec.attempts.ports import Unknown
from seedance_spec.lockfile.facts import Status
from tests.support.conducting import ends
from tests.support.sharing import NOT_SUBMITTED, RENDERED, UNKNOWN, Team, Till, a_team

LOST = Unknown(reason="reset")


@pytest.fixture
def team(tmp_path: Path) -> Iterator[Team]:
    with a_team(tmp_path) as team:
        yield team


@pytest.mark.anyio
async def test_a_failed_take_is_bought_again_on_the_users_word_alone(team: Team) -> None:
    """It failed here: a fresh clone only hears of the failure; with --retry-failed the claim is passed on, once."""
    team.gateway.failing = frozenset({"task_1"})
    one, other = team.clone(1), team.clone(2)
    (failed,) = await team.together(one.run(team.gateway))
    (heard,) = await team.together(other.run(team.gateway))
    assert ends(failed or ()) == ends(heard or ()) == {"film/moon": "failed"}

    ended = await team.together(
        one.run(team.gateway, retry_failed=True), team.after(0.1, other.run(team.gateway, retry_failed=True))
    )

    assert [ends(each or ()) for each in ended] == [RENDERED, RENDERED]
    assert len(team.gateway.bodies) == 2


@pytest.mark.anyio
async def test_of_two_failures_on_record_either_may_hold_the_claim(team: Team) -> None:
    """A clone without the receiver has failed at the take too, and that is the newer one: the user's word passes over
    whichever the receiver names.
    """
    team.gateway.failing = frozenset({"task_1", "task_2"})
    one, alone = team.clone(1), team.clone(2)
    await team.together(one.run(team.gateway))
    alone.hub = None
    await team.together(alone.run(team.gateway))
    one.pull(alone)

    (ended,) = await team.together(one.run(team.gateway, retry_failed=True))

    assert ends(ended or ()) == RENDERED
    assert len(team.gateway.bodies) == 3


@pytest.mark.anyio
async def test_a_retry_that_the_project_allows_passes_its_own_claim_on(team: Team) -> None:
    """A transient failure is bought again by itself: the second attempt holds the take in every clone's eyes."""
    team.gateway.failing, team.gateway.error_class = frozenset({"task_1"}), "upstream-internal"
    one = team.clone(1)
    one.film = replace(one.film, project=replace(one.film.project, retries=1))

    (ended,) = await team.together(one.run(team.gateway))
    (fresh,) = await team.together(team.clone(2).run(team.gateway))

    assert ends(ended or ()) == ends(fresh or ()) == RENDERED
    assert len(team.gateway.bodies) == 2


@pytest.mark.anyio
async def test_a_missing_take_is_bought_again_with_retake(team: Team) -> None:
    """Its links are dead everywhere: --retake gives it up and passes its claim on."""
    one = team.clone(1)
    team.gateway.dead = True
    (missing,) = await team.together(one.run(team.gateway))
    assert ends(missing or ()) == {"film/moon": "missing"}
    team.gateway.dead = False

    (again,) = await team.together(one.run(team.gateway, retake=frozenset({"film/moon"})))

    assert ends(again or ()) == RENDERED
    assert len(team.gateway.bodies) == 2


@pytest.mark.anyio
async def test_a_missing_take_is_not_given_up_where_it_cannot_be_bought_again(team: Team) -> None:
    """--retake with the receiver away: nothing is paid, the missing take stays on record and still holds its claim."""
    one = team.clone(1)
    team.gateway.dead = True
    await team.together(one.run(team.gateway))
    before = one.facts()
    team.hub.away = lambda: True

    (again,) = await team.together(one.run(team.gateway, retake=frozenset({"film/moon"})))

    assert [(ending.end, ending.code) for ending in again or ()] == [(End.NOT_SUBMITTED, "no-receiver")]
    assert one.facts() == before
    assert len(team.gateway.bodies) == 1


@pytest.mark.anyio
async def test_a_take_that_is_said_to_be_not_landed_may_be_bought_everywhere(team: Team) -> None:
    """The user's word in one clone passes the claim on; the other hears of it and does not hold its own record up."""
    team.till = Till(answers=(LOST,))
    one, other = team.clone(1), team.clone(2)
    await team.together(one.run(team.gateway))
    (heard,) = await team.together(other.run(team.gateway))
    assert ends(heard or ()) == UNKNOWN
    one.resolve(Status.NOT_LANDED)

    (bought,) = await team.together(one.run(team.gateway))
    (after,) = await team.together(other.run(team.gateway))

    assert ends(bought or ()) == RENDERED
    assert (len(team.gateway.bodies), team.charged) == (2, 2)
    assert ends(after or ()) == NOT_SUBMITTED
    (again,) = await team.together(other.run(team.gateway))
    assert ends(again or ()) == RENDERED
    assert len(team.gateway.bodies) == 2


@pytest.mark.anyio
async def test_what_a_callback_proves_is_not_bought_again_on_an_earlier_word(team: Team) -> None:
    """Called not landed, and only then called back: the receiver's proof beats the word, in the clone that said it."""
    team.till = Till(answers=(LOST,))
    clone = team.clone(1)
    await team.together(clone.run(team.gateway))
    clone.resolve(Status.NOT_LANDED)
    (attempt,) = clone.facts().attempts
    team.hub.file.receive_all([(attempt, b'{"status": "running"}', team.clock.now())])

    (ended,) = await team.together(clone.run(team.gateway))

    assert ends(ended or ()) == UNKNOWN
    assert len(team.gateway.bodies) == 1
    assert clone.facts().attempts[attempt].status is Status.LANDED
