"""Fetching one attempt's clip, again and again with growing pauses. What a failure means is not for this room."""

from __future__ import annotations

from dataclasses import replace

from seedance_spec.attempts.asker import Asker
from seedance_spec.attempts.delivery import deliver
from seedance_spec.attempts.means import Means
from seedance_spec.attempts.ports import TaskAbsent, TaskView
from seedance_spec.attempts.stages import ClipFaulted, ClipStored
from seedance_spec.clips.source import Tell
from seedance_spec.lockfile.facts import AttemptFact
from seedance_spec.model.shot import Request

DEAD_TRIES = 4
"""Times that a link is found dead before it is believed, while its fuse still burns: gateways have races."""

FUSE = 24 * 3600
"""Seconds that a result's links live (gateway.md §4)."""

_LONGEST_PAUSE = 300.0


class Fetcher:
    """`tries` counts the fetches of this run."""

    def __init__(self, means: Means, asker: Asker, request: Request | None, *, downloading: Tell) -> None:
        self.tries = 0
        self.disk_tries = 0
        self._means = means
        self._asker = asker
        self._request = request
        self._downloading = downloading

    async def fetch(self, fact: AttemptFact) -> ClipStored | ClipFaulted:
        """One try. A fault that may pass says when to try again."""
        self.tries += 1
        event = await self._fetched(fact)
        if isinstance(event, ClipStored) or (event.dead and not self._may_come_back()):
            return event
        self.disk_tries += event.disk
        pause = min(2.0**self.tries, _LONGEST_PAUSE) / self._means.time_scale
        return replace(event, dead=False, retry_after=max(event.retry_after or 0.0, pause))

    def _may_come_back(self) -> bool:
        view = self._asker.view
        finished = view.finish_time if view is not None else None
        burnt = finished is not None and self._means.clock.now() > finished + FUSE / self._means.time_scale
        return not burnt and self.tries < DEAD_TRIES

    async def _fetched(self, fact: AttemptFact) -> ClipStored | ClipFaulted:
        if fact.task_id is None:
            return ClipFaulted(reason="it has no task id to fetch it by", dead=True)
        if self._asker.view is None:
            answer = await self._asker.look_now(fact.task_id)
            if isinstance(answer, TaskAbsent):
                return ClipFaulted(reason="the gateway no longer knows its task", dead=True)
            if not isinstance(answer, TaskView):
                return ClipFaulted(reason=answer.reason)
        assert self._asker.view is not None
        return await deliver(self._asker.view, fact, self._request, self._means, downloading=self._downloading)
