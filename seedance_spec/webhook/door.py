"""Where strangers come in: listening sockets, and who is taken in from them. No word of HTTP may enter."""

from __future__ import annotations

import asyncio
import errno
import logging
import socket
from asyncio import Protocol
from collections.abc import Callable, Sequence

from seedance_spec.webhook.connections import Connection, Connections

_BACKLOG = 1024
_ACCEPTS_AT_ONCE = 64
_SHORTAGE_PAUSE = 0.05
_SHORTAGE_ROOM = 8
_SHORTAGE_SILENCE = 60.0
_NOT_OURS = frozenset({errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT})

_log = logging.getLogger(__name__)


async def bound(host: str, port: int) -> list[socket.socket]:
    """A listening socket for each address of the host: `localhost` may have two. The empty host is every interface.

    Raises OSError where an address is taken, or none of them is this machine's.
    """
    found = await asyncio.get_running_loop().getaddrinfo(
        host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )
    sockets: list[socket.socket] = []
    not_ours: OSError | None = None
    for family, address in dict.fromkeys((family, address) for family, _, _, _, address in found):
        try:
            sockets.append(socket.create_server(address, family=family, backlog=_BACKLOG))
        except OSError as error:
            if error.errno not in _NOT_OURS:
                _close(sockets)
                raise
            not_ours = error
    if not sockets:
        raise not_ours or OSError(errno.EADDRNOTAVAIL, "no such address")
    return sockets


class Door:
    """Accepts on listening sockets, which are its own from now on, for as long as it is open."""

    def __init__(
        self, sockets: Sequence[socket.socket], connections: Connections, *, speak: Callable[[], Protocol]
    ) -> None:
        self._sockets = sockets
        self._connections = connections
        self._speak = speak
        self._loop = asyncio.get_running_loop()
        self._arriving: set[asyncio.Task[None]] = set()
        self._pauses: dict[socket.socket, asyncio.TimerHandle] = {}
        self._silent_until = 0.0

    def open(self) -> None:
        for each in self._sockets:
            each.settimeout(0)
            self._loop.add_reader(each, self._accept, each)

    async def close(self) -> None:
        """Take in nobody any more. Who is in may stay."""
        for pause in self._pauses.values():
            pause.cancel()
        for each in self._sockets:
            self._loop.remove_reader(each)
        _close(self._sockets)
        await asyncio.gather(*self._arriving)

    def _accept(self, listening: socket.socket) -> None:
        """Take in who waits, a few at a time: those who are in must be heard too."""
        for _ in range(_ACCEPTS_AT_ONCE):
            try:
                arrived, _ = listening.accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                return
            except OSError as error:
                self._pause(listening, error)
                return
            self._admit(arrived)

    def _admit(self, arrived: socket.socket) -> None:
        connection = self._connections.admit(self._speak)
        if connection is None:
            arrived.close()
            return
        arriving = self._loop.create_task(self._let_in(connection, arrived))
        self._arriving.add(arriving)
        arriving.add_done_callback(self._arriving.discard)

    async def _let_in(self, connection: Connection, arrived: socket.socket) -> None:
        try:
            await self._loop.connect_accepted_socket(lambda: connection, arrived)
        except OSError:
            self._connections.forget(connection)
            arrived.close()

    def _pause(self, listening: socket.socket, error: OSError) -> None:
        """Descriptors or memory are short: make room and look again soon; at once would spin, a second would stall."""
        now = self._loop.time()
        if now >= self._silent_until:
            _log.warning("connections cannot be taken in: %s", error.strerror)
            self._silent_until = now + _SHORTAGE_SILENCE
        for _ in range(_SHORTAGE_ROOM):
            self._connections.make_room()
        self._loop.remove_reader(listening)
        self._pauses[listening] = self._loop.call_later(_SHORTAGE_PAUSE, self._resume, listening)

    def _resume(self, listening: socket.socket) -> None:
        del self._pauses[listening]
        self._loop.add_reader(listening, self._accept, listening)


def _close(sockets: Sequence[socket.socket]) -> None:
    for each in sockets:
        each.close()
