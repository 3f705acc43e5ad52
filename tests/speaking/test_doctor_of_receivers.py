"""What `doctor` makes of receivers: key, local serve, feed, claims, and the way of a callback."""

from __future__ import annotations

from dataclasses import replace

import pytest

from seedance_spec.doctor.finding import State, Trouble
from seedance_spec.doctor.receiver import (
    CallbackKeySight,
    ReceiverSight,
    RoundTrip,
    ServeSight,
    Taken,
    Untried,
    Welcome,
    key_finding,
    receiver_findings,
    round_trip_finding,
    serve_finding,
)
from tests.support.doctoring import states

OK, WARN, FAIL, SKIPPED = State.OK, State.WARN, State.FAIL, State.SKIPPED

GRANTED, UNWELCOME = Taken(welcome=Welcome.GRANTED), Taken(welcome=Welcome.UNWELCOME)
AWAY = Taken(welcome=Welcome.AWAY, reason="HTTP 503")
HOOKS = ReceiverSight(url="https://hooks.example", health=GRANTED, feeds=[GRANTED], claims=[GRANTED])


@pytest.mark.parametrize(
    ("sight", "found"),
    [
        (HOOKS, {"receiver": OK, "feed": OK, "claims": OK}),
        (replace(HOOKS, health=AWAY), {"receiver": FAIL}),
        (replace(HOOKS, health=UNWELCOME), {"receiver": FAIL}),
        (replace(HOOKS, feeds=[GRANTED, UNWELCOME]), {"receiver": OK, "feed": FAIL}),
        (replace(HOOKS, feeds=[AWAY]), {"receiver": OK, "feed": FAIL}),
        (replace(HOOKS, claims=[AWAY]), {"receiver": OK, "feed": OK, "claims": FAIL}),
        (replace(HOOKS, feeds=[], claims=[]), {"receiver": OK, "feed": SKIPPED, "claims": SKIPPED}),
        (Trouble("there is no callback key"), {"receiver": FAIL}),
        (None, {"receiver": SKIPPED}),
    ],
    ids=["well", "away", "stranger", "wrong key", "feed away", "claims away", "no id", "no key", "none"],
)
def test_a_receiver_is_asked_for_health_feed_and_claims(
    sight: ReceiverSight | Trouble | None, found: dict[str, State]
) -> None:
    """A wrong key, a receiver that is away and one whose claims cannot be asked for are told apart."""
    assert states(list(receiver_findings(sight))) == found


@pytest.mark.parametrize(
    ("sight", "sandbox", "verdict"),
    [
        (RoundTrip(url="https://a.example", through="https://a.example", seconds=0.2), False, OK),
        (RoundTrip(url="https://a.example", through="http://127.0.0.1:8080", reason="HTTP 502"), False, FAIL),
        (Trouble("nothing can listen at 127.0.0.1:80"), False, FAIL),
        (Untried(reason="this project has no id"), False, SKIPPED),
        (None, False, SKIPPED),
        (None, True, SKIPPED),
    ],
)
def test_a_callback_that_does_not_come_back_needs_the_user(
    sight: RoundTrip | Trouble | Untried | None, verdict: State, *, sandbox: bool
) -> None:
    """Somebody named a public URL: then callbacks are meant to come."""
    assert states([round_trip_finding(sight, sandbox=sandbox)]) == {"public URL": verdict}


@pytest.mark.parametrize(("at_home", "verdict"), [(False, WARN), (True, OK)])
def test_an_address_of_this_machine_is_no_public_url(verdict: State, *, at_home: bool) -> None:
    """A callback to it comes in, and yet nobody outside can send one; a gateway on this machine can."""
    seen = RoundTrip(url="http://127.0.0.1:8088", through="http://127.0.0.1:8088", seconds=0.1)
    assert states([round_trip_finding(seen, sandbox=False, at_home=at_home)]) == {"public URL": verdict}


FILE_KEY = CallbackKeySight(from_environment=False, file=".seedance/callback.key", exists=True)


@pytest.mark.parametrize(
    ("sight", "verdict"),
    [
        (FILE_KEY, OK),
        (replace(FILE_KEY, exists=False), OK),
        (replace(FILE_KEY, from_environment=True), OK),
        (replace(FILE_KEY, open_to_others=True), FAIL),
        (replace(FILE_KEY, fault="it is a link"), FAIL),
        (replace(FILE_KEY, from_environment=True, fault="a callback key has at least 16 characters"), FAIL),
    ],
)
def test_a_callback_key_is_for_its_owner_alone(sight: CallbackKeySight, verdict: State) -> None:
    """A key that others may read, or that is too short, needs the user."""
    assert states([key_finding(sight)]) == {"callback key": verdict}


@pytest.mark.parametrize(
    ("sight", "verdict"),
    [
        (None, SKIPPED),
        (ServeSight(url="http://127.0.0.1:8088"), OK),
        (ServeSight(url="http://127.0.0.1:8088", trouble="no answer"), WARN),
    ],
)
def test_a_serve_of_the_project_is_looked_for(sight: ServeSight | None, verdict: State) -> None:
    """None is fine, one that answers is fine, one that hangs is told."""
    assert states([serve_finding(sight)]) == {"serve": verdict}
