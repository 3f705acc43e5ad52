"""`serve` at work: one process per state folder, until a signal. It chooses neither key nor place."""

from __future__ import annotations

import asyncio
import errno
import os
import resource
import secrets
import signal
import socket
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from seedance_spec.cli.exit_codes import ExitCode
from seedance_spec.cli.notify import Notifying
from seedance_spec.cli.stop import StopError
from seedance_spec.clock import SystemClock
from seedance_spec.journal.notice_file import NoticeFile
from seedance_spec.journal.receiver_file import ReceiverFile
from seedance_spec.webhook.bell import Bell
from seedance_spec.webhook.notifier import Heralds, Means, Notifier
from seedance_spec.webhook.notify_sender import Sender
from seedance_spec.webhook.serving import serving
from seedance_spec.webhook.standing import StandingReceiver, Tally
from seedance_spec.webhook.standing_place import RECORDS_FILE, Running, alone, announced, running

_FIRST_INHERITED = 3
_ID_BYTES = 16
_ANYWHERE = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}  # noqa: S104 - compared with, not bound to


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingOptions:
    """`keys`: the first is the key of today. `sockets` were inherited; with one of them `listen` does not count."""

    state: Path
    keys: Sequence[bytes] = field(repr=False)
    listen: tuple[str, int]
    max_bytes: int
    public_url: str | None = None
    sockets: int = 0
    notifying: Notifying | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Announcements:
    """Who is told what: `listening` with the process as it can be reached and where it really listens, `heard` with
    each stored callback's attempt id (in another thread), `stopped` with what came in all, `heralds` of notices to CI.
    """

    listening: Callable[[Running, str], None]
    heard: Callable[[str], None]
    stopped: Callable[[Tally], None]
    heralds: Heralds = field(default_factory=Heralds)


def run_standing(options: StandingOptions, announce: Announcements) -> None:
    """Serve until SIGTERM or SIGINT. Raises StopError where it cannot, JournalFault where its records cannot be had."""
    sock = _inherited(options.sockets)
    _raise_descriptor_limit()
    with ExitStack() as held:
        try:
            is_alone = held.enter_context(alone(options.state))
        except OSError as error:
            raise StopError(ExitCode.USAGE, f"{options.state} cannot be used: {error.strerror}") from error
        if not is_alone:
            raise StopError(ExitCode.BUSY, _taken(options.state))
        records = held.enter_context(closing(ReceiverFile(options.state / RECORDS_FILE, max_bytes=options.max_bytes)))
        notifier = _notifier(options, announce, held)
        asyncio.run(_serve(records, options, announce, sock, notifier))


async def _serve(
    records: ReceiverFile,
    options: StandingOptions,
    announce: Announcements,
    sock: socket.socket | None,
    notifier: Notifier | None,
) -> None:
    told = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, told.set)
    bell = Bell(every=notifier.wake) if notifier else Bell()
    receiver = StandingReceiver(records, keys=options.keys, now=SystemClock().now, heard=announce.heard, bell=bell)
    async with AsyncExitStack() as held:
        try:
            url = await held.enter_async_context(serving(receiver, *options.listen, sock=sock))
        except OSError as error:
            raise _deaf(options.listen, error) from error
        here = Running(url=_reachable(url), pid=os.getpid(), public_url=options.public_url)
        held.enter_context(announced(options.state, here))
        announce.listening(here, url)
        await held.enter_async_context(_at_work(notifier))
        await told.wait()
    announce.stopped(receiver.tally)


def _notifier(options: StandingOptions, announce: Announcements, held: ExitStack) -> Notifier | None:
    """Who tells CI, over the same records; None where nobody is to be told."""
    asked = options.notifying
    if asked is None:
        return None
    notices = held.enter_context(closing(NoticeFile(options.state / RECORDS_FILE)))
    means = Means(
        now=SystemClock().now,
        new_id=lambda: f"msg_{secrets.token_hex(_ID_BYTES)}",
        send=Sender(proxy_for=asked.proxy_for, now=SystemClock().now),
    )
    return Notifier(notices, asked.targets, means, pace=asked.pace, heralds=announce.heralds)


@asynccontextmanager
async def _at_work(notifier: Notifier | None) -> AsyncIterator[None]:
    """The notifier, if any, beside what else runs until the block is left."""
    if notifier is None:
        yield
        return
    working = asyncio.create_task(notifier.run())
    try:
        yield
    finally:
        working.cancel()
        with suppress(asyncio.CancelledError):
            await working


def _deaf(listen: tuple[str, int], error: OSError) -> StopError:
    host, port = listen
    # A port that is taken may be free soon: a service manager should try again, and need not with a wrong address.
    code = ExitCode.BUSY if error.errno == errno.EADDRINUSE else ExitCode.USAGE
    said = (os.strerror(error.errno) if error.errno and error.errno > 0 else error.strerror) or type(error).__name__
    return StopError(code, f"cannot listen on {host}:{port}: {said}", hint="--listen HOST:PORT names another address")


def _taken(state: Path) -> str:
    other = running(state)
    where = f": {other.url}, process {other.pid}" if other else ""
    return f"another receiver already runs on {state}{where}"


def _inherited(count: int) -> socket.socket | None:
    """The one listening socket that the service manager opened for us, None where it opened none."""
    if not count:
        return None
    if count > 1:
        raise StopError(ExitCode.USAGE, f"{count} sockets were handed over where one is expected")
    given = socket.socket(fileno=_FIRST_INHERITED)
    given.set_inheritable(False)
    if given.family not in {socket.AF_INET, socket.AF_INET6} or given.type != socket.SOCK_STREAM:
        raise StopError(ExitCode.USAGE, "the socket that was handed over is not one of TCP")
    return given


def _raise_descriptor_limit() -> None:
    """Every slow stranger holds a descriptor."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def _reachable(url: str) -> str:
    """The URL for a client on this machine: nobody connects to `any address`."""
    parts = urlsplit(url)
    host = _ANYWHERE.get(parts.hostname or "")
    return f"http://{host}:{parts.port}" if host else url
