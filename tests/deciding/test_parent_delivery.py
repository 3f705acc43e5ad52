"""How a parent's bytes would reach the gateway: the way that is chosen, its words, the early error where none works."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedance_spec.lockfile.facts import AttemptFact, Report, Reporter
from seedance_spec.lockfile.fold import Facts
from seedance_spec.model.shot import Part
from seedance_spec.plan.parent_delivery import (
    Delivery,
    ParentTake,
    Reach,
    Way,
    delivery_of,
    delivery_words,
    link_lives,
    take_of,
    take_to_come,
)
from seedance_spec.plan.planned_delivery import Deliveries, undeliverable
from seedance_spec.specfiles.diagnostic import Severity
from tests.support.deciding import NOON, Scene, a_rendering, a_request
from tests.support.editing import a_plan, a_spec, read, rendered
from tests.support.facts import digest
from tests.support.handing_on import MOON, a_source

CLIP, FRAME = digest("clip"), digest("frame")
DAY = 24 * 3600
DEAD = "the gateway's link to its clip is dead or about to die (links live for a day)"
BOTH = frozenset({CLIP, FRAME})

FRESH = ParentTake(task_id="task_1", clip=CLIP, finished_at=NOON)
LOST_TASK = replace(FRESH, task_id=None)
WITH_FRAME = replace(FRESH, last_frame=FRAME, returns_frame=True)
TO_COME = ParentTake(awaited=True)


def way(part: Part, take: ParentTake, **reach: object) -> Way:
    """The way that is chosen a minute after the parent was finished, with its clip at hand."""
    at = Reach(**{"now": NOON + 60.0, "here": frozenset({CLIP}), **reach})  # type: ignore[arg-type] # a test's own words
    return delivery_of(a_source(part), take, at).way


@pytest.mark.parametrize(
    ("take", "reach", "chosen"),
    [
        pytest.param(FRESH, {}, Way.FRESH_LINK, id="while its link lives"),
        pytest.param(FRESH, {"here": frozenset()}, Way.FRESH_LINK, id="its bytes need not be here"),
        pytest.param(FRESH, {"lends": True}, Way.FRESH_LINK, id="the gateway's own link is the better one"),
        pytest.param(FRESH, {"now": NOON + DAY - 3601.0}, Way.FRESH_LINK, id="with a margin"),
        pytest.param(FRESH, {"now": NOON + DAY - 3600.0}, Way.NOTHING, id="not within the margin"),
        pytest.param(FRESH, {"now": NOON + DAY, "lends": True}, Way.CAPABILITY, id="a dead link and a receiver"),
        pytest.param(
            FRESH, {"now": NOON + DAY, "lends": True, "here": frozenset()}, Way.NOTHING, id="no bytes to lend"
        ),
        pytest.param(LOST_TASK, {"lends": True}, Way.CAPABILITY, id="a salvaged clip has no link"),
        pytest.param(LOST_TASK, {}, Way.NOTHING, id="and nobody fetches it from here"),
        pytest.param(TO_COME, {"here": frozenset()}, Way.FRESH_LINK, id="one that the run renders"),
        pytest.param(FRESH, {"now": NOON + 3600.0, "time_scale": 100.0}, Way.NOTHING, id="at the sandbox's pace"),
    ],
)
def test_the_way_of_a_clip(take: ParentTake, reach: dict[str, object], chosen: Way) -> None:
    """A video can never travel inline: the gateway's link while it lives with a margin, else it is lent from here."""
    assert way(Part.VIDEO, take, **reach) is chosen


@pytest.mark.parametrize(
    ("part", "take", "reach", "chosen"),
    [
        pytest.param(Part.LAST_FRAME, WITH_FRAME, {"here": BOTH}, Way.STORED_FRAME, id="as the gateway gave it"),
        pytest.param(Part.FIRST_FRAME, WITH_FRAME, {"here": BOTH}, Way.CUT_FRAME, id="a last frame is no first one"),
        pytest.param(Part.LAST_FRAME, FRESH, {}, Way.CUT_FRAME, id="one that was not asked for is cut"),
        pytest.param(Part.LAST_FRAME, FRESH, {"now": NOON + 9.0 * DAY}, Way.CUT_FRAME, id="links may be long dead"),
        pytest.param(Part.LAST_FRAME, WITH_FRAME, {"here": frozenset()}, Way.FRESH_LINK, id="only a link is left"),
        pytest.param(Part.LAST_FRAME, WITH_FRAME, {"cuts": False}, Way.FRESH_LINK, id="a link where nothing cuts"),
        pytest.param(Part.FIRST_FRAME, FRESH, {"cuts": False}, Way.NOTHING, id="no media extra"),
        pytest.param(Part.FIRST_FRAME, FRESH, {"here": frozenset()}, Way.NOTHING, id="no clip to cut from"),
        pytest.param(Part.FIRST_FRAME, TO_COME, {"here": frozenset()}, Way.CUT_FRAME, id="one that the run renders"),
        pytest.param(Part.LAST_FRAME, TO_COME, {"cuts": False}, Way.NOTHING, id="rendered without its last frame"),
        pytest.param(
            Part.LAST_FRAME,
            take_to_come(a_request(return_last_frame=True)),
            {"cuts": False, "here": frozenset()},
            Way.STORED_FRAME,
            id="rendered with its last frame",
        ),
    ],
)
def test_the_way_of_a_frame(part: Part, take: ParentTake, reach: dict[str, object], chosen: Way) -> None:
    """A frame travels inline: as the gateway gave it, else cut from the clip; a link to it is the last way."""
    assert way(part, take, **reach) is chosen


@given(
    part=st.sampled_from(Part),
    take=st.builds(
        ParentTake,
        awaited=st.booleans(),
        task_id=st.sampled_from([None, "task_1"]),
        clip=st.sampled_from([None, CLIP]),
        last_frame=st.sampled_from([None, FRAME]),
        finished_at=st.sampled_from([None, NOON]),
        returns_frame=st.booleans(),
    ),
    reach=st.builds(
        Reach,
        now=st.floats(NOON, NOON + 2 * DAY),
        here=st.sampled_from([frozenset(), frozenset({CLIP}), BOTH]),
        lends=st.booleans(),
        cuts=st.booleans(),
    ),
)
def test_no_way_is_chosen_that_cannot_be_taken(part: Part, take: ParentTake, reach: Reach) -> None:
    """Universally: what a way needs is there or comes with the run; where there is none, both sentences are said."""
    chosen = delivery_of(a_source(part), take, reach)

    assert chosen.part is part
    match chosen.way:
        case Way.FRESH_LINK:
            assert take.awaited or link_lives(take, reach)
        case Way.CAPABILITY:
            assert part is Part.VIDEO
            assert reach.lends
            assert chosen.sha256 in reach.here
        case Way.STORED_FRAME:
            assert part is Part.LAST_FRAME
            assert chosen.sha256 in reach.here or (take.awaited and take.returns_frame)
        case Way.CUT_FRAME:
            assert reach.cuts
            assert take.awaited or chosen.sha256 in reach.here
        case Way.NOTHING:
            assert chosen.why
            assert chosen.way_out


def test_a_take_on_record_is_what_its_attempt_says() -> None:
    """Links count from the gateway's own end of the task, else from the submit: never too late."""
    fact = a_rendering(MOON, "a1")

    assert take_of(fact) == ParentTake(task_id="task_a1", clip=digest("a1"), finished_at=NOON + 98)
    assert take_of(replace(fact, reports={})) == ParentTake(task_id="task_a1", finished_at=NOON)


@pytest.mark.parametrize(
    ("delivery", "words"),
    [
        (
            Delivery(way=Way.FRESH_LINK, part=Part.VIDEO, until=float(NOON + DAY)),
            "a link to its clip, asked of the gateway right before the POST (lives until 2026-05-09 10:40 UTC)",
        ),
        (
            Delivery(way=Way.FRESH_LINK, part=Part.VIDEO),
            "a link to its clip, asked of the gateway right before the POST",
        ),
        (
            Delivery(way=Way.CAPABILITY, part=Part.VIDEO),
            "its stored clip, lent by this run's own receiver as long as the shot is in flight",
        ),
        (
            Delivery(way=Way.STORED_FRAME, part=Part.LAST_FRAME),
            "its last frame as the gateway gave it, inline",
        ),
        (
            Delivery(way=Way.CUT_FRAME, part=Part.FIRST_FRAME),
            "its first frame, cut out of its stored clip, inline",
        ),
        (
            Delivery(way=Way.NOTHING, part=Part.VIDEO, why="it is gone", way_out="write a URL"),
            "cannot be sent: it is gone; write a URL",
        ),
    ],
)
def test_every_way_has_words(delivery: Delivery, words: str) -> None:
    """What `show` says beside an input."""
    assert delivery_words(delivery) == words


# ── before anything is paid ─────────────────────────────────────────────────────────────────────────────────────────

CHAIN = {
    "reel.yaml": a_spec(
        "moon: { prompt: A, duration: 4, metadata: { ratio: 16:9 } }",
        "exit: { prompt: B, inputs: [{ shot: moon }], metadata: { ratio: 16:9 } }",
        "after: { prompt: C, inputs: [{ shot: exit, frame: last }], metadata: { ratio: 16:9 } }",
    )
}


def refused(*facts: AttemptFact, **reach: object) -> list[tuple[str, str, str]]:
    """Place, message and way out of every complaint about the chain, the clips of `facts` being in the store."""
    stored = frozenset(digest(each.attempt_id) for each in facts)
    plan = a_plan(read(CHAIN), facts)
    at = Reach(**{"now": NOON + 60.0, "here": stored, **reach})  # type: ignore[arg-type] # a test's own words
    found = list(undeliverable(Deliveries(plan=plan, facts=Facts.of(*facts), reach=at)))
    assert {each.code for each in found} <= {"parent-not-deliverable"}
    return [(str(each.span), each.message, each.hint) for each in found]


def test_a_chain_that_the_run_renders_as_a_whole_can_be_sent() -> None:
    """Every parent's link is fresh by then, and its clip is here to cut a frame from."""
    assert refused() == []


def test_nothing_is_said_of_shots_that_are_not_paid_for() -> None:
    """Rendered children need their parents no more, however dead those links are."""
    assert refused(*rendered(read(CHAIN)), now=NOON + 9.0 * DAY) == []


def test_a_dead_link_without_a_public_url_is_an_error_at_the_input() -> None:
    """With the place to edit and every way out; with a public URL the same plan can be sent."""
    moon = rendered(read(CHAIN))[0]

    assert refused(moon, now=NOON + 2.0 * DAY) == [
        (
            "specs/reel.yaml:5:39",
            f"reel/exit starts from reel/moon: {DEAD}, and the gateway cannot fetch it from here",
            "`--public-url URL` lets apply lend the stored clip; or write a URL of it in its place",
        )
    ]
    assert refused(moon, now=NOON + 2.0 * DAY, lends=True) == []


def test_a_frame_that_cannot_be_cut_is_an_error_at_the_input() -> None:
    """Without the media extra no frame can be cut; the hint names it."""
    (told,) = refused(cuts=False)

    assert told == (
        "specs/reel.yaml:6:40",
        "reel/after starts from reel/exit: a frame cannot be cut out of its clip without the media extra",
        "pip install 'seedance-spec[media]', or write the path of the frame in its place",
    )


def test_a_clip_that_is_missing_is_brought_by_the_run_while_its_link_lives() -> None:
    """Fetched first, then handed on; once the link is dead there is nothing to hand on."""
    moon = replace(rendered(read(CHAIN))[0], reports={Reporter.GATEWAY: Report(output=CLIP, finished_at=NOON)})
    scene = Scene(film=read(CHAIN), facts=(moon,))
    deliveries = Deliveries(plan=scene.plan(), facts=Facts.of(moon), reach=Reach(now=NOON + 60.0))

    assert list(undeliverable(deliveries)) == []
    by_frame = read({"reel.yaml": CHAIN["reel.yaml"].replace("{ shot: moon }", "{ shot: moon, frame: first }")})
    framed = replace(deliveries, plan=replace(scene, film=by_frame).plan())
    assert list(undeliverable(framed)) == []
    late = list(undeliverable(replace(deliveries, reach=Reach(now=NOON + 2.0 * DAY)), severity=Severity.WARNING))
    assert [(each.severity, str(each.span)) for each in late] == [(Severity.WARNING, "specs/reel.yaml:5:39")]
    assert late[0].hint.startswith("put its clip back under renders/, buy it again (--retake reel/moon)")


def test_a_parent_whose_clip_only_another_clone_has_is_started_from_its_spare() -> None:
    """Where the spare is here the way out names it, and no payment."""
    (moon, *_) = rendered(read(CHAIN))
    spare = replace(moon, attempt_id="z-spare", reports={Reporter.GATEWAY: Report(output=digest("z-spare"))})

    (told,) = refused(moon, spare, now=NOON + 2.0 * DAY, here=frozenset({digest("z-spare")}))

    assert told == (
        "specs/reel.yaml:5:39",
        f"reel/exit starts from reel/moon: {DEAD}, and its clip is not here",
        "its spare is here: `pick: z-spare` in reel/moon starts from that, and costs nothing",
    )
