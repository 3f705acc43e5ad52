"""Costs as an aligned table for people. Pure: it is handed a width and a style."""

from __future__ import annotations

from collections.abc import Iterator

from seedance_spec.plan.cost import Costs, Kind, Tally
from seedance_spec.plan.figures import count, plural, usd
from seedance_spec.plan.style import Ink, Style, cells, fit_middle, flow, pad, printable
from seedance_spec.realm import Realm

_NARROWEST = 70
_COLUMN = 10
_HEADS = {
    Kind.SETTLED: "settled",
    Kind.SPARE: "spares",
    Kind.IN_FLIGHT: "in flight",
    Kind.AT_RISK: "at risk",
    Kind.REFUNDED: "refunded",
}


def costs_text(costs: Costs, *, width: int, style: Style) -> str:
    """A line per group, the total, and how good the estimates were; no newline at the end. A column without an amount
    is left out. Lines keep to `width` cells from 70 upwards.
    """
    if not costs.total.amounts:
        return "nothing was spent: no attempt is on record that cost or may cost money"
    width = max(width, _NARROWEST)
    kinds = [kind for kind in Kind if kind is Kind.SETTLED or costs.total.of(kind).attempts]
    right = 7 + _COLUMN * len(kinds)
    longest = max(
        cells(printable(name)) for name in (costs.by.value, costs.total.name, *(line.name for line in costs.lines))
    )
    room = min(longest, width - right)
    head = pad(costs.by.value, room) + f"{'takes':>7}" + "".join(f"{_HEADS[kind]:>{_COLUMN}}" for kind in kinds)
    rows = [_row(line, kinds, room) for line in costs.lines]
    total = style.paint(Ink.STRONG, _row(costs.total, kinds, room))
    notes = [line for words in _notes(costs) for line in flow(words.split(" "), width, separator=" ", indent="  ")]
    return "\n".join([style.paint(Ink.QUIET, head), *rows, total, *(["", *notes] if notes else [])])


def _row(line: Tally, kinds: list[Kind], room: int) -> str:
    name = pad(fit_middle(printable(line.name), room), room)
    takes = line.of(Kind.SETTLED).attempts + line.of(Kind.SPARE).attempts
    return f"{name}{takes:>7}" + "".join(f"{_amount(line, kind):>{_COLUMN}}" for kind in kinds)


def _amount(line: Tally, kind: Kind) -> str:
    amount = line.of(kind)
    if not amount.attempts:
        return "–"
    return "?" if amount.unpriced == amount.attempts else usd(amount.usd)


def _notes(costs: Costs) -> Iterator[str]:
    total, spares = costs.total, costs.total.of(Kind.SPARE)
    paid = f"{count(total.tokens)} tok, about {usd(total.paid_usd)}"
    yield paid + (" if it were paid: the sandbox is free" if costs.realm is Realm.SANDBOX else " paid")
    if spares.attempts:
        bought = "was bought twice" if spares.attempts == 1 else "were bought twice"
        yield f"{plural(spares.attempts, 'spare')} {bought}: {usd(spares.usd)}; every one is kept"
    if total.of(Kind.REFUNDED).attempts:
        yield f"{plural(total.of(Kind.REFUNDED).attempts, 'failure')} refunded by the gateway"
    unpriced = sum(total.of(kind).unpriced for kind in Kind)
    if unpriced:
        yield f"{plural(unpriced, 'attempt')} without a known price not in the sums"
    accuracy = costs.accuracy
    if accuracy is not None:
        off = abs(accuracy.bias)
        side = "as estimated" if off < 0.0005 else f"{100 * off:.1f} % {'more' if accuracy.bias > 0 else 'less'}"
        yield (
            f"estimates: {usd(accuracy.estimated_usd)}, settled: {usd(accuracy.settled_usd)} ({side}); "
            f"a take was off by {100 * accuracy.mean_error:.1f} % on average, over {plural(accuracy.takes, 'take')}"
        )
