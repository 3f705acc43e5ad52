"""`plan`: what would be rendered, why, and what it costs. Offline, without a key; nothing but its cache is written."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from seedance_spec.cli.console import Console
from seedance_spec.cli.exit_codes import ExitCode
from seedance_spec.cli.explaining import add_explain_argument, explanations
from seedance_spec.cli.github import report_plan
from seedance_spec.cli.given import Wish, add_given_arguments, add_selection_arguments, given_typed, wish_of
from seedance_spec.cli.guards import add_cap_arguments, locked, trusted_table, verdict_on
from seedance_spec.cli.json_text import json_text
from seedance_spec.cli.project_root import find_root
from seedance_spec.cli.remembering import Remembering
from seedance_spec.cli.settings import Settings

if TYPE_CHECKING:
    from seedance_spec.model.shot import Film
    from seedance_spec.pipeline import Decision, Reading
    from seedance_spec.plan.parent_delivery import Connected

SUMMARY = "what would be rendered, why, and what it costs"
EXAMPLES = """
$ seedance-spec plan                       # offline: no key, no cost
$ seedance-spec plan --sandbox             # by the sandbox's own lockfile
$ seedance-spec plan --profile draft       # under the overlay `draft`
$ seedance-spec plan --select tag:hero     # some shots; also --exclude
$ seedance-spec plan -o plan.json          # saved for `apply plan.json`
$ seedance-spec plan --locked              # exit 7 if apply had to pay
$ seedance-spec plan --detailed-exitcode   # exit 2 instead
$ seedance-spec plan --explain film/moon   # why, how much, what if not
$ seedance-spec plan --max-cost 20         # says whether apply would go
$ seedance-spec plan --markdown            # for a pull request
$ seedance-spec plan --json                # by schemas/plan.schema.json
"""


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--sandbox", action="store_true", help="look at the sandbox's lockfile instead of the paid one")
    add_given_arguments(parser)
    add_selection_arguments(parser)
    add_purchase_arguments(parser)
    add_cascade_argument(parser)
    add_cap_arguments(parser, brake=False)
    output = parser.add_argument_group("output")
    output.add_argument("--all", action="store_true", help="show unchanged takes too")
    add_explain_argument(parser)
    shape = output.add_mutually_exclusive_group()
    shape.add_argument("--json", action="store_true", help="print the plan as JSON (schemas/plan.schema.json)")
    shape.add_argument(
        "-m", "--markdown", action="store_true", help="print the plan as a comment on a pull request, of its size"
    )
    output.add_argument(
        "-o", "--out", metavar="FILE", type=Path, help="save the plan for `apply FILE` (schemas/saved-plan.schema.json)"
    )
    output.add_argument("--locked", action="store_true", help="exit 7 when apply would have to pay for anything")
    output.add_argument(
        "--detailed-exitcode", action="store_true", help="exit 2 when apply would have to pay, 0 when not"
    )


def add_purchase_arguments(parser: ArgumentParser) -> None:
    """What may be bought once more: the same words for `plan` and `apply`."""
    again = parser.add_argument_group("buy again")
    again.add_argument("--retry-failed", action="store_true", help="submit failed takes once more, unchanged")
    again.add_argument(
        "--retake",
        metavar="SHOT",
        action="append",
        default=[],
        help="buy one more take of this shot; a missing take is bought again under its own number (repeatable)",
    )


def add_cascade_argument(parser: ArgumentParser) -> None:
    """Whether children follow their parents: the same word for `plan` and `apply`."""
    parser.add_argument_group("buy less").add_argument(
        "--no-cascade",
        dest="cascade",
        action="store_false",
        help="leave shots stale of which nothing changed but what they start from",
    )


def run(args: Namespace, settings: Settings) -> int:
    from seedance_spec.cli.spec_check import readable_specs, show_complaints
    from seedance_spec.clock import SystemClock
    from seedance_spec.pipeline import decide_plan
    from seedance_spec.plan.document import plan_document
    from seedance_spec.plan.parent_delivery import Connected
    from seedance_spec.plan.text import plan_text
    from seedance_spec.realm import Realm
    from seedance_spec.workplace import Workplace

    workplace = Workplace(root=find_root(args.project), realm=Realm.SANDBOX if args.sandbox else Realm.PAID)
    remembering = Remembering.begun(args, settings, workplace)
    console = remembering.console(Console.of(settings))
    wish = wish_of(args, settings, workplace.realm)
    now = SystemClock().now()
    connected = Connected(lends=args.sandbox or (settings.public_url is not None and settings.receiver is None))
    found = _edited(remembering, wish, settings, now=now, connected=connected)
    if found is None:
        reading = readable_specs(workplace.root, console, wish.given)
        options = wish.options(reading.film, now=now, trusted=trusted_table(settings))
        decision = decide_plan(reading.film, workplace, options, sends=False, scope=wish.scope, connected=connected)
    else:
        reading, decision = found
    decision = replace(decision, plan=replace(decision.plan, given=given_typed(args)))
    verdict = verdict_on(decision, reading.film.project, args, settings, now=now)
    show_complaints(decision.diagnostics, reading.texts, console)
    complaints = (*reading.diagnostics, *decision.diagnostics)
    if console.github is not None:
        report_plan(console.github, decision.plan, verdict, complaints)
    if args.explain:
        console.data(explanations(args, reading, decision, console, now=now, trusted=trusted_table(settings)))
    elif args.json:
        console.data(json_text(plan_document(decision.plan, verdict)))
    elif args.markdown:
        from seedance_spec.plan.markdown import plan_markdown

        console.data(plan_markdown(decision.plan, verdict=verdict, complaints=complaints))
    else:
        text = plan_text(
            decision.plan,
            width=console.width,
            style=console.out,
            unchanged=args.all,
            locked=args.locked,
            verdict=verdict,
        )
        console.data(text)
    if decision.refused:
        return ExitCode.INVALID_SPEC
    if args.out is not None:
        _save(args.out, decision, reading.film, wish, console, now=now)
    if args.locked and (refusal := locked(decision.plan)) is not None:
        raise refusal
    remembering.keep(reading.film, decision, trusted=trusted_table(settings))
    return ExitCode.CHANGES_PRESENT if args.detailed_exitcode and decision.plan.has_changes else ExitCode.CONVERGED


def _edited(
    remembering: Remembering, wish: Wish, settings: Settings, *, now: float, connected: Connected
) -> tuple[Reading, Decision] | None:
    """The same answer from the edited files alone, where nothing was to be done before they were edited."""
    answer = remembering.at_rest()
    if answer is None:
        return None
    from seedance_spec.cli.edited import edited

    return edited(answer, remembering.workplace, wish, settings, now=now, connected=connected)


def _save(path: Path, decision: Decision, film: Film, wish: Wish, console: Console, *, now: float) -> None:
    """Write the plan down, and say how it is applied."""
    from seedance_spec.cli.saved_plan import store_plan
    from seedance_spec.plan.figures import plural, usd
    from seedance_spec.plan.saved import saved_plan

    saved = saved_plan(decision.plan, film, decision.facts, given=wish.given, asked=wish.asked, now=now)
    store_plan(saved, path)
    sandbox = " --sandbox" if saved.realm.value == "sandbox" else ""
    most = f", at most {usd(saved.most_usd)}" if saved.paid else ""
    console.say(f"saved {plural(len(saved.paid), 'take')} to pay for{most}: seedance-spec apply {path}{sandbox}")
