"""What is seen of receivers: the callback key, a local serve, a shared one that is asked. Nothing is made or mended."""

from __future__ import annotations

import asyncio
import os
import stat
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from seedance_spec.doctor.finding import Trouble
from seedance_spec.doctor.looking.gateway import ANSWER_SECONDS, within
from seedance_spec.doctor.looking.round_trip import Probe, proxy_for
from seedance_spec.doctor.receiver import CallbackKeySight, ReceiverSight, ServeSight, Taken, Welcome
from seedance_spec.secret import Secret
from seedance_spec.webhook.capability import derive_key
from seedance_spec.webhook.receiver_port import Away, Unwelcome
from seedance_spec.webhook.shared_receiver import SharedReceiver
from seedance_spec.webhook.standing_place import Running

_LONGEST_KEY = 64 << 10
"""Bytes; more is no key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeySeen:
    """The callback key, where there is one that can be used, and what to say of it."""

    sight: CallbackKeySight
    key: bytes | None = field(repr=False)


def see_key(set_by_user: Secret | None, file: Path, *, shown: str) -> KeySeen:
    """The key that an apply would use. Nothing is made, and no mode is mended. Blocking."""
    found = _in_file(file) if set_by_user is None else _Found(text=set_by_user.reveal())
    key, fault = None, found.fault
    if found.text is not None:
        try:
            key = derive_key(found.text)
        except ValueError as error:
            fault = str(error)
    sight = CallbackKeySight(
        from_environment=set_by_user is not None,
        file=shown,
        exists=found.exists,
        open_to_others=found.open_to_others,
        fault=fault,
    )
    return KeySeen(sight=sight, key=key)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """A key's text, or why it cannot be read."""

    text: str | None = field(default=None, repr=False)
    exists: bool = True
    open_to_others: bool = False
    fault: str = ""


def _in_file(file: Path) -> _Found:
    try:
        descriptor = os.open(file, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
    except FileNotFoundError:
        return _Found(exists=False)
    except OSError as error:
        return _Found(fault=error.strerror or str(error))
    try:
        mode = os.fstat(descriptor).st_mode
        if not stat.S_ISREG(mode):
            return _Found(fault="it is not a file")
        return _Found(text=os.read(descriptor, _LONGEST_KEY).decode(), open_to_others=bool(mode & 0o077))
    except UnicodeDecodeError:
        return _Found(fault="it is not a text")
    finally:
        os.close(descriptor)


async def see_serve(here: Running | None, *, seconds: float = ANSWER_SECONDS) -> ServeSight | None:
    """The receiver that runs for this project, as its own record says; None where none does."""
    if here is None:
        return None
    health = await _health(here.url, seconds)
    return ServeSight(url=here.url, trouble=health.reason)


async def see_receiver(
    url: str, key: bytes, probes: Sequence[Probe], *, seconds: float = ANSWER_SECONDS
) -> ReceiverSight:
    """A shared receiver, asked with the token of each project for its feed, and for a claim that nobody made."""
    health = await _health(url, seconds)
    if health.welcome is not Welcome.GRANTED:
        return ReceiverSight(url=url, health=health)
    async with SharedReceiver(url, key, proxy_for=proxy_for) as receiver:

        async def asked(probe: Probe) -> tuple[Taken, Taken]:
            page = await within(seconds, receiver.events(probe.project, after=0, epoch=None, wait=0))
            claim = await within(seconds, receiver.claim_of(probe.attempt_id))
            return _taken(page), _taken(claim)

        answers = await asyncio.gather(*map(asked, probes))
    return ReceiverSight(
        url=url, health=health, feeds=[feed for feed, _ in answers], claims=[claim for _, claim in answers]
    )


async def _health(url: str, seconds: float) -> Taken:
    async with SharedReceiver(url, b"", proxy_for=proxy_for) as receiver:
        return _taken(await within(seconds, receiver.healthz()))


def _taken(answer: object) -> Taken:
    match answer:
        case Trouble(reason=reason) | Away(reason=reason):
            return Taken(welcome=Welcome.AWAY, reason=reason)
        case Unwelcome(reason=reason):
            return Taken(welcome=Welcome.UNWELCOME, reason=reason)
        case _:
            return Taken(welcome=Welcome.GRANTED)
