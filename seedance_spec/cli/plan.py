"""`plan`: what would be rendered, why, and what it costs. Offline, without a key; nothing is written."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from seedance_spec.cli.console import Console
from seedance_spec.cli.exit_codes import ExitCode
from seedance_spec.cli.given import add_given_arguments, given_of
from seedance_spec.cli.guards import add_cap_arguments, trusted_table, verdict_on
from seedance_spec.cli.json_text import json_text
from seedance_spec.cli.project_root import find_root
from seedance_spec.cli.settings import Settings

SUMMARY = "what would be rendered, why, and what it costs"
EXAMPLES = """
$ seedance-spec plan                       # offline; needs no key and pays nothing
$ seedance-spec plan --sandbox             # against the sandbox's own lockfile
$ seedance-spec plan --profile draft       # every shot under the overlay `draft`
$ seedance-spec plan --detailed-exitcode   # exit 2 when apply would have to pay
$ seedance-spec plan --max-cost 20         # says whether apply would go
$ seedance-spec plan --json                # for machines (schemas/plan.schema.json)
"""


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--sandbox", action="store_true", help="look at the sandbox's lockfile instead of the paid one")
    add_given_arguments(parser)
    add_purchase_arguments(parser)
    add_cap_arguments(parser, brake=False)
    output = parser.add_argument_group("output")
    output.add_argument("--all", action="store_true", help="show unchanged takes too")
    output.add_argument("--json", action="store_true", help="print the plan as JSON (schemas/plan.schema.json)")
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


def run(args: Namespace, settings: Settings) -> int:
    from seedance_spec.cli.spec_check import readable_specs, shots_named, show_complaints
    from seedance_spec.clock import SystemClock
    from seedance_spec.pipeline import decide_plan
    from seedance_spec.plan.document import plan_document
    from seedance_spec.plan.text import plan_text
    from seedance_spec.realm import Realm
    from seedance_spec.workplace import Workplace

    console = Console.of(settings)
    workplace = Workplace(root=find_root(args.project), realm=Realm.SANDBOX if args.sandbox else Realm.PAID)
    reading = readable_specs(workplace.root, console, given_of(args, settings))
    now = SystemClock().now()
    decision = decide_plan(
        reading.film,
        workplace,
        now=now,
        retry_failed=args.retry_failed,
        retake=shots_named(args.retake, reading.film),
        trusted=trusted_table(settings),
        sends=False,
    )
    verdict = verdict_on(decision, reading.film.project, args, settings, now=now)
    show_complaints(decision.diagnostics, reading.texts, console)
    if args.json:
        console.data(json_text(plan_document(decision.plan, verdict)))
    else:
        text = plan_text(decision.plan, width=console.width, style=console.out, unchanged=args.all, verdict=verdict)
        console.data(text)
    if decision.refused:
        return ExitCode.INVALID_SPEC
    return ExitCode.CHANGES_PRESENT if args.detailed_exitcode and decision.plan.has_changes else ExitCode.CONVERGED
