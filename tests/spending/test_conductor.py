"""A run from plan to clips in virtual time: what is sent, how often, and what every ending leaves behind."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from seedance_spec.attempts.attempt import recover
from seedance_spec.attempts.ledger import Ledger
from seedance_spec.attempts.mailbox import Mailbox
from seedance_spec.attempts.means import Stop
from seedance_spec.attempts.ports import Accepted, Mark, NeverSent, Refused, Scope, SubmitOutcome, Unknown
from seedance_spec.attempts.stages import Record
from seedance_spec.attempts.standing import MOST_UPSTREAM_IDS, recorded
from seedance_spec.lockfile.facts import Status
from tests.support.attempts import a_claim
from tests.support.conducting import Gateway, Studio, ends
from tests.support.deciding import a_film, a_shot

BUSY = Refused(code="429", message="too many requests", status=429, retry=True)
MOON, JUMP = a_shot("film/moon", prompt="A cat on the moon"), a_shot("film/jump", prompt="The cat jumps")

pytestmark = pytest.mark.anyio


@pytest.fixture
def studio(tmp_path: Path) -> Studio:
    (tmp_path / "specs").mkdir()
    return Studio(root=tmp_path, film=a_film(MOON, JUMP))


async def test_every_paid_row_is_one_post_and_one_clip_under_its_name(studio: Studio) -> None:
    """Two new shots: two POSTs, two clips, two succeeded facts in the lockfile; a second run sends nothing."""
    gateway = Gateway(studio.clock)

    assert ends(await studio.apply(gateway)) == {"film/moon": "rendered", "film/jump": "rendered"}

    assert len(gateway.bodies) == 2
    assert (studio.root / "renders/sandbox/film/moon.mp4").exists()
    facts, _ = studio.lockfile.read()
    assert {fact.status for fact in facts.attempts.values()} == {Status.SUCCEEDED}
    assert ends(await studio.apply(gateway)) == {"film/moon": "rendered", "film/jump": "rendered"}
    assert len(gateway.bodies) == 2


async def test_a_lost_answer_is_unknown_and_never_sent_again(studio: Studio) -> None:
    """Unknown stands in the lockfile, the other shot goes on, and no later run pays for it."""
    gateway = Gateway(
        studio.clock, answer=lambda n: Unknown(reason="reset") if n == 1 else Accepted(task_id=f"task_{n}")
    )

    first = ends(await studio.apply(gateway))
    again = ends(await studio.apply(gateway))

    assert sorted(first.values()) == ["rendered", "unknown"]
    assert again == first
    assert len(gateway.bodies) == 2


async def test_a_full_gateway_is_asked_again_under_a_new_attempt(studio: Studio) -> None:
    """429 is a refusal: nothing was charged, the claim is free, and after a pause the take is claimed anew."""

    def answer(n: int) -> SubmitOutcome:
        if n <= 2:
            return Refused(code="rate-limited", message="full", status=429, retry=True, retry_after=30.0)
        return Accepted(task_id=f"task_{n}")

    gateway = Gateway(studio.clock, answer=answer)
    began = studio.clock.now()

    assert set(ends(await studio.apply(gateway)).values()) == {"rendered"}

    assert len(gateway.bodies) == 4
    assert studio.clock.now() - began >= 30.0
    assert len(studio.facts().attempts) == 2


async def test_a_post_that_never_left_is_tried_again_and_leaves_no_fact(studio: Studio) -> None:
    """A refused connection costs time, not money, and nothing of it reaches git."""
    tries = iter(range(1, 100))
    gateway = Gateway(studio.clock)
    gateway.answer = lambda n: NeverSent(reason="refused") if next(tries) <= 3 else Accepted(task_id=f"task_{n}")

    assert set(ends(await studio.apply(gateway)).values()) == {"rendered"}
    assert len(studio.facts().attempts) == 2


@pytest.mark.parametrize(
    ("scope", "posts"), [(Scope.ALL, 1), (Scope.MODEL, 1), (Scope.SHOT, 2)], ids=["key", "model", "shot"]
)
async def test_a_refusal_stops_what_its_scope_says(studio: Studio, scope: Scope, posts: int) -> None:
    """A bad key stops every further submit, a refused model its shots, a bad request only itself."""
    gateway = Gateway(studio.clock, answer=lambda _: Refused(code="no", message="no", status=401, scope=scope))

    assert set(ends(await studio.apply(gateway, jobs=1)).values()) == {"not-submitted"}

    assert len(gateway.bodies) == posts
    assert studio.facts().attempts == {}


async def test_a_failed_task_is_not_bought_again_unless_asked(studio: Studio) -> None:
    """A failure stands with its reason; --retry-failed buys it under a new attempt."""
    gateway = Gateway(studio.clock, failing=frozenset({"task_1"}))

    first = await studio.apply(gateway)
    assert sorted(ends(first).values()) == ["failed", "rendered"]
    assert sorted(ends(await studio.apply(gateway)).values()) == ["failed", "rendered"]
    assert len(gateway.bodies) == 2
    assert set(ends(await studio.apply(gateway, retry_failed=True)).values()) == {"rendered"}
    assert len(gateway.bodies) == 3


async def test_a_first_stop_waits_for_the_answer_that_is_due(studio: Studio) -> None:
    """Ctrl-C while a POST is out: nothing more is sent, its task id is recorded, and the next run finishes it."""
    gateway, stop = Gateway(studio.clock), Stop()
    gateway.on_submit = lambda _: stop.interrupt()

    endings = await studio.apply(gateway, stop=stop, jobs=1)

    assert sorted(ends(endings).values()) == ["not-submitted", "running"]
    assert [fact.status for fact in studio.facts().attempts.values()] == [Status.SUBMITTED]
    assert set(ends(await studio.apply(gateway)).values()) == {"rendered"}
    assert len(gateway.bodies) == 2


async def test_an_urgent_stop_leaves_two_seconds_and_then_the_truth(studio: Studio) -> None:
    """A second Ctrl-C, or SIGTERM: an answer that does not come in time is unknown, in journal and lockfile."""
    gateway, stop = Gateway(studio.clock, silent=frozenset({1})), Stop()
    gateway.on_submit = lambda _: stop.terminate()

    conductor, ledger = studio.conductor(gateway, studio.plan(), jobs=1)
    endings = await conductor.run(stop)
    await ledger.flush()

    assert sorted(ends(endings).values()) == ["not-submitted", "unknown"]
    facts, _ = studio.lockfile.read()
    assert [fact.status for fact in facts.attempts.values()] == [Status.UNKNOWN]


async def test_a_clip_whose_links_are_dead_is_missing_and_costs_nothing(studio: Studio) -> None:
    """Succeeded on record, its bytes gone for good: said, and never bought by itself."""
    gateway = Gateway(studio.clock, dead=True)

    assert set(ends(await studio.apply(gateway)).values()) == {"missing"}
    assert set(ends(await studio.apply(gateway)).values()) == {"missing"}
    assert len(gateway.bodies) == 2


async def test_a_missing_take_that_a_twin_gives_up_is_not_fetched_while_it_is_bought_again(studio: Studio) -> None:
    """--retake of one of two shots that want one clip: its links live again meanwhile; both show what was bought."""
    gateway = Gateway(studio.clock, dead=True)
    studio.film = a_film(MOON)
    await studio.apply(gateway)
    gateway.dead = False
    gateway.answer = lambda n: BUSY if n == 2 else Accepted(task_id=f"task_{n}")
    twin = replace(MOON, id="film/twin")
    studio.film = a_film(MOON, twin)

    ended = await studio.apply(gateway, retake=frozenset({"film/twin"}))

    assert ends(ended) == {"film/moon": "rendered", "film/twin": "rendered"}
    assert len({each.fact.attempt_id for each in ended if each.fact is not None}) == 1
    assert [fact.status for fact in studio.lockfile.read()[0].attempts.values()] == [Status.GONE, Status.SUCCEEDED]


async def test_a_missing_take_whose_retake_is_refused_is_still_fetched(studio: Studio) -> None:
    """Nothing was bought in its place: it is no more given up than before, and a later run brings it home."""
    gateway = Gateway(studio.clock, dead=True)
    studio.film = a_film(MOON)
    await studio.apply(gateway)
    gateway.answer = lambda _: Refused(code="no-money", message="too little", status=403, scope=Scope.ALL)

    refused = await studio.apply(gateway, retake=frozenset({MOON.id}))
    gateway.dead = False

    assert ends(refused) == {MOON.id: "not-submitted"}
    assert ends(await studio.apply(gateway)) == {MOON.id: "rendered"}
    assert len(gateway.born) == 1


async def test_a_take_that_the_lockfile_learned_of_since_the_plan_is_not_bought(studio: Studio) -> None:
    """A pull brings another clone's attempt after the plan was made: it holds the take, and no POST goes out."""
    elsewhere = Studio(root=studio.root / "elsewhere", film=a_film(MOON), clock=studio.clock)
    (elsewhere.root / "specs").mkdir(parents=True)
    gateway = Gateway(studio.clock)
    studio.film = a_film(MOON)
    conductor, _ = studio.conductor(gateway, studio.plan())
    await elsewhere.apply(gateway)
    studio.lockfile.merge(elsewhere.lockfile.read()[0])

    ended = await studio.clock.run(conductor.run(Stop()))

    assert ends(ended) == {MOON.id: "rendered"}
    assert len(gateway.bodies) == 1


async def test_a_link_that_is_called_dead_too_early_is_asked_again(studio: Studio) -> None:
    """A gateway's race right after success is not the end of a clip that was just paid for."""
    gateway = Gateway(studio.clock, deaf=3)

    assert set(ends(await studio.apply(gateway)).values()) == {"rendered"}
    assert len(gateway.bodies) == 2


async def test_a_stranger_with_a_callback_url_cannot_swell_the_lockfile(studio: Studio) -> None:
    """However many upstream runs are named, a fact keeps only as many as one POST can make."""
    fact = a_claim()
    for number in range(100):
        fact = recorded(fact, Record(upstream_id=f"cgt-{number}"))
    assert len(fact.upstream_ids) == MOST_UPSTREAM_IDS


async def test_a_task_that_the_gateway_does_not_know_is_held(studio: Studio) -> None:
    """A 200 whose row was lost: looked at for a while, then held as needing somebody; never sent again."""
    gateway = Gateway(studio.clock)
    gateway.born = _Nothing()

    assert set(ends(await studio.apply(gateway)).values()) == {"unknown"}
    assert set(ends(await studio.apply(gateway)).values()) == {"unknown"}
    assert len(gateway.bodies) == 2


async def test_two_runs_at_once_pay_once_and_both_see_the_clips(studio: Studio) -> None:
    """A second run joins: it claims what is free and watches what the first one holds."""
    gateway, plan = Gateway(studio.clock), studio.plan()
    first, _ = studio.conductor(gateway, plan, owner="owner-1")
    second, _ = studio.conductor(gateway, plan, owner="owner-2")

    leading = asyncio.ensure_future(first.run(Stop()))
    joining = asyncio.ensure_future(second.run(Stop()))
    await studio.clock.run(leading)
    studio.alive.discard("owner-1")
    assert set(ends(await studio.clock.run(joining)).values()) == {"rendered"}

    assert len(gateway.bodies) == 2


async def test_a_callback_that_came_before_a_crash_turns_unknown_into_landed(studio: Studio) -> None:
    """The upstream called while nobody was there to hear: the next run knows that the POST landed."""
    (change, *_) = studio.plan().changes
    fact = a_claim(shot=change.shot_id, content_hash=change.content_hash)
    assert studio.journal.claim(fact, owner="dead") is None
    studio.journal.mark(fact.attempt_id, Mark.BYTES_OUT)
    studio.journal.receive(fact.attempt_id, b'{"id": "cgt-1", "status": "queued"}', at=studio.clock.now())
    mailbox = Mailbox(studio.journal)
    mailbox.collect()

    (row,) = studio.journal.rows()
    ledger = Ledger(studio.journal, studio.lockfile, studio.clock)
    recover(row, mailbox.of(fact.attempt_id), journal=studio.journal, ledger=ledger)
    await ledger.flush()

    assert [each.status for each in studio.lockfile.read()[0].attempts.values()] == [Status.LANDED]


class _Nothing(dict[str, float]):
    """A gateway that loses every row."""

    def __contains__(self, key: object) -> bool:
        return False
