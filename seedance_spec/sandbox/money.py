"""What the gateway takes, gives back and writes into its billing log. Pure: no I/O may enter."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum

from seedance_spec.sandbox.ark_tables import DEFAULT_RESOLUTION, Model
from seedance_spec.sandbox.gateway_life import Row
from seedance_spec.sandbox.wire import Json, JsonObject, go_json

QUOTA_PER_DOLLAR = 500_000
GROUP_RATIO = 1.0


class LogKind(IntEnum):
    CHARGE = 2
    REFUND = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of the billing log, before it has an id. `other` is an object here and JSON text on the wire."""

    kind: LogKind
    created_at: int
    quota: int
    model: str
    content: str
    other: JsonObject
    request_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Movement:
    """A change of the balance (negative: charged) with the log line that tells it."""

    delta: int
    entry: Entry | None


def model_ratio(model: Model) -> float:
    """Ratio 1 is $2 per million tokens."""
    return model.base_price / 2


def other_ratios(model: Model, *, resolution: str, video_input: bool) -> Mapping[str, float]:
    """The price list's row relative to the model's base price, as the header `X-New-Api-Other-Ratios` tells it."""
    prices = model.prices.get(resolution, model.prices[DEFAULT_RESOLUTION])
    ratio = prices[1 if video_input else 0] / model.base_price
    return {} if ratio == 1.0 else {"video_input": ratio}


def hold(model: Model, ratios: Mapping[str, float]) -> int:
    """Quota taken at submit: flat, whatever the duration."""
    return _cut(model_ratio(model) / 2 * QUOTA_PER_DOLLAR * GROUP_RATIO * math.prod(ratios.values()))


def _cut(quota: float) -> int:
    """Whole quota, fractions cut off; what binary fractions took from a whole number does not count."""
    return int(quota + 1e-6)


def dollars(quota: int) -> str:
    return f"＄{quota / QUOTA_PER_DOLLAR:.6f}"


def charged(row: Row, *, ratios: Mapping[str, float], ratio: float, path: str, request_id: str) -> Movement:
    """The submit: the hold leaves the balance."""
    other: dict[str, Json] = {
        "is_task": True,
        "request_path": path,
        "model_price": -1,
        **_prices(row, ratio),
    }
    told = [f"{name}: {value:.2f}" for name, value in ratios.items()]
    content = "操作 generate" + (f", 计算参数：{', '.join(told)}" if told else "")
    entry = Entry(
        kind=LogKind.CHARGE,
        created_at=row.submit_time,
        quota=row.quota,
        model=row.origin_model,
        content=content,
        other=other,
        request_id=request_id,
    )
    return Movement(delta=-row.quota, entry=entry)


def settled(row: Row, *, tokens: int, ratio: float, now: int) -> Movement:
    """Success: the difference between tokens × price and the hold; more may be charged than the balance has."""
    actual = _cut(tokens * ratio * GROUP_RATIO * row.other_ratio)
    delta = row.quota - actual
    if not tokens or not delta:
        return Movement(delta=0, entry=None)
    other: dict[str, Json] = {
        "model_price": -1,
        **_prices(row, ratio),
        "task_id": row.task_id,
        "pre_consumed_quota": row.quota,
        "actual_quota": actual,
    }
    reason = (
        f"token重算：tokens={tokens}, modelRatio={ratio:.2f}, groupRatio={GROUP_RATIO:.2f}, "
        f"otherMultiplier={row.other_ratio:.4f}"
    )
    kind = LogKind.REFUND if delta > 0 else LogKind.CHARGE
    entry = Entry(kind=kind, created_at=now, quota=abs(delta), model=row.origin_model, content=reason, other=other)
    return Movement(delta=delta, entry=entry)


def refunded(row: Row, *, ratio: float, now: int) -> Movement:
    """Failure: the hold comes back in full, and the row keeps its number."""
    other: dict[str, Json] = {
        "model_price": -1,
        **_prices(row, ratio),
        "task_id": row.task_id,
        "reason": row.fail_reason,
    }
    entry = Entry(kind=LogKind.REFUND, created_at=now, quota=row.quota, model=row.origin_model, content="", other=other)
    return Movement(delta=row.quota, entry=entry)


def _prices(row: Row, ratio: float) -> dict[str, Json]:
    priced: dict[str, Json] = {"model_ratio": ratio, "group_ratio": GROUP_RATIO}
    if row.other_ratio != 1.0:
        priced["video_input"] = row.other_ratio
    return {**priced, "is_model_mapped": True, "upstream_model_name": row.upstream_model}


def log_row(number: int, entry: Entry) -> JsonObject:
    """One row of GET /api/log/token."""
    return {
        "id": number,
        "user_id": 1,
        "created_at": entry.created_at,
        "type": int(entry.kind),
        "content": entry.content,
        "username": "sandbox",
        "token_name": "sandbox",
        "model_name": entry.model,
        "quota": entry.quota,
        "prompt_tokens": 0,
        "completion_tokens": 0,
        "use_time": 0,
        "is_stream": False,
        "channel": 12,
        "channel_name": "",
        "token_id": 1,
        "group": "default",
        "ip": "",
        "request_id": entry.request_id,
        "other": go_json(entry.other),
    }
