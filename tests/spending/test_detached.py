"""`apply --detach` in virtual time: all is submitted and on record, nobody waits, and a later run brings it home."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest

from seedance_spec.attempts.endings import Ending
from seedance_spec.attempts.means import Stop
from seedance_spec.attempts.ports import Accepted, NeverSent, Refused, SubmitOutcome, Unknown
from seedance_spec.cli.carry import exit_codes
from seedance_spec.model.shot import Shot
from tests.support.conducting import RENDER_SECONDS, Gateway, Studio, ends
from tests.support.deciding import a_film, a_shot
from tests.support.families import Lender, a_child

MOON, SUN = a_shot("film/moon", prompt="moon"), a_shot("film/sun", prompt="sun")
EXIT = a_child("exit", MOON)

pytestmark = pytest.mark.anyio


def a_studio(root: Path, shots: Sequence[Shot]) -> Studio:
    (root / "specs").mkdir()
    return Studio(root=root, film=a_film(*shots), lending=Lender(), stays=False)


def codes(endings: Sequence[Ending]) -> list[int]:
    return exit_codes(endings, stays=False)


def on_record(studio: Studio) -> list[tuple[str, str | None]]:
    held, complaints = studio.lockfile.read()
    assert complaints == ()
    return sorted((fact.status.value, fact.task_id) for fact in held.attempts.values())


async def test_it_ends_once_all_answers_are_on_record(tmp_path: Path) -> None:
    """Two shots: two POSTs, both tasks in the lockfile, not one look, long before either could be rendered; exit 0."""
    studio = a_studio(tmp_path, [MOON, SUN])
    gateway = Gateway(studio.clock)
    began = studio.clock.now()

    endings = await studio.apply(gateway)

    assert ends(endings) == {"film/moon": "running", "film/sun": "running"}
    assert codes(endings) == []
    assert on_record(studio) == [("submitted", "task_1"), ("submitted", "task_2")]
    assert gateway.looks == []
    assert studio.clock.now() - began < RENDER_SECONDS / 10


async def test_a_second_one_pays_nothing_and_a_run_that_stays_brings_both_home(tmp_path: Path) -> None:
    """What is on record is not sent again, by whomever."""
    studio = a_studio(tmp_path, [MOON, SUN])
    gateway = Gateway(studio.clock)
    await studio.apply(gateway)

    again = await studio.apply(gateway, owner="owner-2")
    studio.stays = True
    home = await studio.apply(gateway, owner="owner-2")

    assert (ends(again), codes(again)) == ({"film/moon": "running", "film/sun": "running"}, [])
    assert set(ends(home).values()) == {"rendered"}
    assert len(gateway.bodies) == 2


async def test_a_child_is_left_for_the_time_after_its_parent(tmp_path: Path) -> None:
    """Its parent's clip is not here: nothing is sent for it and that is no failure; later the same run sends it."""
    studio = a_studio(tmp_path, [MOON, EXIT])
    gateway = Gateway(studio.clock)

    first = await studio.apply(gateway)
    studio.stays = True
    await studio.apply(gateway, owner="owner-2")
    studio.stays = False

    assert ends(first) == {"film/moon": "running", "film/exit": "blocked"}
    assert codes(first) == []
    assert [body["prompt"] for body in gateway.bodies] == ["moon", "exit"]


async def test_what_was_lost_is_said_and_not_waited_for(tmp_path: Path) -> None:
    """An answer that never came leaves the attempt unknown, on record, at once; somebody must look (exit 8)."""
    studio = a_studio(tmp_path, [MOON, SUN])

    def answer(n: int) -> SubmitOutcome:
        return Unknown(reason="the connection broke") if n == 1 else Accepted(task_id=f"task_{n}")

    endings = await studio.apply(Gateway(studio.clock, answer=answer), jobs=1)

    assert ends(endings) == {"film/moon": "unknown", "film/sun": "running"}
    assert codes(endings) == [8]
    assert on_record(studio) == [("submitted", "task_2"), ("unknown", None)]


async def test_what_may_be_sent_again_is_sent_again(tmp_path: Path) -> None:
    """A POST that never left and one that was told to wait are tried anew: leaving is no reason to give up."""
    studio = a_studio(tmp_path, [MOON])
    busy = Refused(code="rate-limited", message="slow down", status=429, retry=True)
    outcomes: list[SubmitOutcome] = [busy, Accepted(task_id="task_9")]

    def answer(n: int) -> SubmitOutcome:
        return outcomes[n - 1]

    endings = await studio.apply(Gateway(studio.clock, answer=answer))

    assert ends(endings) == {"film/moon": "running"}
    assert on_record(studio) == [("submitted", "task_9")]


async def test_a_refusal_is_a_failure(tmp_path: Path) -> None:
    """Nothing was charged and nothing runs: exit 4, as without --detach."""
    studio = a_studio(tmp_path, [MOON])
    gateway = Gateway(studio.clock, answer=lambda _: Refused(code="bad-request", message="no", status=400))

    endings = await studio.apply(gateway)

    assert (ends(endings), codes(endings)) == ({"film/moon": "not-submitted"}, [4])
    assert on_record(studio) == []


async def test_what_another_process_holds_is_left_to_it(tmp_path: Path) -> None:
    """Another process is about to send the take: nobody here waits for it, and nobody sends it twice."""
    studio = a_studio(tmp_path, [MOON])
    gateway = Gateway(studio.clock, silent=frozenset({1}))
    theirs, _ = studio.conductor(gateway, studio.plan(), owner="owner-1")
    ours, ledger = studio.conductor(gateway, studio.plan(), owner="owner-2")
    stop, out = Stop(), asyncio.Event()
    gateway.on_submit = lambda _: out.set()
    running = asyncio.create_task(theirs.run(stop))
    await out.wait()

    endings = await ours.run(Stop())
    stop.terminate()
    await studio.clock.run(running)
    await ledger.flush()

    assert ends(endings) == {"film/moon": "running"}
    assert len(gateway.bodies) == 1


async def test_nothing_is_left_of_a_post_that_never_left(tmp_path: Path) -> None:
    """A gateway that cannot be reached at all: no fact, no claim that would keep others from trying."""
    studio = a_studio(tmp_path, [MOON])
    gateway = Gateway(studio.clock, answer=lambda _: NeverSent(reason="no route"))

    endings = await studio.apply(gateway)

    assert ends(endings) == {"film/moon": "not-submitted"}
    assert on_record(studio) == []
