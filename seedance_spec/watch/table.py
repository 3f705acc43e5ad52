"""The live picture of a watch: shot, state, time left, cost, what hinders it; money against the cap. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import assert_never

from seedance_spec.plan.events import transfer
from seedance_spec.plan.figures import clock, plural, usd
from seedance_spec.plan.style import Ink, Style, cells, fit, fit_middle, flow, pad, printable
from seedance_spec.plan.under_way import Phase, TakeProgress

_STATE, _TIME, _COST = 11, 8, 7
_GAPS = 8
_SPINNER = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
_TURNS_PER_SECOND = 8
KEYS = "a apply · d diff · o open · q quit"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One shot. `take` is what is under way or was last; `held` is why a newer version waits, empty where none does;
    `most_usd` is what that may cost.
    """

    shot_id: str
    take: TakeProgress | None = None
    held: str = ""
    most_usd: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """All of the picture. `cap_usd` None: nothing caps the session; `error` is the last thing that went wrong;
    `asked_usd` what a yes may come to.
    """

    rows: Sequence[Row] = ()
    standing: int = 0
    spent_usd: float = 0.0
    reserved_usd: float = 0.0
    cap_usd: float | None = None
    heading: Sequence[str] = ()
    error: str = ""
    keys: bool = True
    asked_usd: float = 0.0


def rows_of(
    takes: Mapping[tuple[str, int], TakeProgress], holds: Mapping[str, str], prices: Mapping[str, float]
) -> tuple[Row, ...]:
    """A row for every take that this session has to do with, and for every shot that waits. `prices` tells what the
    waiting ones may cost, in US dollars.
    """

    def row(shot_id: str, take: TakeProgress | None = None) -> Row:
        return Row(shot_id=shot_id, take=take, held=holds.get(shot_id, ""), most_usd=prices.get(shot_id, 0.0))

    rows = [row(each.shot_id, each) for each in takes.values()]
    seen = {each.shot_id for each in rows}
    return (*rows, *(row(shot_id) for shot_id in holds if shot_id not in seen))


def table_text(scene: Scene, *, now: float, width: int, height: int, style: Style) -> str:
    """Lines of at most `width` cells and at most `height` of them; finished rows give way first."""
    head = [style.paint(Ink.STRONG, line) for line in flow(list(scene.heading), width)]
    foot = _foot(scene, width, style)
    room = max(height - len(head) - len(foot) - 2, 1)
    rows, hidden = _fitting(scene.rows, room)
    column = min(max((cells(_name(row)) for row in rows), default=4), max(width - 56, 12))
    lines = [_line(row, now, column, width, style) for row in rows]
    if hidden:
        lines.append(style.paint(Ink.QUIET, fit(f"  and {hidden} more", width)))
    titles = _titles(column, width, style) if lines else []
    return "\n".join([*head, *titles, *lines, *foot])


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cells:
    """One row's words by their columns."""

    ink: Ink
    symbol: str
    state: str
    time: str = ""
    cost: str = ""
    note: str = ""
    note_ink: Ink = Ink.QUIET
    is_path: bool = False


def _fitting(rows: Sequence[Row], room: int) -> tuple[Sequence[Row], int]:
    if len(rows) <= room:
        return rows, 0
    over = [row for row in rows if row.take is not None and row.take.phase is Phase.RENDERED and not row.held]
    others = [row for row in reversed(rows) if row not in over]
    gone = [*over, *others][: len(rows) - room + 1]
    return [row for row in rows if row not in gone], len(gone)


def _titles(column: int, width: int, style: Style) -> list[str]:
    titles = f"  {pad('shot', column)}  {pad('state', _STATE)}  {'left':>{_TIME}}  {'cost':>{_COST}}"
    return [style.paint(Ink.QUIET, fit(titles, width))]


def _line(row: Row, now: float, column: int, width: int, style: Style) -> str:
    shown = _cells_of(row, now, style)
    name = pad(fit_middle(_name(row), column), column)
    head = (
        f"{style.paint(shown.ink, shown.symbol)} {style.paint(Ink.STRONG, name)}"
        f"  {style.paint(shown.ink, pad(fit(shown.state, _STATE), _STATE))}"
        f"  {shown.time:>{_TIME}}  {shown.cost:>{_COST}}"
    )
    room = width - column - _STATE - _TIME - _COST - _GAPS - 2
    cut = fit_middle if shown.is_path else fit
    note = style.paint(shown.note_ink, cut(printable(shown.note), room)) if room > 3 else ""
    return f"{head}  {note}".rstrip()


def _name(row: Row) -> str:
    take = row.take
    return row.shot_id if take is None or take.take == 1 else f"{row.shot_id} take {take.take}"


def _cells_of(row: Row, now: float, style: Style) -> _Cells:
    take = row.take
    if take is None:
        return _Cells(ink=Ink.CHANGED, symbol="·", state="waiting", cost=_most(row), note=row.held)
    shown = _of_take(take, now, style)
    if not row.held:
        return shown
    if take.phase.is_over:
        return _Cells(ink=Ink.CHANGED, symbol="·", state="waiting", cost=_most(row), note=row.held)
    return _Cells(
        ink=shown.ink,
        symbol=shown.symbol,
        state=shown.state,
        time=shown.time,
        cost=shown.cost,
        note="newer version waits",
        note_ink=Ink.CHANGED,
    )


def _most(row: Row) -> str:
    return f"≤{usd(row.most_usd)}" if row.most_usd else ""


def _of_take(take: TakeProgress, now: float, style: Style) -> _Cells:
    turn = _SPINNER[int(now * _TURNS_PER_SECOND) % len(_SPINNER)] if style.coloured else "…"
    estimate = f"~{usd(take.estimate)}" if take.estimate else ""
    match take.phase:
        case Phase.PLANNED:
            return _Cells(ink=Ink.QUIET, symbol="·", state="planned", cost=estimate, note=take.said)
        case Phase.SUBMITTING:
            return _Cells(ink=Ink.RUNNING, symbol=turn, state="submitting", cost=estimate)
        case Phase.WAITING:
            time = _left(take, now)
            return _Cells(ink=Ink.RUNNING, symbol=turn, state=take.said or "submitted", time=time, cost=estimate)
        case Phase.DOWNLOADING:
            note = transfer(take.done, take.total)
            return _Cells(ink=Ink.RUNNING, symbol=turn, state="downloading", cost=estimate, note=note)
        case Phase.RENDERED:
            cost = usd(take.usd) if take.usd is not None else ""
            return _Cells(ink=Ink.NEW, symbol="✓", state="rendered", cost=cost, note=take.path, is_path=True)
        case Phase.FAILED:
            return _Cells(ink=Ink.WRONG, symbol="x", state="failed", note=take.said, note_ink=Ink.WRONG)
        case Phase.UNKNOWN:
            note = f"{take.said}; not sent again"
            return _Cells(ink=Ink.RISK, symbol="?", state="unknown", cost=estimate, note=note, note_ink=Ink.RISK)
        case Phase.BLOCKED:
            return _Cells(ink=Ink.RISK, symbol="!", state="blocked", note=take.said, note_ink=Ink.RISK)
        case _:
            assert_never(take.phase)


def _left(take: TakeProgress, now: float) -> str:
    """The gateway's own percentage says nothing; what is shown is what is usual, less the time that has passed."""
    if take.since is None or not take.expected:
        return ""
    left = take.expected - (now - take.since)
    return f"~{clock(left)}" if left > 0 else f"+{clock(-left)}"


def _foot(scene: Scene, width: int, style: Style) -> list[str]:
    lines = [""]
    if scene.error:
        lines.append(style.paint(Ink.WRONG, fit(f"x {printable(scene.error)}", width)))
    lines += flow(list(_money(scene)), width)
    if scene.keys:
        lines.append(style.paint(Ink.QUIET, fit(KEYS, width)))
    return lines


def _money(scene: Scene) -> Iterator[str]:
    yield f"{usd(scene.spent_usd)} spent" + (f" of {usd(scene.cap_usd)}" if scene.cap_usd is not None else "")
    if scene.asked_usd:
        yield f"a pays at most {usd(scene.asked_usd)}"
    if scene.reserved_usd:
        yield f"at most {usd(scene.reserved_usd)} under way"
    if scene.standing:
        yield f"{plural(scene.standing, 'shot')} up to date"
