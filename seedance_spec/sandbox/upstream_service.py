"""The upstream at work: creates tasks, moves each through its life on its own clock, and tells of every change."""

from __future__ import annotations

import asyncio

from seedance_spec.sandbox.ark_rules import Order
from seedance_spec.sandbox.ark_tables import ADAPTIVE
from seedance_spec.sandbox.callbacks import CallbackSender
from seedance_spec.sandbox.equipment import Equipment
from seedance_spec.sandbox.fault_effects import TaskExpires, TaskFails
from seedance_spec.sandbox.fault_table import FAULTS
from seedance_spec.sandbox.inputs import Fetcher, InputFault, Material, gather
from seedance_spec.sandbox.media import MediaFault, film_of
from seedance_spec.sandbox.object_store import ObjectStore
from seedance_spec.sandbox.state import State
from seedance_spec.sandbox.upstream import (
    INPUT_CHECK_SECONDS,
    Fate,
    Work,
    WorkStatus,
    expired,
    failed,
    framed,
    new_work,
    request_note,
    started,
    succeeded,
    task_object,
)
from seedance_spec.sandbox.wire import JsonObject, plain_json

CONCURRENCY = 10
"""Tasks that render at once; the rest stays queued."""


class Doomed(Exception):  # noqa: N818 - how a task's life ends, not an error of the program
    """The task fails now, with the upstream's code and sentence."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class Expired(Exception):  # noqa: N818 - how a task's life ends, not an error of the program
    """The task ran out of its own time."""


class Upstream:
    """Ark at home. Each unfinished task is a coroutine over durable state, so a new process goes on where one ended."""

    def __init__(
        self,
        state: State,
        equipment: Equipment,
        *,
        fetcher: Fetcher,
        store: ObjectStore,
        callbacks: CallbackSender,
    ) -> None:
        self._state = state
        self._clock = equipment.clock
        self._pace = equipment.pace
        self._dice = equipment.dice
        self._media = equipment.media
        self._fetcher = fetcher
        self._store = store
        self._callbacks = callbacks
        self._say = equipment.say
        self._places = asyncio.Semaphore(CONCURRENCY)
        self._lives: set[asyncio.Task[None]] = set()

    def create(self, order: Order, fate: Fate) -> str:
        """A new task, durable when this returns: its upstream id."""
        work = new_work(order, now=self._clock.now(), dice=self._dice, fate=fate)
        self._state.add_work(work, order.inputs, self._told(work))
        self._callbacks.poke(work.upstream_id)
        self._start(work)
        return work.upstream_id

    def answer(self, upstream_id: str) -> JsonObject:
        """GET of one task."""
        work = self._state.work(upstream_id)
        if work is None:
            return {"error": {"code": "ResourceNotFound", "message": f"The task {upstream_id} does not exist."}}
        return task_object(work, sign=self._store.sign)

    def resume(self) -> None:
        for work in self._state.unfinished_works():
            self._start(work)
        self._callbacks.resume()

    async def stop(self) -> None:
        lives = [*self._lives]
        for life in lives:
            life.cancel()
        await asyncio.gather(*lives, return_exceptions=True)
        await self._callbacks.stop()

    def note(self) -> str:
        return request_note(self._clock.now(), self._dice)

    def _start(self, work: Work) -> None:
        life = asyncio.create_task(self._live(work))
        self._lives.add(life)
        life.add_done_callback(self._ended)

    def _ended(self, life: asyncio.Task[None]) -> None:
        self._lives.discard(life)
        if not life.cancelled() and (fault := life.exception()) is not None:
            self._say(f"a task's life broke off: {fault!r}")

    def _told(self, work: Work) -> str | None:
        if work.muted or work.callback_url is None:
            return None
        return plain_json(task_object(work, sign=self._store.sign))

    def _change(self, work: Work) -> Work:
        self._state.save_work(work, self._told(work))
        self._callbacks.poke(work.upstream_id)
        return work

    async def _live(self, work: Work) -> None:
        try:
            if work.status == WorkStatus.QUEUED:
                await self._until(work, work.created_at, work.queue_seconds)
            async with self._places:
                await self._run(work)
        except Expired:
            current = self._state.work(work.upstream_id) or work
            self._change(expired(current, now=self._clock.now()))
        except Doomed as doom:
            current = self._state.work(work.upstream_id) or work
            message = f"{doom.message} {self.note()}"
            self._change(failed(current, now=self._clock.now(), code=doom.code, message=message))

    async def _run(self, work: Work) -> None:
        if work.status == WorkStatus.QUEUED:
            self._check_expiry(work)
            work = self._change(started(work, now=self._clock.now()))
        began = work.started_at or work.created_at
        doom = FAULTS[work.doom].effect if work.doom else None
        if isinstance(doom, TaskFails) and doom.early:
            await self._until(work, began, INPUT_CHECK_SECONDS * work.slowness)
            raise Doomed(doom.code, doom.message)
        material = await self._material(work, began)
        if work.ratio == ADAPTIVE:
            work = framed(work, ratio=material.ratio or "16:9")
            self._state.save_work(work)
        if doom is None:
            await self._render(work, material)
        await self._until(work, began, work.run_seconds)
        match doom:
            case TaskFails():
                raise Doomed(doom.code, doom.message)
            case TaskExpires():
                raise Expired
            case _:
                self._change(succeeded(work, now=self._clock.now(), input_seconds=material.video_seconds))

    async def _material(self, work: Work, began: float) -> Material:
        try:
            return await gather(self._state.inputs(work.upstream_id), fetcher=self._fetcher, media=self._media)
        except InputFault as fault:
            await self._until(work, began, INPUT_CHECK_SECONDS * work.slowness)
            raise Doomed("InvalidParameter", fault.message) from fault
        except MediaFault as fault:
            raise self._broken(work, fault) from fault

    async def _render(self, work: Work, material: Material) -> None:
        name = f"{work.upstream_id}.mp4"
        clip = self._store.path(name)
        try:
            if not clip.exists():
                film = film_of(work, thumbnails=material.thumbnails, continues=material.continues)
                await self._media.render(film, clip)
                self._store.make_durable(name)
            if work.return_last_frame:
                self._store.keep(f"{work.upstream_id}.png", await self._media.last_frame(clip))
        except MediaFault as fault:
            raise self._broken(work, fault) from fault

    def _broken(self, work: Work, fault: MediaFault) -> Doomed:
        self._say(f"{work.upstream_id}: {fault.message}")
        return Doomed("InternalServiceError", f"The service encountered an unexpected internal error: {fault.message}.")

    async def _until(self, work: Work, since: float, nominal: float) -> None:
        """Sleep until nominal seconds after `since`, or until the task's own time is over."""
        due = min(since + self._pace.real(nominal), self._expiry(work))
        while (left := due - self._clock.now()) > 0:
            await self._clock.sleep(left)
        self._check_expiry(work)

    def _expiry(self, work: Work) -> float:
        return work.created_at + self._pace.real(work.execution_expires_after)

    def _check_expiry(self, work: Work) -> None:
        if self._clock.now() >= self._expiry(work):
            raise Expired
