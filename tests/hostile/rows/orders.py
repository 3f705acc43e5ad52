"""Row `orders`: the five states in every order and number, through the real conductor in virtual time."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from functools import partial
from itertools import permutations
from pathlib import Path
from random import Random

from seedance_spec.attempts.conductor import Conductor
from seedance_spec.attempts.means import Stop
from seedance_spec.attempts.ports import Content
from seedance_spec.journal.memory import MemoryJournal
from seedance_spec.plan.events import Rendered, ShotFailed
from tests.hostile.figures import MOST_LOOKS
from tests.hostile.record import Outcome
from tests.support.conducting import RENDER_SECONDS, Gateway, Studio
from tests.support.deciding import a_film, a_shot

STATES = ("queued", "running", "succeeded", "failed", "expired")
ORDERS = tuple(permutations(STATES))
MANNERS = ("once", "copies", "failing", "failing-copies")
MOST_COPIES = 10

TIMES = (0.5, 5.0, RENDER_SECONDS + 0.2, RENDER_SECONDS + 2.0, RENDER_SECONDS + 4.0)
"""Seconds after the submit at which an upstream that works calls: as it queues, as it begins, and around the end."""

_BETWEEN_COPIES = 0.1

Deliveries = Sequence[tuple[float, str]]
"""Seconds after the submit, and the state that is told then."""


@dataclass(slots=True)
class CountingGateway(Gateway):
    """A gateway that counts who asked for a clip."""

    downloads: int = 0

    def content(self, task_id: str, *, offset: int = 0) -> AbstractAsyncContextManager[Content]:
        self.downloads += 1
        return Gateway.content(self, task_id, offset=offset)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a run made of a task: its POSTs, looks and downloads, and the endings that it told of."""

    posts: int
    looks: int
    downloads: int
    rendered: int
    failed: int
    looks_of_a_second_run: int


def deliveries(order: Sequence[str], *, copies: Callable[[], int] = lambda: 1) -> Deliveries:
    """The states of an order at an upstream's times, each so often: whichever of them comes at which."""
    return [
        (at + _BETWEEN_COPIES * copy, state) for at, state in zip(TIMES, order, strict=True) for copy in range(copies())
    ]


async def told_to_a_conductor(root: Path, told: Deliveries, *, fails: bool) -> Told:
    """One shot from plan to clip, while these callbacks come."""
    (root / "specs").mkdir(parents=True)
    studio = Studio(root=root, film=a_film(a_shot("film/moon")), called_back=True)
    gateway = CountingGateway(studio.clock, failing=frozenset({"task_1"}) if fails else frozenset())
    conductor, ledger = studio.conductor(gateway, studio.plan())
    calling: list[asyncio.Task[None]] = []
    gateway.on_submit = lambda body: calling.append(
        asyncio.create_task(_call(studio, conductor, str(body["metadata"]["callback_url"]), told))  # type: ignore[index, call-overload] # JSON
    )
    await studio.clock.run(conductor.run(Stop()))
    await ledger.flush()
    for each in calling:
        each.cancel()
    looks = len(gateway.looks)
    await studio.apply(gateway)
    return Told(
        posts=len(gateway.bodies),
        looks=looks,
        downloads=gateway.downloads,
        rendered=sum(isinstance(event, Rendered) for event in studio.events),
        failed=sum(isinstance(event, ShotFailed) for event in studio.events),
        looks_of_a_second_run=len(gateway.looks) - looks,
    )


async def _call(studio: Studio, conductor: Conductor, url: str, told: Deliveries) -> None:
    assert isinstance(studio.journal, MemoryJournal)
    attempt_id, passed = url.rpartition("/")[2], 0.0
    for after, state in told:
        await studio.clock.sleep(after - passed)
        passed = after
        body = json.dumps({"id": f"cgt-{attempt_id[:8]}", "status": state}).encode()
        studio.journal.receive(attempt_id, body, at=studio.clock.now())
        conductor.heard()


class Orders:
    """Every order in each manner: 120 × 4."""

    goal = len(ORDERS) * len(MANNERS)

    def __init__(self, scratch: Path) -> None:
        self._scratch = scratch

    def cases(self) -> Iterator[str]:
        return (f"{manner}:{nth}" for nth in range(len(ORDERS)) for manner in MANNERS)

    def run(self, case: str) -> Outcome:
        manner, _, nth = case.partition(":")
        fails, order, random = manner.startswith("failing"), ORDERS[int(nth)], Random(f"orders {case}")
        repeated = manner.endswith("copies")
        told = deliveries(order, copies=partial(random.randint, 1, MOST_COPIES)) if repeated else deliveries(order)
        seen = asyncio.run(told_to_a_conductor(self._scratch / case.replace(":", "-"), told, fails=fails))
        broken = list(_broken(seen, fails=fails))
        return Outcome(
            counts={
                "tasks": 1,
                "clips": int(not fails),
                "downloads": seen.downloads,
                "endings": seen.rendered + seen.failed,
            },
            samples={"looks": seen.looks},
            failed=bool(broken),
            note="; ".join(broken) or f"{seen.looks} looks",
        )

    def close(self) -> None:
        """Nothing was started."""


def _broken(seen: Told, *, fails: bool) -> Iterator[str]:
    wanted = (0, 0, 1) if fails else (1, 1, 0)
    if (seen.downloads, seen.rendered, seen.failed) != wanted:
        yield f"downloads, rendered, failed: {seen.downloads}, {seen.rendered}, {seen.failed}"
    if seen.posts != 1:
        yield f"{seen.posts} POSTs"
    if seen.looks > MOST_LOOKS:
        yield f"{seen.looks} looks"
    if seen.looks_of_a_second_run:
        yield f"{seen.looks_of_a_second_run} looks by a second run"
