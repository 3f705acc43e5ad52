"""`serve` as a user runs it: a process of its own, found by what it says, ended by a signal."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from seedance_spec.webhook.capability import callback_path, derive_key
from tests.support.attempts import PROJECT, an_attempt_id
from tests.support.receiving import ARK
from tests.support.standing import token_of
from tests.support.whole import environment

KEY_TEXT = "a key of the team's own, of 40 characters"
PREVIOUS_TEXT = "the key before this one"
KEY, PREVIOUS = derive_key(KEY_TEXT), derive_key(PREVIOUS_TEXT)
SHARED = {"SEEDANCE_CALLBACK_KEY": KEY_TEXT}
ANY_PORT = ("--listen", "127.0.0.1:0")


@dataclass(slots=True, kw_only=True)
class Served:
    """A `serve` that listens; `out` and `err` hold all it wrote once it has ended."""

    process: asyncio.subprocess.Process
    listening: dict[str, Any]
    state: Path
    out: str = ""
    err: str = ""

    @property
    def url(self) -> str:
        return str(self.listening["url"])

    async def call_back(self, attempt_id: str, *, key: bytes = KEY) -> int:
        async with (
            aiohttp.ClientSession() as client,
            client.post(self.url + callback_path(attempt_id, key), data=ARK) as answer,
        ):
            return answer.status

    async def feed(self, project_id: str = PROJECT, *, key: bytes = KEY) -> tuple[int, list[str]]:
        """The status, and the attempts of all events."""
        headers = {"Authorization": f"Bearer {token_of(project_id, key=key)}"}
        async with (
            aiohttp.ClientSession(headers=headers) as client,
            client.get(f"{self.url}/v1/events") as answer,
        ):
            said = await answer.read()
        return answer.status, [event["attempt"] for event in json.loads(said)["events"]] if said else []

    async def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Send a signal and wait: the exit code."""
        with suppress(ProcessLookupError):
            self.process.send_signal(number)
        out, err = await asyncio.wait_for(self.process.communicate(), 20)
        self.out, self.err = self.out + out.decode(), err.decode()
        assert self.process.returncode is not None
        return self.process.returncode


def a_young_attempt(nth: int = 1, **minted: Any) -> str:
    """An attempt that was made just now: a receiver takes callbacks for 96 hours."""
    return an_attempt_id(nth, now=time.time(), **minted)


async def started(
    *words: str,
    cwd: Path,
    env: Mapping[str, str] = SHARED,
    before: str = "",
    pass_fds: tuple[int, ...] = (),
) -> asyncio.subprocess.Process:
    """Start `serve` with these words, not waiting for anything. `before` is Python that runs first in its process."""
    program = f"import sys\n{before}\nfrom seedance_spec.cli import main\nsys.argv[1:1] = ['serve']\nsys.exit(main())"
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        program,
        *words,
        cwd=cwd,
        env=environment(env),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        pass_fds=pass_fds,
    )


@asynccontextmanager
async def serving_process(
    folder: Path, *words: str, state: Path | None = None, start: Callable[..., Any] = started, **how: Any
) -> AsyncIterator[Served]:
    """A `serve --json` over `folder / "state"`, ready to be called; ended on leaving, killed if need be."""
    place = state or folder / "state"
    process = await start(*ANY_PORT, "--state", str(place), "--json", *words, cwd=folder, **how)
    try:
        assert process.stdout is not None
        line = await asyncio.wait_for(process.stdout.readline(), 30)
        if not line:
            _, said = await process.communicate()
            raise AssertionError(f"it did not listen: {said.decode()}")
        yield Served(process=process, listening=json.loads(line), state=place, out=line.decode())
    finally:
        if process.returncode is None:
            process.kill()
            await process.communicate()
