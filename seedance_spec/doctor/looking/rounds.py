"""One look at everything, all at once, each with its deadline. It only looks: nothing is paid, mended or kept."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from seedance_spec.attempts.attempt_id import PROJECT_RANDOM_BYTES, new_project_id
from seedance_spec.doctor.finding import Trouble
from seedance_spec.doctor.gateway import GatewaySight, NoGateway, NoKey
from seedance_spec.doctor.looking.gateway import ANSWER_SECONDS, see_gateway
from seedance_spec.doctor.looking.machine import see_disk, see_media, see_program
from seedance_spec.doctor.looking.project import LockSeen, see_git, see_lock, see_renders, see_specs
from seedance_spec.doctor.looking.receiver import see_key, see_receiver, see_serve
from seedance_spec.doctor.looking.round_trip import Probe, probe_of, see_round_trip_here, see_round_trip_through
from seedance_spec.doctor.machine import DiskSight
from seedance_spec.doctor.receiver import ReceiverSight, RoundTrip, Untried
from seedance_spec.doctor.sights import ProjectSight, Sights
from seedance_spec.secret import Secret
from seedance_spec.webhook.standing_place import Running, running
from seedance_spec.workplace import Workplace

T = TypeVar("T")

_NO_CALLBACK_KEY = "there is no callback key to show to a receiver"
_NO_ID = "not tried: this project has no id to ask a receiver with"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """A gateway to be asked, with a key and where that comes from."""

    base_url: str
    key: Secret
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    """What is to be looked at. Where there is no project, `no_project` says so, and the folder of `place` is any.

    URLs have no trailing slash. `listen` is where apply would listen; `now` gives Unix seconds, `random` that many
    random bytes; an answer that takes longer than `seconds` is none.
    """

    place: Workplace
    sandbox: bool
    no_project: str
    gateway: Reach | NoKey | NoGateway
    now: Callable[[], float]
    random: Callable[[int], bytes]
    callback_key: Secret | None = None
    receiver: str | None = None
    public_url: str | None = None
    listen: tuple[str, int] = ("127.0.0.1", 0)
    seconds: float = ANSWER_SECONDS


async def rounds(examined: Examined, tell: Callable[[Sequence[str]], None]) -> Sights:
    """Look at everything. `tell` hears the names of what is still waited for, whenever that changes."""
    waiting = _Waiting(tell)
    place = examined.place
    key = see_key(examined.callback_key, place.callback_key, shown=".seedance/callback.key")
    serve = running(place.receiver_state)
    lock = Trouble(examined.no_project) if examined.no_project else await asyncio.to_thread(see_lock, place)
    probes = _probes(examined, lock)
    begun: list[asyncio.Task[Any]] = []

    def begin(name: str, seen: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        begun.append(task := asyncio.create_task(waiting.on(name, seen)))
        return task

    media = begin("the media libraries", asyncio.to_thread(see_media))
    disk = begin("the disk", asyncio.to_thread(_disk, examined))
    project = begin("the project", asyncio.to_thread(_project, examined, lock))
    gateway = begin("the gateway", _gateway(examined))
    served = begin("serve", see_serve(serve, seconds=examined.seconds))
    receiver = begin("the receiver", _receiver(examined, key.key, probes))
    round_trip = begin("a callback of our own", _round_trip(examined, key.key, probes, serve))
    try:
        return Sights(
            sandbox=examined.sandbox,
            program=see_program(),
            media=await media,
            disk=await disk,
            project=await project,
            gateway=await gateway,
            callback_key=key.sight,
            serve=await served,
            receiver=await receiver,
            round_trip=await round_trip,
        )
    finally:
        for task in begun:
            task.cancel()
        await asyncio.gather(*begun, return_exceptions=True)


class _Waiting:
    """What has begun and has not ended."""

    def __init__(self, tell: Callable[[Sequence[str]], None]) -> None:
        self._tell = tell
        self._names: list[str] = []

    async def on(self, name: str, seen: Awaitable[T]) -> T:
        self._names.append(name)
        self._tell(tuple(self._names))
        try:
            return await seen
        finally:
            self._names.remove(name)
            self._tell(tuple(self._names))


def _probes(examined: Examined, lock: LockSeen | Trouble) -> tuple[Probe, ...]:
    """One for each id of the project, none where it has none."""
    ids = lock.project_ids if isinstance(lock, LockSeen) else ()
    return tuple(probe_of(each, realm=examined.place.realm, now=examined.now()) for each in ids)


def _disk(examined: Examined) -> DiskSight:
    private = examined.place.private
    if private.is_dir():
        return see_disk(private, shown=f"{private.relative_to(examined.place.root).as_posix()}/", now=examined.now)
    return see_disk(examined.place.root, shown="this folder", now=examined.now)


def _project(examined: Examined, lock: LockSeen | Trouble) -> ProjectSight | Trouble:
    if examined.no_project:
        return Trouble(examined.no_project)
    root = examined.place.root
    seen = see_specs(root)
    return ProjectSight(
        specs=seen.specs,
        models=seen.models,
        lock=lock.lock if isinstance(lock, LockSeen) else lock,
        renders=see_renders(root),
        git=see_git(root),
    )


async def _gateway(examined: Examined) -> GatewaySight | NoKey | NoGateway | Trouble:
    reach = examined.gateway
    if not isinstance(reach, Reach):
        return reach
    return await see_gateway(reach.base_url, reach.key, source=reach.source, now=examined.now, seconds=examined.seconds)


async def _receiver(examined: Examined, key: bytes | None, probes: Sequence[Probe]) -> ReceiverSight | Trouble | None:
    if examined.receiver is None:
        return None
    if key is None:
        return Trouble(_NO_CALLBACK_KEY)
    return await see_receiver(examined.receiver, key, probes, seconds=examined.seconds)


async def _round_trip(
    examined: Examined, key: bytes | None, probes: Sequence[Probe], serve: Running | None
) -> RoundTrip | Trouble | Untried | None:
    """To the shared receiver where one is named, else to the project's own that runs, else to one that listens here."""
    standing = examined.receiver or (serve.url if serve else None)
    public_url = examined.public_url or examined.receiver or (serve.public_url if serve else None)
    if public_url is None:
        return None
    if standing is None:
        own = probes[0] if probes else _stray(examined)
        return await see_round_trip_here(
            public_url, examined.listen, key, own, now=examined.now, seconds=examined.seconds
        )
    if key is None or not probes:
        return Untried(reason=_NO_ID if key else f"not tried: {_NO_CALLBACK_KEY}")
    return await see_round_trip_through(
        public_url, standing, key, probes[0], now=examined.now, seconds=examined.seconds
    )


def _stray(examined: Examined) -> Probe:
    """A probe of no project: a receiver of our own takes any."""
    project_id = new_project_id(examined.random(PROJECT_RANDOM_BYTES))
    return probe_of(project_id, realm=examined.place.realm, now=examined.now())
