"""Children after their parents: who waits for whom, what one parent's end means for others, and what is sent when."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from seedance_spec.attempts.blocking import blocked
from seedance_spec.attempts.endings import End, Ending
from seedance_spec.attempts.means import Stop
from seedance_spec.attempts.ports import Accepted, Refused, Scope, Unknown
from seedance_spec.cli.apply_summary import sum_line, ways_on
from seedance_spec.cli.carry import exit_codes
from seedance_spec.lockfile.facts import Status
from seedance_spec.model.shot import Shot
from seedance_spec.plan.cascade import held_back
from seedance_spec.plan.change import Change
from seedance_spec.plan.event_document import event_document
from seedance_spec.plan.events import ShotBlocked
from seedance_spec.plan.style import PLAIN
from seedance_spec.realm import Realm
from tests.support.conducting import RENDER_SECONDS, Gateway, Studio, ends
from tests.support.deciding import a_film, a_shot
from tests.support.families import Lender, a_chain, a_child

MOON, SUN = a_shot("film/moon", prompt="moon"), a_shot("film/sun", prompt="sun")
EXIT = a_child("exit", MOON)

pytestmark = pytest.mark.anyio


def a_studio(root: Path, shots: Sequence[Shot]) -> Studio:
    (root / "specs").mkdir()
    return Studio(root=root, film=a_film(*shots), lending=Lender())


def sent(gateway: Gateway) -> list[str]:
    """The prompts of all POSTs, in their order."""
    return [str(body["prompt"]) for body in gateway.bodies]


@pytest.mark.parametrize("jobs", [1, 8])
async def test_every_shot_of_a_chain_is_sent_after_the_clip_before_it(tmp_path: Path, jobs: int) -> None:
    """Five shots, the children written first: five POSTs a rendering apart, whatever the number of places."""
    studio = a_studio(tmp_path, list(reversed(a_chain(5))))
    gateway = Gateway(studio.clock)

    assert set(ends(await studio.apply(gateway, jobs=jobs)).values()) == {"rendered"}

    assert sent(gateway) == ["0", "1", "2", "3", "4"]
    born = list(gateway.born.values())
    assert all(later - earlier >= RENDER_SECONDS for earlier, later in pairwise(born))
    assert set(ends(await studio.apply(gateway, jobs=jobs)).values()) == {"rendered"}
    assert len(gateway.bodies) == 5


@pytest.mark.parametrize("jobs", [1, 2, 8])
async def test_a_diamond_joins_when_both_of_its_sides_are_here(tmp_path: Path, jobs: int) -> None:
    """The two sides in any order, then what starts from both."""
    left, right = a_child("left", MOON), a_child("right", MOON)
    studio = a_studio(tmp_path, [a_child("both", left, right), left, right, MOON])
    gateway = Gateway(studio.clock)

    assert set(ends(await studio.apply(gateway, jobs=jobs)).values()) == {"rendered"}

    first, *sides, last = sent(gateway)
    assert (first, sorted(sides), last) == ("moon", ["left", "right"], "both")


async def test_only_what_starts_from_a_failed_shot_is_blocked(tmp_path: Path) -> None:
    """Child and grandchild are not sent, claimed or put on record; the others go on. The run ends as the failure."""
    studio = a_studio(tmp_path, [MOON, SUN, EXIT, a_child("after", EXIT), a_child("dawn", SUN)])
    gateway = Gateway(studio.clock, failing=frozenset({"moon"}))

    endings = await studio.apply(gateway)

    assert ends(endings) == {
        "film/moon": "failed",
        "film/sun": "rendered",
        "film/exit": "blocked",
        "film/after": "blocked",
        "film/dawn": "rendered",
    }
    assert [(each.code, each.message) for each in endings if each.end is End.BLOCKED] == [
        ("parent-failed", "starts from film/moon, which failed"),
        ("parent-failed", "starts from film/exit, which is blocked behind film/moon (failed)"),
    ]
    *first, last = sent(gateway)
    assert (sorted(first), last) == (["moon", "sun"], "dawn")
    assert len(studio.facts().attempts) == len(studio.journal.rows()) == 3
    assert exit_codes(endings) == [4, 4, 4]
    told = [event_document(each) for each in studio.events if isinstance(each, ShotBlocked)]
    assert [(each["shot"], each["event"], each["parent"]) for each in told] == [
        ("film/exit", "blocked", "film/moon"),
        ("film/after", "blocked", "film/moon"),
    ]
    assert "! film/exit: blocked: starts from film/moon, which failed" in ways_on(endings, Realm.SANDBOX)


async def test_what_failed_before_blocks_its_children_in_the_plan_already(tmp_path: Path) -> None:
    """The next run sends nothing for them; with --retry-failed the whole chain goes."""
    studio = a_studio(tmp_path, [MOON, EXIT, a_child("after", EXIT)])
    gateway = Gateway(studio.clock, failing=frozenset({"task_1"}))
    await studio.apply(gateway)

    again = await studio.apply(gateway)
    assert ends(again) == {"film/moon": "failed", "film/exit": "blocked", "film/after": "blocked"}
    assert exit_codes(again) == [4, 4, 4]
    assert sent(gateway) == ["moon"]

    assert set(ends(await studio.apply(gateway, retry_failed=True)).values()) == {"rendered"}
    assert sent(gateway) == ["moon", "moon", "exit", "after"]


async def test_a_block_behind_an_unknown_parent_needs_you_as_the_parent_does(tmp_path: Path) -> None:
    """What may have been paid for decides the exit; nothing is sent for the child."""
    studio = a_studio(tmp_path, [MOON, EXIT])
    gateway = Gateway(studio.clock, answer=lambda _: Unknown(reason="reset"))

    for endings in (await studio.apply(gateway), await studio.apply(gateway)):
        assert ends(endings) == {"film/moon": "unknown", "film/exit": "blocked"}
        assert exit_codes(endings) == [8, 8]
    assert sent(gateway) == ["moon"]


async def test_a_block_behind_a_refused_parent_ends_as_the_refusal(tmp_path: Path) -> None:
    """No money for the parent: the child was never to be tried."""
    studio = a_studio(tmp_path, [MOON, EXIT])
    refusal = Refused(code="no-money", message="short", status=403, scope=Scope.ALL)
    gateway = Gateway(studio.clock, answer=lambda _: refusal)

    endings = await studio.apply(gateway)

    assert ends(endings) == {"film/moon": "not-submitted", "film/exit": "blocked"}
    assert exit_codes(endings) == [5, 5]


async def test_a_parent_whose_clip_cannot_be_had_blocks_its_child(tmp_path: Path) -> None:
    """Rendered and paid for, its links dead: the child cannot start from it."""
    studio = a_studio(tmp_path, [MOON, EXIT])
    gateway = Gateway(studio.clock, dead=True)

    assert ends(await studio.apply(gateway)) == {"film/moon": "missing", "film/exit": "blocked"}
    assert sent(gateway) == ["moon"]


async def test_what_the_user_lets_stay_stale_is_neither_sent_nor_taken_away(tmp_path: Path) -> None:
    """--no-cascade: the changed parent is rendered, the child's clip stays under its name, and the run has converged;
    the next run without the flag renders the child after all.
    """
    studio = a_studio(tmp_path, [MOON, EXIT])
    gateway, shown = Gateway(studio.clock), tmp_path / "renders/sandbox/film/exit.mp4"
    await studio.apply(gateway)
    before, changed = shown.read_bytes(), replace(MOON, request=replace(MOON.request, prompt="dark moon"))
    studio.film = a_film(changed, a_child("exit", changed))

    endings = await studio.apply(gateway, cascade=False)

    assert ends(endings) == {"film/moon": "rendered", "film/exit": "stale"}
    assert (exit_codes(endings), shown.read_bytes()) == ([], before)
    assert sum_line(endings, Realm.SANDBOX, PLAIN).startswith("1 of 2 takes rendered · 1 left stale")
    assert ends(await studio.apply(gateway)) == {"film/moon": "rendered", "film/exit": "rendered"}
    assert sent(gateway) == ["moon", "exit", "dark moon", "exit"]
    assert shown.read_bytes() != before


async def test_a_parent_in_flight_from_an_earlier_run_is_waited_for(tmp_path: Path) -> None:
    """A stop left it at the gateway; the next run brings its clip first, then sends the child."""
    studio = a_studio(tmp_path, [MOON, EXIT])
    gateway, stop = Gateway(studio.clock), Stop()
    gateway.on_submit = lambda _: stop.interrupt()
    assert ends(await studio.apply(gateway, stop=stop)) == {"film/moon": "running", "film/exit": "not-submitted"}
    gateway.on_submit = lambda _: None

    assert set(ends(await studio.apply(gateway, jobs=1)).values()) == {"rendered"}
    assert sent(gateway) == ["moon", "exit"]


async def test_a_parent_whose_bytes_were_lost_is_fetched_before_its_child_is_sent(tmp_path: Path) -> None:
    """Store and renders/ are empty, the link lives: nothing is bought twice."""
    studio = a_studio(tmp_path, [MOON])
    gateway = Gateway(studio.clock)
    await studio.apply(gateway)
    for clip in [*studio.workplace.store.rglob("*.mp4"), *(tmp_path / "renders").rglob("*.mp4")]:
        clip.unlink()
    studio.film = a_film(MOON, EXIT)

    assert set(ends(await studio.apply(gateway)).values()) == {"rendered"}
    assert sent(gateway) == ["moon", "exit"]


async def test_a_stop_ends_what_waits_at_once(tmp_path: Path) -> None:
    """A child that waits for its parent has no answer due: only the parent's task goes on at the gateway."""
    studio = a_studio(tmp_path, [MOON, EXIT])
    gateway, stop = Gateway(studio.clock, answer=lambda n: Accepted(task_id=f"task_{n}")), Stop()
    gateway.on_submit = lambda _: stop.terminate()

    endings = await studio.apply(gateway, stop=stop)

    assert ends(endings) == {"film/moon": "running", "film/exit": "not-submitted"}
    assert [fact.status for fact in studio.facts().attempts.values()] == [Status.SUBMITTED]


async def test_twins_wait_for_a_twin(tmp_path: Path) -> None:
    """Two shots of one request and their children of one request: two POSTs, four clips."""
    twin, other = replace(MOON, id="film/twin"), replace(EXIT, id="film/other")
    studio = a_studio(tmp_path, [EXIT, other, MOON, twin])
    gateway = Gateway(studio.clock)

    assert set(ends(await studio.apply(gateway, jobs=1)).values()) == {"rendered"}
    assert sent(gateway) == ["moon", "exit"]


async def test_two_processes_wait_for_one_parent_and_pay_once_for_its_child(tmp_path: Path) -> None:
    """Whoever comes first claims the child; the other watches."""
    studio = a_studio(tmp_path, [MOON, EXIT])
    gateway = Gateway(studio.clock)
    one, first = studio.conductor(gateway, studio.plan(), owner="owner-1")
    two, second = studio.conductor(gateway, studio.plan(), owner="owner-2")

    async def both() -> tuple[tuple[Ending, ...], tuple[Ending, ...]]:
        return await asyncio.gather(one.run(Stop()), two.run(Stop()))

    runs = await studio.clock.run(both())
    await first.flush()
    await second.flush()

    assert [set(ends(run).values()) for run in runs] == [{"rendered"}, {"rendered"}]
    assert sent(gateway) == ["moon", "exit"]


async def test_a_child_without_its_parent_in_the_run_is_blocked_early(tmp_path: Path) -> None:
    """A selection took the parent out: the plan says so, and so does a run of rows that nobody looked through."""
    studio = a_studio(tmp_path, [MOON, EXIT])
    gateway, plan = Gateway(studio.clock), studio.plan()
    alone = replace(plan, changes=tuple(each for each in plan.changes if each.shot_id == "film/exit"))
    (row,) = held_back(alone.changes, studio.facts())

    assert row.causes[-1].text == (
        "starts from film/moon, which is neither rendered nor part of this run; "
        "--select '+film/exit' takes its parents along"
    )
    for rows in (alone, replace(alone, changes=(row,))):
        conductor, _ = studio.conductor(gateway, rows)
        endings = await studio.clock.run(conductor.run(Stop()))
        assert (ends(endings), exit_codes(endings)) == ({"film/exit": "blocked"}, [4])
    assert gateway.bodies == []


@pytest.mark.parametrize("end", [each for each in End if each not in {End.RENDERED, End.BLOCKED}])
def test_every_other_end_of_a_parent_has_its_words(end: End, tmp_path: Path) -> None:
    """A block says what became of the parent, and its code names the end."""
    child = a_row(a_studio(tmp_path, [MOON, EXIT]), "film/exit")

    ending = blocked(child, "film/moon", Ending(change=child, end=end))

    assert ending.code == f"parent-{end.value}"
    assert ending.message.startswith("starts from film/moon, wh")


def a_row(studio: Studio, shot_id: str) -> Change:
    return next(each for each in studio.plan().changes if each.shot_id == shot_id)
