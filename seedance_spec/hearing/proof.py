"""Whether a public URL leads back to us: one test call, seen to arrive, before anybody is told of it. No other POST."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any
from urllib.parse import urlsplit

from seedance_spec.attempts.attempt_id import RANDOM_BYTES
from seedance_spec.attempts.ears import Ears
from seedance_spec.attempts.means import Stop
from seedance_spec.gateway.address import is_loopback_host
from seedance_spec.gateway.network import environment_proxy
from seedance_spec.hearing.scene import Scene
from seedance_spec.webhook.capability import callback_path
from seedance_spec.webhook.probe_id import probe_id
from seedance_spec.webhook.shared_receiver import knock

PROBE_SECONDS = 5.0

HERE = "this process"
"""The name of the embedded receiver, where feeds are named."""


async def proven(scene: Scene, base: str, ears: Ears, stop: Stop) -> str | None:
    """The base of callback URLs once a call to it has come back to us; None where it has not, and why is said, unless
    it is the loss of the feed, which is spoken of by itself.
    """
    if is_loopback_host(_host(base)) and not is_loopback_host(_host(scene.connection.base_url)):
        scene.say(f"{base} is this machine's own address: nobody outside is told of it without --public-url; polling")
        return None
    if not scene.probes:
        return base
    if not ears.listening:
        return None
    reason = await until_stopped(_probed(scene, base, ears), stop, within=3 * PROBE_SECONDS)
    if reason is None:
        return base
    if stop.wanted.is_set() or not ears.listening:
        return None
    scene.say(f"a test call to {base} did not come back: {reason}; nobody is told of it, going on by polling")
    return None


async def _probed(scene: Scene, base: str, ears: Ears) -> str | None:
    """None where a POST to a capability of ours arrives; its feed is the one to rely on from now on."""
    attempt_id = probe_id(
        realm=scene.workplace.realm,
        project_id=scene.project_ids[0],
        run=scene.run,
        now=scene.clock.now(),
        random=scene.random(RANDOM_BYTES),
    )
    arriving = asyncio.create_task(ears.arrival(attempt_id, within=2 * PROBE_SECONDS))
    try:
        refused = await knock(f"{base}{callback_path(attempt_id, scene.key)}", proxy_for=proxy_for)
        if refused is not None:
            return refused
        done, _ = await asyncio.wait({arriving}, timeout=PROBE_SECONDS)
        feed = arriving.result() if done else None
    finally:
        arriving.cancel()
    if feed is None:
        return f"it was taken there, and is not heard here within {PROBE_SECONDS:g} s"
    if feed != HERE:
        ears.rely_on(feed)
    return None


async def until_stopped(work: Coroutine[Any, Any, str | bool | None], stop: Stop, *, within: float) -> str | None:
    """What the work says, if it is done in time and before somebody wishes to stop; else why not."""
    working = asyncio.ensure_future(work)
    wanted = asyncio.ensure_future(stop.wanted.wait())
    try:
        await asyncio.wait({working, wanted}, timeout=within, return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            return "it took too long"
        said = working.result()
        return said if isinstance(said, str) else None
    finally:
        for each in (working, wanted):
            each.cancel()
        await asyncio.gather(working, wanted, return_exceptions=True)


def proxy_for(url: str) -> str | None:
    """The environment's proxy for a URL of a receiver; none for this machine's own."""
    return None if is_loopback_host(_host(url)) else environment_proxy(url)


def _host(url: str) -> str:
    return urlsplit(url).hostname or ""
