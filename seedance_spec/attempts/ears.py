"""What receivers bring, passed on to the conductor, or written down while none works yet. It opens nothing."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Collection
from typing import Any, Protocol

from seedance_spec.attempts.adoption import Word, word_of, write_down
from seedance_spec.attempts.ledger import Ledger
from seedance_spec.attempts.ports import Clock, Journal
from seedance_spec.attempts.shared_claims import SharedClaims
from seedance_spec.plan.events import Event, Told
from seedance_spec.webhook.feed_protocol import ClaimEvent


class Conducts(Protocol):
    """The conductor, as far as it listens."""

    def heard(self) -> None:
        """Callbacks may have come."""

    def said(self, attempt_id: str, word: Word) -> None:
        """A submitter has told what became of this attempt."""

    def hearing(self, listening: bool) -> None:  # noqa: FBT001 - the one thing that it is told
        """Whether callbacks can reach this process now."""


class Ears:
    """`feed.Listener` for one run; `claims` is told, too, who has reported.

    Callbacks are relied on to come by a feed once `rely_on` says so: only its loss makes the run deaf. Where the run
    `pays`, a receiver that is away from the beginning is spoken of by the claims that it does not grant.
    """

    def __init__(
        self,
        *,
        journal: Journal,
        ledger: Ledger,
        clock: Clock,
        tell: Callable[[Event], None],
        claims: SharedClaims | None = None,
        pays: bool = False,
    ) -> None:
        self._journal = journal
        self._ledger = ledger
        self._clock = clock
        self._tell = tell
        self._claims = claims
        self._pays = pays and claims is not None
        self._untold: set[str] = set()
        self._conductor: Conducts | None = None
        self._relied_on: set[str] = set()
        self._lost: Counter[str] = Counter()
        self._awaited: dict[str, asyncio.Future[str]] = {}

    @property
    def listening(self) -> bool:
        return not any(self._lost[feed] for feed in self._relied_on)

    def attach(self, conductor: Conducts) -> None:
        self._conductor = conductor
        conductor.hearing(self.listening)

    def rely_on(self, feed: str) -> None:
        self._relied_on.add(feed)

    async def arrival(self, attempt_id: str, *, within: float) -> str | None:
        """By which feed a callback of this attempt comes, None where none does in so many seconds."""
        awaited = self._awaited.setdefault(attempt_id, asyncio.get_running_loop().create_future())
        waiting = asyncio.ensure_future(self._clock.sleep(within))
        try:
            everything: set[asyncio.Future[Any]] = {awaited, waiting}
            await asyncio.wait(everything, return_when=asyncio.FIRST_COMPLETED)
        finally:
            waiting.cancel()
            del self._awaited[attempt_id]
        return awaited.result() if awaited.done() else None

    # ── what feeds tell ─────────────────────────────────────────────────────────────────────────────────────────────

    def called_back(self, feed: str, attempt_ids: Collection[str]) -> None:
        for attempt_id in attempt_ids:
            awaited = self._awaited.get(attempt_id)
            if awaited is not None and not awaited.done():
                awaited.set_result(feed)
        if self._conductor is not None:
            self._conductor.heard()

    def reported(self, event: ClaimEvent) -> None:
        if self._claims is not None:
            self._claims.reported(event.attempt_id)
        word = word_of(event)
        if word is None:
            return
        if self._conductor is not None:
            self._conductor.said(event.attempt_id, word)
        else:
            write_down(event.attempt_id, word, journal=self._journal, ledger=self._ledger)

    def lost(self, feed: str, reason: str) -> None:
        self._lost[feed] += 1
        if self._lost[feed] == 1 and feed in self._relied_on:
            if self._pays and self._conductor is None:
                self._untold.add(feed)
            else:
                said = f"nothing is heard from the receiver at {feed}: {reason}; what is under way is polled for"
                self._say(said)
            self._changed()

    def found_again(self, feed: str) -> None:
        self._lost[feed] -= 1
        if self._lost[feed] == 0 and feed in self._relied_on:
            if feed not in self._untold:
                self._say(f"the receiver at {feed} is heard again")
            self._untold.discard(feed)
            self._changed()

    def _changed(self) -> None:
        if self._conductor is not None:
            self._conductor.hearing(self.listening)

    def _say(self, message: str) -> None:
        self._tell(Told(at=self._clock.now(), message=message))
