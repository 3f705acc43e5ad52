"""What the program's exit says (D12): the codes, their meaning, and which one wins. Nothing that exits may enter."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import IntEnum


class ExitCode(IntEnum):
    CONVERGED = 0
    UNEXPECTED = 1
    CHANGES_PRESENT = 2
    INVALID_SPEC = 3
    SHOTS_FAILED = 4
    REFUSED = 5
    BUSY = 6
    STALE = 7
    NEEDS_YOU = 8
    STILL_RUNNING = 9
    USAGE = 64
    INTERRUPTED = 130
    TERMINATED = 143


MEANINGS: Mapping[ExitCode, str] = {
    ExitCode.CONVERGED: "converged: specs and clips agree, or nothing was to do",
    ExitCode.UNEXPECTED: "unexpected: a fault of the program, with a report to paste",
    ExitCode.CHANGES_PRESENT: "an apply would pay (only `plan --detailed-exitcode`)",
    ExitCode.INVALID_SPEC: "a spec file is wrong; every complaint names its line",
    ExitCode.SHOTS_FAILED: "some shots failed; the others are done",
    ExitCode.REFUSED: "refused before paying: a cap, the brake, the balance, a refused key, or nobody said yes",
    ExitCode.BUSY: "busy: the lock or a shared claim cannot be had",
    ExitCode.STALE: "stale: a saved plan's shot changed, the project did while you were asked, or --locked, --frozen",
    ExitCode.NEEDS_YOU: "needs you: an unknown outcome, results about to expire, or what `doctor` or `verify` found",
    ExitCode.STILL_RUNNING: "a wait timed out; the work still runs and nothing is lost",
    ExitCode.USAGE: "the command line or the environment is wrong",
    ExitCode.INTERRUPTED: "interrupted (Ctrl-C); the same command continues",
    ExitCode.TERMINATED: "terminated (SIGTERM); the same command continues",
}

PRECEDENCE = tuple(ExitCode(code) for code in (130, 143, 1, 64, 3, 6, 8, 5, 7, 4, 9, 2))
"""When several apply, the first of these wins (D12)."""


def winner(codes: Iterable[int]) -> ExitCode:
    """The one code to exit with when all of these apply; none of them is converged."""
    present = frozenset(codes)
    return next((code for code in PRECEDENCE if code in present), ExitCode.CONVERGED)
