"""A paid clip reaches the store whole, however badly it is served; only links that are dead for good end the trying."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from seedance_spec.attempts.ports import ContentFault, TaskView
from seedance_spec.clips.download import Dead, NotYet, Stored, fetch_clip
from seedance_spec.clips.expectation import ClipFacts, Expectation
from seedance_spec.clips.store import Store
from tests.support.clips import (
    FINISHED_AT,
    FRAME_LINK,
    LINK,
    TASK,
    ScriptedGateway,
    StillClock,
    Stream,
    digest,
    film,
    png,
)

pytestmark = pytest.mark.anyio

CLIP = film()
WHOLE = Stream(data=CLIP)
EXPIRED = Stream(refusal=ContentFault("the link has expired", dead=True))
BUSY = Stream(refusal=ContentFault("502", retry_after=30.0))
MINUTE = Stream(data=CLIP, ranges=False, cut_after=6000)
"""A /content that cuts every answer after its minute and cannot resume (gateway.md §1.10)."""

LINKED = replace(TASK, result_url=LINK)
FACTS = ClipFacts(width=320, height=180, fps=24.0, frames=9, packets=9, seconds=9 / 24, codec="h264", has_audio=True)
STORED = Stored(sha256=digest(CLIP), bytes=len(CLIP), facts=FACTS)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


async def fetched(
    gateway: ScriptedGateway,
    store: Store,
    *,
    task: TaskView = TASK,
    clock: StillClock | None = None,
    expected: Expectation | None = None,
) -> Stored | NotYet | Dead:
    return await fetch_clip(
        gateway,
        task,
        store,
        part_name="attempt-1",
        clock=clock or StillClock(),
        tell=lambda _here, _whole: None,
        expected=expected,
    )


async def test_a_clip_served_well_is_fetched_once(store: Store) -> None:
    """One request, and the bytes lie in the store under their digest."""
    gateway = ScriptedGateway(contents=[WHOLE])

    assert await fetched(gateway, store) == STORED
    assert gateway.asked == [("task_a", 0)]
    assert store.path(STORED.sha256).read_bytes() == CLIP


@pytest.mark.parametrize("breaks", [True, False], ids=["broken-off", "ended-quietly"])
async def test_a_cut_stream_is_resumed_where_it_ended(store: Store, *, breaks: bool) -> None:
    """Where Range is honoured no byte but the last one is fetched twice."""
    gateway = ScriptedGateway(contents=[Stream(data=CLIP, cut_after=5000, breaks=breaks), WHOLE])

    assert await fetched(gateway, store) == STORED
    assert gateway.asked == [("task_a", 0), ("task_a", 4999)]


async def test_a_content_that_cannot_resume_gives_way_to_the_link(store: Store) -> None:
    """The upstream's link goes on with what /content brought before its deadline."""
    gateway = ScriptedGateway(contents=[MINUTE], links={LINK: [WHOLE]})

    assert await fetched(gateway, store, task=LINKED) == STORED
    assert gateway.asked == [("task_a", 0), ("task_a", 5999), (LINK, 5999)]


async def test_without_a_link_a_cut_download_begins_anew(store: Store) -> None:
    """Where nobody can resume, the next try starts from the first byte."""
    gateway = ScriptedGateway(contents=[MINUTE, Stream(data=CLIP, ranges=False)])

    assert await fetched(gateway, store) == STORED
    assert gateway.asked == [("task_a", 0), ("task_a", 5999)]


async def test_a_dead_link_sends_us_back_to_content(store: Store) -> None:
    """When the link fails as well, a /content that cannot resume is begun anew."""
    gateway = ScriptedGateway(contents=[MINUTE, MINUTE, Stream(data=CLIP, ranges=False)], links={LINK: [EXPIRED]})

    assert await fetched(gateway, store, task=LINKED) == STORED


async def test_a_source_that_always_cuts_is_left_after_five_tries(store: Store) -> None:
    """Trying ends, the pauses grow, and the longest partial is kept for the next fetch."""
    clock = StillClock()
    gateway = ScriptedGateway(contents=[Stream(data=CLIP, cut_after=1500)])

    outcome = await fetched(gateway, store, clock=clock)

    assert outcome == NotYet(reason=f"the stream ended at {5 * 1499 + 1} of {len(CLIP)} bytes, 5 times")
    assert (len(gateway.asked), clock.slept) == (5, [0.5, 1.0, 2.0, 4.0])
    with store.open_part("attempt-1") as part:
        assert part.size == 5 * 1499 + 1


async def test_the_next_fetch_goes_on_where_an_earlier_process_stopped(store: Store) -> None:
    """A partial of the same attempt is resumed."""
    with store.open_part("attempt-1") as part:
        part.append(CLIP[:7000])
    gateway = ScriptedGateway(contents=[WHOLE])

    assert await fetched(gateway, store) == STORED
    assert gateway.asked == [("task_a", 6999)]


async def test_a_partial_that_is_already_whole_is_proven_by_one_byte(store: Store) -> None:
    """A process that died before admitting left nothing to be fetched again."""
    with store.open_part("attempt-1") as part:
        part.append(CLIP)
    gateway = ScriptedGateway(contents=[WHOLE])

    assert await fetched(gateway, store) == STORED
    assert gateway.asked == [("task_a", len(CLIP) - 1)]


async def test_a_clip_that_was_admitted_is_found_without_asking(store: Store) -> None:
    """A process that died after admitting left nothing to be asked, even if all links are dead by now."""
    await fetched(ScriptedGateway(contents=[WHOLE]), store)
    gateway = ScriptedGateway(contents=[EXPIRED])

    assert await fetched(gateway, store) == STORED
    assert gateway.asked == []


@pytest.mark.parametrize("partial", [CLIP + b"more than there is", b"<html>" * 100], ids=["too-long", "another-file"])
async def test_a_partial_of_other_bytes_is_fetched_anew(store: Store, partial: bytes) -> None:
    """Bytes that cannot be part of this clip do not spoil it."""
    with store.open_part("attempt-1") as part:
        part.append(partial)

    assert await fetched(ScriptedGateway(contents=[WHOLE]), store) == STORED


async def test_a_stream_without_a_length_is_judged_by_its_boxes(store: Store) -> None:
    """Where nobody says how long the clip is, its own structure tells a cut from an end."""
    unsaid = Stream(data=CLIP, says_length=False)
    gateway = ScriptedGateway(contents=[replace(unsaid, cut_after=4000), unsaid])

    assert await fetched(gateway, store) == STORED
    assert len(gateway.asked) == 2


@pytest.mark.parametrize(
    ("data", "why"),
    [(b"<html>502</html>" * 9, "beyond the end"), (CLIP[:-3000], "beyond the end"), (b"", "it is empty")],
    ids=["a-page", "cut-at-the-source", "nothing"],
)
async def test_what_is_no_whole_clip_never_enters_the_store(store: Store, data: bytes, why: str) -> None:
    """Bytes of the announced length that are no whole clip are fetched once more, then reported; the part stays."""
    gateway = ScriptedGateway(contents=[Stream(data=data)])

    outcome = await fetched(gateway, store)

    assert isinstance(outcome, NotYet)
    assert outcome.reason.startswith("what came is no whole clip: ")
    assert why in outcome.reason
    assert len(gateway.asked) == 2
    assert store.digests() == frozenset()
    with store.open_part("attempt-1") as part:
        assert part.size == len(data)


async def test_a_busy_gateway_is_asked_again_later_by_the_caller(store: Store) -> None:
    """A refusal for now is NotYet with the longest wait that anybody asked for."""
    gateway = ScriptedGateway(contents=[BUSY], links={LINK: [BUSY]})

    assert await fetched(gateway, store, task=LINKED) == NotYet(reason="502", retry_after=30.0)
    assert len(gateway.asked) == 2


async def test_only_when_every_link_is_dead_is_the_clip_lost(store: Store) -> None:
    """One source that may still answer keeps the clip alive."""
    both = ScriptedGateway(contents=[EXPIRED], links={LINK: [EXPIRED]})
    one = ScriptedGateway(contents=[EXPIRED], links={LINK: [BUSY]})

    assert await fetched(both, store, task=LINKED) == Dead(reason="the link has expired")
    assert await fetched(ScriptedGateway(contents=[EXPIRED]), store) == Dead(reason="the link has expired")
    assert await fetched(one, store, task=LINKED) == NotYet(reason="502", retry_after=30.0)


async def test_a_link_that_may_not_be_followed_dies_with_its_fuse(store: Store) -> None:
    """A day after the task ended nobody waits for a link that is refused for other reasons."""
    gateway = ScriptedGateway(contents=[EXPIRED], links={LINK: [BUSY]})
    late = StillClock(time=FINISHED_AT + 26 * 3600.0)

    assert await fetched(gateway, store, task=LINKED, clock=late) == Dead(reason="the link has expired")


async def test_a_clip_that_differs_is_kept_with_a_warning(store: Store) -> None:
    """The gateway served another size and length than asked for: that is said, and the clip is stored."""
    expected = Expectation(sizes=frozenset({(1280, 720)}), frames=121, fps=24, audio=True)

    outcome = await fetched(ScriptedGateway(contents=[WHOLE]), store, expected=expected)

    assert outcome == replace(
        STORED,
        warnings=(
            "the clip is 320×180 pixels, expected 1280×720",
            "the clip has 9 frames (0.4 s), expected 121 (5.0 s)",
        ),
    )


async def test_the_last_frame_is_kept_beside_its_clip(store: Store) -> None:
    """A task that returns its last frame has both in the store."""
    gateway = ScriptedGateway(contents=[WHOLE], links={FRAME_LINK: [Stream(data=png())]})

    outcome = await fetched(gateway, store, task=replace(TASK, last_frame_url=FRAME_LINK))

    assert outcome == replace(STORED, last_frame=digest(png()))
    assert store.path(digest(png())).suffix == ".png"


@pytest.mark.parametrize(
    ("stream", "warning"),
    [
        (EXPIRED, "its last frame could not be fetched: the link has expired"),
        (Stream(data=b"<html>"), "its last frame could not be fetched: what came is no whole PNG"),
        (Stream(data=png()[:40]), "its last frame could not be fetched: what came is no whole PNG"),
    ],
    ids=["dead", "a-page", "cut"],
)
async def test_a_lost_last_frame_is_only_a_warning(store: Store, stream: Stream, warning: str) -> None:
    """A clip without its last frame is still the clip."""
    gateway = ScriptedGateway(contents=[WHOLE], links={FRAME_LINK: [stream]})

    outcome = await fetched(gateway, store, task=replace(TASK, last_frame_url=FRAME_LINK))

    assert outcome == replace(STORED, warnings=(warning,))


async def test_progress_is_told(store: Store) -> None:
    """Whoever shows progress hears the bytes that are here and the bytes there will be."""
    told: list[tuple[int, int | None]] = []
    await fetch_clip(
        ScriptedGateway(contents=[WHOLE]),
        TASK,
        store,
        part_name="attempt-1",
        clock=StillClock(),
        tell=lambda here, whole: told.append((here, whole)),
    )

    assert (told[0], told[-1]) == ((0, len(CLIP)), (len(CLIP), len(CLIP)))


async def test_a_second_process_leaves_the_first_its_download(store: Store) -> None:
    """Two processes that fetch one clip do not write into one file."""
    with store.open_part("attempt-1"):
        outcome = await fetched(ScriptedGateway(contents=[WHOLE]), store)

    assert outcome == NotYet(reason="attempt-1.part is being downloaded by another process")


async def test_an_interrupted_download_keeps_what_arrived(store: Store) -> None:
    """Cancelling in mid-stream writes what has come and frees the part for the next process."""
    gateway = ScriptedGateway(contents=[Stream(data=CLIP, stall_after=4000)])
    running = asyncio.ensure_future(fetched(gateway, store))
    await gateway.stalled.wait()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running

    with store.open_part("attempt-1") as part:
        assert (part.size, part.read(0, part.size)) == (4000, CLIP[:4000])
