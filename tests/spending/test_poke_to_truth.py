"""From poke to truth: a callback hurries a look, proves a path, is evidence; what is believed is what GET says (D5)."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from seedance_spec.attempts.ports import Accepted, TaskView, Unknown
from seedance_spec.attempts.schedule import MOST_HURRIED
from seedance_spec.lockfile.facts import Status
from seedance_spec.model.shot import Project
from tests.support.conducting import Studio
from tests.support.deciding import a_film, a_shot
from tests.support.losing import CLOSED, LosingGateway
from tests.support.poking import Call, Hearing, TruthfulGateway, failed, live, rendered, rendering, until

MOON, JUMP = a_shot("film/moon", prompt="A cat on the moon"), a_shot("film/jump", prompt="The cat jumps")
EVERY_STATUS = ["queued", "running", "succeeded", "failed", "expired", "cancelled", None]
MINUTE, HOUR, DAY = 60.0, 3600.0, 86_400.0

SOONEST, LATEST = 0.799, 1.201
"""Looks are spread by a fifth."""

pytestmark = pytest.mark.anyio


@pytest.fixture
def studio(tmp_path: Path) -> Studio:
    (tmp_path / "specs").mkdir()
    return Studio(root=tmp_path, film=a_film(MOON), called_back=True)


@pytest.fixture
def gateway(studio: Studio) -> TruthfulGateway:
    return TruthfulGateway(studio.clock)


# ── nobody calls, or calls on the way ───────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("end", "ends"), [(rendered(), "rendered"), (failed(), "failed")], ids=["SUCCESS", "FAILURE"])
async def test_without_callbacks_get_alone_decides(
    studio: Studio, gateway: TruthfulGateway, end: TaskView, ends: str
) -> None:
    """Polling is complete by itself: a look every 15 s, and the verdict at the first one after the gateway has it."""
    gateway.truth = until(100, end)

    lived = await live(studio, gateway)

    assert (lived.ends, len(gateway.bodies)) == ({"film/moon": ends}, 1)
    first, *steady = gateway.ages()
    assert 1.5 <= first <= 4
    assert all(SOONEST * 15 <= later - earlier <= LATEST * 15 for earlier, later in pairwise([first, *steady]))
    assert 100 <= steady[-1] <= 118


@pytest.mark.parametrize("status", ["queued", "running"])
async def test_a_callback_on_the_way_proves_the_path_and_keeps_the_guard(
    studio: Studio, gateway: TruthfulGateway, status: str
) -> None:
    """The canary: after one quick look nothing is asked until the task may be finished, then every 30 s."""
    gateway.truth = until(140, rendered())

    await live(studio, gateway, Call(at=1, status=status))

    first, guard, *seldom = gateway.ages()
    assert (first <= 4, 87 <= guard <= 104) == (True, True)
    assert all(SOONEST * 30 <= later - earlier <= LATEST * 30 for earlier, later in pairwise([guard, *seldom]))


# ── the answer of the submit is open or lost ────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("status", EVERY_STATUS)
async def test_any_callback_on_a_lost_attempt_proves_that_it_landed(studio: Studio, status: str | None) -> None:
    """Landed: it is never sent again, in this run or the next, whatever the callback says; there is nothing to GET."""
    gateway = LosingGateway(studio.clock, log=CLOSED)
    studio.billing = gateway

    first = await live(studio, gateway, Call(at=0.5, status=status))
    again = await live(studio, gateway)

    assert first.facts["film/moon"].status is again.facts["film/moon"].status is Status.LANDED
    assert (len(gateway.bodies), gateway.links) == (1, [])


async def test_a_callback_before_the_answer_is_kept_for_it(studio: Studio, gateway: TruthfulGateway) -> None:
    """`queued` may come before the submit is answered: the late answer is adopted, and what came counts."""
    lived = await live(studio, gateway, Call(at=0.1, status="queued"))

    assert lived.ends == {"film/moon": "rendered"}
    assert gateway.ages()[1] >= 87, "the early callback proved the path"


async def test_a_landed_attempt_is_adopted_by_the_billing_log(studio: Studio) -> None:
    """Its callback proves the POST, the log names the task, GET decides."""
    gateway = LosingGateway(studio.clock)
    studio.billing = gateway

    lived = await live(studio, gateway, Call(at=0.5, status="queued"))

    assert lived.ends == {"film/moon": "rendered"}
    assert lived.facts["film/moon"].task_id == "task_1"
    assert len(gateway.bodies) == 1


async def test_silence_on_a_path_that_works_is_no_proof_of_a_post_that_never_landed(studio: Studio) -> None:
    """The sibling's callbacks come, this one's do not: it stays unknown, and no run sends it again."""
    studio.film = a_film(MOON, JUMP)
    gateway = TruthfulGateway(
        studio.clock, answer=lambda n: Unknown(reason="reset") if n == 1 else Accepted(task_id=f"task_{n}")
    )
    calls = [
        Call(at=at, status=status, shot="film/jump")
        for at, status in ((1, "queued"), (5, "running"), (90, "succeeded"))
    ]

    first = await live(studio, gateway, *calls, jobs=1)
    again = await live(studio, gateway)

    assert first.ends == again.ends == {"film/moon": "unknown", "film/jump": "rendered"}
    assert len(gateway.bodies) == 2


# ── the callback says that it ended, the gateway does not ───────────────────────────────────────────────────────────


async def test_a_success_that_the_gateway_does_not_show_yet_is_confirmed_for_a_while(
    studio: Studio, gateway: TruthfulGateway
) -> None:
    """A look 8 s after the callback and every 15 s for 150 s, then the normal ladder; after ten minutes a word."""
    studio.poll_interval = HOUR
    gateway.truth = until(2 * HOUR, rendered())

    lived = await live(studio, gateway, Call(at=90.3, status="succeeded"))

    _, *looks = gateway.ages()
    confirming = [age for age in looks if age <= 240]
    assert 90 + SOONEST * 8 <= confirming[0] <= 90 + LATEST * 8
    assert all(SOONEST * 15 <= later - earlier <= LATEST * 15 for earlier, later in pairwise(confirming))
    assert 8 <= len(confirming) <= 12
    assert looks[len(confirming)] - confirming[-1] >= HOUR
    assert sum("the gateway does not show it yet" in each for each in lived.told) == 1
    assert lived.ends == {"film/moon": "rendered"}


async def test_a_success_that_the_gateway_calls_a_failure_is_a_failure_with_its_evidence(
    studio: Studio, gateway: TruthfulGateway
) -> None:
    """The refund stands, nothing is fetched by the callback's word where a task ID is known; its run is on record."""
    gateway.truth = until(100, failed("gateway-timeout", upstream_id="cgt-gateway"))

    lived = await live(studio, gateway, Call(at=90, status="succeeded", upstream_id="cgt-called"))

    fact = lived.facts["film/moon"]
    assert (lived.ends, fact.status, len(gateway.bodies)) == ({"film/moon": "failed"}, Status.FAILED, 1)
    assert set(fact.upstream_ids) >= {"cgt-called", "cgt-gateway"}


async def test_a_failure_that_the_gateway_does_not_show_buys_nothing_again(
    studio: Studio, gateway: TruthfulGateway
) -> None:
    """It is shown as evidence; the retry that the project allows waits for the gateway's verdict and refund."""
    studio.film = replace(a_film(MOON), project=Project(name="teaser", retries=1))
    posts_at_the_verdict: list[int] = []

    def truth(age: float) -> TaskView:
        if age < 400 and len(gateway.bodies) == 1:
            return rendering()
        posts_at_the_verdict.append(len(gateway.bodies))
        return failed("upstream-internal") if len(gateway.bodies) == 1 else rendered()

    gateway.truth = truth

    lived = await live(studio, gateway, Call(at=20, status="failed"))

    assert any("the upstream says that it failed" in each for each in lived.told)
    assert posts_at_the_verdict[0] == 1
    assert (lived.ends, len(gateway.bodies)) == ({"film/moon": "rendered"}, 2)


async def test_an_expiry_that_the_gateway_hides_is_told_and_followed_slowly(
    studio: Studio, gateway: TruthfulGateway
) -> None:
    """Its status says IN_PROGRESS until the sweep of a day; its own data say expired: a look every ten minutes."""
    hidden = rendering(progress=30, upstream_status="expired")
    gateway.truth = until(DAY + 30, failed("gateway-timeout", gateway_gave_up=True), before=hidden)

    lived = await live(studio, gateway, Call(at=20, status="expired"))

    assert any("the upstream says that it expired" in each for each in lived.told)
    assert lived.ends == {"film/moon": "failed"}
    slow = [age for age in gateway.ages() if age > 300]
    assert all(SOONEST * 600 <= later - earlier <= LATEST * 600 for earlier, later in pairwise(slow))
    assert len(gateway.ages()) <= DAY / (SOONEST * 600) + 15


async def test_a_forged_expiry_slows_nothing_down(studio: Studio, gateway: TruthfulGateway) -> None:
    """A stranger's word alone: the task is found as soon as any other."""
    gateway.truth = until(130, rendered())

    await live(studio, gateway, Call(at=20, status="expired"))

    assert gateway.ages()[-1] <= 130 + LATEST * 30


async def test_a_second_upstream_run_is_noted_and_the_gateways_own_is_waited_for(
    studio: Studio, gateway: TruthfulGateway
) -> None:
    """The gateway re-routed: two runs call on one attempt; both are on record, one POST, the gateway's end decides."""
    gateway.truth = until(140, rendered(upstream_id="cgt-b"), before=rendering(upstream_id="cgt-b"))
    calls = [
        Call(at=1, status="queued", upstream_id="cgt-a"),
        Call(at=2, status="queued", upstream_id="cgt-b"),
        Call(at=30, status="failed", upstream_id="cgt-a"),
        Call(at=120, status="succeeded", upstream_id="cgt-b"),
    ]

    lived = await live(studio, gateway, *calls)

    assert set(lived.facts["film/moon"].upstream_ids) == {"cgt-a", "cgt-b"}
    assert (lived.ends, len(gateway.bodies)) == ({"film/moon": "rendered"}, 1)


# ── a receiver that was away ────────────────────────────────────────────────────────────────────────────────────────


async def test_a_receiver_that_was_away_costs_one_look_per_task_in_flight(
    studio: Studio, gateway: TruthfulGateway
) -> None:
    """With polls of hours, what was called meanwhile is found within seconds of its return."""
    studio.film, studio.poll_interval = a_film(MOON, JUMP), HOUR

    lived = await live(studio, gateway, Hearing(at=20, listening=False), Hearing(at=150, listening=True))

    assert lived.ends == {"film/moon": "rendered", "film/jump": "rendered"}
    for task_id in ("task_1", "task_2"):
        quick, back = gateway.ages(task_id)
        assert (quick <= 4, 150 <= back <= 153) == (True, True)


async def test_a_path_that_is_gone_is_followed_by_polling(studio: Studio, gateway: TruthfulGateway) -> None:
    """The canary proved it; nobody listens any more: every 15 s from then on."""
    gateway.truth = until(140, rendered())

    await live(studio, gateway, Call(at=1, status="queued"), Hearing(at=40, listening=False))

    _, *looks = gateway.ages()
    assert 39 <= looks[0] <= 40
    assert all(SOONEST * 15 <= later - earlier <= LATEST * 15 for earlier, later in pairwise(looks))


# ── a stranger with a leaked URL ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("statuses", [EVERY_STATUS, ["succeeded"]], ids=["every", "succeeded"])
async def test_a_stranger_with_a_leaked_url_costs_one_look_per_interval_and_nothing_more(
    studio: Studio, gateway: TruthfulGateway, statuses: list[str | None]
) -> None:
    """Floods for an hour: never two looks within 12 s (15 s, spread by a fifth), sixty in all; nothing is sent,
    fetched, failed or finished by them, and each thing that they say is told once.
    """
    studio.poll_interval = 12 * HOUR
    gateway.truth = until(2 * HOUR, rendered())
    flood = [Call(at=6.0 * n, status=statuses[n % len(statuses)], copies=20) for n in range(1, int(HOUR / 6))]

    lived = await live(studio, gateway, *flood)

    looks = [age for age in gateway.ages() if age < 2 * HOUR]
    assert all(later - earlier >= SOONEST * 15 for earlier, later in pairwise(looks))
    assert len(looks) == 1 + MOST_HURRIED == 61
    assert len(lived.told) == len(set(lived.told))
    assert (lived.ends, len(gateway.bodies), len(gateway.ages())) == ({"film/moon": "rendered"}, 1, len(looks) + 1)


async def test_a_stranger_cannot_make_others_wait(studio: Studio, gateway: TruthfulGateway) -> None:
    """While one task is called without end the others are looked at as they would be."""
    studio.film = a_film(MOON, JUMP)
    flood = [Call(at=1.0 * n, status=None, copies=5) for n in range(1, 120)]

    await live(studio, gateway, *flood, jobs=1)

    assert all(later - earlier <= LATEST * 15 for earlier, later in pairwise(gateway.ages("task_2")))
