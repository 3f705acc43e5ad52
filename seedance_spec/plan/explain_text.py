"""The reasons of one shot as people read them, each with the line to edit. Pure: texts, width and style come in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import assert_never

from seedance_spec.lockfile.facts import AttemptFact
from seedance_spec.plan.cause_text import (
    author_text,
    cause_lines,
    cause_words,
    detail,
    is_prose,
    place_text,
    shown_values,
)
from seedance_spec.plan.change import Action, Cause, Change
from seedance_spec.plan.durations import Expected
from seedance_spec.plan.edits import Edits
from seedance_spec.plan.explain import Explanation, Link, Shown
from seedance_spec.plan.figures import clock, day, short_hash, short_id
from seedance_spec.plan.labelled import labelled
from seedance_spec.plan.row_text import Page, further_facts, name_of, row_lines
from seedance_spec.plan.style import Ink, Style, cells, printable
from seedance_spec.plan.word_diff import word_diff
from seedance_spec.realm import Realm
from seedance_spec.specfiles.snippet import Tone, excerpt

_NARROWEST = 60
_STEP = 2
_REASONS = frozenset({"shot", "clip", "attempt", "take", "takes", "matrix"})
_INKS = {Tone.CARET: Ink.CHANGED, Tone.GUTTER: Ink.QUIET}


def explanations_text(
    explanations: Sequence[Explanation], texts: Mapping[str, str], *, realm: Realm, width: int, style: Style
) -> str:
    """Every row with all of its reasons; `texts` are the spec files by path. No newline at the end."""
    width = max(width, _NARROWEST)
    blocks: list[str] = []
    before: Explanation | None = None
    for each in explanations:
        words = _Words(each, texts, realm, width, style)
        blocks.append(words.repeated() if before is not None and each.is_like(before) else words.text())
        before = each
    return "\n\n".join(blocks)


class _Words:
    """One explanation on its way to lines."""

    def __init__(
        self, explanation: Explanation, texts: Mapping[str, str], realm: Realm, width: int, style: Style
    ) -> None:
        self._told = explanation
        self._change = explanation.change
        self._texts, self._realm = texts, realm
        self._width, self._style = width, style

    def text(self) -> str:
        parts = [self._row(), self._why(), self._price(), [*self._roots(), *self._time(), *self._otherwise()]]
        return "\n\n".join("\n".join(lines) for lines in parts if lines)

    def repeated(self) -> str:
        """A further take that is wanted for the very same reasons: only what differs is said."""
        lines = detail(
            "reason", "the same reasons, price and time as the take above", [], width=self._width, style=self._style
        )
        return "\n".join([*self._row(), "", *lines, *self._facts()])

    def _row(self) -> list[str]:
        column = min(cells(name_of(self._change)), self._width - 42)
        page = Page(width=self._width, column=column, style=self._style, edits=Edits(by_key={}))
        return row_lines(self._change, page)

    def _why(self) -> list[str]:
        lines = list(self._unchanged()) if self._change.action is Action.UNCHANGED else []
        for link in self._told.links:
            lines += self._link(link, 0)
        for note in self._change.note:
            lines += cause_lines(note, width=self._width, style=self._style, remark="applies to future renders only")
        return [*lines, *self._facts()]

    def _facts(self) -> list[str]:
        """What it replaces, when it was rendered, the way out; the range stands under the price."""
        facts = [(field, words) for field, words in further_facts(self._change) if field not in {"guess", "range"}]
        return [line for fact in facts for line in detail(*fact, [], width=self._width, style=self._style)]

    def _unchanged(self) -> Iterator[str]:
        """Why nothing happens: the same hash, and the attempt that has it."""
        attempt = self._change.attempt
        same = f"the request has the content hash {short_hash(self._change.content_hash)}, as the attempt on record"
        yield from detail("same request", same, [], width=self._width, style=self._style)
        if attempt is not None:
            yield from detail("rendered", _attempt_words(attempt), [], width=self._width, style=self._style)

    def _link(self, link: Link, depth: int) -> list[str]:
        indent = " " * (_STEP * 2 * depth)
        lines = [f"{indent}{line}" for line in self._cause(link, self._width - len(indent))]
        if link.told:
            lines += [f"{indent}      {self._style.paint(Ink.QUIET, 'what is behind it stands above')}"]
        if link.behind:
            head = f"because of {printable(link.behind[0].shot_id)}"
            lines += [f"{indent}    └ {self._style.paint(Ink.STRONG, head)}"]
        for each in link.behind:
            lines += self._link(each, depth + 1)
        return lines

    def _cause(self, link: Link, width: int) -> list[str]:
        cause, author = link.cause, author_text(link.cause)
        place = place_text(cause)
        origin = [*([place] if place else []), *([f"({author})"] if author else [])]
        field = "reason" if cause.field in _REASONS else cause.field
        before, after = shown_values(cause)
        prose = isinstance(before, str) and isinstance(after, str) and is_prose(cause, before, after)
        words = "" if prose else cause_words(cause)
        lines = detail(field, words, origin, width=width, style=self._style)
        return [*lines, *self._diff(cause, width, always=prose), *self._picture(link, width)]

    def _diff(self, cause: Cause, width: int, *, always: bool) -> list[str]:
        """What became of a text, word by word; of the prompt also where a variable alone made the change."""
        before, after = (cause.before, cause.after) if cause.field == "prompt" else shown_values(cause)
        if not (always or cause.field == "prompt") or not isinstance(before, str) or not isinstance(after, str):
            return []
        return [" " * 8 + line for line in word_diff(before, after, width=width - 8, style=self._style)]

    def _picture(self, link: Link, width: int) -> list[str]:
        """The line to edit with its carets; nothing for what stands in no file."""
        span = link.cause.span
        text = self._texts.get(span.file) if span is not None else None
        if span is None or not text:
            return []
        lines = excerpt(span, text, self._paint, width=width - 4)
        return [f"    {line}" for line in lines]

    def _paint(self, tone: Tone, text: str) -> str:
        return self._style.paint(_INKS[tone], text) if tone in _INKS else text

    def _roots(self) -> list[str]:
        """`starts from moon, which changed at specs/a.yaml:3:7`, said for the whole chain."""
        lines: list[str] = []
        if not any(link.behind for link in self._told.links):
            return lines
        for number, root in enumerate(self._told.roots):
            words = _root_words(root, self._change.shot_id)
            lines += labelled("Root" if number == 0 else "", words, width=self._width, style=self._style)
        return lines

    def _price(self) -> list[str]:
        if not self._told.price:
            return []
        free = " · free in the sandbox, as if it were paid" if self._realm is Realm.SANDBOX else ""
        lines = [f"{self._style.paint(Ink.STRONG, 'Price')}{self._style.paint(Ink.QUIET, free)}"]
        for label, words in self._told.price:
            lines += detail(label, words, [], width=self._width, style=self._style)
        return lines

    def _time(self) -> list[str]:
        expected = self._told.expected
        if expected is None:
            return []
        words = time_words(expected) + (" · at the gateway's own speed" if self._realm is Realm.SANDBOX else "")
        return labelled("Time", words, width=self._width, style=self._style)

    def _otherwise(self) -> list[str]:
        words = otherwise_words(self._change, self._told.shown, outside=self._told.outside)
        return labelled("If not", words, width=self._width, style=self._style) if words else []


def _root_words(root: Link, shot_id: str) -> str:
    place = place_text(root.cause)
    what = author_text(root.cause) or root.cause.field
    whose = "its own" if root.shot_id == shot_id else f"starts from {printable(root.shot_id)}, whose"
    return f"{whose} {what} changed" + (f" at {place}" if place else "")


def time_words(expected: Expected) -> str:
    return f"about {clock(expected.usual)} · 19 of 20 take no more than {clock(expected.late)}"


def otherwise_words(change: Change, shown: Shown | None, *, outside: bool) -> str:
    """What happens when this is not applied. Empty for a row that asks for nothing."""
    if outside:
        return "the run is about other shots: nothing is done about this one"
    if change.follows is not None:
        return f"nothing is paid; {_stays(shown)}"
    match change.action:
        case Action.NEW | Action.RERENDER | Action.BLOCKED | Action.STALE:
            return f"nothing is paid; {_stays(shown)}"
        case Action.RESTORE | Action.RENAMED | Action.DROPPED:
            return f"nothing is lost; {_stays(shown)}"
        case Action.FAILED:
            return f"nothing is paid, and nothing was charged; {_stays(shown)}"
        case Action.MISSING:
            return "the clip stays away, and its link dies a day after it was rendered"
        case Action.IN_FLIGHT:
            return "it is paid for and renders all the same; apply or collect fetches it while its link lives"
        case Action.UNKNOWN:
            return "nothing is sent again; it stays unknown until evidence or `resolve` settles it"
        case Action.UNCHANGED:
            return ""
        case _:
            assert_never(change.action)


def _stays(shown: Shown | None) -> str:
    if shown is None:
        return "renders/ shows no clip of this shot"
    if shown.attempt is None:
        return f"{printable(shown.output)} stays as it is"
    return f"{printable(shown.output)} goes on showing {_attempt_words(shown.attempt)}"


def _attempt_words(attempt: AttemptFact) -> str:
    parts = [f"take {attempt.take} of {short_hash(attempt.content_hash)}"]
    parts += [day(attempt.submitted_at)] if attempt.submitted_at is not None else []
    return ", ".join([*parts, f"attempt {short_id(attempt.attempt_id)}"])
