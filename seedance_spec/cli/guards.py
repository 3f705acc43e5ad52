"""The guards at the door: caps from command line and environment, the verdict, the refusal. No figure is made here."""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Sequence
from typing import TYPE_CHECKING

from seedance_spec.cli.console import Console
from seedance_spec.cli.exit_codes import ExitCode
from seedance_spec.cli.settings import Settings, dollars
from seedance_spec.cli.stop import StopError

if TYPE_CHECKING:
    from seedance_spec.model.shot import Project
    from seedance_spec.pipeline import Decision
    from seedance_spec.plan.budget import Caps, Refused, Verdict
    from seedance_spec.plan.change import Plan
    from seedance_spec.plan.prices import PriceTable

MAX_COST, MAX_COST_MONTH = "SEEDANCE_MAX_COST", "SEEDANCE_MAX_COST_MONTH"
PRICES_FILE = "SEEDANCE_PRICES_FILE"

_MOST_NAMED = 5


def add_cap_arguments(parser: ArgumentParser, *, brake: bool) -> None:
    """What may be spent: the same words for `plan` and `apply`; `brake` where something can be forced."""
    spending = parser.add_argument_group("what may be spent")
    spending.add_argument(
        "--max-cost",
        metavar="USD",
        type=_dollars,
        help=f"send nothing where the run may come to more; also {MAX_COST}; the lowest cap counts",
    )
    if brake:
        spending.add_argument(
            "--force", action="store_true", help="re-render most finished shots, or drop all shots, all the same"
        )


def trusted_table(settings: Settings) -> PriceTable:
    """The prices that no spec can change: the built-in ones, under those of the environment's file.

    Raises StopError (64) where that file cannot be read or is wrong.
    """
    from seedance_spec.plan.prices import BUILT_IN, environment_table

    if settings.prices_file is None:
        return BUILT_IN
    from seedance_spec.model.price_file import prices_in
    from seedance_spec.specfiles.diagnostic import has_errors

    name = settings.prices_file.name
    try:
        text = settings.prices_file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise StopError(ExitCode.USAGE, f"{PRICES_FILE} cannot be read: {type(error).__name__}") from None
    prices, told = prices_in(name, text)
    if has_errors(told):
        first = told[0]
        raise StopError(ExitCode.USAGE, f"{PRICES_FILE}: {first.span}: {first.message}", hint=first.hint)
    return environment_table(prices)


def verdict_on(decision: Decision, project: Project, args: Namespace, settings: Settings, *, now: float) -> Verdict:
    """What the guards say of this decision. `now` is Unix seconds."""
    from seedance_spec.plan.budget import verdict
    from seedance_spec.plan.price import Pricing

    attempts = (each for each in decision.facts.attempts.values() if each.realm is decision.plan.realm)
    pricing = Pricing.of(project, tuple(attempts), trusted=trusted_table(settings))
    return verdict(decision.plan, _caps(project, args, settings), decision.facts, now, pricing=pricing)


def insist(verdict: Verdict, console: Console, *, as_json: bool, now: float) -> None:
    """Raises StopError (5), with the arithmetic and the ways out, where the plan may not pay. A stream of events is
    closed as every other.
    """
    from seedance_spec.plan.budget import Refused

    if not isinstance(verdict, Refused):
        return
    if as_json:
        _close_stream(verdict, console, now)
    said = "\n".join(f"refused: {each.said}" for each in verdict.objections)
    hints = "; ".join(dict.fromkeys(each.hint for each in verdict.objections))
    raise StopError(ExitCode.REFUSED, f"{said}\nnothing was sent and nothing paid", hint=hints)


def locked(plan: Plan) -> StopError | None:
    """Why --locked does not let the plan pass: it would have to pay. Free changes are none of its business (D1)."""
    from seedance_spec.plan.figures import plural, usd

    if not plan.paid:
        return None
    shots = list(dict.fromkeys(change.shot_id for change in plan.paid))
    named = ", ".join(shots[:_MOST_NAMED]) + (f" and {len(shots) - _MOST_NAMED} more" if shots[_MOST_NAMED:] else "")
    said = f"--locked: {plural(len(plan.paid), 'take')} would have to be paid for, about {usd(plan.total_usd)}: {named}"
    return StopError(ExitCode.STALE, f"{said}\nnothing was sent and nothing paid", hint="seedance-spec plan says why")


def insist_locked(plan: Plan, console: Console, *, as_json: bool, now: float) -> None:
    """Raises StopError (7) where a plan that must not pay would have to. A stream of events is closed all the same."""
    refusal = locked(plan)
    if refusal is None:
        return
    if as_json:
        _close(console, [refusal.message.partition("\n")[0]], ExitCode.STALE, now)
    raise refusal


def _close_stream(refused: Refused, console: Console, now: float) -> None:
    _close(console, [f"refused: {each.guard.value}: {each.said}" for each in refused.objections], ExitCode.REFUSED, now)


def _close(console: Console, said: Sequence[str], code: ExitCode, now: float) -> None:
    from seedance_spec.cli.apply_summary import finished
    from seedance_spec.cli.json_text import json_line
    from seedance_spec.plan.events import Told
    from seedance_spec.plan.progress import event_document

    for message in said:
        console.data(json_line(event_document(Told(message=message, at=now))))
    console.data(json_line(finished((), [code], code, at=now)))


def _caps(project: Project, args: Namespace, settings: Settings) -> Caps:
    return caps_within(project, settings, max_cost=args.max_cost, force=getattr(args, "force", False))


def caps_within(project: Project, settings: Settings, *, max_cost: float | None, force: bool) -> Caps:
    """Every cap that holds: the command line's, the environment's and those of the project's budget."""
    from seedance_spec.plan.budget import Cap, caps_of

    run = [Cap(usd=max_cost, source="--max-cost")] if max_cost is not None else []
    run += [Cap(usd=settings.max_cost, source=MAX_COST)] if settings.max_cost is not None else []
    month = [Cap(usd=settings.max_cost_month, source=MAX_COST_MONTH)] if settings.max_cost_month is not None else []
    return caps_of(project.budget, run=run, month=month, force=force)


def _dollars(text: str) -> float:
    """US dollars, with or without their sign. Raises ArgumentTypeError."""
    try:
        return dollars(text)
    except ValueError:
        raise ArgumentTypeError(f"US dollars, as 10 or 2.50, not {text!r}") from None
