"""Two clones and a receiver under every mishap at once: whatever happens, no take is paid for twice by anybody."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from seedance_spec.attempts.ports import Accepted, NeverSent, Refused, SubmitOutcome, Unknown
from tests.support.conducting import ends
from tests.support.sharing import JUMP, MOON, Team, Till, a_team

CALM = {"rendered", "unknown", "not-submitted", "running", "late", "missing"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """What befalls two clones that apply one after the other or at once, and then both again.

    `answers` are the gateway's to the first POSTs, None for a task; so many answers of claims and reports are lost;
    `away` is when the receiver cannot be reached (from, for so many seconds); `death` the write of the first clone's
    journal, and its side, at which it is killed; `gone` whether its folder goes with it.
    """

    later: float
    answers: tuple[SubmitOutcome | None, ...]
    lost_claims: int
    lost_reports: int
    away: tuple[float, float]
    death: tuple[int, bool] | None
    gone: bool


_ANSWERS = st.sampled_from(
    [
        None,
        Unknown(reason="reset"),
        NeverSent(reason="refused"),
        Refused(code="invalid-request", message="no", status=400),
        Refused(code="rate-limited", message="slowly", status=429, retry=True),
    ]
)
_STORIES = st.builds(
    Story,
    later=st.sampled_from([0.0, 0.03, 0.1, 0.25, 0.45, 1.0, 30.0]),
    answers=st.lists(_ANSWERS, max_size=3).map(tuple),
    lost_claims=st.integers(0, 4),
    lost_reports=st.integers(0, 3),
    away=st.tuples(st.sampled_from([0.0, 0.2, 0.5, 2.0]), st.sampled_from([0.0, 0.3, 5.0, 40.0])),
    death=st.none() | st.tuples(st.integers(1, 24), st.booleans()),
    gone=st.booleans(),
)


async def _lived(story: Story, folder: Path) -> Team:
    with a_team(folder, MOON, JUMP) as team:
        clock, hub = team.clock, team.hub
        start = clock.now()
        hub.lost = {"claim": story.lost_claims, "report": story.lost_reports}
        hub.away = lambda: story.away[0] <= clock.now() - start < sum(story.away)
        team.till = Till(answers=story.answers)
        first, other = team.clone(1), team.clone(2)
        await team.together(
            first.run(team.gateway, dies_at=story.death), team.after(story.later, other.run(team.gateway))
        )
        await clock.run(clock.sleep(60.0))
        survivors = (team.clone(3) if story.gone else first, other)
        ended = await team.together(*(each.run(team.gateway) for each in survivors))
        assert {word for each in ended for word in ends(each or ()).values()} <= CALM
        assert all(each.journal.owed() == () for each in survivors)
    return team


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(_STORIES)
def test_no_take_is_paid_for_twice(story: Story) -> None:
    """Two takes, any two clones, and any of these mishaps: at most two POSTs that made a task, one for each take."""
    with TemporaryDirectory() as folder:
        team = asyncio.run(_lived(story, Path(folder)))

    paid = [
        body["prompt"]
        for nth, body in enumerate(team.gateway.bodies, 1)
        if isinstance(team.till(nth), Accepted | Unknown)
    ]
    assert len(paid) == len(set(map(str, paid)))
