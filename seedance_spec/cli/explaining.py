"""`plan --explain SHOT`: the reasons of single shots in the place of the whole plan. Offline; nothing is written."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

from seedance_spec.cli.console import Console
from seedance_spec.cli.exit_codes import ExitCode
from seedance_spec.cli.json_text import json_text
from seedance_spec.cli.stop import StopError

if TYPE_CHECKING:
    from seedance_spec.pipeline import Decision, Reading
    from seedance_spec.plan.prices import PriceTable


def add_explain_argument(parser: ArgumentParser) -> None:
    parser.add_argument_group("output").add_argument(
        "--explain",
        metavar="SHOT",
        action="append",
        default=[],
        help="in its place all the reasons of this shot, followed to the edits behind them (repeatable)",
    )


def explanations(
    args: Namespace, reading: Reading, decision: Decision, console: Console, *, now: float, trusted: PriceTable
) -> str:
    """Every row of the shots in `args.explain`, explained. Raises StopError (64) for one that nobody knows."""
    from seedance_spec.cli.one_shot import insist_on_shot
    from seedance_spec.plan.explain import explained, shots_in
    from seedance_spec.plan.explain_document import explain_document
    from seedance_spec.plan.explain_text import explanations_text
    from seedance_spec.plan.world import Options, World

    if args.markdown:
        raise StopError(ExitCode.USAGE, "--explain has no Markdown", hint="leave --markdown away, or take --json")
    plan = decision.plan
    options = Options(now=now, trusted=trusted)
    world = World.of(reading.film, decision.facts, decision.presence, realm=plan.realm, options=options)
    known = shots_in(world, plan)
    for word in args.explain:
        insist_on_shot(word, known)
    told = [row for shot_id in dict.fromkeys(args.explain) for row in explained(world, plan, shot_id)]
    if args.json:
        return json_text(explain_document(told, realm=plan.realm))
    return explanations_text(told, reading.texts, realm=plan.realm, width=console.width, style=console.out)
