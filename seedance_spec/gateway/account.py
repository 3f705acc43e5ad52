"""What key and gateway tell of themselves for free: the routes, and what their answers mean (gateway.md §1). Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

from seedance_spec.attempts.ports import AskLater
from seedance_spec.gateway.error_answers import Shape, http_date, read_error
from seedance_spec.gateway.json_answers import as_object, read_json
from seedance_spec.gateway.lenient import Lenient, Number, word
from seedance_spec.gateway.plain_text import safe_text
from seedance_spec.json_types import JsonObject

UNLIMITED_USD = 100_000_000
"""What the gateway gives as the limit of a key that has none: such a key is not told its account's balance."""


class AccountRoute(StrEnum):
    """Each is asked by GET, changes nothing and costs nothing. `NO_TASK` asks for a task that cannot exist: its id has
    a form that the gateway never gives.
    """

    NO_TASK = "/v1/video/generations/task_seedance-spec-doctor"
    MODELS = "/v1/models"
    LIMIT = "/v1/dashboard/billing/subscription"
    SPENT = "/v1/dashboard/billing/usage"


class KeyVerdict(StrEnum):
    """`limited`: a key with a list of models, or one that is locked out; another route tells (gateway.md §1.8)."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    LIMITED = "limited"
    NO_GATEWAY = "no-gateway"
    UNCLEAR = "unclear"


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountAnswer:
    """An answer of one of the routes. `version` and `date` are of its headers, as text and as Unix seconds; `message`
    is the gateway's own word where it refuses, fit to show.
    """

    status: int
    shape: Shape
    code: str = ""
    message: str = ""
    version: str | None = None
    date: float | None = None
    body: JsonObject = field(default_factory=dict, repr=False)

    def __str__(self) -> str:
        words = " ".join(filter(None, (f"HTTP {self.status}", self.code)))
        return f"{words}: {self.message}" if self.message else words


Asked: TypeAlias = AccountAnswer | AskLater


def read_account_answer(status: int, headers: Mapping[str, str], body: bytes) -> AccountAnswer:
    """Any answer whatever. `headers` have lower-case names."""
    said = read_error(status, headers, body)
    return AccountAnswer(
        status=status,
        shape=said.shape,
        code=said.code,
        message=said.message,
        version=safe_text(headers.get("x-new-api-version", ""), limit=60) or None,
        date=http_date(headers.get("date", "")),
        body=as_object(read_json(body)),
    )


def key_verdict(answer: AccountAnswer) -> KeyVerdict:
    """What the answer of `NO_TASK` says of the key that asked."""
    named = answer.shape is not Shape.OPAQUE
    match answer.status:
        case _ if answer.code == "task_not_exist":
            return KeyVerdict.ACCEPTED
        case 401:
            return KeyVerdict.REFUSED
        case 403 if named:
            return KeyVerdict.LIMITED
        case 404 if named and not answer.message.startswith("Invalid URL"):
            return KeyVerdict.ACCEPTED
        case status if status == 404 or 200 <= status < 400:
            return KeyVerdict.NO_GATEWAY
        case _:
            return KeyVerdict.UNCLEAR


class _Limit(Lenient):
    hard_limit_usd: Number = None


class _Spent(Lenient):
    total_usage: Number = None


def balance_usd(limit: AccountAnswer, spent: AccountAnswer) -> float | None:
    """What is left to the key, in the gateway's dollars: its limit less its expenses, which come in cents.

    None where the gateway does not offer it; infinite for a key without a limit of its own.
    """
    if limit.status != 200 or spent.status != 200:
        return None
    most = _Limit.model_validate(limit.body).hard_limit_usd
    cents = _Spent.model_validate(spent.body).total_usage
    if most is None or cents is None:
        return None
    return float("inf") if most >= UNLIMITED_USD else most - cents / 100


def models_of(answer: AccountAnswer) -> frozenset[str] | None:
    """The models that the key may use, by the answer of `MODELS`; None where the gateway does not list them."""
    rows = answer.body.get("data") if answer.status == 200 else None
    if not isinstance(rows, list | tuple):
        return None
    return frozenset(name for row in rows if (name := word(as_object(row).get("id"))) is not None)
