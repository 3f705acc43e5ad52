"""What the gateway's answers mean: key, models, balance, version, clock, billing log. Pure: answers are handed in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import isinf
from typing import assert_never

from seedance_spec.attempts.ports import AskLater
from seedance_spec.doctor.finding import Check, Finding, Group, Trouble
from seedance_spec.gateway.account import AccountAnswer, KeyVerdict, balance_usd, key_verdict, models_of
from seedance_spec.gateway.billing_log import LogAnswer, LogClosed
from seedance_spec.plan.figures import lasting, plural, usd

GATEWAY = Check(Group.GATEWAY, "gateway")
KEY = Check(Group.GATEWAY, "key")
MODELS = Check(Group.GATEWAY, "models")
BALANCE = Check(Group.GATEWAY, "balance")
VERSION = Check(Group.GATEWAY, "version")
CLOCK = Check(Group.GATEWAY, "clock")
BILLING_LOG = Check(Group.GATEWAY, "billing log")

HELD_USD = 1.75
"""About what a submit holds, whatever the clip costs (gateway.md §1.6): with less every submit is refused."""

SKEW_WARNS, SKEW_FAILS = 60.0, 600.0
"""Seconds. Deadlines of links and capabilities are reckoned with this machine's clock."""

Seen = AccountAnswer | AskLater | Trouble
SeenLog = LogAnswer | Trouble


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewaySight:
    """What each free route answered. `no_task` was asked at `asked_at` and answered at `answered_at`, by this machine's
    clock in Unix seconds. `source` is where the key comes from.
    """

    url: str
    source: str
    asked_at: float
    answered_at: float
    no_task: Seen
    models: Seen
    limit: Seen
    spent: Seen
    log: SeenLog


@dataclass(frozen=True, slots=True, kw_only=True)
class NoKey:
    """Without a key nothing of the gateway can be looked at. `needed`: one was meant to be there."""

    reason: str
    way_out: str
    needed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class NoGateway:
    """There is nobody to ask yet, and that is no fault."""

    reason: str
    way_out: str


def _unseen(no_key: NoKey) -> Iterator[Finding]:
    found = KEY.fail if no_key.needed else KEY.warn
    yield found(no_key.reason, no_key.way_out)
    yield GATEWAY.skipped("not asked: balance, version, clock and billing log need a key")


def gateway_findings(
    seen: GatewaySight | NoKey | NoGateway | Trouble, *, wanted: frozenset[str], called_back: bool
) -> Iterator[Finding]:
    """`wanted` are the models that the specs name; `called_back` tells whether callbacks are to reach this project."""
    match seen:
        case NoKey():
            yield from _unseen(seen)
        case NoGateway():
            yield GATEWAY.skipped(seen.reason, seen.way_out)
        case Trouble():
            yield GATEWAY.fail(seen.reason, "correct the environment: EASYROUTER_BASE_URL, key or proxy")
        case GatewaySight():
            yield from _seen(seen, wanted, called_back=called_back)
        case _:
            assert_never(seen)


def _seen(seen: GatewaySight, wanted: frozenset[str], *, called_back: bool) -> Iterator[Finding]:
    answer = seen.no_task
    if not isinstance(answer, AccountAnswer):
        way_out = "look at EASYROUTER_BASE_URL, the proxy settings and the network, then ask again"
        yield GATEWAY.fail(f"{seen.url} cannot be asked: {answer.reason}", way_out)
        return
    verdict = _verdict(answer, seen.models)
    yield _gateway(seen.url, answer, verdict)
    if verdict is KeyVerdict.NO_GATEWAY:
        return
    yield _key(seen.source, answer, verdict)
    if verdict is KeyVerdict.ACCEPTED:
        yield _models(seen.models, wanted)
        yield _balance(seen.limit, seen.spent)
    yield _version(answer)
    yield _clock(answer, seen.asked_at, seen.answered_at)
    if verdict is KeyVerdict.ACCEPTED:
        yield _billing_log(seen.log, called_back=called_back)


def _verdict(answer: AccountAnswer, models: Seen) -> KeyVerdict:
    """A key with a list of models is refused a task that does not exist, and yet is told its models."""
    verdict = key_verdict(answer)
    told = isinstance(models, AccountAnswer) and models.status == 200
    return KeyVerdict.ACCEPTED if verdict is KeyVerdict.LIMITED and told else verdict


def _gateway(url: str, answer: AccountAnswer, verdict: KeyVerdict) -> Finding:
    match verdict:
        case KeyVerdict.NO_GATEWAY:
            return GATEWAY.fail(f"{url} answers, but not as a gateway does ({answer})", "correct EASYROUTER_BASE_URL")
        case KeyVerdict.UNCLEAR:
            return GATEWAY.fail(f"{url} answers with trouble of its own ({answer})", "ask again later")
        case KeyVerdict.ACCEPTED | KeyVerdict.REFUSED | KeyVerdict.LIMITED:
            return GATEWAY.ok(f"{url} answers")


def _key(source: str, answer: AccountAnswer, verdict: KeyVerdict) -> Finding:
    match verdict:
        case KeyVerdict.ACCEPTED:
            return KEY.ok(f"accepted ({source})")
        case KeyVerdict.REFUSED:
            return KEY.fail(
                f"refused ({source}): {answer}", "make a new key or raise this one's quota: a spent key is refused too"
            )
        case KeyVerdict.LIMITED:
            return KEY.fail(f"locked out ({source}): {answer}", "the key may be bound to addresses or to a group")
        case KeyVerdict.NO_GATEWAY | KeyVerdict.UNCLEAR:
            return KEY.skipped("not known: the gateway did not say")


def _models(answer: Seen, wanted: frozenset[str]) -> Finding:
    may = models_of(answer) if isinstance(answer, AccountAnswer) else None
    if may is None:
        return MODELS.skipped("the gateway does not list them")
    lacking = sorted(wanted - may)
    if lacking:
        return MODELS.warn(
            f"not listed for this key: {', '.join(lacking)}",
            "allow them for the key, or name another in the specs",
        )
    named = ", ".join(sorted(wanted)) or plural(len(may), "model")
    return MODELS.ok(f"{named} may be used")


def _balance(limit: Seen, spent: Seen) -> Finding:
    left = None
    if isinstance(limit, AccountAnswer) and isinstance(spent, AccountAnswer):
        left = balance_usd(limit, spent)
    if left is None:
        return BALANCE.skipped("the gateway does not tell it to a key")
    if isinf(left):
        return BALANCE.ok("the key has no limit of its own; the account's balance is not told to it")
    if left <= 0:
        return BALANCE.fail(f"{usd(left)} left", "top the account up: every submit is refused")
    if left < HELD_USD:
        return BALANCE.warn(f"{usd(left)} left", f"top the account up: a submit holds about {usd(HELD_USD)} at first")
    return BALANCE.ok(f"{usd(left)} left, as the gateway counts")


def _version(answer: AccountAnswer) -> Finding:
    if answer.version is None:
        return VERSION.skipped("the gateway does not tell it; every generation's answers are understood")
    return VERSION.ok(f"new-api {answer.version}")


def _clock(answer: AccountAnswer, asked_at: float, answered_at: float) -> Finding:
    """The header is cut to whole seconds, and was written somewhere between question and answer."""
    if answer.date is None:
        return CLOCK.skipped("the gateway does not tell the time")
    ahead = max(asked_at - answer.date - 1, answer.date - answered_at, 0.0)
    early = answer.date > answered_at
    if ahead <= SKEW_WARNS:
        return CLOCK.ok("agrees with the gateway's")
    said = f"this machine is {lasting(ahead)} {'behind' if early else 'ahead of'} the gateway"
    way_out = "set the clock (timedatectl set-ntp true): links' deadlines and callbacks' lifetimes are reckoned by it"
    return CLOCK.fail(said, way_out) if ahead > SKEW_FAILS else CLOCK.warn(said, way_out)


def _billing_log(log: SeenLog, *, called_back: bool) -> Finding:
    match log:
        case tuple():
            return BILLING_LOG.ok("offered: a submit whose answer is lost is found in it by itself")
        case LogClosed() if called_back:
            return BILLING_LOG.ok("not offered: a lost answer is settled by a callback, else by your word")
        case LogClosed():
            return BILLING_LOG.warn(
                "not offered, and no callbacks: a submit whose answer is lost needs your word",
                "name a --receiver or a --public-url: a callback proves that a submit landed",
            )
        case AskLater() | Trouble():
            return BILLING_LOG.skipped(f"could not be asked: {log.reason}")
