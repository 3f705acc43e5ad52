"""The sandbox as a process: one per state folder, found by its endpoint file, ended by a signal or by idleness."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import importlib.util
import json
import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import SystemRandom

from aiohttp import web

from seedance_spec.sandbox.equipment import Equipment
from seedance_spec.sandbox.faults import Fault, parse_fault
from seedance_spec.sandbox.media import MediaProcesses
from seedance_spec.sandbox.pace import Limits, Pace, WallClock
from seedance_spec.sandbox.server import make_app
from seedance_spec.sandbox.service import Sandbox

HOST = "127.0.0.1"
ENDPOINT_FILE = "endpoint.json"
DEFAULT_KEY = "sk-sandbox"
OK, UNEXPECTED, BUSY, USAGE = 0, 1, 6, 64
_GRACE_SECONDS = 1.0
_LOOK_SECONDS = 0.1


def _to_stderr(line: str) -> None:
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxOptions:
    """How to run: `port` 0 lets the system choose, `faults` are in the language of docs/sandbox.md.

    `balance` in dollars sets the account, None keeps the stored one ($100 at first). `idle_exit` in real seconds,
    None runs until a signal.
    """

    port: int = 8788
    state: Path = Path(".seedance-sandbox")
    speed: float = 20.0
    faults: tuple[str, ...] = ()
    balance: float | None = None
    idle_exit: float | None = None
    billing_log: bool = True


def run_sandbox(options: SandboxOptions, *, say: Callable[[str], None] = _to_stderr) -> int:
    """Serve until told to stop. The exit code: 0 as wished, 1 cannot serve, 6 another one runs, 64 bad options."""
    try:
        faults = [parse_fault(text) for text in options.faults]
    except ValueError as fault:
        say(f"sandbox: {fault}")
        return USAGE
    if options.speed <= 0:
        say("sandbox: the speed must be greater than 0")
        return USAGE
    if any(importlib.util.find_spec(name) is None for name in ("av", "PIL")):
        say("sandbox: its clips need PyAV and Pillow: install seedance-spec[media]")
        return UNEXPECTED
    options.state.mkdir(parents=True, exist_ok=True)
    with _alone(options.state) as alone:
        if not alone:
            say(f"sandbox: another sandbox already runs on {options.state}{_where(options.state)}")
            return BUSY
        _tidy(options.state)
        equipment = Equipment(
            folder=options.state,
            clock=WallClock(),
            dice=SystemRandom(),
            media=MediaProcesses(),
            pace=Pace(speed=options.speed),
            limits=Limits(),
            say=say,
        )
        return asyncio.run(_serve(equipment, options, faults))


async def _serve(equipment: Equipment, options: SandboxOptions, faults: Sequence[Fault]) -> int:
    say = equipment.say
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    sandbox = Sandbox(equipment, faults=faults, dollars=options.balance, billing_log=options.billing_log)
    runner = web.AppRunner(make_app(sandbox), access_log=None, shutdown_timeout=_GRACE_SECONDS / 2)
    await runner.setup()
    try:
        try:
            await web.TCPSite(runner, HOST, options.port).start()
        except OSError as fault:
            say(f"sandbox: cannot listen on {HOST}:{options.port}: {os.strerror(fault.errno or 0)}")
            return UNEXPECTED
        port = int(runner.addresses[0][1])
        url = f"http://{HOST}:{port}"
        poller = sandbox.start(url, port)
        with _endpoint(options, url, sandbox.control):
            say(f"sandbox: {url} · speed {options.speed:g} · key {DEFAULT_KEY} · state {options.state}")
            return await _until_told(stop, poller, sandbox, options.idle_exit)
    finally:
        await runner.cleanup()
        await sandbox.stop()


async def _until_told(
    stop: asyncio.Event, poller: asyncio.Task[None], sandbox: Sandbox, idle_exit: float | None
) -> int:
    told = asyncio.create_task(stop.wait())
    watches: set[asyncio.Task[object]] = {told, poller}
    if idle_exit is not None:
        watches.add(asyncio.create_task(_idle(sandbox, idle_exit)))
    done, pending = await asyncio.wait(watches, return_when=asyncio.FIRST_COMPLETED)
    for watch in pending:
        watch.cancel()
    await asyncio.gather(*pending, return_exceptions=True)
    if poller in done:
        poller.result()
    return OK


async def _idle(sandbox: Sandbox, seconds: float) -> None:
    """Returns once nothing was asked and nothing was unfinished for so many real seconds."""
    loop = asyncio.get_running_loop()
    since, seen = loop.time(), sandbox.touches
    while loop.time() - since < seconds:
        await asyncio.sleep(min(_LOOK_SECONDS, seconds))
        if sandbox.touches != seen or sandbox.state.sizes()[1]:
            since, seen = loop.time(), sandbox.touches


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[bool]:
    """Whether this process holds the folder; the lock dies with the process."""
    with (folder / "lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True


@contextlib.contextmanager
def _endpoint(options: SandboxOptions, url: str, control: str) -> Iterator[None]:
    """endpoint.json while we listen; only its owner may read it, since `control` may switch faults."""
    path = options.state / ENDPOINT_FILE
    part = path.with_suffix(f".{os.getpid()}.part")
    fields = {"url": url, "pid": os.getpid(), "speed": options.speed, "control": control}
    part.touch(mode=0o600)
    part.write_text(json.dumps(fields) + "\n")
    part.replace(path)
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


def _where(folder: Path) -> str:
    try:
        fields = json.loads((folder / ENDPOINT_FILE).read_text())
        return f": {fields['url']}, process {fields['pid']}"
    except (OSError, ValueError, LookupError, TypeError):
        return ""


def _tidy(folder: Path) -> None:
    """Keep the folder out of git, and take away what a killed process left behind."""
    (folder / ENDPOINT_FILE).unlink(missing_ok=True)
    ignore = folder / ".gitignore"
    if not ignore.exists():
        ignore.write_text("*\n")
