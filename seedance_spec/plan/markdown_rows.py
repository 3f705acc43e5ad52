"""The rows of a plan as Markdown: a line of a table for each, and what is behind a click. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from seedance_spec.plan.cause_text import author_text, cause_words, field_label, is_prose, place_text, shown_values
from seedance_spec.plan.change import Cause, Change
from seedance_spec.plan.edits import VARIABLES, Edits
from seedance_spec.plan.figures import plural
from seedance_spec.plan.markdown_text import code, fenced, folded, words
from seedance_spec.plan.row_text import SYMBOLS, action_word, further_facts, is_plain, name_of, price_words, shape_words
from seedance_spec.plan.style import PLAIN, fit, fit_middle
from seedance_spec.plan.word_diff import word_diff

PAID_HEADS = ("", "shot", "why", "length", "price:")
FREE_HEADS = ("", "shot", "what", "why")

_WHY = 60
_PLACE = 100
_NAME = 120
_DIFF = 100
_MOST_CAUSES = 3
_MOST_LINES = 60


def paid_cells(change: Change, edits: Edits) -> tuple[str, ...]:
    length = shape_words(change)
    return (*_head(change), why_cell(change, edits), words(length), code(price_words(change)))


def free_cells(change: Change, edits: Edits) -> tuple[str, ...]:
    return (*_head(change), words(action_word(change)), why_cell(change, edits))


def has_details(change: Change, edits: Edits) -> bool:
    """Whether there is more to say than the table does."""
    causes = _told(change, edits)
    return bool(causes) and (
        bool(further_facts(change)) or any(map(_is_cut, causes)) or len(change.causes) > _MOST_CAUSES
    )


def details(change: Change, edits: Edits) -> list[str]:
    """Causes in full, prompts word by word."""
    lines = [line for cause in _told(change, edits) for line in _cause(cause, edits)]
    lines += [f"- {words(name)}: {words(said)}" for name, said in further_facts(change)]
    return folded(f"{code(name_of(change))} {words(action_word(change))}, {words(price_words(change))}", lines)


def _told(change: Change, edits: Edits) -> list[Cause]:
    return [each for each in change.causes if not is_plain(change, each) and edits.is_told_by(change, each)]


def _head(change: Change) -> tuple[str, str]:
    symbol, _ = SYMBOLS[change.action]
    return code(symbol), code(fit_middle(name_of(change), _NAME))


def why_cell(change: Change, edits: Edits) -> str:
    """The causes in short, each with its place; `as above` where one row has told the edit."""
    told = [_short(each, told=edits.is_told_by(change, each)) for each in change.causes]
    more = len(told) - _MOST_CAUSES
    return "<br>".join([*told[:_MOST_CAUSES], *([words(f"and {more} more")] if more > 0 else [])])


def _short(cause: Cause, *, told: bool) -> str:
    place = place_text(cause)
    said = words(fit(_said(cause), _WHY)) if told else words(f"{cause.field}, as above")
    return f"{said} {code(fit_middle(place, _PLACE))}" if place else said


def _said(cause: Cause) -> str:
    author, label = author_text(cause), field_label(cause)
    if _prose(cause) is not None:
        return " ".join(each for each in (author, f"{cause.field} reworded") if each)
    is_variable = cause.author is not None and cause.author.kind in VARIABLES
    named = "" if label == "reason" else f"{author if is_variable and author else label}: "
    return f"{named}{cause_words(cause)}"


def _prose(cause: Cause) -> tuple[str, str] | None:
    """Two texts that are shown word by word; None for values that stand in a line."""
    before, after = shown_values(cause)
    if isinstance(before, str) and isinstance(after, str) and is_prose(cause, before, after):
        return before, after
    return None


def _is_cut(cause: Cause) -> bool:
    """Whether the table cannot say it all."""
    return _prose(cause) is not None or len(_said(cause)) > _WHY


def _cause(cause: Cause, edits: Edits) -> Iterator[str]:
    others = edits.shots(cause) - 1
    also = f"also changes {plural(others, 'other shot')}" if others > 0 else ""
    remarks = "; ".join(each for each in (author_text(cause), also) if each)
    place = place_text(cause)
    tail = f"{f' {code(fit_middle(place, _PLACE))}' if place else ''}{f' ({words(remarks)})' if remarks else ''}"
    prose = _prose(cause)
    if prose is not None:
        diff = word_diff(*prose, width=_DIFF, style=PLAIN)
        more = [f"… {len(diff) - _MOST_LINES} more lines"] if len(diff) > _MOST_LINES else []
        yield from (f"- {code(cause.field)}{tail}", "")
        yield from (f"  {line}" for line in fenced([*diff[:_MOST_LINES], *more]))
        yield ""
    else:
        yield f"- {code(field_label(cause))}: {words(cause_words(cause))}{tail}"
