"""Findings as text and as JSON with its schema. Pure: the findings are handed in, nothing here prints."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Literal

from typing_extensions import TypedDict

from seedance_spec.doctor.finding import Finding, State, needs_user
from seedance_spec.json_types import JsonObject
from seedance_spec.plan.figures import plural
from seedance_spec.plan.json_schema import json_object, schema_of
from seedance_spec.plan.style import Ink, Style, cells, flow, pad, printable, wrap

DOCTOR_FORMAT: Literal["seedance-spec/doctor/1"] = "seedance-spec/doctor/1"

_SYMBOLS = {
    State.OK: ("✓", Ink.NEW),
    State.WARN: ("!", Ink.CHANGED),
    State.FAIL: ("x", Ink.WRONG),
    State.SKIPPED: ("·", Ink.QUIET),
}
_SAID = {State.OK: None, State.WARN: None, State.FAIL: Ink.STRONG, State.SKIPPED: Ink.QUIET}
_WIDEST = 100
"""Longer lines are hard to read, however wide the terminal is."""


class FindingDocument(TypedDict):
    """`state` is `warn` for what works with a drawback, `fail` for what needs the user, `skipped` for what is not set
    up or could not be looked at. `way_out` is empty where nothing is to be done.
    """

    group: Literal["machine", "project", "gateway", "receiver"]
    name: str
    state: Literal["ok", "warn", "fail", "skipped"]
    said: str
    way_out: str


class DoctorDocument(TypedDict):
    """`ok` is false where a finding needs the user; the exit code is 8 then."""

    format: Literal["seedance-spec/doctor/1"]
    ok: bool
    findings: list[FindingDocument]
    totals: dict[str, int]


def doctor_text(findings: Sequence[Finding], *, width: int, style: Style) -> str:
    """A block per group, a line per finding and its way out under it; then the sum. No newline at the end."""
    wide = min(width, _WIDEST)
    column = max((cells(finding.name) for finding in findings), default=0)
    blocks = (
        "\n".join(
            [
                style.paint(Ink.STRONG, group.value),
                *(line for each in found for line in _lines(each, column, wide, style)),
            ]
        )
        for group, found in groupby(findings, key=lambda finding: finding.group)
    )
    return "\n\n".join([*blocks, "\n".join(flow(list(_sum(findings)), width))])


def doctor_document(findings: Sequence[Finding]) -> JsonObject:
    """What `doctor --json` prints; `doctor_schema` describes it."""
    document: DoctorDocument = {
        "format": DOCTOR_FORMAT,
        "ok": not needs_user(findings),
        "findings": [_document(finding) for finding in findings],
        "totals": {state.value: sum(finding.state is state for finding in findings) for state in State},
    }
    return json_object(document)


def doctor_schema() -> JsonObject:
    return schema_of(DoctorDocument, title="seedance-spec doctor --json")


def _lines(finding: Finding, column: int, width: int, style: Style) -> Iterator[str]:
    symbol, ink = _SYMBOLS[finding.state]
    indent = " " * (column + 6)
    first, *rest = _wrapped(finding.said, _SAID[finding.state], width - len(indent), style) or [""]
    name = (
        style.paint(Ink.QUIET, pad(finding.name, column))
        if finding.state is State.SKIPPED
        else pad(finding.name, column)
    )
    yield f"  {style.paint(ink, symbol)} {name}  {first}".rstrip()
    yield from (f"{indent}{line}" for line in rest)
    way_out = _wrapped(finding.way_out, None, width - len(indent) - 2, style)
    yield from (f"{indent}{'  ' if number else '→ '}{line}" for number, line in enumerate(way_out))


def _wrapped(text: str, ink: Ink | None, width: int, style: Style) -> list[str]:
    pieces = [(ink, each) for word in printable(text).split(" ") for each in (word, " ")]
    return wrap(pieces[:-1], width, style) if text else []


def _sum(findings: Sequence[Finding]) -> Iterator[str]:
    counted = Counter(finding.state for finding in findings)
    yield f"{counted[State.OK]} ok"
    if counted[State.WARN]:
        yield plural(counted[State.WARN], "warning")
    if counted[State.FAIL]:
        yield f"{counted[State.FAIL]} to mend"
    if counted[State.SKIPPED]:
        yield f"{counted[State.SKIPPED]} not looked at"


def _document(finding: Finding) -> FindingDocument:
    return {
        "group": finding.group.value,
        "name": finding.name,
        "state": finding.state.value,
        "said": finding.said,
        "way_out": finding.way_out,
    }
