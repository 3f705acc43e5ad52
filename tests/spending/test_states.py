"""A take's whole life as a state machine: two processes, crashes, lies, old lockfiles; I1–I8 after every step."""

from __future__ import annotations

import pytest

from tests.lab.simulation.machine import live

RUNS, SHARES = 500, 5


@pytest.mark.parametrize("share", range(SHARES))
def test_no_order_of_events_breaks_an_invariant(share: int) -> None:
    """Paid once, never forgotten, moved by the gateway alone, never backwards; reading the inbox again is idle."""
    live(share, runs=RUNS // SHARES)
