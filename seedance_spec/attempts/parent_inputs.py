"""What travels for inputs that are other shots: a link, a lent clip, a frame. Resolved before the POST, never after."""

from __future__ import annotations

import base64
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import TypeAlias, assert_never

from seedance_spec.attempts.means import Means
from seedance_spec.attempts.parents import parent_of
from seedance_spec.attempts.ports import AskRefused, TaskAbsent, TaskAnswer, TaskView
from seedance_spec.attempts.stages import Stage, State
from seedance_spec.clips.faults import StoreFault
from seedance_spec.clips.frames import FrameFault, can_cut, first_frame_png, last_frame_png
from seedance_spec.clips.layout import output_path
from seedance_spec.clips.off_loop import off_loop
from seedance_spec.clips.publish import restock
from seedance_spec.lockfile.facts import AttemptFact
from seedance_spec.lockfile.views import verdict
from seedance_spec.model.shot import DataSource, Input, Part, Request, Shot, ShotSource, UrlSource
from seedance_spec.model.vocabulary import MAX_IMAGE_BYTES
from seedance_spec.plan.parent_delivery import Delivery, ParentTake, Reach, Way, delivery_of, take_of
from seedance_spec.plan.ways_on import mending_words

Look: TypeAlias = Callable[[str], Awaitable[TaskAnswer]]
"""One look at a task, within the budget that all looks of a run share."""

CODE = "parent-not-deliverable"
_MAY_BE_FETCHED = frozenset({Stage.SUBMITTED, Stage.UNKNOWN, Stage.LANDED})


@contextmanager
def lending_on(fact: AttemptFact, state: State, means: Means) -> Iterator[None]:
    """While an attempt is seen through, what it was lent is served, also by a run that took it over; then no more."""
    if means.lending is None:
        yield
        return
    try:
        if state.stage in _MAY_BE_FETCHED:
            for clip in fact.made_from:
                means.lending.lend(fact.attempt_id, clip)
        yield
    finally:
        means.lending.end(fact.attempt_id)


class NotDeliverable(Exception):  # noqa: N818 - it names what happened, as the callers' `except` reads it
    """A parent's bytes cannot be brought to the gateway. `passes`: it may work later, and may be tried again."""

    def __init__(self, shot: str, reason: str, *, passes: bool = False) -> None:
        super().__init__(f"its parent {shot} cannot be handed on: {reason}")
        self.passes = passes


async def with_parents(fact: AttemptFact, shot: Shot, means: Means, look: Look) -> Request:
    """The shot's request with every other shot's clip or frame as what travels for it. Raises NotDeliverable.

    Only the clips that `fact.made_from` names are sent: that is what is on record about this attempt.
    """
    inputs = [await _resolved(each, fact, shot, means, look) for each in shot.request.inputs]
    return replace(shot.request, inputs=tuple(inputs))


async def _resolved(each: Input, fact: AttemptFact, shot: Shot, means: Means, look: Look) -> Input:
    if not isinstance(each.source, ShotSource):
        return each
    parent = parent_of(each.source, means, clips=frozenset(fact.made_from))
    if parent is None or verdict(parent).output not in fact.made_from:
        raise NotDeliverable(each.source.shot, "its clip is not here yet", passes=True)
    sending = _Sending(source=each.source, parent=parent, fact=fact, shot=shot, means=means)
    try:
        return replace(each, source=await sending.source_by(look))
    except (StoreFault, FrameFault) as fault:
        raise NotDeliverable(each.source.shot, _why(fault, means), passes=_is_busy(fault)) from fault


def _is_busy(fault: StoreFault | FrameFault) -> bool:
    return isinstance(fault, StoreFault) and fault.busy


def _why(fault: StoreFault | FrameFault, means: Means) -> str:
    is_damaged = isinstance(fault, StoreFault) and fault.damaged
    return f"{fault}; {mending_words(means.workplace.realm)}" if is_damaged else str(fault)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sending:
    """One input on its way: the parent's attempt, and the child's."""

    source: ShotSource
    parent: AttemptFact
    fact: AttemptFact
    shot: Shot
    means: Means

    async def source_by(self, look: Look) -> UrlSource | DataSource:
        """By the first way that works. Raises NotDeliverable, StoreFault, FrameFault."""
        take = take_of(self.parent)
        here = await off_loop(self._here, take)
        delivery = self._chosen(take, here)
        if delivery.way is Way.FRESH_LINK:
            link = await self._link(take, look)
            if isinstance(link, UrlSource):
                return link
            # The choice without a link: what is left, or why nothing is.
            delivery = self._chosen(replace(take, task_id=None), here)
            if delivery.way is Way.NOTHING:
                raise NotDeliverable(self.source.shot, f"{link.reason}; {delivery.way_out}", passes=link.passes)
        return await self._from_here(delivery)

    def _chosen(self, take: ParentTake, here: frozenset[str]) -> Delivery:
        means = self.means
        lends = means.lending is not None
        reach = Reach(now=means.clock.now(), here=here, lends=lends, cuts=can_cut(), time_scale=means.time_scale)
        return delivery_of(self.source, take, reach)

    def _here(self, take: ParentTake) -> frozenset[str]:
        """Which of the take's bytes the store has; a clip that only renders/ shows is taken back into it."""
        store, workplace = self.means.store, self.means.workplace
        if take.clip is not None and not store.has(take.clip):
            shown = output_path(self.source.shot, workplace.realm, self.shot.profile)
            restock(workplace.root, store, shown, take.clip)
        return frozenset(each for each in (take.clip, take.last_frame) if each is not None and store.has(each))

    async def _link(self, take: ParentTake, look: Look) -> UrlSource | _NoLink:
        assert take.task_id is not None, "only a known task has a link"
        answer = await look(take.task_id)
        if not isinstance(answer, TaskView):
            return _NoLink(reason=_said(answer), passes=not isinstance(answer, TaskAbsent | AskRefused))
        url = answer.result_url if self.source.part is Part.VIDEO else answer.last_frame_url
        if url is None or _needs_our_key(url, take.task_id):
            return _NoLink(reason="the gateway gives no link that the upstream could follow")
        return UrlSource(url=url)

    async def _from_here(self, delivery: Delivery) -> UrlSource | DataSource:
        match delivery.way:
            case Way.CAPABILITY:
                return await self._lent(delivery)
            case Way.STORED_FRAME | Way.CUT_FRAME:
                return await self._inline(delivery)
            case Way.NOTHING | Way.FRESH_LINK:
                raise NotDeliverable(self.source.shot, f"{delivery.why}; {delivery.way_out}")
            case _:
                assert_never(delivery.way)

    async def _lent(self, delivery: Delivery) -> UrlSource:
        assert delivery.sha256 is not None, "only stored bytes are lent"
        assert self.means.lending is not None, "only a run with a receiver of its own lends"
        if not await off_loop(self.means.store.verify, delivery.sha256):
            raise StoreFault(f"the stored bytes of {delivery.sha256[:12]}… are no longer those", damaged=True)
        return UrlSource(url=self.means.lending.lend(self.fact.attempt_id, delivery.sha256))

    async def _inline(self, delivery: Delivery) -> DataSource:
        assert delivery.sha256 is not None, "only stored bytes go inline"
        data = await off_loop(self.means.store.read, delivery.sha256)
        if delivery.way is Way.CUT_FRAME:
            cut = first_frame_png if delivery.part is Part.FIRST_FRAME else last_frame_png
            data = await off_loop(cut, data)
        if len(data) > MAX_IMAGE_BYTES:
            raise FrameFault(f"its frame has {len(data) >> 20} MB; an image may have {MAX_IMAGE_BYTES >> 20}")
        uri = f"data:image/png;base64,{base64.b64encode(data).decode()}"
        return DataSource(uri=uri, sha256=sha256(data).hexdigest(), bytes=len(data), media_type="image/png")


@dataclass(frozen=True, slots=True, kw_only=True)
class _NoLink:
    reason: str
    passes: bool = False


def _said(answer: TaskAnswer) -> str:
    match answer:
        case TaskAbsent():
            return "the gateway no longer knows its task"
        case TaskView():
            return f"the gateway shows its task as {answer.status}"
        case _:
            return f"the gateway could not be asked for its link ({answer.reason})"


def _needs_our_key(url: str, task_id: str) -> bool:
    """Some gateways name their own content route, which serves nobody without the key (gateway.md §1.10)."""
    return url.partition("?")[0].rstrip("/").endswith(f"/videos/{task_id}/content")
