"""The picture of an apply under way: each take, its bar where one is honest, and the sum. Pure: time is handed in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import assert_never

from seedance_spec.plan.event_document import event_document, event_schema
from seedance_spec.plan.events import Event, event_line, take_name, transfer
from seedance_spec.plan.figures import clock, lasting, plural, usd
from seedance_spec.plan.style import Ink, Style, cells, fit, fit_middle, flow, pad, printable
from seedance_spec.plan.under_way import Phase, Progress, TakeProgress, expected_seconds

__all__ = [
    "Event",
    "Phase",
    "Progress",
    "TakeProgress",
    "event_document",
    "event_line",
    "event_schema",
    "expected_seconds",
    "progress_text",
]

_WORD = 11
_CLOCK = 7
_BAR = 20
_SPINNER = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
_TURNS_PER_SECOND = 8


def progress_text(progress: Progress, *, now: float, width: int, style: Style, height: int | None = None) -> str:
    """Lines of at most `width` cells, ending without a newline; at most `height`, the least telling left out."""
    foot = _foot(progress, now, width, style)
    room = None if height is None else max(height - len(foot), 1)
    takes, left_out = _shown(list(progress.takes.values()), room)
    column = min(max((cells(_name(each)) for each in takes), default=0), max(width // 2 - 10, 12))
    lines = [_line(each, now, column, width, style) for each in takes]
    more = [style.paint(Ink.QUIET, fit(left_out, width))] if left_out else []
    return "\n".join([*lines, *more, *foot])


def _shown(takes: list[TakeProgress], room: int | None) -> tuple[Sequence[TakeProgress], str]:
    """What fits: finished takes give way first, then those that wait for their turn, then the last ones."""
    if room is None or len(takes) <= room:
        return takes, ""
    rendered = [each for each in takes if each.phase is Phase.RENDERED]
    planned = [each for each in reversed(takes) if each.phase is Phase.PLANNED]
    others = [each for each in reversed(takes) if each not in rendered and each not in planned]
    hidden = [*rendered, *planned, *others][: len(takes) - room + 1]
    finished = sum(each.phase is Phase.RENDERED for each in hidden)
    parts = [(finished, "rendered"), (len(hidden) - finished, "more")]
    words = ", ".join(f"{number} {word}" for number, word in parts if number)
    return [each for each in takes if each not in hidden], f"  and {words}"


def _line(take: TakeProgress, now: float, column: int, width: int, style: Style) -> str:
    ink, symbol = _symbol(take.phase, now, style)
    name = pad(fit_middle(_name(take), column), column)
    time = _time(take, now)
    room = width - column - _WORD - _CLOCK - 6
    word = style.paint(ink, pad(fit(_word(take), _WORD), _WORD))
    head = f"{style.paint(ink, symbol)} {style.paint(Ink.STRONG, name)}  {word}{' ' * (_CLOCK - len(time))}{time}"
    return f"{head}  {_rest(take, now, room, style)}".rstrip()


def _name(take: TakeProgress) -> str:
    return take_name(take.shot_id, take.take)


def _symbol(phase: Phase, now: float, style: Style) -> tuple[Ink, str]:
    match phase:
        case Phase.PLANNED:
            return Ink.QUIET, "·"
        case Phase.SUBMITTING | Phase.WAITING | Phase.DOWNLOADING:
            turn = int(now * _TURNS_PER_SECOND) % len(_SPINNER)
            return Ink.RUNNING, _SPINNER[turn] if style.coloured else "…"
        case Phase.RENDERED:
            return Ink.NEW, "✓"
        case Phase.FAILED:
            return Ink.WRONG, "x"
        case Phase.UNKNOWN:
            return Ink.RISK, "?"
        case Phase.BLOCKED:
            return Ink.RISK, "!"
        case _:
            assert_never(phase)


def _word(take: TakeProgress) -> str:
    if take.phase is Phase.WAITING:
        return take.said or "submitted"
    if take.phase is Phase.RENDERED:
        return take.said or take.phase.value
    return take.phase.value


def _time(take: TakeProgress, now: float) -> str:
    match take.phase:
        case Phase.RENDERED:
            return clock(take.seconds) if take.seconds else ""
        case Phase.SUBMITTING | Phase.WAITING | Phase.DOWNLOADING if take.since is not None:
            return clock(now - take.since)
        case _:
            return ""


def _rest(take: TakeProgress, now: float, room: int, style: Style) -> str:
    match take.phase:
        case Phase.WAITING if take.since is not None:
            return _expectation(now - take.since, take.expected, room, style)
        case Phase.DOWNLOADING:
            return _download(take, room, style)
        case Phase.RENDERED:
            return style.paint(Ink.QUIET, fit_middle(printable(take.path), room))
        case Phase.FAILED:
            return style.paint(Ink.WRONG, fit(printable(take.said), room))
        case Phase.UNKNOWN | Phase.BLOCKED:
            return style.paint(Ink.RISK, fit(printable(take.said), room))
        case _:
            return style.paint(Ink.QUIET, fit(printable(take.said), room))


def _expectation(elapsed: float, expected: float, room: int, style: Style) -> str:
    """The gateway's own percentage says nothing; what is shown is the time against what is usual."""
    if not expected:
        return ""
    if elapsed >= expected:
        return style.paint(Ink.QUIET, fit(f"longer than usual ({clock(expected)})", room))
    words = f"~{clock(expected - elapsed)} left"
    return _bar(elapsed / expected, words, room, style, full="━", empty="┈")


def _download(take: TakeProgress, room: int, style: Style) -> str:
    words = transfer(take.done, take.total)
    if not take.total:
        return style.paint(Ink.QUIET, fit(words, room))
    return _bar(min(take.done / take.total, 1.0), words, room, style, full="█", empty="░")


def _bar(share: float, words: str, room: int, style: Style, *, full: str, empty: str) -> str:
    size = min(_BAR, room - cells(words) - 2)
    if size < 4:
        return style.paint(Ink.QUIET, fit(words, room))
    filled = int(share * size)
    bar = style.paint(Ink.RUNNING, full * filled) + style.paint(Ink.QUIET, empty * (size - filled))
    return f"{bar}  {style.paint(Ink.QUIET, words)}"


def _foot(progress: Progress, now: float, width: int, style: Style) -> list[str]:
    told = [style.paint(Ink.QUIET, fit(f"· {printable(progress.last_word)}", width))] if progress.last_word else []
    return ["", *told, *flow(list(_sum(progress, now)), width)]


def _sum(progress: Progress, now: float) -> Iterator[str]:
    takes = list(progress.takes.values())
    counts = {phase: sum(each.phase is phase for each in takes) for phase in Phase}
    yield f"{counts[Phase.RENDERED]} of {plural(len(takes), 'take')} rendered"
    under_way = len(takes) - counts[Phase.PLANNED] - sum(counts[each] for each in Phase if each.is_over)
    troubles = ((counts[phase], phase.value) for phase in (Phase.FAILED, Phase.UNKNOWN, Phase.BLOCKED))
    yield from (f"{number} {word}" for number, word in ((under_way, "under way"), *troubles) if number)
    if progress.started_at is not None:
        yield clock(now - progress.started_at)
    left = max((_left(each, now) for each in takes if not each.phase.is_over), default=0.0)
    if left >= 1:
        yield f"about {lasting(left)} left"
    planned = sum(each.estimate for each in takes)
    if planned:
        yield f"est. {usd(planned)}"


def _left(take: TakeProgress, now: float) -> float:
    if take.phase is Phase.DOWNLOADING:
        return 0.0
    return take.expected - (now - take.since if take.since is not None else 0.0)
