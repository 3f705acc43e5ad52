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

_LONGEST_PAUSE = 300.0


class Fetcher:
    """`tries` counts the fetches of this run."""

    def __init__(self, means: Means, asker: Asker, request: Request | None, *, downloading: Tell) -> None:
        self.tries = 0
        self._means = means
        self._asker = asker
        self._request = request
        self._downloading = downloading

    async def fetch(self, fact: AttemptFact) -> ClipStored | ClipFaulted:
        """One try. A fault that may pass says when to try again."""
        self.tries += 1
        event = await self._fetched(fact)
        if isinstance(event, ClipStored) or event.dead:
            return event
        pause = min(2.0**self.tries, _LONGEST_PAUSE) / self._means.time_scale
        return replace(event, retry_after=max(event.retry_after or 0.0, pause))

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
