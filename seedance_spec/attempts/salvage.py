"""A clip by a callback's own link, for an attempt whose task id nobody knows (D4): checked first, only then kept."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace

from seedance_spec.attempts.means import Means
from seedance_spec.attempts.ports import Content, ContentFault, Gateway, TaskView
from seedance_spec.attempts.salvage_words import salvage_expectation
from seedance_spec.attempts.stages import NotSalvaged, Salvaged
from seedance_spec.clips.download import Stored, clip_fault, fetch_clip
from seedance_spec.clips.expectation import ClipFacts, Expectation, disagreements
from seedance_spec.clips.faults import StoreFault
from seedance_spec.clips.off_loop import off_loop
from seedance_spec.clips.part import Part
from seedance_spec.clips.probe import probe
from seedance_spec.clips.source import Source, Tell, draw
from seedance_spec.lockfile.facts import AttemptFact, Report

MOST_TRIES = 5
"""Times that a run tries to fetch a callback's clip before it leaves the attempt as it is."""

_FIRST_PAUSE = 2.0

_NO_CODEC = "its clip cannot be checked without the media extra: pip install 'seedance-spec[media]'"


class Salvor:
    """Tries for one attempt. `told` is what the latest callback with a link said."""

    def __init__(self, means: Means, *, downloading: Tell) -> None:
        self.told: TaskView | None = None
        self._means = means
        self._downloading = downloading
        self._tries = 0

    async def salvage(self, fact: AttemptFact) -> Salvaged | NotSalvaged:
        """One try. Nothing that disagrees with the request gets into the store."""
        assert self.told is not None, "only a callback with a link can be salvaged"
        assert fact.task_id is None, "where a task id is known, GET decides"
        self._tries += 1
        expected = salvage_expectation(fact, self.told)
        if expected is None:
            return NotSalvaged(reason="neither the request nor the callback says what its clip must be")
        try:
            return await _Salvage(means=self._means, told=self.told, fact=fact, expected=expected).done(
                self._downloading
            )
        except (ContentFault, StoreFault) as fault:
            dead = isinstance(fault, ContentFault) and fault.dead
            if dead or self._tries >= MOST_TRIES:
                return NotSalvaged(reason=fault.reason)
            pause = _FIRST_PAUSE * 2.0**self._tries / self._means.time_scale
            return NotSalvaged(reason=fault.reason, retry_after=pause)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Salvage:
    means: Means
    told: TaskView
    fact: AttemptFact
    expected: Expectation

    @property
    def name(self) -> str:
        """Its own in the store: a clip that only a callback vouches for is never taken for one that GET names."""
        return f"{self.fact.attempt_id}.salvage"

    async def done(self, downloading: Tell) -> Salvaged | NotSalvaged:
        wrong = None if await self._is_kept() else await self._prove(downloading)
        if wrong is not None:
            return NotSalvaged(reason=wrong)
        # What is proven is kept under our name: this finds it there and adds the last frame.
        fetched = await fetch_clip(
            _LinksOnly(self.means.gateway),
            self.told,
            self.means.store,
            part_name=self.name,
            clock=self.means.clock,
            tell=downloading,
            expected=self.expected,
        )
        if not isinstance(fetched, Stored):
            raise ContentFault(fetched.reason)
        return Salvaged(report=self._report(fetched))

    async def _is_kept(self) -> bool:
        kept = self.means.store.kept(self.name)
        return kept is not None and await off_loop(self.means.store.verify, kept)

    async def _prove(self, downloading: Tell) -> str | None:
        """Fetch the clip and keep it; why not, where it is not what was asked for. Raises ContentFault, StoreFault."""
        store, url = self.means.store, self.told.result_url
        assert url is not None, "only what names a link is salvaged"
        source = Source(open=lambda offset: self.means.gateway.link(url, offset=offset), restarts=True)
        with store.open_part(self.name) as part:
            await draw(source, part, self._clip_fault, clock=self.means.clock, tell=downloading)
            facts = await off_loop(probe, store.part_path(part))
            wrong = _NO_CODEC if facts is None else self._disagreement(facts)
            if wrong is None:
                await off_loop(store.admit, part, "mp4", kept_as=self.name)
            else:
                # Nothing of it may pass for the beginning of what another callback names.
                part.cut(0)
            return wrong

    async def _clip_fault(self, part: Part) -> str | None:
        return await off_loop(clip_fault, self.means.store, part)

    def _disagreement(self, facts: ClipFacts) -> str | None:
        """Size and length must agree (D4); a sound track more or less is no other clip."""
        return "; ".join(disagreements(facts, replace(self.expected, audio=None))) or None

    def _report(self, stored: Stored) -> Report:
        return Report(
            model_served=self.told.model_served,
            seed=self.told.seed,
            service_tier=self.told.service_tier,
            tokens=self.told.tokens,
            finished_at=self.told.upstream_updated_at,
            output=stored.sha256,
            bytes=stored.bytes,
            frames=stored.facts.frames if stored.facts else None,
            last_frame=stored.last_frame,
        )


class _LinksOnly:
    """`ports.Gateway` for a task without an id: only its links can be fetched."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self.submit = gateway.submit
        self.task = gateway.task

    def content(self, task_id: str, *, offset: int = 0) -> AbstractAsyncContextManager[Content]:
        raise ContentFault(f"no task id is known ({task_id or 'none'} at {offset})", dead=True)

    def link(self, url: str, *, offset: int = 0) -> AbstractAsyncContextManager[Content]:
        return self._gateway.link(url, offset=offset)
