"""The lockfile's text: one canonical fact per line, sorted; read leniently, written one way. Pure: no I/O may enter."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from json import JSONDecodeError

from seedance_spec.canonical import canonical_json
from seedance_spec.json_types import Json, JsonObject
from seedance_spec.lockfile.facts import AttemptFact, Fact
from seedance_spec.lockfile.fold import Facts
from seedance_spec.lockfile.json_text import read_json_values
from seedance_spec.lockfile.line import fact_from_json, fact_to_json
from seedance_spec.lockfile.secrets import refuse_secrets
from seedance_spec.lockfile.taken import NotAFactError
from seedance_spec.specfiles.diagnostic import Diagnostic, Span

# What git leaves between two sides of a conflict. Both sides are facts, so the markers say nothing.
_MARKER = re.compile(r"(?:<{7,}|={7,}|>{7,}|\|{7,})(?:\s.*)?")
_WAY_OUT = (
    "take the line from the file's history in git, or delete it if it never was a fact; until then it is kept as it is"
)


def render_lock(facts: Facts) -> str:
    """The one text of these facts: sorted by kind and key, LF, a final newline; lines that are no facts come last.

    Raises SecretInLockError for a fact that shows a secret, ValueError for one that JSON cannot hold.
    """
    known = (_keyed_line(fact) for fact in facts)
    strange = (_keyed_stranger(line) for line in facts.strangers)
    lines = [line for _, _, line in sorted((*known, *strange))]
    return "".join(f"{line}\n" for line in (*lines, *sorted(facts.unread)))


def parse_lock(text: str, file: str) -> tuple[Facts, tuple[Diagnostic, ...]]:
    """The facts of a text, in whatever order and however often they stand there, between conflict markers too.

    A line that is no fact is a complaint at its place, and is kept in `unread`. `file` is the name to complain about.
    Never raises.
    """
    found = _Found(file=file)
    for number, line in enumerate(text.split("\n"), start=1):
        # A byte order mark is an editor's, wherever a merge has carried the file's first line.
        _read_line(line.removesuffix("\r").removeprefix("\ufeff"), number, found)
    facts = replace(Facts.of(*found.facts), strangers=frozenset(found.strangers), unread=frozenset(found.unread))
    return facts, tuple(found.complaints)


@dataclass(slots=True, kw_only=True)
class _Found:
    file: str
    facts: list[Fact] = field(default_factory=list)
    strangers: list[str] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    complaints: list[Diagnostic] = field(default_factory=list)


def _read_line(line: str, number: int, found: _Found) -> None:
    if not line.strip() or _MARKER.fullmatch(line):
        return
    try:
        read = [(value, _fact(value)) for value in read_json_values(line)]
    except ValueError as fault:
        found.unread.append(line)
        found.complaints.append(_complaint(fault, line, number, found.file))
        return
    found.facts += [fact for _, fact in read if fact is not None]
    found.strangers += [canonical_json(value) for value, fact in read if fact is None]


def _fact(value: Json) -> Fact | None:
    if not isinstance(value, dict):
        raise NotAFactError("it is not an object")
    return fact_from_json(value)


def _complaint(fault: ValueError, line: str, number: int, file: str) -> Diagnostic:
    column = max(1, _column(fault, line))
    return Diagnostic(
        code="lock-line-not-a-fact",
        message=f"this line is not a fact: {_reason(fault)}",
        span=Span(file=file, line=number, column=column, end_line=number, end_column=max(column, len(line)) + 1),
        hint=_WAY_OUT,
    )


def _reason(fault: ValueError) -> str:
    return f"it is not JSON ({fault.msg})" if isinstance(fault, JSONDecodeError) else str(fault)


def _column(fault: ValueError, line: str) -> int:
    match fault:
        case JSONDecodeError():
            return fault.colno
        case NotAFactError(field=str() as field) if field:
            return line.find(f'"{field}"') + 1
        case _:
            return 1


def _keyed_line(fact: Fact) -> tuple[str, str, str]:
    if isinstance(fact, AttemptFact):
        refuse_secrets(fact)
    return _keyed(fact_to_json(fact))


def _keyed_stranger(line: str) -> tuple[str, str, str]:
    (value,) = read_json_values(line)
    assert isinstance(value, dict), "only objects are kept as strangers"
    return _keyed(value)


def _keyed(value: JsonObject) -> tuple[str, str, str]:
    """What a line is sorted by: its kind, its key as canonical JSON, itself."""
    return str(value["kind"]), canonical_json(value.get("key")), canonical_json(value)
