"""What a plan says of money: the cost with its range, whose prices, how sure, which guards. Pure: words only."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from seedance_spec.lockfile.facts import Estimate
from seedance_spec.plan.budget import Allowed, Refused, Verdict
from seedance_spec.plan.change import Action, Plan
from seedance_spec.plan.edits import Edit
from seedance_spec.plan.figures import count, plural, range_usd, usd
from seedance_spec.plan.lessons import ENOUGH, Lesson
from seedance_spec.plan.prices import PRICE_TABLE
from seedance_spec.plan.quote import Quote
from seedance_spec.realm import Realm


def money_lines(plan: Plan, verdict: Verdict | None) -> Iterator[tuple[str, str]]:
    """Labelled lines: Cost, Price, Retry, Risk, Cap and Stop, as far as there is something to say."""
    if plan.paid:
        yield "Cost", _cost(plan)
        if words := _prices(plan):
            yield "Price", words
    if any(change.retries for change in plan.paid):
        yield "Retry", _retries(plan)
    risky = [change for change in plan.changes if change.action is Action.UNKNOWN]
    if risky:
        amount = sum(change.estimate.usd for change in risky if change.estimate is not None)
        yield "Risk", f"est. {usd(amount)} may be paid without a known outcome; never sent again"
    match verdict:
        case Refused(objections=objections):
            yield from (("Stop", f"{each.said}: apply refuses") for each in objections)
        case Allowed() if plan.paid and (words := cap_words(verdict)):
            yield "Cap", words
        case _:
            pass


def about(expected: float, low: float, high: float) -> str:
    """`about $1.20 ($0.90–1.60)`; without the ends where they do not differ by a cent."""
    return f"about {usd(expected)}" + (f" ({range_usd(low, high)})" if high - low >= 0.01 else "")


def price_of(plan: Plan, edit: Edit) -> str:
    """What everything that this edit makes render anew comes to; empty where no price is known."""
    made = [change for change in plan.paid if (change.shot_id, change.take) in edit.rows]
    quotes = [(change.quote, 1 + change.retries) for change in made if change.quote is not None]
    if not quotes:
        return ""
    expected = sum(quote.estimate.usd for quote, _ in quotes)
    return about(
        expected, sum(quote.low_usd for quote, _ in quotes), sum(quote.high_usd * times for quote, times in quotes)
    )


def accuracy(quotes: Sequence[Quote]) -> tuple[float | None, int, int]:
    """How far such prices were off (a share, by money), from how many finished takes that is known, and how many of the
    quotes nothing is known about. None: nothing was learned.
    """
    taught = [quote for quote in quotes if quote.lesson.is_learned]
    lessons: set[Lesson] = {quote.lesson for quote in taught}
    worth = sum(quote.estimate.usd for quote in taught)
    spread = sum(quote.estimate.usd * quote.lesson.spread for quote in taught) / worth if worth else None
    return spread, sum(lesson.takes for lesson in lessons), len(quotes) - len(taught)


def cap_words(verdict: Allowed) -> str:
    """What is left under the caps that hold; empty where there are none."""
    run, month, spent = verdict.caps.lowest_run, verdict.caps.lowest_month, verdict.spent
    most = verdict.reckoning.usd
    words = [f"at most {usd(most)} of {usd(run.usd)} a run ({run.source})"] if run is not None else []
    if month is not None and spent is not None:
        total = f"{usd(spent.usd)} + {usd(most)} of {usd(month.usd)}"
        words.append(f"{total} in {spent.month} ({month.source})")
    return " · ".join(words)


def _cost(plan: Plan) -> str:
    priced: list[Estimate] = [change.estimate for change in plan.paid if change.estimate is not None]
    total = about(plan.total_usd, plan.least_usd, plan.most_usd) if priced else "unknown"
    parts = [
        f"free in the sandbox; {total} if it were paid" if plan.realm is Realm.SANDBOX else total,
        plural(len(plan.paid), "render"),
        f"{count(sum(each.tokens for each in priced))} tok",
    ]
    unpriced = len(plan.paid) - len(priced)
    return " · ".join([*parts, *([f"{plural(unpriced, 'render')} without a known price"] if unpriced else [])])


def _prices(plan: Plan) -> str:
    """Whose prices these are, and how sure they are."""
    quotes = [change.quote for change in plan.paid if change.quote is not None]
    if not quotes:
        return ""
    spread, takes, unsure = accuracy(quotes)
    tables = ", ".join(sorted({quote.estimate.table for quote in quotes}))
    if spread is None:
        seen = max(quote.lesson.takes for quote in quotes)
        sure = f"a guess until {ENOUGH} takes are finished ({seen} so far)"
    else:
        # A list price may be wrong however well the tokens are known.
        what = "tokens " if any(quote.estimate.table == PRICE_TABLE for quote in quotes) else ""
        sure = f"{what}±{max(round(100 * spread), 1)} %, learned from {plural(takes, 'take')}"
        sure += f"; {unsure} a guess" if unsure else ""
    return f"{tables} · {sure}"


def _retries(plan: Plan) -> str:
    """What the total may come to where the project allows retries."""
    most = max(change.retries for change in plan.paid)
    again = "once more" if most == 1 else f"up to {most} times more"
    return f"at most {usd(plan.most_usd)} with retries · {again} after a failure of the upstream, which is refunded"
