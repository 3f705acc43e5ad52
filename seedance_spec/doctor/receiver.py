"""What was seen of the receivers: key, local serve, feed and claims, the way round. Pure: the sights are handed in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import assert_never
from urllib.parse import urlsplit

from seedance_spec.doctor.finding import Check, Finding, Group, Trouble
from seedance_spec.gateway.address import is_loopback_host
from seedance_spec.plan.figures import plural

CALLBACK_KEY = Check(Group.RECEIVER, "callback key")
SERVE = Check(Group.RECEIVER, "serve")
RECEIVER = Check(Group.RECEIVER, "receiver")
FEED = Check(Group.RECEIVER, "feed")
CLAIMS = Check(Group.RECEIVER, "claims")
PUBLIC_URL = Check(Group.RECEIVER, "public URL")

KEY_VARIABLE = "SEEDANCE_CALLBACK_KEY"
_SAME_KEY = f"{KEY_VARIABLE} must be here what it is at the receiver"


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackKeySight:
    """Where the key would be taken from. `file` is how its file is shown; `exists` and `fault` are of that source."""

    from_environment: bool
    file: str
    exists: bool
    open_to_others: bool = False
    fault: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServeSight:
    """The receiver that `serve` wrote down in the project. `trouble` is why it does not answer, empty where it does."""

    url: str
    trouble: str = ""


class Welcome(StrEnum):
    """How an owner's question was taken. `unwelcome` is the empty 404 that everything unknown gets."""

    GRANTED = "granted"
    UNWELCOME = "unwelcome"
    AWAY = "away"


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """How the receiver took one question. `reason` is of one that is away."""

    welcome: Welcome
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiverSight:
    """A shared receiver: its health, and what each project id was answered by feed and claims.

    A claim of an attempt that nobody made is asked for: its 404 and the one for a wrong token look the same, so that
    only the feed's answer tells them apart.
    """

    url: str
    health: Taken
    feeds: Sequence[Taken] = ()
    claims: Sequence[Taken] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundTrip:
    """A callback that was sent to ourselves. `seconds` from its POST until it was seen, None where it never was;
    `reason` is why, as far as the POST's answer tells. `through` is who was to see it.
    """

    url: str
    through: str
    seconds: float | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Untried:
    """Why no callback was sent."""

    reason: str


def key_finding(seen: CallbackKeySight) -> Finding:
    where = KEY_VARIABLE if seen.from_environment else seen.file
    if seen.fault:
        way_out = f"correct or unset {KEY_VARIABLE}" if seen.from_environment else f"see {seen.file}"
        return CALLBACK_KEY.fail(f"{where} cannot be used: {seen.fault}", way_out)
    if not seen.exists:
        return CALLBACK_KEY.ok(f"made at the first need, in {seen.file}")
    if seen.open_to_others:
        return CALLBACK_KEY.fail(f"others may read {seen.file}", f"chmod 600 {seen.file}")
    return CALLBACK_KEY.ok(f"set by {where}" if seen.from_environment else f"in {where}, for its owner alone (0600)")


def serve_finding(seen: ServeSight | None) -> Finding:
    if seen is None:
        return SERVE.skipped("none runs for this project")
    if seen.trouble:
        return SERVE.warn(f"{seen.url} cannot be asked: {seen.trouble}", "start seedance-spec serve again")
    return SERVE.ok(f"answers at {seen.url}")


def is_well(seen: ReceiverSight) -> bool:
    """Whether the receiver took everything that it was asked."""
    return all(each.welcome is Welcome.GRANTED for each in (seen.health, *seen.feeds, *seen.claims))


def receiver_findings(seen: ReceiverSight | Trouble | None, *, key_fault: bool = False) -> Iterator[Finding]:
    """`key_fault`: the callback key cannot be used, which is a finding of its own."""
    match seen:
        case None:
            yield RECEIVER.skipped("none named (--receiver): nothing is shared with other clones")
        case Trouble() if key_fault:
            yield RECEIVER.skipped("not asked: the callback key cannot be used")
        case Trouble():
            yield RECEIVER.fail(seen.reason, _SAME_KEY)
        case ReceiverSight():
            yield from _receiver(seen)
        case _:
            assert_never(seen)


def _receiver(seen: ReceiverSight) -> Iterator[Finding]:
    match seen.health.welcome:
        case Welcome.AWAY:
            yield RECEIVER.fail(
                f"{seen.url} cannot be reached: {seen.health.reason}",
                "start it (seedance-spec serve) or correct --receiver; --without-receiver goes on alone",
            )
            return
        case Welcome.UNWELCOME:
            yield RECEIVER.fail(f"{seen.url} answers, but not as a receiver does", "correct --receiver")
            return
        case Welcome.GRANTED:
            yield RECEIVER.ok(f"{seen.url} answers")
        case _:
            assert_never(seen.health.welcome)
    yield _feed(seen.feeds)
    if all(each.welcome is Welcome.GRANTED for each in seen.feeds):
        yield _claims(seen.claims)


def _feed(feeds: Sequence[Taken]) -> Finding:
    if any(each.welcome is Welcome.UNWELCOME for each in feeds):
        return FEED.fail("our token is not accepted: the receiver has another key, or offers no feed", _SAME_KEY)
    away = next((each for each in feeds if each.welcome is Welcome.AWAY), None)
    if away is not None:
        return FEED.fail(f"it cannot be read: {away.reason}", "look at the receiver's own output")
    if not feeds:
        return FEED.skipped("this project has no id to ask with", "seedance-spec init makes one")
    ids = f" for {plural(len(feeds), 'project id')}" if len(feeds) > 1 else ""
    return FEED.ok(f"our token is accepted, events can be read{ids}")


def _claims(claims: Sequence[Taken]) -> Finding:
    away = next((each for each in claims if each.welcome is Welcome.AWAY), None)
    if away is not None:
        return CLAIMS.fail(f"they cannot be asked for: {away.reason}", "look at the receiver's own output and its disk")
    if not claims:
        return CLAIMS.skipped("this project has no id to ask with")
    return CLAIMS.ok("answered: whoever shares this receiver never pays twice")


def round_trip_finding(seen: RoundTrip | Trouble | Untried | None, *, sandbox: bool, at_home: bool = False) -> Finding:
    """`at_home`: the gateway runs on this machine, and may call any address of ours."""
    match seen:
        case Untried():
            return PUBLIC_URL.skipped(seen.reason)
        case None if sandbox:
            return PUBLIC_URL.skipped("none needed: the sandbox calls where apply listens")
        case None:
            return PUBLIC_URL.skipped("none named (--public-url): clips are waited for by polling")
        case Trouble():
            return PUBLIC_URL.fail(seen.reason, "correct --public-url or --listen")
        case RoundTrip() if seen.seconds is not None and is_loopback_url(seen.url) and not at_home:
            return PUBLIC_URL.warn(
                f"{seen.url} is this machine's own address: the upstream cannot call it",
                "name a --public-url that leads there from outside; until then apply goes on by polling",
            )
        case RoundTrip():
            return _round_trip(seen)
        case _:
            assert_never(seen)


def is_loopback_url(url: str) -> bool:
    """Whether the URL names this machine; False for what is none."""
    return is_loopback_host(urlsplit(url).hostname or "")


def _round_trip(seen: RoundTrip) -> Finding:
    where = "" if seen.url == seen.through else f" at {seen.through}"
    if seen.seconds is not None:
        return PUBLIC_URL.ok(f"a callback sent to {seen.url} came in{where} after {seen.seconds:.1f} s")
    why = f" ({seen.reason})" if seen.reason else ""
    return PUBLIC_URL.fail(
        f"a callback sent to {seen.url} did not come in{where}{why}",
        "look at tunnel, proxy and --listen; until then apply goes on by polling",
    )
