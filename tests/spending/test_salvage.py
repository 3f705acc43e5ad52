"""A clip by a callback's own link (D4): only where no task id can be had, only what fits the request, and flagged."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedance_spec.attempts.means import Stop
from seedance_spec.attempts.ports import Poke
from seedance_spec.attempts.salvage_words import clip_told
from seedance_spec.journal.inbox import evidence
from seedance_spec.lockfile.facts import AttemptFact, Reporter, Status
from tests.support.conducting import Studio, ends
from tests.support.deciding import a_film, a_shot
from tests.support.losing import CLOSED, LINK, LosingGateway, a_clip, call_back

MOON = a_shot("film/moon", resolution="480p", ratio="1:1", frames=9)

pytestmark = pytest.mark.anyio


@pytest.fixture
def studio(tmp_path: Path) -> Studio:
    (tmp_path / "specs").mkdir()
    return Studio(root=tmp_path, film=a_film(MOON), called_back=True)


@pytest.fixture
def gateway(studio: Studio) -> LosingGateway:
    gateway = LosingGateway(studio.clock, log=CLOSED)
    studio.billing = gateway
    return gateway


class Run:
    """One apply whose answer is lost; the upstream calls while it waits."""

    def __init__(self, studio: Studio, gateway: LosingGateway) -> None:
        self._studio = studio
        self._conductor, self._ledger = studio.conductor(gateway, studio.plan())
        self._running = asyncio.ensure_future(self._conductor.run(Stop()))

    async def passes(self, seconds: float) -> Run:
        await self._studio.clock.run(self._studio.clock.sleep(seconds))
        return self

    def called(self, status: str, url: str | None = LINK) -> None:
        (row,) = self._studio.journal.rows()
        call_back(self._studio.journal, row.fact, status, at=self._studio.clock.now(), url=url)
        self._conductor.heard()

    async def ends(self) -> dict[str, str]:
        endings = await self._studio.clock.run(self._running)
        await self._ledger.flush()
        return ends(endings)


def the_fact(studio: Studio) -> AttemptFact:
    (fact,) = studio.lockfile.read()[0].attempts.values()
    return fact


async def test_a_clip_that_fits_the_request_is_salvaged_and_flagged(studio: Studio, gateway: LosingGateway) -> None:
    """Stored, shown, recorded as what a callback said, without a task id; the next run pays and fetches nothing."""
    run = await Run(studio, gateway).passes(100)
    run.called("succeeded")

    assert await run.ends() == {"film/moon": "rendered"}

    fact = the_fact(studio)
    assert (fact.status, fact.task_id, set(fact.reports)) == (Status.SUCCEEDED, None, {Reporter.CALLBACK})
    report = fact.reports[Reporter.CALLBACK]
    assert (report.seed, report.tokens, report.frames) == (42, 38_800, 9)
    assert (studio.root / "renders/sandbox/film/moon.mp4").read_bytes() == a_clip()
    assert ends(await studio.apply(gateway)) == {"film/moon": "rendered"}
    assert (len(gateway.bodies), gateway.links) == (1, [LINK])


@pytest.mark.parametrize(
    ("clip", "why"),
    [
        (a_clip(854, 480), "the clip is 854×480 pixels, expected 640×640"),
        (b"dead", "the link is dead"),
        (b"not a clip", "what came is no whole clip"),
    ],
    ids=["another size", "dead link", "no clip"],
)
async def test_what_does_not_fit_stays_unknown_and_out_of_the_store(
    studio: Studio, gateway: LosingGateway, clip: bytes, why: str
) -> None:
    """`unknown (landed)`: nothing is shown or kept, the reason is said, and nothing is sent again."""
    gateway.clip = clip
    run = await Run(studio, gateway).passes(100)
    run.called("succeeded")

    assert await run.ends() == {"film/moon": "unknown"}

    assert the_fact(studio).status is Status.LANDED
    assert not list(studio.workplace.store.rglob("*.mp4"))
    assert any(why in getattr(event, "message", "") for event in studio.events)
    assert len(gateway.bodies) == 1


async def test_without_a_codec_nothing_is_salvaged(
    studio: Studio, gateway: LosingGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What cannot be checked is not taken; the hint names the extra."""
    a_clip()
    monkeypatch.setitem(sys.modules, "av", None)
    run = await Run(studio, gateway).passes(100)
    run.called("succeeded")

    assert await run.ends() == {"film/moon": "unknown"}
    assert any("media extra" in getattr(event, "message", "") for event in studio.events)


async def test_the_billing_log_has_its_chance_first(studio: Studio, gateway: LosingGateway) -> None:
    """Where the log is offered and names the task within a few looks, GET decides and no link is followed."""
    gateway.log = None
    run = await Run(studio, gateway).passes(100)
    run.called("succeeded")

    assert await run.ends() == {"film/moon": "rendered"}

    assert (the_fact(studio).task_id, gateway.links) == ("task_1", [])
    assert Reporter.CALLBACK not in the_fact(studio).reports


async def test_a_log_that_never_names_the_task_leaves_the_clip_to_salvage(
    studio: Studio, gateway: LosingGateway
) -> None:
    """A settlement that moves no money makes no row: after a few looks the callback's clip is taken."""
    gateway.log = ()
    run = await Run(studio, gateway).passes(100)
    run.called("succeeded")

    assert await run.ends() == {"film/moon": "rendered"}
    assert (the_fact(studio).task_id, gateway.links) == (None, [LINK])
    assert 3 <= len([at for at in gateway.asked if at > gateway.born["task_1"] + 100]) <= 4


@pytest.mark.parametrize("status", ["failed", "expired"])
async def test_a_callbacks_failure_is_evidence_and_no_verdict(
    studio: Studio, gateway: LosingGateway, status: str
) -> None:
    """It proves that the POST landed; the take is not failed, not retried, and the user is needed."""
    run = await Run(studio, gateway).passes(100)
    run.called(status, None)

    assert await run.ends() == {"film/moon": "unknown"}
    assert (the_fact(studio).status, the_fact(studio).reports) == (Status.LANDED, {})


async def test_a_callback_that_came_while_nobody_listened_is_salvaged_by_the_next_run(
    studio: Studio, gateway: LosingGateway
) -> None:
    """The inbox keeps its body; a run that begins later hears it again."""
    gateway.on_submit = lambda _: None
    studio.called_back = False
    run = Run(studio, gateway)
    assert await run.ends() == {"film/moon": "unknown"}
    run.called("succeeded")

    assert ends(await studio.apply(gateway)) == {"film/moon": "rendered"}
    assert len(gateway.bodies) == 1


async def test_a_callback_that_came_before_the_answer_was_lost_counts(studio: Studio, gateway: LosingGateway) -> None:
    """The upstream may be done while the answer of the POST still hangs: its clip is not forgotten."""
    holder: list[Run] = []
    gateway.on_submit = lambda _: holder[0].called("succeeded")
    holder.append(Run(studio, gateway))

    assert await holder[0].ends() == {"film/moon": "rendered"}


ARK = {"id": "cgt-1", "status": "succeeded", "content": {"video_url": LINK}, "seed": 7}


@pytest.mark.parametrize(
    ("said", "url"),
    [
        (ARK, LINK),
        ({"code": "success", "data": {"status": "SUCCESS", "data": ARK}}, LINK),
        ({**ARK, "content": {"video_url": "file:///etc/passwd"}}, None),
        ({**ARK, "content": {"video_url": ["x"]}}, None),
        ({**ARK, "content": None}, None),
        ({**ARK, "status": "failed"}, None),
        ([ARK], None),
    ],
    ids=["upstream's own", "wrapped", "no web link", "no text", "nothing", "failed", "a list"],
)
def test_only_a_success_with_a_web_link_names_a_clip(said: object, url: str | None) -> None:
    """The upstream's object is read through its wrappers; whatever else the body holds names nothing."""
    body = json.dumps(said).encode()
    _, status = evidence(body)
    told = clip_told(_poke(body, status or "succeeded"))
    assert (told.result_url if told else None) == url


@given(st.binary())
def test_no_body_is_an_error(body: bytes) -> None:
    """Whatever the bytes, they name a clip or none."""
    assert clip_told(_poke(body, "succeeded")) is None


def _poke(body: bytes, status: str) -> Poke:
    return Poke(seq=1, attempt_id="a1", received_at=0.0, upstream_id=None, upstream_status=status, body=body)
