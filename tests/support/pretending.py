"""The sandbox as a real process, for every room's tests, and a receiver for its callbacks."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web

from seedance_spec.sandbox.serve import DEFAULT_KEY, ENDPOINT_FILE

_PROCESS = """
import json, sys
from pathlib import Path
from seedance_spec.sandbox.serve import SandboxOptions, run_sandbox
options = json.loads(sys.argv[1])
options |= {"state": Path(options["state"]), "faults": tuple(options["faults"])}
sys.exit(run_sandbox(SandboxOptions(**options)))
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxHandle:
    """A sandbox that runs as a process of its own."""

    url: str
    state: Path
    process: asyncio.subprocess.Process
    control: str
    key: str = DEFAULT_KEY

    async def stats(self) -> dict[str, Any]:
        """The counters of GET /sandbox/stats."""
        return dict(await self._ask("GET", "/sandbox/stats"))

    async def put_faults(self, *faults: str, replace: bool = True) -> None:
        """Put these faults in force, in place of the ones there are."""
        await self._ask("POST", "/sandbox/faults", {"faults": list(faults), "replace": replace})

    async def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """End the process and wait for it: its exit code."""
        if self.process.returncode is None:
            self.process.send_signal(number)
        return await self.process.wait()

    async def _ask(self, method: str, path: str, body: object = None) -> Any:
        headers = {"X-Sandbox-Control": self.control}
        async with (
            aiohttp.ClientSession() as session,
            session.request(method, self.url + path, json=body, headers=headers) as reply,
        ):
            assert reply.status == 200, await reply.text()
            return await reply.json()


async def start_process(state: Path, **options: Any) -> asyncio.subprocess.Process:
    """Start `run_sandbox` with SandboxOptions' fields, not waiting for anything."""
    fields = {"port": 0, "faults": (), **options, "state": str(state)}
    return await asyncio.create_subprocess_exec(
        sys.executable, "-c", _PROCESS, json.dumps(fields), stderr=asyncio.subprocess.PIPE
    )


@asynccontextmanager
async def running_sandbox(
    folder: Path,
    *,
    speed: float = 200.0,
    faults: Sequence[str] = (),
    balance: float | None = None,
    billing_log: bool = True,
    port: int = 0,
) -> AsyncIterator[SandboxHandle]:
    """The real process over `folder / ".seedance-sandbox"`, ready to be called; ended on leaving."""
    state = folder / ".seedance-sandbox"
    (state / ENDPOINT_FILE).unlink(missing_ok=True)
    process = await start_process(
        state, speed=speed, faults=list(faults), balance=balance, billing_log=billing_log, port=port
    )
    try:
        endpoint = await _endpoint(state, process)
        yield SandboxHandle(url=endpoint["url"], state=state, process=process, control=endpoint["control"])
    finally:
        if process.returncode is None:
            process.terminate()
        await process.communicate()


async def _endpoint(state: Path, process: asyncio.subprocess.Process) -> dict[str, Any]:
    path = state / ENDPOINT_FILE
    given_up = time.monotonic() + 60
    while not path.exists():
        if process.returncode is not None or time.monotonic() > given_up:
            _, said = await process.communicate()
            raise AssertionError(f"the sandbox did not start: {said.decode()}")
        await asyncio.sleep(0.01)
    return dict(json.loads(path.read_text()))


def request(**changes: Any) -> dict[str, Any]:
    """A plain body: 5 s of 720p in 16:9. `metadata` is merged, other fields are replaced; None takes a field away."""
    plain: dict[str, Any] = {
        "model": "dreamina-seedance-2-0",
        "prompt": "A cat walking on the moon",
        "duration": 5,
        "metadata": {"resolution": "720p", "ratio": "16:9", "seed": 42},
    }
    metadata = changes.pop("metadata", {})
    if isinstance(metadata, dict):
        metadata = {**plain["metadata"], **metadata}
    merged = {**plain, **changes, "metadata": metadata}
    return {name: value for name, value in merged.items() if value is not None}


@dataclass(slots=True, kw_only=True)
class Receiver:
    """A webhook receiver that answers as it is told and remembers what came."""

    url: str = ""
    answers: list[int] = field(default_factory=list)
    delay: float = 0.0
    came: list[tuple[dict[str, str], dict[str, Any]]] = field(default_factory=list)

    @property
    def statuses(self) -> list[str]:
        return [body["status"] for _, body in self.came]


@asynccontextmanager
async def receiver(*, answers: Sequence[int] = (), delay: float = 0.0) -> AsyncIterator[Receiver]:
    """`answers` are given in turn, 200 afterwards; `delay` real seconds before each."""
    kept = Receiver(answers=list(answers), delay=delay)

    async def take(call: web.Request) -> web.Response:
        kept.came.append((dict(call.headers), json.loads(await call.read())))
        status = kept.answers.pop(0) if kept.answers else 200
        await asyncio.sleep(kept.delay)
        return web.Response(status=status, headers={"Location": kept.url} if status == 307 else None)

    app = web.Application()
    app.router.add_post("/hook", take)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    kept.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    try:
        yield kept
    finally:
        await runner.cleanup()


def children_of(pid: int) -> list[int]:
    """The processes that a process started and that still run."""
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def alive(pid: int) -> bool:
    """Whether a process of this number exists."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
