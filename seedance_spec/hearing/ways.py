"""The three ways to hear: a receiver of our own, one that clones share, the project's `serve`. It believes no body."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, closing, contextmanager, nullcontext, suppress
from typing import Any

from seedance_spec.attempts.catching_up import catch_up
from seedance_spec.attempts.ears import Ears
from seedance_spec.attempts.feed import FeedFollower
from seedance_spec.attempts.means import Stop
from seedance_spec.attempts.shared_claims import SharedClaims
from seedance_spec.clips.faults import StoreFault
from seedance_spec.clips.store import Store
from seedance_spec.hearing.proof import HERE, proven, proxy_for, until_stopped
from seedance_spec.hearing.scene import CallbackUrl, Hearing, Scene
from seedance_spec.journal.faults import JournalFault
from seedance_spec.journal.local_feed import LocalFeed
from seedance_spec.webhook.capability import callback_path
from seedance_spec.webhook.input_route import InputRoute, Reading
from seedance_spec.webhook.lent_clips import Lender, LentClips
from seedance_spec.webhook.receiver import Receiver
from seedance_spec.webhook.receiver_port import Feed
from seedance_spec.webhook.serving import serving
from seedance_spec.webhook.shared_receiver import SharedReceiver

CATCH_UP_SECONDS = 8.0
"""How long a run waits, before it begins, for what a receiver has to say of the time before."""

FAREWELL_SECONDS, HURRIED_SECONDS = 5.0, 0.5
"""How long the end of a run waits for a receiver to take its last reports, and where somebody is in a hurry (D3); what
is left is told by the next run.
"""


@asynccontextmanager
async def hearing(scene: Scene, stop: Stop) -> AsyncIterator[Hearing]:
    """Hear until the block is left. What came while nobody ran is known when it begins; a wish to stop ends the wait
    for it.
    """
    if scene.connection.receiver is not None:
        way = _shared(scene, scene.connection.receiver, stop)
    elif scene.connection.listen is not None:
        way = _embedded(scene, scene.connection.listen, stop)
    else:
        way = _local(scene, stop)
    async with way as heard:
        yield heard


# ── a standing receiver, far away ───────────────────────────────────────────────────────────────────────────────────


@asynccontextmanager
async def _shared(scene: Scene, url: str, stop: Stop) -> AsyncIterator[Hearing]:
    async with SharedReceiver(url, scene.key, proxy_for=proxy_for) as receiver:
        claims = SharedClaims(
            receiver,
            journal=scene.journal,
            clock=scene.clock,
            chance=scene.chance,
            projects=scene.projects,
            name=f"the receiver at {url}",
            time_scale=scene.connection.time_scale,
        )
        ears = _ears(scene, claims)
        ears.rely_on(url)
        followers = _followers(scene, receiver, ears, name=url)
        learning = catch_up(followers, claims, journal=scene.journal, ledger=scene.ledger)
        await until_stopped(learning, stop, within=CATCH_UP_SECONDS)
        tasks = [follower.follow() for follower in followers]
        async with _in_the_background(scene, *tasks, claims.reports.keep_delivering()):
            claims.reports.settled()
            base = await proven(scene, scene.connection.public_url or url, ears, stop)
            try:
                yield Hearing(callback_url=_urls(base, scene.key), ears=ears, claims=claims)
            finally:
                with suppress(TimeoutError):
                    async with asyncio.timeout(HURRIED_SECONDS if stop.urgent.is_set() else FAREWELL_SECONDS):
                        await claims.reports.deliver()


# ── a receiver of our own, and the project's `serve` beside it ──────────────────────────────────────────────────────


@asynccontextmanager
async def _embedded(scene: Scene, listen: tuple[str, int], stop: Stop) -> AsyncIterator[Hearing]:
    async with _local(scene, stop) as local:
        ears, keys = local.ears, scene.keys
        receiver = Receiver(
            scene.journal,
            keys=keys,
            now=scene.clock.now,
            wake=lambda attempt_id: ears.called_back(HERE, [attempt_id]),
            inputs=InputRoute(lent := LentClips(keys[0]), reading_of(Store(scene.workplace.store))),
        )
        async with AsyncExitStack() as stack:
            try:
                local_url = await stack.enter_async_context(serving(receiver, *listen))
            except OSError as error:
                # Callbacks spare latency, never a result: a port that cannot be had is no reason to stop (D5).
                where = f"{listen[0]}:{listen[1]}" if listen[1] else listen[0]
                why = os.strerror(error.errno) if error.errno else error
                scene.say(f"cannot listen at {where} ({why}): going on by polling")
                yield local
                return
            base = scene.connection.public_url
            if base is not None:
                base = await proven(scene, base, ears, stop)
            elif scene.connection.sandbox:
                base = local_url
            else:
                scene.say(f"listening at {local_url}; without --public-url nobody is told of it")
            lending = None if base is None else Lender(lent, base)
            yield Hearing(callback_url=_urls(base, keys[0]), ears=ears, lending=lending)


def reading_of(store: Store) -> Reading:
    """Opens what a store holds, for lending."""

    @contextmanager
    def opened(sha256: str) -> Iterator[int]:
        try:
            with store.reading(sha256) as descriptor:
                yield descriptor
        except StoreFault as fault:
            raise FileNotFoundError(fault.reason) from fault

    return opened


@asynccontextmanager
async def _local(scene: Scene, stop: Stop) -> AsyncIterator[Hearing]:
    """The feed of a `serve` that runs in this project, whose events are ours too."""
    ears = _ears(scene, None)
    feed = None
    with suppress(JournalFault):
        feed = LocalFeed.of(scene.workplace.receiver_state, clock=scene.clock)
    with closing(feed) if feed is not None else nullcontext():
        followers = [] if feed is None else _followers(scene, feed, ears, name=str(scene.workplace.receiver_state))
        for follower in followers:
            await until_stopped(follower.catch_up(), stop, within=CATCH_UP_SECONDS)
        async with _in_the_background(scene, *(follower.follow() for follower in followers)):
            yield Hearing(callback_url=_urls(None, b""), ears=ears)


def _ears(scene: Scene, claims: SharedClaims | None) -> Ears:
    return Ears(
        journal=scene.journal,
        ledger=scene.ledger,
        clock=scene.clock,
        tell=scene.tell,
        claims=claims,
        pays=scene.probes,
    )


def _followers(scene: Scene, feed: Feed, ears: Ears, *, name: str) -> list[FeedFollower]:
    return [
        FeedFollower(
            feed, ears, name=name, project=project, journal=scene.journal, clock=scene.clock, chance=scene.chance
        )
        for project in scene.projects
    ]


def _urls(base: str | None, key: bytes) -> CallbackUrl:
    if base is None:
        return lambda _: None
    return lambda attempt_id: f"{base}{callback_path(attempt_id, key)}"


@asynccontextmanager
async def _in_the_background(scene: Scene, *works: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    tasks = [asyncio.create_task(work) for work in works]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        for ended in await asyncio.gather(*tasks, return_exceptions=True):
            if isinstance(ended, Exception):
                # It cost latency and no result: it is said, and the endings stand.
                scene.say(f"a receiver went unheard for a while: {type(ended).__name__}: {ended}")
