"""A lost answer and the key's own billing log, in virtual time: found in the same run, a later one, or by another."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from seedance_spec.attempts.means import Stop
from seedance_spec.lockfile.facts import Status
from tests.support.conducting import Studio, ends
from tests.support.deciding import a_film, a_shot
from tests.support.losing import BUSY, CLOSED, SETTLED_AFTER, LosingGateway

MOON, JUMP = a_shot("film/moon", prompt="A cat on the moon"), a_shot("film/jump", prompt="The cat jumps")
BOTH_RENDERED = {"film/moon": "rendered", "film/jump": "rendered"}
BOTH_UNKNOWN = {"film/moon": "unknown", "film/jump": "unknown"}

pytestmark = pytest.mark.anyio


@pytest.fixture
def studio(tmp_path: Path) -> Studio:
    (tmp_path / "specs").mkdir()
    return Studio(root=tmp_path, film=a_film(MOON, JUMP))


@pytest.fixture
def gateway(studio: Studio) -> LosingGateway:
    gateway = LosingGateway(studio.clock)
    studio.billing = gateway
    return gateway


async def apply(studio: Studio, gateway: LosingGateway, *, owner: str = "owner-1") -> dict[str, str]:
    conductor, ledger = studio.conductor(gateway, studio.plan(), owner=owner)
    endings = await studio.clock.run(conductor.run(Stop()))
    await ledger.flush()
    return ends(endings)


async def test_lost_answers_are_found_in_the_log_and_their_clips_fetched(
    studio: Studio, gateway: LosingGateway
) -> None:
    """Every shot completes in the same run, one POST each, each with its own task."""
    assert await apply(studio, gateway) == BOTH_RENDERED

    assert len(gateway.bodies) == 2
    facts = studio.facts().attempts.values()
    assert {fact.status for fact in facts} == {Status.SUCCEEDED}
    assert {fact.task_id for fact in facts} == {"task_1", "task_2"}


async def test_the_log_is_asked_at_most_once_a_minute(studio: Studio, gateway: LosingGateway) -> None:
    """Two lanes wait, one inquiry asks: at once, then once a minute until both are found."""
    await apply(studio, gateway)

    assert [later - earlier for earlier, later in pairwise(gateway.asked)] == [60.0, 60.0]


async def test_a_log_that_is_busy_is_asked_no_sooner_than_it_says(studio: Studio, gateway: LosingGateway) -> None:
    """Retry-After is obeyed, however short the wait would be otherwise."""
    gateway.log = BUSY

    assert await apply(studio, gateway) == BOTH_UNKNOWN

    assert all(later - earlier >= 400.0 for earlier, later in pairwise(gateway.asked))


async def test_where_no_evidence_can_come_a_run_ends_at_once(studio: Studio, gateway: LosingGateway) -> None:
    """No log, nobody who calls: unknown after a moment, and never sent again."""
    gateway.log = CLOSED
    began = studio.clock.now()

    assert await apply(studio, gateway) == BOTH_UNKNOWN
    assert studio.clock.now() - began < 2.0
    assert await apply(studio, gateway) == BOTH_UNKNOWN
    assert len(gateway.bodies) == 2


async def test_a_run_waits_a_few_durations_and_no_longer(studio: Studio, gateway: LosingGateway) -> None:
    """A log that never names the tasks is asked for about ten minutes; then the user is needed."""
    gateway.log = ()
    began = studio.clock.now()

    assert await apply(studio, gateway) == BOTH_UNKNOWN

    assert 590 < studio.clock.now() - began < 620


async def test_a_later_run_finds_what_an_earlier_one_left_unknown(studio: Studio, gateway: LosingGateway) -> None:
    """Evidence that arrives after a run has ended completes the shot in the next one, with one look at the log."""
    gateway.log = CLOSED
    await apply(studio, gateway)
    await studio.clock.run(studio.clock.sleep(86_000))
    gateway.log, gateway.asked = None, []

    assert await apply(studio, gateway) == BOTH_RENDERED

    assert (len(gateway.bodies), len(gateway.asked)) == (2, 1)


async def test_an_unknown_attempt_of_another_clone_is_found_too(
    studio: Studio, gateway: LosingGateway, tmp_path: Path
) -> None:
    """The lockfile alone, on a machine whose journal knows nothing, is enough."""
    gateway.log = CLOSED
    await apply(studio, gateway)
    gateway.log = None
    (tmp_path / "clone" / "specs").mkdir(parents=True)
    clone = Studio(root=tmp_path / "clone", film=studio.film, clock=studio.clock, billing=gateway)
    clone.workplace.lockfile.write_bytes(studio.workplace.lockfile.read_bytes())

    assert await apply(clone, gateway) == BOTH_RENDERED
    assert len(gateway.bodies) == 2


async def test_of_two_runs_one_asks_and_both_see_the_clips(studio: Studio, gateway: LosingGateway) -> None:
    """The log is asked by whoever leads; the other's lost attempt is found for it, and told through the journal."""
    studio.leaders = frozenset({"owner-1"})
    plan = studio.plan()
    moon, jump = plan.changes
    first, _ = studio.conductor(gateway, replace(plan, changes=(moon,)), owner="owner-1")
    second, _ = studio.conductor(gateway, replace(plan, changes=(jump,)), owner="owner-2")

    leading = asyncio.ensure_future(first.run(Stop()))
    joining = asyncio.ensure_future(second.run(Stop()))

    assert ends(await studio.clock.run(joining)) == {"film/jump": "rendered"}
    assert ends(await studio.clock.run(leading)) == {"film/moon": "rendered"}
    assert [later - earlier for earlier, later in pairwise(gateway.asked)] == [60.0, 60.0]


async def test_a_word_said_in_another_terminal_reaches_the_run_that_waits(
    studio: Studio, gateway: LosingGateway
) -> None:
    """`resolve` writes into the journal; the apply that waits for evidence goes on from there."""
    gateway.log = ()
    conductor, _ = studio.conductor(gateway, studio.plan())
    running = asyncio.ensure_future(conductor.run(Stop()))
    await studio.clock.run(studio.clock.sleep(SETTLED_AFTER + 30))
    moon, jump = sorted((row.fact for row in studio.journal.rows()), key=lambda fact: fact.label.shot, reverse=True)
    numbers = {body["prompt"]: f"task_{n}" for n, body in enumerate(gateway.bodies, 1)}
    studio.journal.record(replace(moon, status=Status.SUBMITTED, task_id=numbers[MOON.request.prompt]))
    studio.journal.record(replace(jump, status=Status.NOT_LANDED))

    assert ends(await studio.clock.run(running)) == {"film/moon": "rendered", "film/jump": "not-submitted"}
    assert len(gateway.bodies) == 2
