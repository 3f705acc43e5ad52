"""From a finished task to bytes in the store: fetch, prove whole, keep (D6). Nothing here may submit or show."""

from __future__ import annotations

from dataclasses import dataclass, replace

from seedance_spec.attempts.ports import Clock, ContentFault, Gateway, TaskView
from seedance_spec.clips.boxes import box_fault
from seedance_spec.clips.expectation import ClipFacts, Expectation, disagreements, expectation_of, fatal_fault
from seedance_spec.clips.faults import StoreFault
from seedance_spec.clips.off_loop import off_loop
from seedance_spec.clips.part import Part
from seedance_spec.clips.probe import probe
from seedance_spec.clips.source import Source, Tell, Unwilling, draw
from seedance_spec.clips.store import Store

_FUSE_SECONDS = 25 * 3600
"""Links live for 24 hours (gateway.md §4); one more for clocks that differ."""

_PNG_HEAD, _PNG_TAIL = b"\x89PNG\r\n\x1a\n", b"IEND\xaeB`\x82"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """The clip is in the store, proven whole. `facts` is None without the `media` extra; `warnings` are sentences."""

    sha256: str
    bytes: int
    facts: ClipFacts | None
    last_frame: str | None = None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NotYet:
    """Not now: fetch again. What has arrived is kept. `disk`: it is this machine that refuses. `retry_after` in seconds
    where somebody said it.
    """

    reason: str
    disk: bool = False
    retry_after: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Dead:
    """All links have expired for good."""

    reason: str


async def fetch_clip(
    gateway: Gateway,
    task: TaskView,
    store: Store,
    *,
    part_name: str,
    clock: Clock,
    tell: Tell,
    expected: Expectation | None = None,
) -> Stored | NotYet | Dead:
    """Fetch a succeeded task's clip and last frame: `/content` first, then the upstream's link.

    `part_name` names the attempt: an earlier partial of that name is resumed, and a clip that an earlier process stored
    under it without living to tell is found without asking anybody. `expected` is what the clip is compared with (by
    default what the task says of itself); a difference is a warning: a paid clip is kept, whatever it is. A disk that
    refuses is NotYet; a full one raises StoreFault: it will not empty itself, and somebody has to hear of it.
    """
    fetch = _Fetch(gateway=gateway, task=task, store=store, part_name=part_name, clock=clock, tell=tell)
    try:
        digest = await fetch.clip()
        if not isinstance(digest, str):
            return digest
        path = store.path(digest)
        facts = await off_loop(probe, path)
        frame, complaints = await fetch.last_frame()
    except StoreFault as fault:
        if fault.disk_full:
            raise
        return NotYet(reason=fault.reason, disk=not fault.busy)
    differing = () if facts is None else disagreements(facts, expected or expectation_of(None, task))
    return Stored(
        sha256=digest,
        bytes=path.stat().st_size,
        facts=facts,
        last_frame=frame,
        warnings=(*differing, *complaints),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fetch:
    """One task's fetch and what it was handed."""

    gateway: Gateway
    task: TaskView
    store: Store
    part_name: str
    clock: Clock
    tell: Tell

    async def clip(self) -> str | NotYet | Dead:
        kept = self.store.kept(self.part_name)
        if kept is not None and await off_loop(self.store.verify, kept):
            return kept
        with self.store.open_part(self.part_name) as part:
            faults = await self._from_anywhere(part)
            if faults:
                return self._verdict(faults)
            return await off_loop(self.store.admit, part, "mp4", kept_as=self.part_name)

    async def last_frame(self) -> tuple[str | None, tuple[str, ...]]:
        """Its digest, and what went wrong: a clip without its last frame is still the clip."""
        url, name = self.task.last_frame_url, f"{self.part_name}.last-frame"
        if url is None:
            return None, ()
        kept = self.store.kept(name)
        if kept is not None and await off_loop(self.store.verify, kept):
            return kept, ()
        source = Source(open=lambda offset: self.gateway.link(url, offset=offset), restarts=True)
        try:
            with self.store.open_part(name) as part:
                await draw(source, part, _png_fault, clock=self.clock, tell=lambda _here, _all: None)
                digest = await off_loop(self.store.admit, part, "png", kept_as=name)
        except (ContentFault, StoreFault) as fault:
            return None, (f"its last frame could not be fetched: {fault.reason}",)
        return digest, ()

    async def _from_anywhere(self, part: Part) -> tuple[ContentFault, ...]:
        """Why every source failed; empty where `part` is whole now.

        Some gateways' /content cannot resume and cuts after a minute (gateway.md §1.10): the upstream's link then goes
        on with what is here, and only when that fails too is /content begun anew.
        """
        task_id, url = self.task.task_id, self.task.result_url
        content = Source(open=lambda offset: self.gateway.content(task_id, offset=offset), restarts=url is None)
        sources = [content]
        if url is not None:
            sources.append(Source(open=lambda offset: self.gateway.link(url, offset=offset), restarts=True))
        faults: list[ContentFault] = []
        for source in sources:
            fault = await self._fault(source, part)
            if fault is None:
                return ()
            faults.append(fault)
        if isinstance(faults[0], Unwilling):
            fault = await self._fault(replace(content, restarts=True), part)
            return () if fault is None else (fault, *faults[1:])
        return tuple(faults)

    async def _fault(self, source: Source, part: Part) -> ContentFault | None:
        try:
            await draw(source, part, self._clip_fault, clock=self.clock, tell=self.tell)
        except ContentFault as fault:
            return fault
        return None

    async def _clip_fault(self, part: Part) -> str | None:
        return await off_loop(clip_fault, self.store, part)

    def _verdict(self, faults: tuple[ContentFault, ...]) -> NotYet | Dead:
        """Dead when nothing can give the bytes any more; a link that is refused otherwise dies with its fuse."""
        living = [fault for fault in faults if not fault.dead]
        since = self.task.upstream_updated_at or self.task.finish_time
        burnt = since is not None and self.clock.now() > since + _FUSE_SECONDS
        if not living or (burnt and len(living) < len(faults)):
            return Dead(reason=next(fault.reason for fault in faults if fault.dead))
        waits = [fault.retry_after for fault in living if fault.retry_after is not None]
        return NotYet(reason=living[0].reason, retry_after=max(waits, default=None))


def clip_fault(store: Store, part: Part) -> str | None:
    """Why a part that should be whole is no clip: by its boxes, then by its pictures where a codec is at hand."""
    torn = box_fault(part.size, part.read)
    if torn is not None:
        return f"what came is no whole clip: {torn}"
    facts = probe(store.part_path(part))
    wrong = None if facts is None else fatal_fault(facts)
    return None if wrong is None else f"what came is no whole clip: {wrong}"


async def _png_fault(part: Part) -> str | None:
    whole = part.read(0, len(_PNG_HEAD)) == _PNG_HEAD and part.read(max(0, part.size - len(_PNG_TAIL)), 99) == _PNG_TAIL
    return None if whole else "what came is no whole PNG"
