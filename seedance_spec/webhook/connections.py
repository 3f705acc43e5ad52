"""Connections of strangers: so many and no more, the longest quiet hung up on first. No word of HTTP may enter."""

from __future__ import annotations

import asyncio
import resource
from asyncio import BaseTransport, Protocol, Transport
from collections.abc import Callable

MOST_CONNECTIONS = 4096
RESERVED_DESCRIPTORS = 64
"""What the limit leaves, at the least, to the disk, to outgoing connections and to those that are just being closed."""

LONGEST_WORK = 10.0
"""Seconds that a first answer may be in the making before its connection may be given up for a newcomer's. Callbacks
are answered sooner; a long poll that is cut off asks again."""

STALLED_SECONDS = 60.0
"""How long answers may lie unread in a full buffer."""


def affordable_connections() -> int:
    """How many connections this process can hold open at once by its limit of descriptors."""
    limit, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if limit == resource.RLIM_INFINITY:
        return MOST_CONNECTIONS
    return min(MOST_CONNECTIONS, max(limit - max(RESERVED_DESCRIPTORS, limit // 8), limit // 2, 1))


class Connection(Protocol):
    """Stands between a socket and the protocol that speaks on it (`speaker`), and knows how long it has been quiet."""

    __slots__ = (
        "_connections",
        "_is_unwanted",
        "_is_whole",
        "_stalling",
        "_working_since",
        "answered",
        "speaker",
        "transport",
    )

    def __init__(self, speaker: Protocol, connections: Connections) -> None:
        self.speaker = speaker
        self.transport: Transport | None = None
        self.answered = 0
        self._connections = connections
        self._is_unwanted = False
        self._is_whole: Callable[[], bool] | None = None
        self._working_since = 0.0
        self._stalling: asyncio.TimerHandle | None = None

    def begin(self, is_whole: Callable[[], bool]) -> None:
        """A request's head is here; `is_whole` tells when all of its body is. From then on the work is ours."""
        self._is_whole = is_whole
        self._working_since = asyncio.get_running_loop().time()

    def done(self) -> None:
        """The request is answered: the next move is the stranger's."""
        self._is_whole = None
        self.answered += 1
        self._connections.quiet_from_now(self)

    def is_at_work(self) -> bool:
        """Whether a whole request is here that is not answered yet."""
        return self._is_whole is not None and self._is_whole()

    def is_at_work_for_long(self, now: float) -> bool:
        return self.is_at_work() and now - self._working_since > LONGEST_WORK

    def hang_up(self) -> None:
        self._is_unwanted = True
        if self.transport is not None:
            self.transport.abort()

    # ── asyncio.Protocol, passed on ─────────────────────────────────────────────────────────────────────────────────

    def connection_made(self, transport: BaseTransport) -> None:
        assert isinstance(transport, Transport)
        self.transport = transport
        self.speaker.connection_made(transport)
        if self._is_unwanted:
            # Its room was given away while it was on the doorstep.
            transport.abort()

    def data_received(self, data: bytes) -> None:
        self.speaker.data_received(data)

    def eof_received(self) -> bool | None:
        return self.speaker.eof_received()

    def pause_writing(self) -> None:
        self._stalling = asyncio.get_running_loop().call_later(STALLED_SECONDS, self.hang_up)
        self.speaker.pause_writing()

    def resume_writing(self) -> None:
        self._stop_stalling()
        self.speaker.resume_writing()

    def connection_lost(self, error: Exception | None) -> None:
        self._stop_stalling()
        self._connections.forget(self)
        self.speaker.connection_lost(error)

    def _stop_stalling(self) -> None:
        if self._stalling is not None:
            self._stalling.cancel()
            self._stalling = None


class Connections:
    """All connections that are open, those first that have been quiet for the longest time. At most `most` of them."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._open: dict[Connection, None] = {}
        self._by_speaker: dict[Protocol, Connection] = {}

    def __len__(self) -> int:
        return len(self._open)

    def of(self, speaker: Protocol) -> Connection | None:
        return self._by_speaker.get(speaker)

    def admit(self, speak: Callable[[], Protocol]) -> Connection | None:
        """A connection for a newcomer, or None where everybody is at work for somebody else."""
        if len(self._open) >= self._most and not self.make_room():
            return None
        connection = Connection(speak(), self)
        self._open[connection] = None
        self._by_speaker[connection.speaker] = connection
        return connection

    def make_room(self) -> bool:
        """Hang up on whoever has been without a whole request for the longest time. Where all are at work, on whoever
        has had the most answers (a flood on few connections must not shut out the others), or waits too long for the
        first one.
        """
        found = next((each for each in self._open if not each.is_at_work()), None) or self._most_served()
        if found is None:
            return False
        found.hang_up()
        # Its descriptor is closed a turn of the loop later; the reserve covers that.
        self.forget(found)
        return True

    def _most_served(self) -> Connection | None:
        greedy = max(self._open, key=lambda each: each.answered, default=None)
        if greedy is not None and greedy.answered:
            return greedy
        now = asyncio.get_running_loop().time()
        return next((each for each in self._open if each.is_at_work_for_long(now)), None)

    def quiet_from_now(self, connection: Connection) -> None:
        if connection in self._open:
            del self._open[connection]
            self._open[connection] = None

    def forget(self, connection: Connection) -> None:
        self._open.pop(connection, None)
        self._by_speaker.pop(connection.speaker, None)

    def hang_up(self) -> None:
        for connection in tuple(self._open):
            connection.hang_up()
