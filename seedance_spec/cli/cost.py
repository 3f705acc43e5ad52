"""`cost`: what was spent, is under way and came back, from the lockfile alone. Offline; nothing is written."""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError, Namespace

from seedance_spec.cli.console import Console
from seedance_spec.cli.exit_codes import ExitCode
from seedance_spec.cli.guards import trusted_table
from seedance_spec.cli.json_text import json_text
from seedance_spec.cli.project_root import find_root
from seedance_spec.cli.settings import Settings

SUMMARY = "what was spent: by shot, month, tag, profile or model"
EXAMPLES = """
$ seedance-spec cost                              # by shot, the dearest first
$ seedance-spec cost --by month                   # what each month cost
$ seedance-spec cost --by tag --since 2026-05     # from May on
$ seedance-spec cost --json                       # for machines (schemas/cost.schema.json)
"""


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--by", choices=("shot", "month", "tag", "profile", "model"), default="shot", help="what to add up by"
    )
    parser.add_argument("--profile", metavar="NAME", help="only what was submitted under this profile")
    parser.add_argument("--since", metavar="DATE", type=_stretch, help="from this day or month on: 2026-05-08, 2026-05")
    parser.add_argument("--until", metavar="DATE", type=_stretch, help="up to and with this day or month (UTC)")
    parser.add_argument("--sandbox", action="store_true", help="look at the sandbox's lockfile instead of the paid one")
    parser.add_argument("--json", action="store_true", help="print the sums as JSON (schemas/cost.schema.json)")


def run(args: Namespace, settings: Settings) -> int:
    from seedance_spec.cli.spec_check import show_complaints
    from seedance_spec.pipeline import recall
    from seedance_spec.plan.cost import By, Scope, costs_of
    from seedance_spec.plan.cost_document import costs_document
    from seedance_spec.plan.cost_text import costs_text
    from seedance_spec.realm import Realm
    from seedance_spec.workplace import Workplace

    console = Console.of(settings)
    workplace = Workplace(root=find_root(args.project), realm=Realm.SANDBOX if args.sandbox else Realm.PAID)
    facts, complaints = recall(workplace)
    show_complaints(complaints, {}, console)
    scope = Scope(
        profile=args.profile,
        since=args.since[0] if args.since else None,
        until=args.until[1] if args.until else None,
    )
    costs = costs_of(facts, realm=workplace.realm, by=By(args.by), scope=scope, trusted=trusted_table(settings))
    if args.json:
        console.data(json_text(costs_document(costs, scope)))
    else:
        console.data(costs_text(costs, width=console.width, style=console.out))
    return ExitCode.CONVERGED


def _stretch(text: str) -> tuple[float, float]:
    """A day or a month as the two Unix times that it lies between. Raises ArgumentTypeError."""
    from seedance_spec.plan.figures import stretch_of

    try:
        return stretch_of(text)
    except (ValueError, OverflowError):
        raise ArgumentTypeError(f"a day or a month, as 2026-05-08 or 2026-05, not {text!r}") from None
