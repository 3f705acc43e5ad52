"""More slow and idle connections than descriptors, the short form of `make hostile ROWS=sockets`."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.hostile.rows.sockets import MANNERS, Siege, honest_sender
from tests.hostile.served import Served

SOCKETS, DESCRIPTORS, HONEST = 300, 256, 25
PATIENCE = 30.0


async def _besieged(port: int, manner: str, *, patience: float = PATIENCE) -> int:
    """How many of 25 honest callbacks are answered while 300 slow connections come again and again."""
    siege = Siege(port, MANNERS[manner])
    async with siege.of(SOCKETS):
        answered = [await honest_sender(port, nth, seconds=patience) for nth in range(HONEST)]
    return sum(each is not None for each in answered)


@pytest.mark.parametrize("manner", ["silent", "half-a-head", "missing-body", "mixed"])
def test_slow_senders_shut_out_nobody(tmp_path: Path, manner: str) -> None:
    """300 slow connections at 256 descriptors, none of which is ever closed for its idleness: all honest callbacks are
    answered, because the quietest make room.
    """
    with Served(tmp_path, "--descriptors", str(DESCRIPTORS), changed="patient") as served:
        assert asyncio.run(_besieged(served.port, manner)) == HONEST
        assert "Traceback" not in served.errors


def test_the_check_would_see_a_receiver_that_is_full(tmp_path: Path) -> None:
    """Where nobody is hung up on, not one honest callback is answered."""
    with Served(tmp_path, "--descriptors", str(DESCRIPTORS), changed="patient hang-up-on-nobody") as served:
        assert asyncio.run(_besieged(served.port, "silent", patience=0.2)) == 0


def test_a_shortage_of_descriptors_neither_spins_nor_talks(tmp_path: Path) -> None:
    """With more connections allowed than there are descriptors, honest callbacks are answered all the same, and the log
    has one line about it.
    """
    with Served(tmp_path, "--descriptors", str(DESCRIPTORS), changed="patient short-of-descriptors") as served:
        assert asyncio.run(_besieged(served.port, "silent")) == HONEST
        assert served.errors.count("connections cannot be taken in: Too many open files") == 1
        assert len(served.errors.splitlines()) < 10
