"""What can go wrong here, as rows: where a fault waits and what it does. Pure: no I/O may enter."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from seedance_spec.sandbox.answers import SATURATED
from seedance_spec.sandbox.fault_effects import (
    Effect,
    LinksDead,
    LoseReply,
    NoCallback,
    SayA,
    SayB,
    SayHtml,
    Slower,
    TaskExpires,
    TaskFails,
    UpstreamRefuses,
)


class Stage(StrEnum):
    """Where on a call's way a fault waits, in the order of that way."""

    KEY = "key"
    MODEL = "model"
    MONEY = "money"
    UPSTREAM = "upstream"
    FATE = "fate"
    REPLY = "reply"
    CONTENT = "content"


class Means(StrEnum):
    """What a fault's bare number says."""

    TIMES = "times"
    FACTOR = "factor"
    MINUTES = "minutes"


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultRow:
    name: str
    stage: Stage
    effect: Effect
    about: str
    number: Means = Means.TIMES


_MODERATION = "may contain sensitive information."

_ROWS = (
    FaultRow(
        name="unauthorized",
        stage=Stage.KEY,
        effect=SayA(status=401, text="Invalid token"),
        about="401 in shape A: the key is unknown, expired or spent",
    ),
    FaultRow(
        name="model-forbidden",
        stage=Stage.MODEL,
        effect=SayA(status=403, text="no access"),
        about="403 in shape A: the key's whitelist lacks the model",
    ),
    FaultRow(
        name="no-channel",
        stage=Stage.MODEL,
        effect=SayA(status=503, text="no channel", code="model_not_found"),
        about="503 in shape A: no channel serves the model",
    ),
    FaultRow(
        name="no-money",
        stage=Stage.MONEY,
        effect=SayB(status=402, code="insufficient_user_quota", message="insufficient user quota"),
        about="402 as the API page documents it",
    ),
    FaultRow(
        name="no-money-403",
        stage=Stage.MONEY,
        effect=SayB(status=403, code="insufficient_user_quota", message="用户额度不足, 剩余额度: ＄0.000000"),
        about="403 as the gateway's source sends it",
    ),
    FaultRow(
        name="rate-limit",
        stage=Stage.UPSTREAM,
        effect=SayB(status=429, code="fail_to_fetch_task", message=SATURATED),
        about="429 n times (without a number: always)",
    ),
    FaultRow(
        name="gateway-account",
        stage=Stage.UPSTREAM,
        effect=UpstreamRefuses(
            status=401,
            code="AuthenticationError",
            message="The API key or AK/SK in the request is missing or invalid.",
        ),
        about="401 in shape B: the gateway's own account upstream, not the client's key",
    ),
    FaultRow(
        name="moderation-text",
        stage=Stage.UPSTREAM,
        effect=UpstreamRefuses(
            status=400,
            code="InputTextSensitiveContentDetected",
            message=f"The request failed because the input text {_MODERATION}",
        ),
        about="the prompt is refused at submit",
    ),
    FaultRow(
        name="do-request-failed",
        stage=Stage.UPSTREAM,
        effect=SayB(
            status=500,
            code="do_request_failed",
            message='do request failed: Post "https://ark.example.com/api/v3/contents/generations/tasks": EOF',
        ),
        about="500: the gateway lost its own connection upstream; nothing was accepted, but nobody can know",
    ),
    FaultRow(
        name="bad-gateway",
        stage=Stage.UPSTREAM,
        effect=SayHtml(status=502, title="502 Bad Gateway"),
        about="HTML from a proxy in front; nothing was accepted",
    ),
    FaultRow(
        name="moderation",
        stage=Stage.FATE,
        effect=TaskFails(
            code="OutputVideoSensitiveContentDetected",
            message=f"The request failed because the output video {_MODERATION}",
        ),
        about="the finished clip is refused: the task fails",
    ),
    FaultRow(
        name="input-unreachable",
        stage=Stage.FATE,
        effect=TaskFails(
            code="InvalidParameter",
            message="The parameter `content[0]` specified in the request is not valid: the url could not be accessed.",
            early=True,
        ),
        about="an input cannot be fetched: the task fails soon",
    ),
    FaultRow(
        name="internal-error",
        stage=Stage.FATE,
        effect=TaskFails(
            code="InternalServiceError",
            message="The service encountered an unexpected internal error.",
        ),
        about="the task fails for no reason of the request",
    ),
    FaultRow(
        name="upstream-timeout",
        stage=Stage.FATE,
        effect=TaskExpires(minutes=10.0),
        number=Means.MINUTES,
        about="the upstream expires the task when it should be done; the gateway shows 30 %, then its timeout "
        "after that many minutes (10) instead of 1440",
    ),
    FaultRow(
        name="expired",
        stage=Stage.FATE,
        effect=TaskExpires(),
        about="the same with the gateway's full 1440 minutes",
    ),
    FaultRow(
        name="slow",
        stage=Stage.FATE,
        effect=Slower(factor=10.0),
        number=Means.FACTOR,
        about="queueing and rendering take that many times longer (10)",
    ),
    FaultRow(
        name="no-callback",
        stage=Stage.FATE,
        effect=NoCallback(),
        about="no callback is sent",
    ),
    FaultRow(
        name="lost-reply",
        stage=Stage.REPLY,
        effect=LoseReply(hold=False),
        about="the task is accepted and charged, and the connection is cut",
    ),
    FaultRow(
        name="hang",
        stage=Stage.REPLY,
        effect=LoseReply(hold=True),
        about="the task is accepted and charged, and the answer never comes",
    ),
    FaultRow(
        name="links-dead",
        stage=Stage.CONTENT,
        effect=LinksDead(),
        about="stored results count as expired: 502 from /content, 403 from the link",
    ),
)

FAULTS: Mapping[str, FaultRow] = {row.name: row for row in _ROWS}
