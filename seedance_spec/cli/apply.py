"""`apply`: render what changed, exactly once. Flags and questions; what is done stands in `rendering`."""

from __future__ import annotations

import asyncio
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from seedance_spec.cli.callback_keys import with_previous_key
from seedance_spec.cli.carry import (
    SANDBOX_SPEED,
    Run,
    add_completion_arguments,
    carried_out,
    check_identity,
    connection_of,
)
from seedance_spec.cli.console import Console
from seedance_spec.cli.detached import alone, check_detached
from seedance_spec.cli.exit_codes import ExitCode
from seedance_spec.cli.github import report_plan
from seedance_spec.cli.given import Wish, add_given_arguments, add_selection_arguments, given_typed, wish_of
from seedance_spec.cli.guards import add_cap_arguments, insist, insist_locked, trusted_table, verdict_on
from seedance_spec.cli.plan import add_cascade_argument, add_purchase_arguments
from seedance_spec.cli.project_root import find_root
from seedance_spec.cli.sandbox_words import add_sandbox_arguments, check_sandbox_words, say_speed
from seedance_spec.cli.settings import Settings
from seedance_spec.cli.stop import StopError

if TYPE_CHECKING:
    from seedance_spec.pipeline import Decision
    from seedance_spec.plan.budget import Verdict
    from seedance_spec.plan.change import Plan
    from seedance_spec.workplace import Workplace

SUMMARY = "render what changed, exactly once; asks before it spends"
EXAMPLES = """
$ seedance-spec apply                        # shows the plan, asks, renders
$ seedance-spec apply --sandbox              # placeholder clips: no key, nothing is paid
$ seedance-spec apply --yes --json           # for CI: JSON lines on stdout
$ seedance-spec apply --yes --max-cost 20    # exit 5, nothing sent, where it may cost more
$ seedance-spec apply --public-url https://film.example --listen 0.0.0.0:8080
                                             # be called back instead of asking
$ seedance-spec apply --receiver https://hooks.example.com
                                             # claims and callbacks shared by clones
$ seedance-spec apply --yes --detach         # submit, record, leave; then `collect`
$ seedance-spec apply --retry-failed         # submit failed takes once more
$ seedance-spec apply --select '+finale'     # one shot, and what it starts from
$ seedance-spec apply plan.json              # what `plan -o plan.json` saved, and no more
$ seedance-spec apply --locked               # exit 7 rather than pay
$ seedance-spec apply --frozen               # no network: show what is here
"""

MOST_JOBS = 64


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "plan",
        metavar="PLAN",
        nargs="?",
        type=Path,
        help="a plan that `plan -o` saved: row by row, what still holds; it is your yes to its price",
    )
    parser.add_argument("-y", "--yes", action="store_true", help="do not ask before spending")
    parser.add_argument("--json", action="store_true", help="print events as JSON lines (schemas/event.schema.json)")
    parser.add_argument(
        "-j", "--jobs", metavar="N", type=count, default=8, help="shots under way at once (default %(default)s)"
    )
    parser.add_argument(
        "--fail-fast", action="store_true", help="submit nothing more after the first shot that fails; follow the rest"
    )
    parser.add_argument(
        "--detach",
        action="store_true",
        help="submit all that can be, record it and leave; `collect` on any clone brings the clips",
    )
    never = parser.add_mutually_exclusive_group()
    never.add_argument("--locked", action="store_true", help="exit 7, nothing sent, where it would have to pay")
    never.add_argument(
        "--frozen",
        action="store_true",
        help="no key, no network: show what lockfile and store hold, name what is missing",
    )
    add_given_arguments(parser)
    add_selection_arguments(parser)
    add_purchase_arguments(parser)
    add_cascade_argument(parser)
    add_cap_arguments(parser, brake=True)
    add_completion_arguments(parser)
    add_sandbox_arguments(parser)


def run(args: Namespace, settings: Settings) -> int:
    from seedance_spec.cli.spec_check import readable_specs, show_complaints
    from seedance_spec.clock import SystemClock
    from seedance_spec.pipeline import decide_plan
    from seedance_spec.plan.parent_delivery import Connected
    from seedance_spec.realm import Realm
    from seedance_spec.tidying import tidy
    from seedance_spec.workplace import Workplace

    _check_words(args)
    console = Console.of(settings)
    workplace = Workplace(root=find_root(args.project), realm=Realm.SANDBOX if args.sandbox else Realm.PAID)
    wish = wish_of(args, settings, workplace.realm)
    if args.frozen:
        return _frozen(wish, console, workplace, as_json=args.json)
    connection = connection_of(args, settings, workplace, speed=args.speed or SANDBOX_SPEED, faults=args.fault)
    say_speed(args, connection, console)
    connection = with_previous_key(alone(connection) if args.detach else connection, settings)
    reading = readable_specs(workplace.root, console, wish.given)
    asyncio.run(tidy(reading.film, workplace))

    trusted, now = trusted_table(settings), SystemClock().now
    connected = Connected(lends=connection.lends, time_scale=connection.time_scale)

    def decided() -> Decision:
        decision = decide_plan(
            reading.film,
            workplace,
            wish.options(reading.film, now=now(), trusted=trusted),
            connected=connected,
            scope=wish.scope,
        )
        return replace(decision, plan=replace(decision.plan, given=given_typed(args)))

    def judged(decision: Decision) -> Verdict:
        return verdict_on(decision, reading.film.project, args, settings, now=now())

    decision = decided()
    show_complaints(decision.diagnostics, reading.texts, console)
    if decision.refused:
        return ExitCode.INVALID_SPEC
    verdict = judged(decision)
    if console.github is not None:
        complaints = (*reading.diagnostics, *decision.diagnostics)
        report_plan(console.github, decision.plan, verdict, complaints, applying=True)
    if not args.json:
        _show(decision.plan, verdict, console)
        _say_skipped(decision.plan, wish, console)
    if args.locked:
        insist_locked(decision.plan, console, as_json=args.json, now=now())
    insist(verdict, console, as_json=args.json, now=now())
    if not _agreed(args, console, decision, wish):
        return ExitCode.REFUSED
    decision = _unmoved(decision, decided())
    if args.locked:
        insist_locked(decision.plan, console, as_json=args.json, now=now())
    insist(judged(decision), console, as_json=args.json, now=now())
    check_identity(decision, workplace, connection)
    run = Run(jobs=args.jobs, pays=not args.locked, as_json=args.json, fail_fast=args.fail_fast, stays=not args.detach)
    return carried_out(console, decision, workplace, connection, run)


def _check_words(args: Namespace) -> None:
    check_sandbox_words(args)
    check_detached(args)


def _show(plan: Plan, verdict: Verdict, console: Console) -> None:
    from seedance_spec.plan.text import plan_text

    console.say(plan_text(plan, width=console.width, style=console.err, applying=True, verdict=verdict) + "\n")


def _say_skipped(plan: Plan, wish: Wish, console: Console) -> None:
    """What a saved plan paid for and somebody bought meanwhile: nothing is bought twice, and that is said."""
    from seedance_spec.plan.figures import plural
    from seedance_spec.plan.saved import SavedPlan

    if isinstance(wish.scope, SavedPlan) and (skipped := wish.scope.bought(plan)):
        verb = "is" if skipped == 1 else "are"
        console.say(f"{plural(skipped, 'take')} of the saved plan {verb} bought already: skipped, nothing to pay\n")


def _agreed(args: Namespace, console: Console, decision: Decision, wish: Wish) -> bool:
    """Ask before spending, unless a saved plan said yes. Without a terminal to ask on, only --yes spends."""
    from seedance_spec.plan.figures import plural, usd

    plan = decision.plan
    if not plan.paid or args.yes or args.sandbox or _is_agreed(plan, wish):
        return True
    if not console.interactive:
        console.say("nothing was submitted: there is no terminal to ask on; say --yes to spend")
        return False
    retried = " with retries" if any(change.retries for change in plan.paid) else ""
    most = f", at most {usd(plan.most_usd)}{retried}" if plan.most_usd - plan.total_usd >= 0.01 else ""
    return console.ask(f"Render {plural(len(plan.paid), 'take')} for about {usd(plan.total_usd)}{most}?")


def _is_agreed(plan: Plan, wish: Wish) -> bool:
    from seedance_spec.plan.saved import SavedPlan

    return isinstance(wish.scope, SavedPlan) and wish.scope.agrees_to(plan)


def _frozen(wish: Wish, console: Console, workplace: Workplace, *, as_json: bool) -> int:
    """Everything but the gateway: the plan as it stands, and what can be had of it here."""
    from seedance_spec.cli.frozen import restored
    from seedance_spec.cli.spec_check import readable_specs, show_complaints
    from seedance_spec.clock import SystemClock
    from seedance_spec.pipeline import decide_plan
    from seedance_spec.tidying import tidy

    reading = readable_specs(workplace.root, console, wish.given)
    asyncio.run(tidy(reading.film, workplace))
    decision = decide_plan(
        reading.film,
        workplace,
        wish.options(reading.film, now=SystemClock().now()),
        sends=False,
        scope=wish.scope,
    )
    show_complaints(decision.diagnostics, reading.texts, console)
    if decision.refused:
        return ExitCode.INVALID_SPEC
    return restored(console, decision.plan, workplace, as_json=as_json)


def _unmoved(agreed: Decision, now: Decision) -> Decision:
    """The decision as it stands after the question. Raises StopError (7) where it would pay for more than was agreed
    to: a pull or another process may have moved the facts while somebody thought it over.
    """
    known = {(change.content_hash, change.take) for change in agreed.plan.paid}
    if now.refused or any((change.content_hash, change.take) not in known for change in now.plan.paid):
        raise StopError(
            ExitCode.STALE, "the project changed while you were asked: nothing was sent", hint="apply again"
        )
    return now


def count(text: str) -> int:
    """How many shots at once. Raises ArgumentTypeError."""
    if not text.isdecimal() or not 1 <= int(text) <= MOST_JOBS:
        raise ArgumentTypeError(f"a number from 1 to {MOST_JOBS}, not {text!r}")
    return int(text)
