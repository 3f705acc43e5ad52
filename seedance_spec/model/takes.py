"""What can be wrong with `takes` and `pick` before anything is known of what was rendered. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from seedance_spec.model import vocabulary as words
from seedance_spec.model.document import ShotEntry
from seedance_spec.model.origin import Origin
from seedance_spec.model.shot import Request
from seedance_spec.specfiles.diagnostic import Diagnostic, Severity


def takes_complaints(entry: ShotEntry, request: Request, origins: Mapping[str, Origin]) -> Iterator[Diagnostic]:
    """`origins` tells where takes, pick and seed were written."""
    takes = 1 if entry.takes is None else entry.takes
    if not 1 <= takes <= words.MAX_TAKES:
        message, hint = f"takes {takes} is out of range", f"use 1 to {words.MAX_TAKES}"
        yield Diagnostic(code="bad-takes", message=message, span=origins["takes"].span, hint=hint)
    if isinstance(entry.pick, int) and entry.pick < 1:
        message, hint = f"pick {entry.pick} is no take", "takes are counted from 1"
        yield Diagnostic(code="bad-pick", message=message, span=origins["pick"].span, hint=hint)
    if entry.pick == "":
        hint = "write a take's number"
        yield Diagnostic(code="bad-pick", message="pick is empty", span=origins["pick"].span, hint=hint)
    if takes > 1 and request.seed is not None:
        yield Diagnostic(
            code="seed-fixes-takes",
            message=f"a fixed seed and {takes} takes: they may come out alike, and each is paid for",
            span=origins["seed"].span,
            hint="leave seed away for takes that differ, or want one take",
            severity=Severity.WARNING,
        )
