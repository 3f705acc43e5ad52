"""The upstream in virtual time: it renders, changes its mind, and calls back badly. It knows nothing of the client."""

from __future__ import annotations

import asyncio
import contextvars
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any

from seedance_spec.sandbox.ark_rules import Order
from seedance_spec.sandbox.upstream import Fate, Work, expired, failed, new_work, started, succeeded, task_object
from seedance_spec.sandbox.wire import JsonObject
from tests.lab.simulation.chronicle import Chronicle
from tests.lab.simulation.weather import Weather

START = 1_800_000_000.0
"""Unix seconds at the beginning of every history."""

LINK_HOST = "ark-content-generation.tos-ap-southeast-1.volces.com"
_RETRIES = (1.0, 4.0)
_FINAL = frozenset({"succeeded", "failed"})

Receive = Callable[[str, bytes], bool]
"""A callback to a URL; whether it was acknowledged."""


@dataclass(slots=True, eq=False)
class Skies:
    """What everybody in the world shares: time, chance, weather, and the record of it all."""

    loop: asyncio.AbstractEventLoop
    dice: Random
    weather: Weather
    chronicle: Chronicle
    context: contextvars.Context = field(default_factory=contextvars.copy_context)

    def now(self) -> float:
        return START + self.loop.time()

    def rolls(self, chance: float) -> bool:
        return chance > 0 and self.dice.random() < chance

    def later(self, seconds: float, do: Callable[..., object], *args: Any) -> None:
        """Something of the world's own, which no death of a client stops."""
        self.loop.call_later(seconds, do, *args, context=self.context)


@dataclass(slots=True, eq=False)
class Upstream:
    """`changed` is told of every new state of a task; `receive` is where its callbacks go."""

    skies: Skies
    changed: Callable[[Work], None]
    receive: Receive
    works: dict[str, Work] = field(default_factory=dict)

    def create(self, order: Order) -> Work:
        weather, dice = self.skies.weather, self.skies.dice
        slow = 40.0 if self.skies.rolls(weather.slow_render) else dice.choice((0.3, 1.0, 1.0, 2.0))
        work = new_work(order, now=self.skies.now(), dice=dice, fate=Fate(slowness=slow))
        self._settle(work)
        self.skies.later(work.queue_seconds, self._start, work)
        return work

    def _start(self, work: Work) -> None:
        weather, skies = self.skies.weather, self.skies
        running = started(work, now=skies.now())
        self._settle(running)
        if skies.rolls(weather.expires):
            skies.later(work.execution_expires_after, self._end, running, "expired")
        else:
            fate = "failed" if skies.rolls(weather.upstream_fails) else "succeeded"
            skies.later(running.run_seconds, self._end, running, fate)

    def _end(self, work: Work, fate: str) -> None:
        now = self.skies.now()
        match fate:
            case "failed":
                code = self.skies.dice.choice(("OutputVideoSensitiveContentDetected", "InternalServiceError"))
                self._settle(failed(work, now=now, code=code, message="it did not work out"))
            case "expired":
                self._settle(expired(work, now=now))
            case _:
                self._settle(succeeded(work, now=now, input_seconds=0))

    def _settle(self, work: Work) -> None:
        self.works[work.upstream_id] = work
        self.skies.chronicle.note("upstream   {} is {}", work.upstream_id, work.status)
        self._call(work)
        self.changed(work)

    # ── callbacks: perhaps, perhaps twice, perhaps late, in any order ───────────────────────────────────────────────

    def _call(self, work: Work) -> None:
        skies, url = self.skies, work.callback_url
        if url is None or skies.rolls(skies.weather.callback_lost):
            return
        body = json.dumps(task_object(work, sign=signed)).encode()
        tries = 3 if work.status in _FINAL else 1
        for _ in range(2 if skies.rolls(skies.weather.callback_twice) else 1):
            late = skies.dice.uniform(5.0, 600.0) if skies.rolls(skies.weather.callback_late) else 0.0
            skies.later(skies.dice.uniform(0.001, 0.4) + late, self._deliver, url, body, work.status, tries)
        if skies.rolls(skies.weather.forged):
            skies.later(skies.dice.uniform(0.0, 200.0), self.receive, *forged(url, skies.dice))

    def _deliver(self, url: str, body: bytes, status: str, tries: int) -> None:
        acked = self.receive(url, body)
        self.skies.chronicle.note("callback   {} for …{}: {}", status, url[-12:], "acked" if acked else "not acked")
        if not acked and tries > 1:
            self.skies.later(_RETRIES[tries - 2], self._deliver, url, body, status, tries - 1)


def signed(name: str, at: float) -> str:
    return f"https://{LINK_HOST}/{name}?X-Tos-Date={int(at)}&X-Tos-Expires=86400&X-Tos-Signature=canary"


def forged(url: str, dice: Random) -> tuple[str, bytes]:
    """A stranger's callback: with a token of his own making, or a leaked URL and a body that lies."""
    if dice.random() < 0.3:
        return url[:-1] + ("A" if url[-1] != "A" else "B"), b'{"id": "cgt-x", "status": "succeeded"}'
    lie: JsonObject = {
        "id": "cgt-20990101000000-liars",
        "task_id": "task_of_somebody_else",
        "status": dice.choice(("failed", "expired", "cancelled", "queued", "nonsense")),
        "error": {"code": "OutputVideoSensitiveContentDetected", "message": "a lie"},
    }
    return url, dice.choice((json.dumps(lie).encode(), b"\xff not JSON", b"[]", b""))
