"""How the upstream calls: one POST per change of state, its own body, no signature, no redirects. Decides no states."""

from __future__ import annotations

import asyncio

import aiohttp

from seedance_spec.sandbox.equipment import Equipment
from seedance_spec.sandbox.object_store import PLACE
from seedance_spec.sandbox.state import Call, State
from seedance_spec.sandbox.upstream import WorkStatus

AGENT = "Ark-Callback/1.0 (seedance-sandbox)"
SPACING = (5.0, 25.0)
"""Nominal seconds before the second and the third try: the upstream documents their number, not their spacing."""

_TRIES = {WorkStatus.SUCCEEDED: len(SPACING) + 1, WorkStatus.FAILED: len(SPACING) + 1}


class CallbackSender:
    """Delivers each task's callbacks one after the other; tasks do not wait for one another."""

    def __init__(self, state: State, session: aiohttp.ClientSession, equipment: Equipment) -> None:
        self._state = state
        self._session = session
        self._clock = equipment.clock
        self._pace = equipment.pace
        self._timeout = aiohttp.ClientTimeout(total=equipment.limits.ack_seconds)
        self._couriers: dict[str, asyncio.Task[None]] = {}
        self.address = ""

    def poke(self, upstream_id: str) -> None:
        """There may be something to deliver for this task."""
        if upstream_id not in self._couriers:
            self._couriers[upstream_id] = asyncio.create_task(self._deliver_all(upstream_id))

    def resume(self) -> None:
        for call in self._state.open_calls():
            self.poke(call.upstream_id)

    async def stop(self) -> None:
        couriers = [*self._couriers.values()]
        for courier in couriers:
            courier.cancel()
        await asyncio.gather(*couriers, return_exceptions=True)

    async def _deliver_all(self, upstream_id: str) -> None:
        try:
            while calls := self._state.open_calls(upstream_id):
                await self._deliver(calls[0])
        finally:
            del self._couriers[upstream_id]

    async def _deliver(self, call: Call) -> None:
        for turn in range(call.tries, _TRIES.get(WorkStatus(call.status), 1)):
            if turn > 0:
                await self._clock.sleep(self._pace.real(SPACING[turn - 1]))
            self._state.count_try(call.seq)
            if await self._post(call):
                self._state.close_call(call.seq, acked=True)
                return
        self._state.close_call(call.seq, acked=False)

    async def _post(self, call: Call) -> bool:
        """Whether the receiver answered 2xx in time."""
        headers = {"Content-Type": "application/json", "User-Agent": AGENT}
        body = call.body.replace(f'"{PLACE}', f'"{self.address}/tos/').encode()
        try:
            async with self._session.post(
                call.url, data=body, headers=headers, timeout=self._timeout, allow_redirects=False
            ) as reply:
                return 200 <= reply.status < 300
        except (TimeoutError, aiohttp.ClientError, OSError, ValueError):
            return False
