"""The whole sandbox as one object: what is shared by its routes, started and stopped together. Knows no HTTP routes."""

from __future__ import annotations

import asyncio
import re
import secrets
from collections.abc import Iterable, Mapping

import aiohttp

from seedance_spec.sandbox.callbacks import CallbackSender
from seedance_spec.sandbox.equipment import Equipment
from seedance_spec.sandbox.fault_table import Stage
from seedance_spec.sandbox.faults import Fault, Misfortune, Subject
from seedance_spec.sandbox.gateway_service import Gateway
from seedance_spec.sandbox.inputs import Fetcher
from seedance_spec.sandbox.media import MediaFault
from seedance_spec.sandbox.money import QUOTA_PER_DOLLAR
from seedance_spec.sandbox.object_store import ObjectStore, Verdict, parse_link
from seedance_spec.sandbox.state import State
from seedance_spec.sandbox.upstream_service import Upstream
from seedance_spec.sandbox.wire import JsonObject

DEFAULT_DOLLARS = 100.0
_ASSET = re.compile(r"[a-z0-9-]+\.(jpg|png|mp4)")


class Sandbox:
    """Gateway, upstream, object store and callback sender over one state folder."""

    def __init__(
        self,
        equipment: Equipment,
        *,
        faults: Iterable[Fault] = (),
        dollars: float | None = None,
        billing_log: bool = True,
    ) -> None:
        """`dollars` sets the balance; None keeps the stored one, or $100 for a new folder. Needs a running loop."""
        self.clock = equipment.clock
        self.pace = equipment.pace
        self.limits = equipment.limits
        self.dice = equipment.dice
        self.billing_log = billing_log
        self.control = secrets.token_urlsafe(24)
        self.misfortune = Misfortune(faults)
        self.state = State(equipment.folder)
        if dollars is not None or not self.state.has_balance():
            self.state.set_balance(round((DEFAULT_DOLLARS if dollars is None else dollars) * QUOTA_PER_DOLLAR))
        self.store = _store(equipment, self.state)
        self._assets = equipment.folder / "assets"
        self._assets.mkdir(exist_ok=True)
        self._media = equipment.media
        self._session = aiohttp.ClientSession(auto_decompress=True)
        self._callbacks = CallbackSender(self.state, self._session, equipment)
        self._fetcher = Fetcher(self._session, own=self._own, limits=self.limits)
        self.upstream = Upstream(
            self.state, equipment, fetcher=self._fetcher, store=self.store, callbacks=self._callbacks
        )
        self.gateway = Gateway(self.state, self.upstream, equipment, misfortune=self.misfortune)
        self.address = ""
        self.touches = 0
        self._poller: asyncio.Task[None] | None = None

    def start(self, address: str, port: int) -> asyncio.Task[None]:
        """Go on with every task, now that the address is known. The returned task is the poller; it never ends well."""
        self.address = self._callbacks.address = address
        self._fetcher.own_port = port
        self.store.purge(now=self.clock.now())
        self.upstream.resume()
        self._poller = asyncio.create_task(self.gateway.poll_for_ever())
        return self._poller

    async def stop(self) -> None:
        if self._poller is not None:
            self._poller.cancel()
            await asyncio.gather(self._poller, return_exceptions=True)
        await self._media.close()
        await self.upstream.stop()
        await self._session.close()
        self.state.close()

    def touch(self) -> None:
        """A request came: whoever waits for idleness waits on."""
        self.touches += 1

    def verdict(self, name: str, query: Mapping[str, str], subject: Subject) -> Verdict:
        """Whether a link of the store may be followed now, faults included."""
        verdict = self.store.verdict(name, query, now=self.clock.now())
        if verdict is Verdict.OPEN and self.misfortune.strike(Stage.CONTENT, subject) is not None:
            return Verdict.EXPIRED
        return verdict

    async def asset(self, name: str) -> bytes | None:
        """One of the sandbox's own assets, drawn once. Raises MediaFault where the media libraries are missing."""
        path = self._assets / name
        if _ASSET.fullmatch(name) is None:
            return None
        if not path.exists():
            try:
                drawn = await self._media.sample(name)
            except MediaFault as fault:
                if fault.bad_bytes:
                    return None
                raise
            part = path.with_suffix(f".{secrets.token_hex(4)}.part")
            part.write_bytes(drawn)
            part.replace(path)
        return path.read_bytes()

    async def _own(self, path: str, query: str) -> bytes | None:
        """What the upstream finds when an input's URL is the sandbox's own."""
        if path.startswith("/assets/"):
            return await self.asset(path.removeprefix("/assets/"))
        name, signature = parse_link(f"{path}?{query}")
        if not path.startswith("/tos/") or self.verdict(name, signature, Subject()) is not Verdict.OPEN:
            return None
        clip = self.store.path(name)
        return clip.read_bytes() if clip.is_file() else None

    def stats(self) -> JsonObject:
        """What was counted since the state folder was made."""
        counts = self.state.counts()
        tasks, unfinished = self.state.sizes()
        names = ("posts", "accepted", "refused", "gets", "downloads", "links")
        calls = ("callbacks_sent", "callbacks_acked", "callbacks_lost")
        return {
            **{name: counts.get(name, 0) for name in (*names, *calls)},
            "tasks": tasks,
            "unfinished": unfinished,
            "balance": self.state.balance(),
            "gets_by_task": self.state.gets_by_task(),
        }


def _store(equipment: Equipment, state: State) -> ObjectStore:
    folder = equipment.folder / "tos"
    folder.mkdir(exist_ok=True)
    return ObjectStore(folder=folder, secret=state.secret(), life_scale=equipment.pace.real(1.0))
