"""The plan as people read it: what, why, how much, and what to type next. Pure: it is handed a width and a style."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from seedance_spec.plan.budget import Refused, Verdict
from seedance_spec.plan.cause_text import author_text, cause_words, place_text
from seedance_spec.plan.change import Action, Change, Plan
from seedance_spec.plan.closing import next_step, remarks, tally
from seedance_spec.plan.edits import VARIABLES, Edit, edits_of
from seedance_spec.plan.figures import plural
from seedance_spec.plan.price_text import money_lines, price_of
from seedance_spec.plan.row_text import Page, detail_lines, name_of, row_lines
from seedance_spec.plan.style import Ink, Style, cells, flow, printable
from seedance_spec.realm import Realm

__all__ = ["plan_text"]

_NARROWEST = 60
_RIGHT_OF_NAME = 42  # action, price, length, resolution and tokens, with the gaps between them
_MOST_EDITS = 3


def plan_text(
    plan: Plan,
    *,
    width: int,
    style: Style,
    unchanged: bool = False,
    applying: bool = False,
    locked: bool = False,
    verdict: Verdict | None = None,
) -> str:
    """The whole plan, ending without a newline. Lines keep to `width` cells from 60 upwards.

    `unchanged` shows unchanged takes too, which are only counted otherwise. `applying`: an apply shows it, so it says
    neither that nothing is sent nor what to type next; nor is that said of a plan that must not pay (`locked`).
    `verdict` is what the guards say of it.
    """
    width = max(width, _NARROWEST)
    shown = [change for change in plan.changes if unchanged or change.action is not Action.UNCHANGED]
    page = Page(width=width, column=_column(shown, width), style=style, edits=edits_of(plan))
    blocks = [[*row_lines(change, page), *detail_lines(change, page)] for change in shown]
    footer = _footer(plan, page, verdict, applying=applying, says_next=not (applying or (locked and plan.paid)))
    parts = [_header(plan, width, style, applying=applying), _spaced(blocks), footer]
    return "\n\n".join("\n".join(lines) for lines in parts if lines)


def _header(plan: Plan, width: int, style: Style, *, applying: bool) -> list[str]:
    shots = {change.shot_id: change for change in plan.changes if change.shot is not None}
    files = {change.span.file for change in shots.values() if change.span is not None}
    count, places = len(shots) + plan.beside.shots, len(files) + plan.beside.files
    where = [f"{plural(count, 'shot')} in {plural(places, 'file')}" if places else plural(count, "shot")]
    realm = ["sandbox"] if plan.realm is Realm.SANDBOX else []
    realm += [f"profile {printable(plan.profile)}"] if plan.profile else []
    promise = [] if applying else ["offline: nothing is sent or paid by a plan"]
    lines = flow([printable(plan.project), *where, *realm, *promise], width)
    name = printable(plan.project)
    return [style.paint(Ink.STRONG, name) + lines[0][len(name) :], *lines[1:]]


def _column(shown: Sequence[Change], width: int) -> int:
    longest = max((cells(name_of(change)) for change in shown), default=0)
    return min(longest, width - _RIGHT_OF_NAME)


def _spaced(blocks: list[list[str]]) -> list[str]:
    """Rows without details stand close together; a row with details has air around it."""
    if not blocks:
        return []
    lines = [*blocks[0]]
    for above, block in pairwise(blocks):
        lines += ["", *block] if len(above) > 1 or len(block) > 1 else block
    return lines


def _footer(plan: Plan, page: Page, verdict: Verdict | None, *, applying: bool, says_next: bool) -> list[str]:
    lines = [*_why(plan, page), *_labelled("Plan", [tally(plan)], page)]
    following = [("Next", next_step(plan, verdict))] if says_next else []
    if applying and isinstance(verdict, Refused):
        verdict = None  # the apply itself says so
    for label, words in (*money_lines(plan, verdict), *remarks(plan), *following):
        lines += _labelled(label, [words], page)
    return lines


def _why(plan: Plan, page: Page) -> Iterator[str]:
    """`1 edit explains 12 of 14`: said where one edit changes several shots."""
    edits = page.edits.shared[:_MOST_EDITS]
    shots = {change.shot_id for change in plan.paid}
    if not edits or len(shots) < 3:
        return
    explained = {shot for edit in edits for shot in edit.shots}
    verb = "explains" if len(edits) == 1 else "explain"
    yield from _labelled("Why", [f"{plural(len(edits), 'edit')} {verb} {len(explained)} of {len(shots)}"], page)
    for edit in edits:
        yield from (
            page.style.paint(Ink.QUIET, line)
            for line in flow(_edit_parts(edit, plan), page.width, separator="  ", indent=" " * 6)
        )
    yield ""


def _edit_parts(edit: Edit, plan: Plan) -> list[str]:
    cause = edit.cause
    is_variable = cause.author is not None and cause.author.kind in VARIABLES
    words = "" if cause.field == "prompt" and not is_variable else cause_words(cause)
    author = author_text(cause) if is_variable else ""
    said = " ".join(each for each in (f"{author}:" if author else cause.field, words) if each)
    told = [f"      {place_text(cause)}", said, price_of(plan, edit)]
    return [each for each in told if each]


def _labelled(label: str, parts: list[str], page: Page) -> list[str]:
    """`Plan: 2 new, …`, broken at its commas, dots or words where it is too long, with a hanging indent."""
    head = f"{label}:"
    separator = _separator(label, parts[0], page.width - 6)
    lines = flow(parts[0].split(separator), page.width - 6, separator=separator)
    first, *rest = lines
    bold = page.style.paint(Ink.STRONG, head)
    return [f"{bold}{' ' * max(6 - len(head), 1)}{first}", *(" " * 6 + line for line in rest)]


def _separator(label: str, words: str, room: int) -> str:
    """Where a line may break: at its dots as long as what stands between them fits, else between words."""
    if label == "Plan":
        return ", "
    return " · " if all(cells(part) <= room for part in words.split(" · ")) and " · " in words else " "
