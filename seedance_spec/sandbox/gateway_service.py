"""The gateway at work: takes submits in its order of checks, keeps rows and money, and learns by polling alone."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

from seedance_spec.sandbox.adaptor import Submit, SubmitRefusal, has_video_input, read_submit, upstream_body
from seedance_spec.sandbox.answers import Answer, accepted, no_money, refused_upstream, said, shape_a, shape_b
from seedance_spec.sandbox.ark_rules import ArkRefusal, read_order
from seedance_spec.sandbox.ark_tables import MODELS, Model
from seedance_spec.sandbox.equipment import Equipment
from seedance_spec.sandbox.fault_effects import LoseReply, SayA, SayB, SayHtml, UpstreamRefuses
from seedance_spec.sandbox.fault_table import Stage
from seedance_spec.sandbox.faults import Misfortune, Subject, fate_of, patience_of, subject_of
from seedance_spec.sandbox.gateway_life import (
    POLL_EACH_SECONDS,
    POLL_SECONDS,
    Row,
    Status,
    new_task_id,
    polled,
    swept,
    total_tokens,
)
from seedance_spec.sandbox.money import Movement, charged, hold, model_ratio, other_ratios, refunded, settled
from seedance_spec.sandbox.state import State
from seedance_spec.sandbox.upstream_service import Upstream
from seedance_spec.sandbox.wire import Json, JsonObject


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who asks, as far as the middleware knows: the API key, the language, this call's request id and path."""

    key: str
    language: str
    request_id: str
    path: str

    @property
    def digest(self) -> str:
        """The key's name in durable state; the key itself is never kept."""
        return hashlib.sha256(self.key.encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What goes back: an answer or a proxy's HTML, the price ratios of an accepted task, how the reply is lost."""

    answer: Answer | SayHtml
    ratios: Mapping[str, float] | None = None
    lost: LoseReply | None = None


class _Refused(Exception):  # noqa: N818 - an early answer, not an error of the program
    def __init__(self, answer: Answer | SayHtml) -> None:
        super().__init__()
        self.answer = answer


class Gateway:
    """EasyRouter at home."""

    def __init__(
        self,
        state: State,
        upstream: Upstream,
        equipment: Equipment,
        *,
        misfortune: Misfortune,
    ) -> None:
        self._state = state
        self._upstream = upstream
        self._clock = equipment.clock
        self._pace = equipment.pace
        self._dice = equipment.dice
        self._misfortune = misfortune

    def bad_key(self, caller: Caller, subject: Subject) -> Answer | None:
        """The middleware's refusal of a key, if it refuses."""
        struck = self._misfortune.strike(Stage.KEY, replace(subject, key=caller.key))
        if struck is None and caller.key.startswith("sk-") and len(caller.key) > len("sk-"):
            return None
        return shape_a(401, said("Invalid token", caller.language), caller.request_id)

    def submit(self, caller: Caller, body: Json, why_invalid: str) -> Reply:
        """One POST, in the gateway's order: key, JSON, model, channel, prompt, seconds, balance, metadata, upstream.

        `body` is the parsed JSON; `why_invalid` says why it is none.
        """
        self._state.count("posts")
        try:
            reply = self._accept(caller, body, why_invalid)
        except _Refused as refused:
            self._state.count("refused")
            return Reply(answer=refused.answer)
        self._state.count("accepted")
        return reply

    def _accept(self, caller: Caller, body: Json, why_invalid: str) -> Reply:
        subject = subject_of(caller.key, body)
        if (refusal := self.bad_key(caller, subject)) is not None:
            raise _Refused(refusal)
        model = self._model(caller, subject, body, why_invalid)
        assert isinstance(body, Mapping)
        try:
            submit = read_submit(body)
            ratios = other_ratios(
                model,
                resolution=str(submit.metadata.get("resolution") or ""),
                video_input=has_video_input(submit),
            )
            self._check_money(subject, hold(model, ratios))
            ark_body = upstream_body(submit, served=model.served)
            upstream_id, patience = self._create_upstream(subject, ark_body)
        except SubmitRefusal as refused:
            raise _Refused(shape_b(refused.status, refused.code, refused.message)) from refused
        row = self._record(caller, submit, model, ratios, upstream_id=upstream_id, patience=patience)
        lost = self._misfortune.strike(Stage.REPLY, subject)
        return Reply(
            answer=accepted(row.task_id, model.name, now=self._clock.now()),
            ratios=ratios,
            lost=lost.effect if lost and isinstance(lost.effect, LoseReply) else None,
        )

    def _model(self, caller: Caller, subject: Subject, body: Json, why_invalid: str) -> Model:
        def refuse(status: int, text: str, code: str = "", **words: str) -> _Refused:
            message = said(text, caller.language, **words)
            return _Refused(shape_a(status, message, caller.request_id, code=code))

        if why_invalid:
            raise refuse(400, "invalid request", why=why_invalid)
        name = body.get("model") if isinstance(body, Mapping) else None
        if name is not None and not isinstance(name, str):
            raise refuse(400, "invalid request", why="field model must be a string")
        struck = self._misfortune.strike(Stage.MODEL, subject)
        if struck and isinstance(struck.effect, SayA):
            raise refuse(struck.effect.status, struck.effect.text, struck.effect.code, model=name or "")
        if not name:
            raise refuse(400, "no model")
        model = MODELS.get(name)
        if model is None:
            raise refuse(503, "no channel", "model_not_found", model=name)
        return model

    def _check_money(self, subject: Subject, wanted: int) -> None:
        struck = self._misfortune.strike(Stage.MONEY, subject)
        if struck and isinstance(struck.effect, SayB):
            raise _Refused(shape_b(struck.effect.status, struck.effect.code, struck.effect.message))
        balance = self._state.balance()
        if balance <= 0 or balance < wanted:
            raise _Refused(no_money(balance, wanted))

    def _create_upstream(self, subject: Subject, ark_body: JsonObject) -> tuple[str, float | None]:
        """The upstream id, and the nominal seconds until the sweep where a fault shortens them."""
        try:
            order = read_order(ark_body)
            self._refuse_upstream(subject)
        except ArkRefusal as refused:
            raise _Refused(refused_upstream(refused, self._upstream.note())) from refused
        faults = self._misfortune.strike_all(Stage.FATE, subject)
        return self._upstream.create(order, fate_of(faults)), patience_of(faults)

    def _refuse_upstream(self, subject: Subject) -> None:
        struck = self._misfortune.strike(Stage.UPSTREAM, subject)
        match struck.effect if struck else None:
            case UpstreamRefuses() as effect:
                raise ArkRefusal(effect.code, effect.message, status=effect.status)
            case SayB() as effect:
                raise _Refused(shape_b(effect.status, effect.code, effect.message))
            case SayHtml() as effect:
                raise _Refused(effect)
            case _:
                return

    def _record(
        self,
        caller: Caller,
        submit: Submit,
        model: Model,
        ratios: Mapping[str, float],
        *,
        upstream_id: str,
        patience: float | None,
    ) -> Row:
        now = int(self._clock.now())
        row = Row(
            id=0,
            task_id=new_task_id(self._dice),
            upstream_id=upstream_id,
            key=caller.digest,
            origin_model=submit.model,
            upstream_model=model.served,
            quota=hold(model, ratios),
            other_ratio=math.prod(ratios.values()),
            submit_time=now,
            created_at=now,
            updated_at=now,
            data={"id": upstream_id},
        )
        if patience is not None:
            row = replace(row, patience=patience)
        ratio = model_ratio(model)
        movement = charged(row, ratios=ratios, ratio=ratio, path=caller.path, request_id=caller.request_id)
        return self._state.add_row(row, movement)

    async def poll_for_ever(self) -> None:
        """Serial over all unfinished tasks, 1 s after each, 15 s between rounds; the sweep goes first."""
        while True:
            await self._clock.sleep(self._pace.real(POLL_SECONDS))
            self.sweep()
            for row in self._state.unfinished_rows():
                self._look(row)
                await self._clock.sleep(self._pace.real(POLL_EACH_SECONDS))

    def sweep(self) -> None:
        now = self._clock.now()
        for row in self._state.unfinished_rows():
            if row.submit_time + self._pace.real(row.patience) < now:
                gone = swept(row, now=now)
                self._state.save_row(gone, refunded(gone, ratio=_ratio(gone), now=int(now)))

    def _look(self, row: Row) -> None:
        now = self._clock.now()
        seen = polled(row, self._upstream.answer(row.upstream_id), now=now)
        if seen != row:
            self._state.save_row(seen, _movement(seen, now=int(now)))


def _ratio(row: Row) -> float:
    return model_ratio(MODELS[row.origin_model])


def _movement(row: Row, *, now: int) -> Movement | None:
    match row.status:
        case Status.SUCCESS:
            return settled(row, tokens=total_tokens(row.data), ratio=_ratio(row), now=now)
        case Status.FAILURE:
            return refunded(row, ratio=_ratio(row), now=now)
        case _:
            return None
