"""Shots that start from another shot, paid for: what travels for the parent's bytes, and what never leads to a POST."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Awaitable, Callable
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from seedance_spec.attempts.endings import carried_out
from seedance_spec.attempts.means import Stop
from seedance_spec.attempts.ports import Accepted, AskLater, Refused, Scope, TaskAbsent
from seedance_spec.clips.store import Store
from seedance_spec.json_types import JsonObject
from seedance_spec.lockfile.facts import AttemptFact
from seedance_spec.lockfile.views import verdict
from seedance_spec.model.shot import Part, Shot
from seedance_spec.plan.change import Plan
from seedance_spec.plan.decide import label_moves
from seedance_spec.tidying import tidy
from seedance_spec.webhook.lent_clips import Lender, LentClips
from tests.support.clips import distance, film, pictures, png
from tests.support.conducting import Studio, ends
from tests.support.deciding import a_film, a_shot
from tests.support.handing_on import MOON, LinkingGateway, a_child, link_of
from tests.support.receiving import KEY

DAY_AND_AN_HOUR = 25 * 3600.0

pytestmark = pytest.mark.anyio


@pytest.fixture
def studio(tmp_path: Path) -> Studio:
    (tmp_path / "specs").mkdir()
    return Studio(root=tmp_path, film=a_film(MOON))


async def rendered(studio: Studio, **gateway: Any) -> LinkingGateway:
    """The gateway after the parent was rendered by it: one POST."""
    made = LinkingGateway(studio.clock, **gateway)
    assert ends(await studio.apply(made)) == {"film/moon": "rendered"}
    made.log.clear()
    return made


async def with_child(studio: Studio, gateway: LinkingGateway, child: Shot) -> str:
    """How the child ends when it is added to the film and applied."""
    studio.film = a_film(MOON, child)
    endings = await studio.apply(gateway)
    (ending,) = [each for each in endings if each.change.shot_id == child.id]
    return f"{ending.end.value} {ending.code}".strip()


def sent(body: JsonObject) -> str:
    """The one input of a body, as it travelled."""
    if "image" in body:
        return str(body["image"])
    metadata: Any = body["metadata"]
    (item,) = metadata["content"]
    assert item["role"] == "reference_video"
    return str(item["video_url"]["url"])


def picture(uri: str) -> Image.Image:
    head, _, data = uri.partition(",")
    assert head == "data:image/png;base64"
    return Image.open(BytesIO(base64.b64decode(data)))


def facts_of(studio: Studio) -> dict[str, AttemptFact]:
    return {each.label.shot: each for each in studio.facts().attempts.values()}


async def test_a_clip_travels_as_a_link_that_was_asked_for_right_before_the_post(studio: Studio) -> None:
    """The parent's task is looked at once more, and its link goes out; on record is the clip, and no URL."""
    gateway = await rendered(studio)

    assert await with_child(studio, gateway, a_child()) == "rendered"

    assert (gateway.log[0], sent(gateway.bodies[1])) == ("task_1", link_of("task_1"))
    facts = facts_of(studio)
    assert facts["film/exit"].made_from == (verdict(facts["film/moon"]).output,)
    assert "tos.example" not in studio.workplace.lockfile.read_text()


async def test_what_a_child_is_made_from_is_on_record_before_its_post(studio: Studio) -> None:
    """A process that dies right after the POST leaves an attempt that names its parent's clip."""
    gateway = await rendered(studio)
    told: list[tuple[str, ...]] = []
    gateway.on_submit = lambda _: told.extend(row.fact.made_from for row in studio.journal.rows())

    await with_child(studio, gateway, a_child())

    assert told == [(), (verdict(facts_of(studio)["film/moon"]).output,)]


@pytest.mark.parametrize(("part", "place"), [(Part.FIRST_FRAME, 0), (Part.LAST_FRAME, -1)])
async def test_a_frame_is_cut_from_the_stored_clip_and_travels_inline(studio: Studio, part: Part, place: int) -> None:
    """The picture is the clip's own, and the gateway is asked for nothing: links may be long dead."""
    gateway = await rendered(studio)
    await studio.clock.run(studio.clock.sleep(DAY_AND_AN_HOUR))

    assert await with_child(studio, gateway, a_child(part)) == "rendered"

    cut = picture(sent(gateway.bodies[1]))
    assert distance(cut, pictures(film("task_1"))[place]) == 0.0
    assert gateway.log[0] != "task_1"


async def test_a_last_frame_that_the_gateway_gave_travels_as_it_is(studio: Studio) -> None:
    """What was asked for with return_last_frame is stored, and better than what is cut out of a compressed clip."""
    gateway = await rendered(studio, frames=True)

    assert await with_child(studio, gateway, a_child(Part.LAST_FRAME)) == "rendered"

    assert sent(gateway.bodies[1]) == f"data:image/png;base64,{base64.b64encode(png()).decode()}"


async def test_a_clip_whose_link_is_dead_is_lent_as_long_as_the_child_is_in_flight(studio: Studio) -> None:
    """The capability opens the parent's clip at the POST, and nothing once the child is here."""
    lent = LentClips(KEY)
    studio.lending = Lender(lent, "https://studio.test")
    gateway = await rendered(studio)
    await studio.clock.run(studio.clock.sleep(DAY_AND_AN_HOUR))
    opened: list[str | None] = []
    gateway.on_submit = lambda body: opened.append(lent.clip_of(sent(body).rpartition("/")[2]))

    assert await with_child(studio, gateway, a_child()) == "rendered"

    url = sent(gateway.bodies[1])
    assert url.startswith("https://studio.test/v1/input/")
    assert opened == [verdict(facts_of(studio)["film/moon"]).output]
    assert lent.clip_of(url.rpartition("/")[2]) is None


async def test_a_run_that_takes_a_child_over_goes_on_lending_what_it_starts_from(studio: Studio) -> None:
    """The upstream may fetch an input long after the POST: the same capability opens the same clip again."""
    studio.lending = Lender(LentClips(KEY), "https://studio.test")
    gateway = await rendered(studio)
    await studio.clock.run(studio.clock.sleep(DAY_AND_AN_HOUR))
    stop = Stop()
    gateway.on_submit = lambda _: stop.interrupt()
    studio.film = a_film(MOON, a_child())
    await studio.apply(gateway, stop=stop)

    lent = LentClips(KEY)
    studio.lending, studio.alive = Lender(lent, "https://studio.test"), {"owner-2"}
    token, opened = sent(gateway.bodies[1]).rpartition("/")[2], set[str | None]()

    async def look_inside(_: str) -> None:
        opened.add(lent.clip_of(token))

    gateway.on_look = look_inside
    await studio.apply(gateway, owner="owner-2")

    assert opened == {verdict(facts_of(studio)["film/moon"]).output}
    assert (lent.clip_of(token), len(gateway.bodies)) == (None, 2)


async def test_a_dead_link_that_nobody_can_stand_in_for_is_never_posted(studio: Studio) -> None:
    """Said with its reason; nothing is claimed for good, nothing paid, and nothing of it is on record."""
    gateway = await rendered(studio)
    await studio.clock.run(studio.clock.sleep(DAY_AND_AN_HOUR))

    assert await with_child(studio, gateway, a_child()) == "not-submitted parent-not-deliverable"

    assert len(gateway.bodies) == 1
    assert set(facts_of(studio)) == {"film/moon"}


async def test_a_link_that_wants_our_key_is_no_link(studio: Studio) -> None:
    """Some gateways name their own content route, which the upstream cannot follow: the clip is lent instead."""
    studio.lending = Lender(LentClips(KEY), "https://studio.test")
    gateway = await rendered(studio, links={"task_1": "https://gateway.test/v1/videos/task_1/content"})

    assert await with_child(studio, gateway, a_child()) == "rendered"

    assert sent(gateway.bodies[1]).startswith("https://studio.test/v1/input/")


async def test_a_gateway_that_gives_no_answer_is_asked_again_before_anything_is_sent(studio: Studio) -> None:
    """No link yet is no refusal: the take is claimed anew after a pause, and posted once."""
    gateway = await rendered(studio)
    gateway.later = [AskLater(reason="503"), AskLater(reason="503")]

    assert await with_child(studio, gateway, a_child()) == "rendered"

    assert [sent(body) for body in gateway.bodies[1:]] == [link_of("task_1")]


async def test_a_task_that_the_gateway_forgot_is_said_to_be_the_reason(studio: Studio) -> None:
    """A lost row gives no link, now or later: refused with a way out."""
    gateway = await rendered(studio)
    gateway.later = [TaskAbsent(message="task_not_exist")]

    assert await with_child(studio, gateway, a_child()) == "not-submitted parent-not-deliverable"

    assert len(gateway.bodies) == 1


async def test_bytes_that_are_no_longer_what_they_were_are_never_sent(studio: Studio) -> None:
    """A stored clip is checked against its digest before a frame is cut from it."""
    gateway = await rendered(studio)
    clip = verdict(facts_of(studio)["film/moon"]).output
    assert clip is not None
    path = Store(studio.workplace.store).path(clip)
    path.chmod(0o600)
    path.write_bytes(film("another film"))

    assert await with_child(studio, gateway, a_child(Part.LAST_FRAME)) == "not-submitted parent-not-deliverable"

    assert len(gateway.bodies) == 1


async def test_a_clip_that_only_renders_still_has_is_taken_back_and_sent(studio: Studio) -> None:
    """A store that was deleted costs nothing as long as the clip is shown."""
    gateway = await rendered(studio)
    clip = verdict(facts_of(studio)["film/moon"]).output
    assert clip is not None
    Store(studio.workplace.store).path(clip).unlink()

    studio.film = a_film(MOON, a_child(Part.LAST_FRAME))
    plan = studio.plan()
    # A run about the child alone: the parent's own row would bring the clip back too.
    conductor, _ = studio.conductor(gateway, replace(plan, changes=plan.paid))
    endings = await studio.clock.run(conductor.run(Stop()))

    assert ends(endings) == {"film/exit": "rendered"}
    assert Store(studio.workplace.store).has(clip)


async def test_a_stop_while_a_link_is_asked_for_leaves_nothing_behind(studio: Studio) -> None:
    """It ends as never submitted, and the same command pays for it once."""
    gateway, stop = await rendered(studio), Stop()
    studio.film = a_film(MOON, a_child())

    async def stopping(_: str) -> None:
        stop.interrupt()
        await studio.clock.sleep(3600)

    gateway.on_look = stopping
    endings = await studio.apply(gateway, stop=stop)
    gateway.on_look = None

    assert [(each.end.value, each.code) for each in endings if each.change.pays] == [("not-submitted", "never-sent")]
    assert len(gateway.bodies) == 1
    assert ends(await studio.apply(gateway)) == {"film/moon": "rendered", "film/exit": "rendered"}
    assert len(gateway.bodies) == 2


async def test_a_gate_that_closes_while_a_link_is_asked_for_holds_the_post_back(studio: Studio) -> None:
    """The money ran out meanwhile: the child is not sent, its take is free, and the next run pays for it once."""
    gateway = await rendered(studio)
    storm = a_shot("film/storm", prompt="A storm")
    studio.film = a_film(MOON, a_child(), storm)

    async def slowly(_: str) -> None:
        await studio.clock.sleep(60.0)

    gateway.on_look = slowly
    gateway.answer = lambda _: Refused(code="no-money", message="too little", status=403, scope=Scope.ALL)
    endings = await studio.apply(gateway)

    assert ends(endings) == {"film/moon": "rendered", "film/exit": "not-submitted", "film/storm": "not-submitted"}
    assert [body["prompt"] for body in gateway.bodies] == ["A cat on the moon", "A storm"]
    gateway.on_look, gateway.answer = None, lambda n: Accepted(task_id=f"task_{n}")
    assert set(ends(await studio.apply(gateway)).values()) == {"rendered"}
    assert len(gateway.bodies) == 4


async def test_a_twin_of_a_child_that_was_not_bought_stays_where_it_was(studio: Studio) -> None:
    """Its label moves with the purchase that it comes with: without one, --no-cascade leaves both of them stale."""
    twins = (a_child(), a_child(shot_id="film/twin"))
    studio.film = a_film(MOON, *twins)
    gateway = LinkingGateway(studio.clock)
    await _applied(studio, gateway)
    moon = replace(MOON, request=replace(MOON.request, prompt="A dark moon"))
    studio.film = a_film(moon, a_child(of=moon), a_child(of=moon, shot_id="film/twin"))
    gateway.answer = lambda _: Refused(code="no-money", message="too little", status=403, scope=Scope.ALL)

    plan = await _applied(studio, gateway)

    assert [change.follows for change in plan.changes] == [None, None, "film/exit"]
    assert [(each.shot_id, each.action.value) for each in studio.plan(cascade=False).changes] == [
        ("film/moon", "re-render"),
        ("film/exit", "stale"),
        ("film/twin", "stale"),
    ]


async def _applied_again(studio: Studio, gateway: LinkingGateway) -> None:
    await studio.apply(gateway)


async def _tidied(studio: Studio, _: LinkingGateway) -> None:
    await asyncio.to_thread(asyncio.run, tidy(studio.film, studio.workplace))


@pytest.mark.parametrize("again", [_applied_again, _tidied])
async def test_a_last_frame_that_the_store_lost_comes_back_from_renders(
    studio: Studio, again: Callable[[Studio, LinkingGateway], Awaitable[None]]
) -> None:
    """One that was set aside as damaged is taken in again from beside its clip, before every plan; nothing is paid."""
    studio.film = a_film(replace(MOON, request=replace(MOON.request, return_last_frame=True)))
    gateway = await rendered(studio, frames=True)
    store, (moon,) = Store(studio.workplace.store), studio.facts().attempts.values()
    frame = verdict(moon).last_frame
    assert frame is not None
    store.set_aside(frame)

    await again(studio, gateway)

    assert (store.verify(frame), len(gateway.bodies)) == (True, 1)


async def _applied(studio: Studio, gateway: LinkingGateway) -> Plan:
    """One apply that writes its labels as a run does; the plan that it carried out."""
    plan = studio.plan()
    conductor, ledger = studio.conductor(gateway, plan)
    endings = await studio.clock.run(conductor.run(Stop()))
    await ledger.flush(*label_moves(carried_out(plan, endings), int(studio.clock.now())))
    return plan
