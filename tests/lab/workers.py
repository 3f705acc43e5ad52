"""Cases dealt out to worker processes, or run here one after the other. It counts nothing and saves nothing."""

from __future__ import annotations

import multiprocessing
import os
import signal
import traceback
from collections.abc import Callable, Generator, Iterator
from contextlib import suppress
from itertools import islice
from multiprocessing.connection import Connection, wait
from types import FrameType
from typing import NoReturn, TypeAlias

from tests.lab.row import Outcome, Row

TIMES_ASKED, SECONDS_BETWEEN = 15, 1.0
"""How often a worker is asked to end what it started, and itself; then it is killed with all that. Once may be too few:
what a signal raises is lost where the interpreter just collects its garbage.
"""

Outcomes: TypeAlias = Generator[tuple[str, Outcome], None, None]
Work: TypeAlias = Callable[[Row, Iterator[str]], Outcomes]
"""Runs the cases of a row and gives what each left, in any order. Closing it ends whatever still runs."""

_FORK = multiprocessing.get_context("fork")


def one_by_one(row: Row, cases: Iterator[str]) -> Outcomes:
    """In this process."""
    for case in cases:
        yield case, row.run(case)


def by_workers(jobs: int) -> Work:
    """In so many processes at once, forked from this one: each holds the row, and starts what the row needs anew.

    A case is taken from the iterator when a worker is free for it. Raises RuntimeError with a worker's own words where
    the laboratory itself failed.
    """

    def work(row: Row, cases: Iterator[str]) -> Outcomes:
        hands: dict[Connection, _Worker] = {}
        try:
            for _ in range(jobs):
                worker = _Worker(row)
                hands[worker.pipe] = worker
                if not worker.deal(cases):
                    break
            yield from _gathered(hands, cases)
        finally:
            for worker in hands.values():
                worker.leave()
            for worker in hands.values():
                worker.end()

    return work


def _gathered(hands: dict[Connection, _Worker], cases: Iterator[str]) -> Outcomes:
    while busy := [worker.pipe for worker in hands.values() if worker.waits_for]:
        for pipe in wait(busy):
            assert isinstance(pipe, Connection)
            worker = hands[pipe]
            yield worker.told()
            if not worker.waits_for:
                worker.deal(cases)


class _Worker:
    """One process, in a group of its own with all that it starts. `waits_for` is how many answers it owes."""

    def __init__(self, row: Row) -> None:
        self._row = row
        self.waits_for = 0
        self.pipe, theirs = _FORK.Pipe()
        self._process = _FORK.Process(target=_serve, args=(row, theirs, self.pipe), daemon=True)
        self._process.start()
        theirs.close()

    def deal(self, cases: Iterator[str]) -> bool:
        """Give it the next cases; false where there are none."""
        dealt = list(islice(cases, self._row.together))
        if dealt:
            self.pipe.send(dealt)
        self.waits_for = len(dealt)
        return bool(dealt)

    def told(self) -> tuple[str, Outcome]:
        try:
            case, outcome = self.pipe.recv()
        except EOFError:
            raise RuntimeError(f"a worker of row {self._row.name} is gone") from None
        if isinstance(outcome, Outcome):
            self.waits_for -= 1
            return case, outcome
        raise RuntimeError(f"{self._row.name}:{case}\n{outcome}")

    def leave(self) -> None:
        """Ask it to end what it started, and itself."""
        self._process.terminate()

    def end(self) -> None:
        """Wait for that, then end whatever is left of its group."""
        for _ in range(TIMES_ASKED):
            self._process.join(SECONDS_BETWEEN)
            if not self._process.is_alive():
                break
            self.leave()
        assert self._process.pid is not None
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.join()
        self.pipe.close()


def _serve(row: Row, pipe: Connection, parents: Connection) -> None:
    # A group of its own: a Ctrl-C is for the parent, who ends the group.
    os.setpgid(0, 0)
    signal.signal(signal.SIGTERM, _leave)
    # Else it would never see that its parent is gone.
    parents.close()
    try:
        with suppress(EOFError, ConnectionError):
            while True:
                for case in pipe.recv():
                    pipe.send((case, _outcome_or_words(row, case)))
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        row.close()


def _outcome_or_words(row: Row, case: str) -> Outcome | str:
    try:
        return row.run(case)
    except Exception:
        return traceback.format_exc()


def _leave(_signal: int, _frame: FrameType | None) -> NoReturn:
    raise SystemExit
