"""`budget` and `prices` as they are written, to values. Pure: shapes have complaints of their own; only ranges here."""

from __future__ import annotations

from collections.abc import Iterator

from seedance_spec.model.money import ANY_RESOLUTION, NO_BUDGET, Budget, Price, Prices
from seedance_spec.specfiles.diagnostic import Diagnostic, Span
from seedance_spec.specfiles.nodes import Mapping, Node, Scalar

DEAREST = 1_000_000.0
"""The largest sum and the largest price that can be meant."""

_PLAIN, _WITH_VIDEO = "usd_per_million_tokens", "with_video"


def budget_of(node: Node | None) -> tuple[Budget, tuple[Diagnostic, ...]]:
    """The budget, and its numbers that are out of range; what is misshapen is passed over."""
    if not isinstance(node, Mapping):
        return NO_BUDGET, ()
    limits = {"run": DEAREST, "month": DEAREST, "rerender_percent": 100.0}
    written = {name: number for name in limits if (number := _number(node.get(name))) is not None}
    good = {name: value for name, (value, _) in written.items() if 0 <= value <= limits[name]}
    spans = {name: span for name, (_, span) in written.items()}
    out_of_range = [_bad_budget(name, spans[name], limits[name]) for name in written if name not in good]
    told = (*out_of_range, *_variables(node, "bad-budget", tuple(limits)))
    budget = Budget(
        run=good.get("run"),
        month=good.get("month"),
        rerender_percent=good.get("rerender_percent"),
        origins={name: spans[name] for name in good},
    )
    return budget, told


def prices_of(node: Node | None) -> tuple[Prices, tuple[Diagnostic, ...]]:
    """The prices by model and resolution, and those that are out of range; what is misshapen is passed over."""
    rows: dict[tuple[str, str], Price] = {}
    told: list[Diagnostic] = []
    for model, resolution, written in _written(node):
        told += _bad_prices(written)
        plain, with_video = _number(written.get(_PLAIN)), _number(written.get(_WITH_VIDEO))
        if plain is not None:
            rows[model, resolution] = Price(
                plain=plain[0],
                with_video=plain[0] if with_video is None else with_video[0],
                source=_text(written.get("source")),
                date=_text(written.get("date")),
            )
    return rows, tuple(told)


def _written(node: Node | None) -> Iterator[tuple[str, str, Mapping]]:
    """Every price with its model and resolution."""
    for model, entry in node.entries.items() if isinstance(node, Mapping) else ():
        if isinstance(entry.value, Mapping):
            yield model, ANY_RESOLUTION, entry.value
            tiers = entry.value.get("resolutions")
            for resolution, tier in tiers.entries.items() if isinstance(tiers, Mapping) else ():
                if isinstance(tier.value, Mapping):
                    yield model, resolution, tier.value


def _bad_prices(written: Mapping) -> Iterator[Diagnostic]:
    for name in (_PLAIN, _WITH_VIDEO):
        found = _number(written.get(name))
        if found is not None and not 0 < found[0] <= DEAREST:
            message = f"{name} is out of range"
            hint = "write US dollars per million tokens: more than 0"
            yield Diagnostic(code="bad-price", message=message, span=found[1], hint=hint)
    yield from _variables(written, "bad-price", (_PLAIN, _WITH_VIDEO))


def _variables(written: Mapping, code: str, names: tuple[str, ...]) -> Iterator[Diagnostic]:
    """A limit that a variable would have to fill in stands there and limits nothing: it must not pass in silence."""
    for name in names:
        match written.get(name):
            case Scalar(value=str(text)) as node if "${" in text:
                message = f"{name} holds a variable, and sums are written as numbers"
                yield Diagnostic(code=code, message=message, span=node.span, hint="write the number itself")
            case _:
                pass


def _bad_budget(name: str, span: Span, most: float) -> Diagnostic:
    unit = "a percentage" if name == "rerender_percent" else "US dollars"
    message = f"budget.{name} is out of range"
    return Diagnostic(code="bad-budget", message=message, span=span, hint=f"write {unit} from 0 to {most:,.0f}")


def _number(node: Node | None) -> tuple[float, Span] | None:
    """What is written there as a number. One that is none (`.nan`) lies in no range, so that it is never taken."""
    match node:
        case Scalar(value=bool()):
            return None
        case Scalar(value=int() | float() as value):
            return value, node.span
        case _:
            return None


def _text(node: Node | None) -> str:
    return node.value if isinstance(node, Scalar) and isinstance(node.value, str) else ""
