"""Limits of connections on real sockets: who makes room for a newcomer, who never does, what malformed ones hear."""

from __future__ import annotations

import asyncio
import resource
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

import pytest
from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from seedance_spec.webhook import connections
from seedance_spec.webhook.connections import MOST_CONNECTIONS, affordable_connections
from seedance_spec.webhook.door import bound
from seedance_spec.webhook.serving import serving
from tests.hostile.wire import exchange, statuses

pytestmark = pytest.mark.anyio

QUICK = b"GET /quick HTTP/1.1\r\nHost: h\r\n\r\n"
SLOW = b"GET /slow HTTP/1.1\r\nHost: h\r\n\r\n"
LONG = 64 * 1024 * 1024
HALF_A_BODY = b"POST /slow HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\n12345"


@dataclass(slots=True)
class House:
    """Serves `/quick` at once, `/slow` once it is let go, and more of `/long` than anybody's buffers hold."""

    url: str = ""
    middlewares: tuple[Middleware, ...] = ()
    let_go: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])

    def app(self) -> web.Application:
        app = web.Application(middlewares=self.middlewares)
        app.router.add_get("/quick", self._quick)
        app.router.add_route("*", "/slow", self._slow)
        app.router.add_get("/long", self._long)
        return app

    async def close(self) -> None:
        """It holds nothing."""

    async def _quick(self, _: web.Request) -> web.Response:
        return web.Response()

    async def _slow(self, request: web.Request) -> web.Response:
        await request.read()
        await self.let_go.wait()
        return web.Response()

    async def _long(self, _: web.Request) -> web.Response:
        return web.Response(body=bytes(LONG))


@asynccontextmanager
async def a_house(*, most: int | None = None, sock: socket.socket | None = None) -> AsyncIterator[House]:
    house = House()
    async with serving(house, "127.0.0.1", 0, most_connections=most, sock=sock) as house.url:
        yield house
        house.let_go.set()


@dataclass(slots=True)
class Guest:
    """One connection, kept open."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def say(self, sent: bytes) -> None:
        self.writer.write(sent)
        await self.writer.drain()
        # Its turn to be read, before whoever comes next.
        await asyncio.sleep(0.02)

    async def leaves(self) -> None:
        self.writer.close()
        with suppress(ConnectionError):
            await self.writer.wait_closed()

    async def hears(self) -> int | None:
        """The status of the next answer; None where it is hung up on."""
        try:
            async with asyncio.timeout(5):
                head = await self.reader.readuntil(b"\r\n\r\n")
        except (asyncio.IncompleteReadError, ConnectionError):
            return None
        return statuses(head)[0]


@asynccontextmanager
async def guests(house: House, *said: bytes) -> AsyncIterator[list[Guest]]:
    """Guests who come one after the other, each with what it says."""
    come: list[Guest] = []
    try:
        for each in said:
            come.append(Guest(*await asyncio.open_connection("127.0.0.1", house.port)))
            await come[-1].say(each)
        yield come
    finally:
        for guest in come:
            await guest.leaves()


async def test_the_one_that_has_been_quiet_for_the_longest_time_makes_room() -> None:
    """Two may be in; the third comes in and is answered, the first is hung up on, the second stays."""
    async with a_house(most=2) as house, guests(house, b"", b"", QUICK) as (first, second, third):
        assert (await third.hears(), await first.hears()) == (200, None)
        await second.say(QUICK)
        assert await second.hears() == 200


async def test_a_crowd_that_comes_at_once_is_no_exception() -> None:
    """Forty come in one moment where two may be in: two are, and the next one is answered."""
    async with a_house(most=2) as house:
        crowd = await asyncio.gather(*(asyncio.open_connection("127.0.0.1", house.port) for _ in range(40)))
        async with guests(house, QUICK) as (newcomer,):
            assert await newcomer.hears() == 200

            await asyncio.sleep(0.05)
            assert sum(not reader.at_eof() for reader, _ in crowd) <= 1
        for reader, writer in crowd:
            await Guest(reader, writer).leaves()


async def test_an_answer_makes_a_connection_new_again() -> None:
    """Whoever was just answered is not the quietest, however early it came."""
    async with a_house(most=2) as house, guests(house, b"", b"") as (first, second):
        await first.say(QUICK)
        assert await first.hears() == 200

        async with guests(house, QUICK) as (newcomer,):
            assert (await newcomer.hears(), await second.hears()) == (200, None)
        await first.say(QUICK)
        assert await first.hears() == 200


@pytest.mark.parametrize("sent", [b"GET /qui", HALF_A_BODY], ids=["half a head", "half a body"])
async def test_a_request_that_is_not_whole_protects_nobody(sent: bytes) -> None:
    """Whoever does not send on makes room like whoever says nothing."""
    async with a_house(most=2) as house, guests(house, sent, SLOW, QUICK) as (slow, working, newcomer):
        assert (await newcomer.hears(), await slow.hears()) == (200, None)
        house.let_go.set()
        assert await working.hears() == 200


async def test_whoever_waits_for_us_is_never_hung_up_on_for_a_newcomer() -> None:
    """Two whole requests are at work: the newcomer is turned away, and both are answered."""
    async with a_house(most=2) as house, guests(house, SLOW, SLOW, QUICK) as (first, second, newcomer):
        assert await newcomer.hears() is None
        house.let_go.set()
        assert (await first.hears(), await second.hears()) == (200, 200)


async def test_where_all_are_at_work_the_one_with_the_most_answers_makes_room() -> None:
    """A flood on few connections does not shut out the others."""
    async with a_house(most=2) as house, guests(house, SLOW, QUICK) as (modest, greedy):
        assert await greedy.hears() == 200
        await greedy.say(SLOW)

        async with guests(house, QUICK) as (newcomer,):
            assert (await newcomer.hears(), await greedy.hears()) == (200, None)
        house.let_go.set()
        assert await modest.hears() == 200


async def test_a_first_answer_that_takes_too_long_makes_room(monkeypatch: pytest.MonkeyPatch) -> None:
    """A long poll can be asked for again; a callback cannot wait."""
    monkeypatch.setattr(connections, "LONGEST_WORK", 0.0)
    async with a_house(most=1) as house, guests(house, SLOW, QUICK) as (polling, newcomer):
        assert (await newcomer.hears(), await polling.hears()) == (200, None)


async def test_answers_that_nobody_takes_do_not_hold_a_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever does not read is hung up on after a while."""
    monkeypatch.setattr(connections, "STALLED_SECONDS", 0.05)
    async with a_house() as house:
        guest = Guest(*await asyncio.open_connection("127.0.0.1", house.port, limit=1))
        await guest.say(b"GET /long HTTP/1.1\r\nHost: h\r\n\r\n")
        await asyncio.sleep(0.2)

        with pytest.raises((asyncio.IncompleteReadError, ConnectionResetError)):
            await guest.reader.readexactly(LONG)
        await guest.leaves()


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"NONSENSE\r\n\r\n", 400),
        (b"GET /quick HTTP/1.1\r\nHost: h\r\nX y: z\r\n\r\n", 400),
        (b"GET /quick HTTP/1.1\r\nHost: h\r\nX: " + b"x" * 9_000 + b"\r\n\r\n", 400),
        (b"GET /quick HTTP/1.1\r\nHost: h\r\nExpect: a-word-of-mine\r\n\r\n", 417),
    ],
    ids=["no request", "a bad field", "too long", "an odd wish"],
)
async def test_what_makes_no_sense_is_answered_without_a_word(sent: bytes, status: int) -> None:
    """The status, an empty body, and nothing of the library or of what was sent."""
    async with a_house() as house:
        answer = await exchange(house.port, sent, seconds=5)

    head, _, body = answer.partition(b"\r\n\r\n")
    assert (statuses(head), body) == ([status], b"")
    assert b"Server: seedance-spec" in head
    assert b"a-word-of-mine" not in answer


@web.middleware
async def _mistaken(request: web.Request, handler: Handler) -> web.StreamResponse:
    raise ValueError("a mistake of ours")


async def test_a_mistake_before_any_handler_asks_to_come_again() -> None:
    """503 rather than 500, and no traceback to anybody."""
    house = House(middlewares=(_mistaken,))
    async with serving(house, "127.0.0.1", 0) as house.url:
        answer = await exchange(house.port, QUICK, seconds=5)

    assert (statuses(answer), b"Retry-After: 5" in answer, b"mistake" in answer) == ([503], True, False)


async def test_a_socket_that_somebody_else_made_is_served_and_closed_at_the_end() -> None:
    """As a service manager hands one over."""
    with socket.create_server(("127.0.0.1", 0)) as sock:
        address = sock.getsockname()
        async with a_house(sock=sock) as house, guests(house, QUICK) as (guest,):
            assert (house.url, await guest.hears()) == (f"http://127.0.0.1:{address[1]}", 200)

        assert sock.fileno() == -1


async def test_an_address_that_is_taken_is_said() -> None:
    """OSError, and nothing is left open."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        with pytest.raises(OSError, match="Address already in use"):
            await bound("127.0.0.1", taken.getsockname()[1])
        with pytest.raises(OSError, match="Cannot assign requested address"):
            await bound("192.0.2.1", 0)


@pytest.mark.parametrize(
    ("limit", "connections"),
    [(256, 192), (1_024, 896), (65_536, MOST_CONNECTIONS), (resource.RLIM_INFINITY, MOST_CONNECTIONS), (64, 32)],
)
def test_the_limit_of_descriptors_leaves_some_for_the_disk(
    limit: int, connections: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An eighth of them, and 64 at the least where there are so many."""
    monkeypatch.setattr(resource, "getrlimit", lambda _: (limit, limit))

    assert affordable_connections() == connections
