"""The plan for a pull request, as Markdown that GitHub shows. Pure: it is cut to the size of a comment, no more."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from seedance_spec.plan.budget import Verdict
from seedance_spec.plan.cause_text import author_text, cause_words, place_text
from seedance_spec.plan.change import Action, Change, Plan
from seedance_spec.plan.closing import next_step, remarks, tally
from seedance_spec.plan.edits import VARIABLES, Edit, Edits, edits_of
from seedance_spec.plan.figures import plural
from seedance_spec.plan.markdown_rows import FREE_HEADS, PAID_HEADS, details, free_cells, has_details, paid_cells
from seedance_spec.plan.markdown_text import code, folded, table, words
from seedance_spec.plan.price_text import about, money_lines, price_of
from seedance_spec.plan.style import fit, fit_middle
from seedance_spec.realm import Realm
from seedance_spec.specfiles.diagnostic import Diagnostic, Severity

__all__ = ["LONGEST_COMMENT", "plan_markdown"]

LONGEST_COMMENT = 65_536
"""How many characters GitHub takes in a comment."""

_SAVED = 600
"""Room for what is said of rows that were left out, and for a marker that a bot may add."""
_FOLDING = 200
_PLACE = 100
_MOST_EDITS, _MOST_COMPLAINTS, _LONGEST_COMPLAINT = 3, 10, 600
_NEEDS_EYES = frozenset({Action.UNKNOWN, Action.FAILED, Action.BLOCKED})


def plan_markdown(
    plan: Plan, *, verdict: Verdict | None = None, complaints: Iterable[Diagnostic] = (), limit: int = LONGEST_COMMENT
) -> str:
    """The whole plan, ending without a newline, in at most `limit` characters.

    Where it would be longer, details and rows are left out, and the end tells how many. What every reader must see
    stands above them: counts, the price with its range, caps, complaints.
    """
    edits = edits_of(plan)
    paid, eyes, free = _sorted(plan)
    top = [*_headline(plan), *_why(plan, edits), *_complaints(complaints), *_money(plan, verdict)]
    room = limit - _SAVED - _size(top)
    eyes_shown, eyes_out = _table(FREE_HEADS, (free_cells(each, edits) for each in eyes), len(eyes), room)
    room -= _size(eyes_shown)
    paid_shown, paid_out = _table(PAID_HEADS, (paid_cells(each, edits) for each in paid), len(paid), room)
    room -= _size(paid_shown)
    free_shown, free_out = _table(
        FREE_HEADS, (free_cells(each, edits) for each in free), len(free), room // 2 - _FOLDING
    )
    behind_free = [*folded(words(plural(len(free), "free change")), free_shown[:-1]), ""] if free_shown else []
    behind, blocks_out = _details((*paid, *eyes), edits, room - _size(behind_free))
    eyes_titled = ["**Needs you**", "", *eyes_shown] if eyes_shown else []
    ends = _end(paid_out + eyes_out + free_out, blocks_out)
    return "\n".join([*top, *paid_shown, *eyes_titled, *behind, *behind_free, *ends]).rstrip("\n")


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]], number: int, room: int) -> tuple[list[str], int]:
    """As many rows as there is room for, in a table, and how many there was none for."""
    top = table(heads, ())
    kept = _fitting((table(heads, [row])[-1] for row in rows), room - _size(top))
    return ([*top, *kept, ""] if kept else []), number - len(kept)


def _sorted(plan: Plan) -> tuple[list[Change], list[Change], list[Change]]:
    """What costs money, what needs a person, and what is free; unchanged takes are only counted."""
    paid = [change for change in plan.changes if change.pays]
    eyes = [change for change in plan.changes if change.action in _NEEDS_EYES]
    other = _NEEDS_EYES | {Action.UNCHANGED}
    return paid, eyes, [change for change in plan.changes if not change.pays and change.action not in other]


def _headline(plan: Plan) -> Iterator[str]:
    if not plan.paid:
        price = "nothing to pay"
    elif any(change.estimate is not None for change in plan.paid):
        price = about(plan.total_usd, plan.least_usd, plan.most_usd)
        price += " if it were paid" if plan.realm is Realm.SANDBOX else ""
    else:
        price = "no price is known"
    shots = len({change.shot_id for change in plan.changes if change.shot is not None})
    counted = f"{plural(len(plan.paid), 'render')}, {price}" if plan.paid else price
    yield f"### {code(fit(plan.project, 100))}: {words(counted)}"
    yield ""
    realm = [words("sandbox: free")] if plan.realm is Realm.SANDBOX else []
    realm += [f"profile {code(plan.profile)}"] if plan.profile else []
    yield " · ".join([words(plural(shots, "shot")), *realm, words(tally(plan))])
    yield ""


def _why(plan: Plan, edits: Edits) -> Iterator[str]:
    """`1 edit explains 12 of 14`: said where one edit changes several shots."""
    shared = edits.shared[:_MOST_EDITS]
    shots = {change.shot_id for change in plan.paid}
    if not shared or len(shots) < 3:
        return
    explained = {shot for edit in shared for shot in edit.shots}
    verb = "explains" if len(shared) == 1 else "explain"
    yield words(f"{plural(len(shared), 'edit')} {verb} {len(explained)} of {len(shots)}") + ":"
    yield ""
    yield from (_edit(edit, plan) for edit in shared)
    yield ""


def _edit(edit: Edit, plan: Plan) -> str:
    cause = edit.cause
    is_variable = cause.author is not None and cause.author.kind in VARIABLES
    said = "reworded" if cause.field == "prompt" and not is_variable else cause_words(cause)
    what = author_text(cause) if is_variable else cause.field
    price = price_of(plan, edit)
    place = code(fit_middle(place_text(cause), _PLACE))
    # Another bullet than the list below: two lists of one bullet are one list to a renderer.
    return f"* {place} {words(f'{what}: {said}')}{words(f', {price}') if price else ''}"


def _complaints(complaints: Iterable[Diagnostic]) -> Iterator[str]:
    found = sorted(complaints, key=lambda each: each.severity is not Severity.ERROR)
    for each in found[:_MOST_COMPLAINTS]:
        kind = "Error" if each.severity is Severity.ERROR else "Warning"
        place = f" {code(fit_middle(str(each.span), _PLACE))}" if each.span else ""
        hint = f" → {each.hint}" if each.hint else ""
        yield f"- **{kind}** {words(fit(each.message + hint, _LONGEST_COMPLAINT))}{place}"
    if len(found) > _MOST_COMPLAINTS:
        yield f"- {words(f'and {len(found) - _MOST_COMPLAINTS} more complaints')}"
    if found:
        yield ""


def _money(plan: Plan, verdict: Verdict | None) -> Iterator[str]:
    for label, said in (*money_lines(plan, verdict), *remarks(plan)):
        yield f"- **{label}** {words(said)}"
    yield f"- **Next** {code(next_step(plan, verdict))}"
    yield ""


def _details(changes: Iterable[Change], edits: Edits, room: int) -> tuple[list[str], int]:
    """Whole details, as many as there is room for, and how many there was none for."""
    detailed = [change for change in changes if has_details(change, edits)]
    kept = _fitting(("\n".join([*details(change, edits), ""]) for change in detailed), room)
    return kept, len(detailed) - len(kept)


def _fitting(pieces: Iterable[str], room: int) -> list[str]:
    """The first pieces that fit; the others are not even made."""
    kept: list[str] = []
    for piece in pieces:
        room -= len(piece) + 1
        if room < 0:
            break
        kept.append(piece)
    return kept


def _size(lines: Sequence[str]) -> int:
    return sum(len(line) + 1 for line in lines)


def _end(rows: int, blocks: int) -> Iterator[str]:
    said = [plural(rows, "row")] if rows else []
    said += [f"the details of {plural(blocks, 'shot')}"] if blocks else []
    if said:
        yield (
            words(f"Left out, for a comment holds no more: {' and '.join(said)}. All of it:")
            + " "
            + code("seedance-spec plan")
        )
