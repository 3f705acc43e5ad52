"""What verify found, as text and as JSON with its schema; and how far it is. Pure: time is handed in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Literal

from typing_extensions import TypedDict

from seedance_spec.json_types import JsonObject
from seedance_spec.plan.checkup import NEEDS_YOU, Checkup, Finding, Kind
from seedance_spec.plan.events import take_name
from seedance_spec.plan.figures import clock, plural, size
from seedance_spec.plan.json_schema import json_object, schema_of
from seedance_spec.plan.style import Ink, Style, cells, fit_middle, flow, pad, printable, wrap

CHECKUP_FORMAT: Literal["seedance-spec/verify/1"] = "seedance-spec/verify/1"

_SYMBOLS = {
    Kind.DAMAGED: ("x", Ink.WRONG),
    Kind.MISSING: ("!", Ink.RISK),
    Kind.EDITED: ("~", Ink.CHANGED),
    Kind.GONE: ("!", Ink.RISK),
    Kind.STRAY: ("·", Ink.QUIET),
    Kind.UNRECORDED: ("·", Ink.QUIET),
    Kind.FOREIGN: ("·", Ink.QUIET),
}
_KIND = max(len(kind.value) for kind in Kind)
_SHOWN_DIGEST = 16
_MOST_QUIET = 10
_SURE_AFTER = 2.0


class FindingDocument(TypedDict):
    """One finding. `where` is a path under the project folder or a digest in the store; `set_aside` is where `verify
    --set-aside` moved a damaged file, under the store.
    """

    kind: Literal["damaged", "missing", "edited", "gone", "stray", "unrecorded", "foreign"]
    needs_you: bool
    where: str
    shot: str | None
    take: int | None
    sha256: str | None
    way_out: str
    set_aside: str | None


class CheckupDocument(TypedDict):
    """`stored` and `shown` count files whose bytes are what they should be; `pruned` takes that the user let go,
    `elsewhere` takes that no shot asks for and whose bytes are not here.
    """

    format: Literal["seedance-spec/verify/1"]
    ok: bool
    stored: int
    stored_bytes: int
    shown: int
    pruned: int
    elsewhere: int
    findings: list[FindingDocument]


def checkup_document(checkup: Checkup, moved: Mapping[str, str]) -> JsonObject:
    """What `verify --json` prints; `checkup_schema` describes it."""
    document: CheckupDocument = {
        "format": CHECKUP_FORMAT,
        "ok": not checkup.needs_you,
        "stored": checkup.stored,
        "stored_bytes": checkup.stored_bytes,
        "shown": checkup.shown,
        "pruned": checkup.pruned,
        "elsewhere": checkup.elsewhere,
        "findings": [_finding(each, moved) for each in checkup.findings],
    }
    return json_object(document)


def checkup_schema() -> JsonObject:
    return schema_of(CheckupDocument, title="seedance-spec verify --json")


def checkup_text(checkup: Checkup, moved: Mapping[str, str], *, width: int, style: Style) -> str:
    """What needs somebody with its way out, then what is only said, then the sum. Ends without a newline."""
    width = max(width, 60)
    loud = [each for each in checkup.findings if each.kind in NEEDS_YOU]
    quiet = [each for each in checkup.findings if each.kind not in NEEDS_YOU]
    lines = [line for each in loud for line in _lines(each, moved, width, style)]
    lines += [line for each in quiet[:_MOST_QUIET] for line in _lines(each, moved, width, style)]
    if len(quiet) > _MOST_QUIET:
        lines.append(style.paint(Ink.QUIET, f"· {len(quiet) - _MOST_QUIET} more that need nobody"))
    return "\n".join([*lines, *([""] if lines else []), *flow(list(_sum(checkup)), width)])


def reading_text(done: int, total: int, seconds: float) -> str:
    """`reading 1.2 GB of 3.4 GB · 35 % · ~0:42 left`."""
    share = min(done / total, 1.0) if total else 1.0
    parts = [f"reading {size(done)} of {size(total)}", f"{round(100 * share)} %"]
    if seconds >= _SURE_AFTER and 0 < done < total:
        parts.append(f"~{clock(seconds * (total - done) / done)} left")
    return " · ".join(parts)


def _finding(finding: Finding, moved: Mapping[str, str]) -> FindingDocument:
    return {
        "kind": finding.kind.value,
        "needs_you": finding.needs_you,
        "where": finding.where,
        "shot": finding.shot_id,
        "take": finding.take,
        "sha256": finding.sha256,
        "way_out": finding.way_out,
        "set_aside": moved.get(finding.sha256) if finding.sha256 and finding.kind is Kind.DAMAGED else None,
    }


def _lines(finding: Finding, moved: Mapping[str, str], width: int, style: Style) -> Iterator[str]:
    symbol, ink = _SYMBOLS[finding.kind]
    shot = take_name(finding.shot_id, finding.take) if finding.shot_id else ""
    where = finding.where if "/" in finding.where else f"{finding.where[:_SHOWN_DIGEST]}… in the store"
    room = width - _KIND - 4
    named = "  ".join(each for each in (printable(shot), printable(where)) if each)
    head = style.paint(ink, f"{symbol} {pad(finding.kind.value, _KIND)}")
    if cells(named) <= room or not shot:
        yield f"{head}  {fit_middle(named, room)}"
    else:
        yield f"{head}  {fit_middle(printable(shot), room)}"
        yield f"{' ' * (_KIND + 4)}{fit_middle(printable(where), room)}"
    aside = moved.get(finding.sha256 or "") if finding.kind is Kind.DAMAGED else None
    for words in (f"set aside as {aside}" if aside else "", f"→ {finding.way_out}" if finding.way_out else ""):
        yield from (f"    {line}" for line in _wrapped(words, width - 4, style))


def _wrapped(words: str, width: int, style: Style) -> list[str]:
    pieces: list[tuple[Ink | None, str]] = [(Ink.QUIET, each) for word in words.split(" ") for each in (word, " ")]
    return wrap(pieces[:-1], width, style) if words else []


def _sum(checkup: Checkup) -> Iterator[str]:
    yield f"{plural(checkup.stored, 'stored file')} whole, {size(checkup.stored_bytes)}"
    yield (
        f"{plural(checkup.shown, 'clip')} shown as it should be"
        if checkup.shown == 1
        else (f"{plural(checkup.shown, 'clip')} shown as they should be")
    )
    counted = Counter(each.kind for each in checkup.findings)
    yield from (f"{counted[kind]} {kind.value}" for kind in Kind if counted[kind])
    if checkup.pruned:
        yield f"{plural(checkup.pruned, 'take')} pruned"
    if checkup.elsewhere:
        yield f"{plural(checkup.elsewhere, 'take')} that no shot asks for not here"
