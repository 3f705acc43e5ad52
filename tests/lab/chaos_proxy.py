"""A TCP proxy of bad manners between client and gateway: seeded, calm after a number of exchanges. Knows no HTTP but
the first line of a request.
"""

from __future__ import annotations

import asyncio
import socket
import struct
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from random import Random

MISCHIEF = ("reset-before", "reset-after", "stall", "slice", "truncate", "duplicate")
CALM = "calm"
_BLOCK = 1 << 16
_LONGEST_STALL = 0.6


class ChaosProxy:
    """What befalls an exchange (a request and what comes back until the next one) is drawn when its request comes.

    `reset-before`: the connection is reset, the gateway never hears of it. `reset-after`: the gateway has answered, the
    client gets a reset instead. `stall`: the answer comes up to 0.6 s late. `slice`: it comes in single bytes at first.
    `truncate`: half of its first block comes, then the end. `duplicate`: its first block comes twice (never of a clip:
    bytes that are doubled inside a body of the right length are what TLS is there for).
    """

    def __init__(self, port: int, dice: Random, *, exchanges: int, likely: float) -> None:
        self._port = port
        self._dice = dice
        self._left = exchanges
        self._likely = likely
        self.done: Counter[str] = Counter()
        self.url = ""

    @contextmanager
    def running(self) -> Iterator[ChaosProxy]:
        """Listen in a thread of its own until the block is left."""
        loop = asyncio.new_event_loop()
        # Connections that are cut in the middle of a word are what it is for.
        loop.set_exception_handler(lambda _loop, _context: None)
        thread = threading.Thread(target=loop.run_forever)
        thread.start()
        try:
            server = asyncio.run_coroutine_threadsafe(self._listen(), loop).result()
            yield self
            asyncio.run_coroutine_threadsafe(_end(server), loop).result()
        finally:
            loop.call_soon_threadsafe(loop.stop)
            thread.join()
            loop.close()

    async def _listen(self) -> asyncio.Server:
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        return server

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            above_reader, above_writer = await asyncio.open_connection("127.0.0.1", self._port)
        except OSError:
            writer.transport.abort()
            return
        passing = _Passing(self, writer, above_writer)
        downwards = asyncio.create_task(passing.downwards(above_reader))
        try:
            await passing.upwards(reader)
        except OSError:
            pass
        finally:
            for each in (writer, above_writer):
                each.close()
            await asyncio.gather(downwards, return_exceptions=True)

    def calm_down(self) -> None:
        """From now on everything is passed on as it comes."""
        self._left = 0

    def draw(self, request: bytes) -> str:
        first = request.partition(b"\r\n")[0]
        if b"/sandbox/" in first or self._left <= 0:
            return CALM
        self._left -= 1
        if self._dice.random() > self._likely:
            return CALM
        drawn = self._dice.choice(MISCHIEF)
        if drawn == "duplicate" and (b"/content" in first or b"/tos/" in first):
            drawn = "truncate"
        self.done[drawn] += 1
        return drawn

    def stall(self) -> float:
        return self._dice.uniform(0.05, _LONGEST_STALL)


class _Passing:
    """One connection with what befalls its exchange now."""

    def __init__(self, proxy: ChaosProxy, below: asyncio.StreamWriter, above: asyncio.StreamWriter) -> None:
        self._proxy = proxy
        self._below = below
        self._above = above
        self._fate = CALM

    async def upwards(self, reader: asyncio.StreamReader) -> None:
        while block := await reader.read(_BLOCK):
            if block.startswith((b"GET ", b"POST ")):
                self._fate = self._proxy.draw(block)
            if self._fate == "reset-before":
                _reset(self._below)
                return
            self._above.write(block)
            await self._above.drain()

    async def downwards(self, reader: asyncio.StreamReader) -> None:
        while block := await reader.read(_BLOCK):
            fate, self._fate = self._fate, CALM
            if not await self._passed_on(block, fate):
                return
        self._below.close()

    async def _passed_on(self, block: bytes, fate: str) -> bool:
        """Pass a block on as fate wills; whether the connection lives on."""
        match fate:
            case "reset-after":
                _reset(self._below)
                return False
            case "truncate":
                self._below.write(block[: len(block) // 2])
                await self._below.drain()
                self._below.close()
                return False
            case "stall":
                await asyncio.sleep(self._proxy.stall())
            case "slice":
                for at in range(min(len(block), 200)):
                    self._below.write(block[at : at + 1])
                    await self._below.drain()
                block = block[200:]
            case "duplicate":
                self._below.write(block)
            case _:
                assert fate == CALM, fate
        self._below.write(block)
        await self._below.drain()
        return True


def _reset(writer: asyncio.StreamWriter) -> None:
    """End the connection with RST instead of FIN."""
    held = writer.get_extra_info("socket")
    held.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


async def _end(server: asyncio.Server) -> None:
    server.close()
    current = asyncio.current_task()
    others = [task for task in asyncio.all_tasks() if task is not current]
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
