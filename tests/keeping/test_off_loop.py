"""Blocking work on files ends before the files are closed, whoever is cancelled."""

from __future__ import annotations

import asyncio
from threading import Event

import pytest

from seedance_spec.clips.off_loop import off_loop

pytestmark = pytest.mark.anyio


async def test_a_cancellation_waits_for_the_work_to_end() -> None:
    """A cancelled task goes on only when its thread no longer touches the file."""
    started, may_end, ended = Event(), Event(), Event()

    def work() -> None:
        started.set()
        may_end.wait(5)
        ended.set()

    running = asyncio.ensure_future(off_loop(work))
    await asyncio.to_thread(started.wait, 5)
    for _ in range(3):
        running.cancel()
        await asyncio.sleep(0)
    assert not running.done()
    may_end.set()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert ended.is_set()


async def test_results_and_faults_pass_through() -> None:
    """What the work returns or raises is what the caller gets."""
    assert await off_loop(int, "7") == 7
    with pytest.raises(ValueError, match="invalid literal"):
        await off_loop(int, "seven")
