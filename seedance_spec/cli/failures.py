"""What an exception means to the user: an exit code and a text, by one table. Nothing that prints may enter."""

from __future__ import annotations

import platform
import shlex
import sys
import traceback
from collections.abc import Mapping, Sequence
from pathlib import PurePath

from seedance_spec import __version__
from seedance_spec.cli.exit_codes import ExitCode
from seedance_spec.cli.settings import environment_secrets
from seedance_spec.cli.stop import StopError, Terminated
from seedance_spec.redaction import redact

_SHOWN_FRAMES = 8

_NAMED: Mapping[str, ExitCode] = {
    "seedance_spec.journal.faults.JournalBusy": ExitCode.BUSY,
    "seedance_spec.journal.faults.JournalFault": ExitCode.UNEXPECTED,
    "seedance_spec.lockfile.file.LockFileFault": ExitCode.UNEXPECTED,
    "seedance_spec.lockfile.secrets.SecretInLockError": ExitCode.UNEXPECTED,
    "seedance_spec.clips.faults.StoreFault": ExitCode.UNEXPECTED,
    "seedance_spec.webhook.key_file.KeyFault": ExitCode.UNEXPECTED,
    "seedance_spec.plan.selection.SelectionError": ExitCode.USAGE,
}
"""Exceptions whose own words say what to do. By name: a failure that did not happen imports nothing."""


def failure_of(error: BaseException, words: Sequence[str]) -> tuple[ExitCode, str]:
    """The exit code for an exception that a verb let out, and what to say about it, without any secret."""
    code, text = _meaning(error, words)
    return code, redact(text, environment_secrets())


def _meaning(error: BaseException, words: Sequence[str]) -> tuple[ExitCode, str]:
    match error:
        case StopError():
            return error.code, error.message + (f"\n  → {error.hint}" if error.hint else "")
        case Terminated():
            return ExitCode.TERMINATED, "terminated; the same command continues"
        case KeyboardInterrupt():
            return ExitCode.INTERRUPTED, "interrupted; the same command continues"
        case _ if (code := _named(error)) is not None:
            return code, str(error)
        case _:
            return ExitCode.UNEXPECTED, _report(error, words)


def _named(error: BaseException) -> ExitCode | None:
    names = (f"{kind.__module__}.{kind.__qualname__}" for kind in type(error).__mro__)
    return next((_NAMED[name] for name in names if name in _NAMED), None)


def _report(error: BaseException, words: Sequence[str]) -> str:
    """A report to paste: no machine's folders, no source values, and (through redaction) no key."""
    frames = traceback.extract_tb(error.__traceback__)[-_SHOWN_FRAMES:]
    said = "".join(traceback.format_exception_only(error)).strip()
    return "\n".join(
        [
            said.splitlines()[0],
            "This is a fault of seedance-spec, not of your specs.",
            "What was paid for is on record; the same command continues.",
            "To report it, paste what follows; it holds no key.",
            "",
            f"  seedance-spec {__version__} · Python {platform.python_version()} · {sys.platform}",
            f"  $ {shlex.join(['seedance-spec', *words])}",
            *(f"  {_place(frame)}" for frame in frames),
            *(f"  {line}" for line in said.splitlines()),
        ]
    )


def _place(frame: traceback.FrameSummary) -> str:
    parts = PurePath(frame.filename).parts
    inside = [index for index, part in enumerate(parts) if part == "seedance_spec"]
    known = parts[inside[-1] :] if inside else parts[-2:]
    return f"{'/'.join(known)}:{frame.lineno} in {frame.name}"
