"""A callback sent to ourselves through the public URL, and whether it comes in. Nothing of it is believed or kept."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

from seedance_spec.attempts.attempt_id import RANDOM_BYTES, RUN_RANDOM_BYTES, new_run_id, project_prefix
from seedance_spec.doctor.finding import Trouble
from seedance_spec.doctor.looking.gateway import ANSWER_SECONDS, within
from seedance_spec.doctor.receiver import RoundTrip
from seedance_spec.gateway.address import is_loopback_host
from seedance_spec.gateway.network import environment_proxy
from seedance_spec.realm import Realm
from seedance_spec.webhook.capability import callback_path
from seedance_spec.webhook.group_commit import Delivery
from seedance_spec.webhook.probe_id import probe_id
from seedance_spec.webhook.receiver_port import Away, Unwelcome
from seedance_spec.webhook.shared_receiver import SharedReceiver, knock

Arrival = Callable[[], Awaitable[bool]]
"""Returns True once the callback was seen; False where nobody can see whether it comes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """An attempt that nobody made, to send a callback for: it fits the project's token and no attempt on record."""

    attempt_id: str
    project: str


def probe_of(project_id: str, *, realm: Realm, now: float) -> Probe:
    """A new probe. `now` is Unix seconds."""
    attempt_id = probe_id(
        realm=realm,
        project_id=project_id,
        run=new_run_id(secrets.token_bytes(RUN_RANDOM_BYTES)),
        now=now,
        random=secrets.token_bytes(RANDOM_BYTES),
    )
    return Probe(attempt_id=attempt_id, project=project_prefix(project_id))


async def see_round_trip_here(
    public_url: str,
    address: tuple[str, int],
    key: bytes | None,
    probe: Probe,
    *,
    now: Callable[[], float],
    seconds: float = ANSWER_SECONDS,
) -> RoundTrip | Trouble:
    """Through the public URL to a receiver that listens here for as long as this takes, as apply's does."""
    ours = key or secrets.token_bytes(32)
    try:
        async with _listening(address, ours, probe, now) as (local_url, arrival):
            return await _sent_round(public_url, local_url, ours, probe, arrival, now=now, seconds=seconds)
    except OSError as error:
        return Trouble(f"nothing can listen at {address[0]}:{address[1]}: {error.strerror or error}")


async def see_round_trip_through(
    public_url: str,
    receiver_url: str,
    key: bytes,
    probe: Probe,
    *,
    now: Callable[[], float],
    seconds: float = ANSWER_SECONDS,
) -> RoundTrip:
    """Through the public URL to a standing receiver, and seen in its feed."""
    async with SharedReceiver(receiver_url, key, proxy_for=proxy_for) as receiver:

        async def arrival() -> bool:
            return await _comes_by_feed(receiver, probe, wait=seconds)

        return await _sent_round(public_url, receiver_url, key, probe, arrival, now=now, seconds=seconds)


@asynccontextmanager
async def _listening(
    address: tuple[str, int], key: bytes, probe: Probe, now: Callable[[], float]
) -> AsyncIterator[tuple[str, Arrival]]:
    from seedance_spec.webhook.receiver import Receiver
    from seedance_spec.webhook.serving import serving

    came = asyncio.Event()

    def wake(attempt_id: str) -> None:
        if attempt_id == probe.attempt_id:
            came.set()

    async with serving(Receiver(_Forgetful(), keys=[key], now=now, wake=wake), *address) as local_url:
        yield local_url, came.wait


class _Forgetful:
    """An inbox that keeps nothing: what else comes in meanwhile finds out the next apply's polling."""

    def receive_all(self, batch: Sequence[Delivery]) -> Sequence[int]:
        return range(len(batch))


async def _comes_by_feed(receiver: SharedReceiver, probe: Probe, *, wait: float) -> bool:
    """Read from the beginning, for the cursor on record belongs to apply."""
    after, epoch = 0, None
    while True:
        page = await receiver.events(probe.project, after=after, epoch=epoch, wait=wait)
        if isinstance(page, Away | Unwelcome):
            return False
        if any(event.attempt_id == probe.attempt_id for event in page.events):
            return True
        after, epoch = page.next, page.epoch


async def _sent_round(
    public_url: str,
    through: str,
    key: bytes,
    probe: Probe,
    arrival: Arrival,
    *,
    now: Callable[[], float],
    seconds: float,
) -> RoundTrip:
    began = now()
    coming = asyncio.ensure_future(arrival())
    try:
        url = f"{public_url}{callback_path(probe.attempt_id, key)}"
        refusal = await within(seconds, knock(url, proxy_for=proxy_for))
        if refusal is None:
            await asyncio.wait([coming], timeout=max(0.0, began + seconds - now()))
        if coming.done() and await coming:
            return RoundTrip(url=public_url, through=through, seconds=max(0.0, now() - began))
        return RoundTrip(url=public_url, through=through, reason=_why(refusal, seen=not coming.done()))
    finally:
        coming.cancel()


def _why(refusal: str | Trouble | None, *, seen: bool) -> str:
    """What is known of a callback that did not come in. `seen`: it would have been seen."""
    match refusal:
        case None:
            return "somebody else took it" if seen else "the feed cannot be read"
        case Trouble():
            return refusal.reason
        case _:
            return refusal


def proxy_for(url: str) -> str | None:
    """The environment's proxy for a URL; none for this machine itself."""
    return None if is_loopback_host(urlsplit(url).hostname or "") else environment_proxy(url)
