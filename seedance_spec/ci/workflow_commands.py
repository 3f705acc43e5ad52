"""GitHub's workflow commands: complaints as annotations, and any other text kept from being one. Pure: only text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from seedance_spec.specfiles.diagnostic import Diagnostic, Severity, Span

MOST_SHOWN = 10
"""GitHub shows ten annotations of a kind for one step; the others would vanish unsaid."""

_BREAK = "\u200b"
_COMMAND = re.compile(r"((?:^|\r)\s*:)(?=:)", re.MULTILINE)
_OLD_COMMAND = re.compile(r"#(?=#\[)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """One thing to show beside a line. `span` is None where no line is to blame."""

    severity: Severity
    title: str
    message: str
    span: Span | None = None


def note_of(diagnostic: Diagnostic) -> Note:
    hint = f"\n→ {diagnostic.hint}" if diagnostic.hint else ""
    return Note(
        severity=diagnostic.severity,
        title=diagnostic.code,
        message=f"{diagnostic.message}{hint}",
        span=diagnostic.span,
    )


def annotated(notes: Iterable[Note], *, folder: str = "", room: int = MOST_SHOWN) -> tuple[str, ...]:
    """Errors first, at most `room` of them, then how many were left out. `folder` is the project's, below the
    repository's root, for GitHub knows files from there.
    """
    ranked = sorted(notes, key=lambda each: each.severity is not Severity.ERROR)
    return (*(_annotation(each, folder) for each in ranked[:room]), *_rest(ranked[room:]))


def harmless(text: str) -> str:
    """The text as a log shows it, with nothing in it that a runner would obey: specs are written by anybody."""
    return _OLD_COMMAND.sub(f"#{_BREAK}", _COMMAND.sub(rf"\1{_BREAK}", text))


def harmless_json(text: str) -> str:
    """The same for a text that may be JSON, whose meaning then stays: no line of JSON can begin with `::`."""
    return _COMMAND.sub(rf"\1{_BREAK}", text.replace("##[", "#\\u0023["))


def _annotation(note: Note, folder: str) -> str:
    command = "error" if note.severity is Severity.ERROR else "warning"
    named = ",".join(f"{key}={_property(value)}" for key, value in _properties(note, folder))
    return f"::{command} {named}::{_data(note.message)}"


def _properties(note: Note, folder: str) -> Iterator[tuple[str, str]]:
    if note.span is not None:
        span = note.span
        yield "file", f"{folder}/{span.file}" if folder else span.file
        yield "line", str(span.line)
        if span.end_line > span.line:
            yield "endLine", str(span.end_line)
        else:
            yield "col", str(span.column)
            # Theirs is inclusive, ours is not.
            yield "endColumn", str(max(span.end_column - 1, span.column))
    yield "title", note.title


def _rest(notes: Sequence[Note]) -> Iterator[str]:
    if notes:
        errors = sum(each.severity is Severity.ERROR for each in notes)
        counts = ((errors, "error"), (len(notes) - errors, "warning"))
        words = " and ".join(f"{number} more {kind}{'s' * (number != 1)}" for number, kind in counts if number)
        yield f"::notice title=seedance-spec::{_data(f'{words} in the log of this step')}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
