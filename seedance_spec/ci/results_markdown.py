"""Results as Markdown for a pull request: pictures before and after, cost, causes, cut to a comment's size. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from seedance_spec.ci.results import Result, Results
from seedance_spec.plan.events import failure_words, take_name
from seedance_spec.plan.figures import plural, usd
from seedance_spec.plan.markdown import LONGEST_COMMENT
from seedance_spec.plan.markdown_rows import why_cell
from seedance_spec.plan.markdown_text import code, table, words
from seedance_spec.plan.status import STATE_SYMBOLS
from seedance_spec.plan.status_rows import State
from seedance_spec.plan.style import fit, fit_middle
from seedance_spec.realm import Realm

POSTER_WIDTH = 200
_SAVED = 600
_NAME, _SAID, _MOST_TROUBLES = 120, 400, 10
_UNDER_WAY = (State.IN_FLIGHT,)
_BROUGHT = (State.RENDERED, State.PRUNED)


def results_markdown(results: Results, *, posters: Mapping[str, str], limit: int = LONGEST_COMMENT) -> str:
    """The results, ending without a newline, in at most `limit` characters; the end tells how many rows were left out.

    `posters` are addresses of pictures by the SHA-256 of their clips.
    """
    has_pictures = any(each in posters for result in results.results for each in (result.before, result.after))
    heads = ("", "shot", *(("before", "after") if has_pictures else ()), "why", "cost:")
    lines = [*_headline(results), *_troubles(results)]
    room = limit - _SAVED - sum(len(line) + 1 for line in (*lines, *table(heads, ())))
    kept: list[str] = []
    cells = (_cells(each, results, posters, has_pictures=has_pictures) for each in results.results)
    for row in (table(heads, [each])[-1] for each in cells):
        room -= len(row) + 1
        if room < 0:
            break
        kept.append(row)
    left_out = len(results.results) - len(kept)
    grid = [*table(heads, ())[:2], *kept, ""] if kept else []
    said = f"{plural(left_out, 'row')} left out, for a comment holds no more. All of it:"
    more = [f"{words(said)} {code('seedance-spec status')}"]
    return "\n".join([*lines, *grid, *(more if left_out else [])]).rstrip("\n")


def _headline(results: Results) -> Iterator[str]:
    total = len(results.results)
    brought = results.counted(*_BROUGHT)
    said = f"{brought} of {plural(total, 'take')} rendered" if total else "nothing to render"
    yield f"### {code(fit(results.project, 100))}: {words(said)}"
    yield ""
    facts = [words(each) for each in _facts(results)]
    facts += [f"profile {code(results.profile)}"] if results.profile else []
    facts += [f"since {code(fit(results.since, 100))}"] if results.since else []
    if facts:
        yield " · ".join(facts)
        yield ""


def _facts(results: Results) -> Iterator[str]:
    if results.realm is Realm.SANDBOX:
        yield "sandbox: free"
    paid = " if it were paid" if results.realm is Realm.SANDBOX else " billed"
    if results.usd:
        yield f"{'' if results.is_billed else 'about '}{usd(results.usd)}{paid if results.is_billed else ''}"
    counts = (
        (results.counted(*_UNDER_WAY), "under way"),
        (results.counted(State.FAILED), "failed"),
        (results.counted(State.UNKNOWN), "unknown"),
        (results.counted(State.MISSING), "missing"),
        (results.counted(State.BLOCKED), "blocked"),
    )
    yield from (f"{number} {word}" for number, word in counts if number)
    if waiting := results.counted(State.NOT_SUBMITTED):
        yield f"{waiting} not submitted, about {usd(results.unpaid_usd)}"


def _troubles(results: Results) -> list[str]:
    lines = [line for each in results.results if (line := _trouble(each))]
    more = [f"- {words(f'and {len(lines) - _MOST_TROUBLES} more')}"] if len(lines) > _MOST_TROUBLES else []
    return [*lines[:_MOST_TROUBLES], *more, ""] if lines else []


def _trouble(result: Result) -> str:
    row = result.row
    if row.state not in {State.FAILED, State.UNKNOWN, State.MISSING, State.BLOCKED}:
        return ""
    said = failure_words(row.error_class, row.error_message or "", "") if row.error_class else ""
    hint = f"→ {row.hint}" if row.hint else ""
    told = " ".join(each for each in (said, hint) if each)
    return f"- {code(_name(result))} **{row.state.value}** {words(fit(told, _SAID))}".rstrip()


def _cells(result: Result, results: Results, posters: Mapping[str, str], *, has_pictures: bool) -> tuple[str, ...]:
    symbol, _ = STATE_SYMBOLS[result.row.state]
    pictures = (_picture(result.before, posters), _picture(result.after, posters)) if has_pictures else ()
    why = why_cell(result.change, results.edits)
    name = f"{code(_name(result))}<br>{words(result.row.state.value)}"
    return (code(symbol), name, *pictures, why, code(_cost(result)))


def _cost(result: Result) -> str:
    if result.usd is None:
        return ""
    return "free" if result.row.state is State.FAILED else f"{'' if result.is_billed else '~'}{usd(result.usd)}"


def _picture(clip: str | None, posters: Mapping[str, str]) -> str:
    address = posters.get(clip or "")
    return "" if address is None else f'<img src="{address}" width="{POSTER_WIDTH}" alt="">'


def _name(result: Result) -> str:
    return fit_middle(take_name(result.change.shot_id, result.change.take), _NAME)
