"""What a plan may come to at its upper end, as guards reckon it, with the arithmetic in words. Pure: it judges none."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from seedance_spec.plan.change import Change, Plan
from seedance_spec.plan.figures import exact_usd, plural

_MOST_TERMS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Reckoning:
    """US dollars with every planned retry, by the highest price that anybody gives (D10). `words` is the sum itself.

    `unpriced` takes are not in it: no trusted table knows a price for `unpriced_models`.
    """

    takes: int
    usd: float
    words: str
    unpriced: int = 0
    unpriced_models: tuple[str, ...] = ()


def reckoned(plan: Plan) -> Reckoning:
    """The takes that a plan pays for, each at its upper end."""
    prices: Counter[tuple[float, int]] = Counter()
    unpriced = []
    for change in plan.paid:
        if change.quote is None or change.quote.guard_usd is None:
            unpriced.append(change)
        else:
            prices[change.quote.guard_usd, change.retries] += 1
    total = sum(price * (1 + retries) * takes for (price, retries), takes in prices.items())
    return Reckoning(
        takes=len(plan.paid),
        usd=total,
        words=_words(prices, total),
        unpriced=len(unpriced),
        unpriced_models=tuple(sorted({_model(change) for change in unpriced})),
    )


def _words(prices: Counter[tuple[float, int]], total: float) -> str:
    """`12 takes × $1.20 = $14.40`; the dearest terms first, the others as one sum."""
    terms = sorted(prices.items(), key=lambda item: -item[0][0] * (1 + item[0][1]) * item[1])
    shown = [_term(price, retries, takes) for (price, retries), takes in terms[:_MOST_TERMS]]
    rest = terms[_MOST_TERMS:]
    if rest:
        amount = sum(price * (1 + retries) * takes for (price, retries), takes in rest)
        shown.append(f"{plural(sum(takes for _, takes in rest), 'other take')} ({exact_usd(amount)})")
    return f"{' + '.join(shown) or '0 takes'} = {exact_usd(total)}"


def _term(price: float, retries: int, takes: int) -> str:
    again = f" × {1 + retries} with retries" if retries else ""
    return f"{plural(takes, 'take')} × {exact_usd(price)}{again}"


def _model(change: Change) -> str:
    return change.shot.request.model if change.shot is not None else "a model"
