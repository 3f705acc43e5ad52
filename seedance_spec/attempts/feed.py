"""Follows a receiver's feed: what came while nobody looked, then what comes. No event is judged here."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from enum import Enum, auto
from typing import Protocol, assert_never

from seedance_spec.attempts.attempt_id import read_attempt_id
from seedance_spec.attempts.ports import Clock, Cursor, Fed, Journal
from seedance_spec.journal.faults import JournalFault
from seedance_spec.webhook.feed_protocol import LONGEST_WAIT, CallbackEvent, ClaimEvent, FeedPage
from seedance_spec.webhook.probe_id import is_probe
from seedance_spec.webhook.receiver_port import Away, Feed, Unwelcome

SHORTEST_ROUND = 1.0
"""Seconds between two questions that bring nothing: a receiver that does not wait must not be asked in a circle."""

_FIRST_PAUSE = 0.5
_LONGEST_PAUSE = 15.0
_UNWELCOME_PAUSE = 60.0


class Listener(Protocol):
    """Who is told what a feed brings. Each feed says its name."""

    def called_back(self, feed: str, attempt_ids: Collection[str]) -> None:
        """Callbacks of these attempts are in the inbox; of probes, that they came."""

    def reported(self, event: ClaimEvent) -> None:
        """A submitter reported an outcome. What is made of it must be durable when this returns."""

    def lost(self, feed: str, reason: str) -> None:
        """Nothing is heard by this feed any more, for now."""

    def found_again(self, feed: str) -> None: ...


class _Seen(Enum):
    NEWS = auto()
    NOTHING = auto()
    TROUBLE = auto()


class FeedFollower:
    """One project's events at one receiver. `name` is how the journal and the user know it: its URL."""

    def __init__(
        self,
        feed: Feed,
        listener: Listener,
        *,
        name: str,
        project: str,
        journal: Journal,
        clock: Clock,
        chance: Callable[[], float],
    ) -> None:
        self._feed = feed
        self._listener = listener
        self._name = name
        self._project = project
        self._journal = journal
        self._clock = clock
        self._chance = chance
        # Of several processes each follows by itself, so that each hears every outcome; the journal's own cursor only
        # tells which callbacks are in.
        self._since = journal.cursor(name, project)
        self._troubles = 0
        self._pause = 0.0

    async def catch_up(self) -> bool:
        """Read everything that is there; whether the feed could be read to its end."""
        while (seen := await self._look(wait=0.0)) is _Seen.NEWS:
            pass
        return seen is _Seen.NOTHING

    async def follow(self) -> None:
        """Run until cancelled."""
        while True:
            asked_at = self._clock.now()
            match await self._look(wait=LONGEST_WAIT):
                case _Seen.NEWS:
                    continue
                case _Seen.NOTHING:
                    await self._clock.sleep(max(0.0, asked_at + SHORTEST_ROUND - self._clock.now()))
                case _Seen.TROUBLE:
                    await self._clock.sleep(self._pause)

    async def _look(self, *, wait: float) -> _Seen:
        after, epoch = (0, None) if self._since is None else (self._since.seq, self._since.epoch)
        match await self._feed.events(self._project, after=after, epoch=epoch, wait=wait):
            case FeedPage() as page:
                return self._kept(page)
            case Away() as away:
                return self._stumbled(away.reason, pause=max(self._backed_off(), away.retry_after or 0.0))
            case Unwelcome() as unwelcome:
                return self._stumbled(unwelcome.reason, pause=_UNWELCOME_PAUSE)
            case other:
                assert_never(other)

    def _kept(self, page: FeedPage) -> _Seen:
        """Make durable what the page says, then tell of it. One that cannot be kept is asked for again."""
        upto = Cursor(epoch=page.epoch, seq=page.next)
        events = [each for each in page.events if _project_of(each.attempt_id) == self._project]
        callbacks = [each for each in events if isinstance(each, CallbackEvent)]
        try:
            # Outcomes first: once the cursor is past them they are never heard again.
            for each in events:
                if isinstance(each, ClaimEvent):
                    self._listener.reported(each)
            if upto != self._since:
                self._journal.take_in(self._name, self._project, _fed(callbacks), since=self._since, upto=upto)
        except JournalFault as fault:
            return self._stumbled(str(fault), pause=self._backed_off())
        moved, self._since = upto != self._since, upto
        self._recovered()
        if callbacks:
            self._listener.called_back(self._name, {each.attempt_id for each in callbacks})
        return _Seen.NEWS if moved and page.events else _Seen.NOTHING

    def _stumbled(self, reason: str, *, pause: float) -> _Seen:
        self._pause = pause
        self._troubles += 1
        if self._troubles == 1:
            self._listener.lost(self._name, reason)
        return _Seen.TROUBLE

    def _recovered(self) -> None:
        if self._troubles:
            self._listener.found_again(self._name)
        self._troubles = 0

    def _backed_off(self) -> float:
        """Full jitter: clones that lost one receiver together do not come back together."""
        longest = min(_FIRST_PAUSE * 2.0 ** min(self._troubles, 10), _LONGEST_PAUSE)
        return longest * (0.1 + 0.9 * self._chance())


def _project_of(attempt_id: str) -> str | None:
    parts = read_attempt_id(attempt_id)
    return None if parts is None else parts.project


def _fed(callbacks: Iterable[CallbackEvent]) -> list[Fed]:
    """What goes into the inbox: probes have told all they have to tell by coming."""
    return [
        Fed(seq=each.seq, attempt_id=each.attempt_id, body=each.body, at=each.at)
        for each in callbacks
        if not is_probe(each.attempt_id)
    ]
