"""Every answer of the gateway as status and JSON: both error shapes, masking, headers. Pure: no I/O may enter."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random
from string import ascii_letters, digits
from urllib.parse import parse_qsl, urlsplit

from seedance_spec.sandbox.ark_rules import ArkRefusal
from seedance_spec.sandbox.ark_tables import MODELS
from seedance_spec.sandbox.money import QUOTA_PER_DOLLAR, Entry, dollars, log_row
from seedance_spec.sandbox.wire import Json, JsonObject, plain_json

SATURATED = "当前分组上游负载已饱和，请稍后再试"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A status and its JSON body."""

    status: int
    body: Json


def request_id(now: float, dice: Random) -> str:
    """UTC timestamp with nanoseconds, 8 hex digits, 8 letters or digits."""
    stamp = datetime.fromtimestamp(now, UTC)
    nanoseconds = int(now % 1 * 1_000_000_000)
    tail = "".join(dice.choices(ascii_letters + digits, k=8))
    return f"{stamp:%Y%m%d%H%M%S}{nanoseconds:09d}{dice.getrandbits(32):08x}{tail}"


TEXTS: Mapping[str, tuple[str, str]] = {
    "Invalid token": ("Invalid token", "无效的令牌"),
    "Token not provided": ("Token not provided", "未提供令牌"),
    "no model": (
        "Model name not specified, model name cannot be empty",
        "未指定模型名称，模型名称不能为空",
    ),
    "no access": ("This token has no access to model {model}", "该令牌无权访问模型 {model}"),
    "no channel": (
        "No available channel for model {model} under group default (distributor)",
        "分组 default 下模型 {model} 无可用渠道（distributor）",
    ),
    "invalid request": (
        "Invalid request: Invalid request: {why}",
        "无效的请求，无效的请求，{why}",
    ),
}


def said(text: str, language: str, **words: str) -> str:
    """A translated sentence: Chinese where Accept-Language starts with it, English otherwise."""
    english, chinese = TEXTS[text]
    return (chinese if language.lower().startswith("zh") else english).format(**words)


def shape_a(status: int, message: str, request: str, *, code: str = "") -> Answer:
    """The middleware's refusal. Its message carries the request id."""
    error: JsonObject = {"message": f"{message} (request id: {request})", "type": "new_api_error", "code": code}
    return Answer(status=status, body={"error": error})


def shape_b(status: int, code: str, message: str) -> Answer:
    """The task layer's refusal. Addresses in it are masked."""
    return Answer(status=status, body={"code": code, "message": masked(message), "data": None})


def content_error(status: int, kind: str, message: str) -> Answer:
    """The byte proxy's refusal: shape A without request id and code."""
    return Answer(status=status, body={"error": {"message": message, "type": kind}})


def no_such_route(method: str, path: str) -> Answer:
    error: JsonObject = {
        "message": f"Invalid URL ({method} {path})",
        "type": "invalid_request_error",
        "param": "",
        "code": "",
    }
    return Answer(status=404, body={"error": error})


def refused_upstream(refusal: ArkRefusal, note: str) -> Answer:
    """The upstream's own body as text inside shape B; on 429 the gateway replaces the text."""
    if refusal.status == 429:
        return shape_b(429, "fail_to_fetch_task", SATURATED)
    error: JsonObject = {
        "code": refusal.code,
        "message": f"{refusal.message} {note}",
        "param": refusal.param,
        "type": _ARK_TYPES.get(refusal.status, "InternalServerError"),
    }
    return shape_b(refusal.status, "fail_to_fetch_task", plain_json({"error": error}))


_ARK_TYPES = {400: "BadRequest", 401: "Unauthorized", 403: "Forbidden", 404: "NotFound", 429: "TooManyRequests"}


def no_money(balance: int, wanted: int) -> Answer:
    """403, not the documented 402: the two sentences of the gateway's two checks."""
    if balance <= 0:
        return shape_b(403, "insufficient_user_quota", f"用户额度不足, 剩余额度: {dollars(balance)}")
    message = f"预扣费额度失败, 用户剩余额度: {dollars(balance)}, 需要预扣费额度: {dollars(wanted)}"
    return shape_b(403, "insufficient_user_quota", message)


def accepted(task_id: str, model: str, *, now: float) -> Answer:
    return Answer(
        status=200,
        body={
            "id": task_id,
            "task_id": task_id,
            "object": "video",
            "model": model,
            "status": "queued",
            "progress": 0,
            "created_at": int(now),
        },
    )


def wrapped(view: JsonObject) -> Answer:
    return Answer(status=200, body={"code": "success", "message": "", "data": view})


def no_such_task() -> Answer:
    """400, not 404; a `cgt-…` id fares no better."""
    return shape_b(400, "task_not_exist", "task_not_exist")


def read_only_refusal(message: str) -> Answer:
    """401 of the routes that only read the key's own numbers."""
    return Answer(status=401, body={"success": False, "message": message})


def model_list() -> Answer:
    models: list[Json] = [
        {
            "id": name,
            "object": "model",
            "created": 1626777600,
            "owned_by": "volcengine",
            "supported_endpoint_types": ["openai-video"],
        }
        for name in MODELS
    ]
    return Answer(status=200, body={"data": models, "object": "list", "success": True})


def token_usage(*, balance: int, used: int) -> Answer:
    data: JsonObject = {
        "object": "token_usage",
        "name": "sandbox",
        "total_granted": balance + used,
        "total_used": used,
        "total_available": balance,
        "unlimited_quota": False,
        "model_limits": {},
        "model_limits_enabled": False,
        "expires_at": 0,
    }
    return Answer(status=200, body={"code": True, "message": "ok", "data": data})


def token_log(entries: Sequence[tuple[int, Entry]]) -> Answer:
    rows: list[Json] = [log_row(number, entry) for number, entry in entries]
    return Answer(status=200, body={"success": True, "message": "", "data": rows})


def subscription(*, balance: int, used: int) -> Answer:
    limit = (balance + used) / QUOTA_PER_DOLLAR
    return Answer(
        status=200,
        body={
            "object": "billing_subscription",
            "has_payment_method": True,
            "soft_limit_usd": limit,
            "hard_limit_usd": limit,
            "system_hard_limit_usd": limit,
            "access_until": 0,
        },
    )


def billing_usage(*, used: int) -> Answer:
    """`total_usage` in cents."""
    return Answer(status=200, body={"object": "list", "total_usage": used * 100 / QUOTA_PER_DOLLAR})


def masked(message: str) -> str:
    """Addresses made unreadable, if the message speaks of `post`, `dial` or `http` at all."""
    if not any(word in message.lower() for word in ("post", "dial", "http")):
        return message
    return _IP.sub("***.***.***.***", _URL.sub(lambda found: _masked_url(found.group()), message))


_URL = re.compile(r"https?://[^\s\"'`\\<>)]*[^\s\"'`\\<>).,:;]")
_IP = re.compile(r"\b\d{1,3}(?:\.\d{1,3}){3}\b")


def _masked_url(url: str) -> str:
    parts = urlsplit(url)
    path = "".join("/***" for part in parts.path.split("/") if part) or parts.path
    query = "&".join(f"{name}=***" for name, _ in parse_qsl(parts.query, keep_blank_values=True))
    return f"{parts.scheme}://{_masked_host(parts.netloc)}{path}{'?' + query if query else ''}"


def _masked_host(host: str) -> str:
    labels = host.split(".")
    if len(labels) < 2:
        return "***"
    kept = labels[-2:] if len(labels) > 2 and len(labels[-1]) == 2 and len(labels[-2]) <= 3 else labels[-1:]
    return ".".join(["***", *kept])
