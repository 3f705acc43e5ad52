"""`collect`: bring home what is paid for, on any clone. It cannot pay; what is done stands in `rendering`."""

from __future__ import annotations

import asyncio
from argparse import ArgumentParser, Namespace
from dataclasses import replace
from typing import TYPE_CHECKING

from seedance_spec.cli.callback_keys import with_previous_key
from seedance_spec.cli.carry import Run, add_completion_arguments, carried_out, connection_of, interval
from seedance_spec.cli.console import Console
from seedance_spec.cli.exit_codes import ExitCode, winner
from seedance_spec.cli.given import add_given_arguments, add_selection_arguments, given_of, selection_given
from seedance_spec.cli.project_root import find_root
from seedance_spec.cli.settings import Settings

if TYPE_CHECKING:
    from seedance_spec.pipeline import Decision, Reading
    from seedance_spec.plan.selection import Selection
    from seedance_spec.workplace import Workplace

SUMMARY = "fetch what is in flight or missing, on any clone; never pays"
EXAMPLES = """
$ seedance-spec collect                    # after `git pull`: what others submitted
$ seedance-spec collect --timeout 600      # exit 9 when it still runs after ten minutes
$ seedance-spec collect --no-progress-timeout 900
                                           # or when nothing moves for 15 minutes
$ seedance-spec collect --select 'ep1/*'   # of some shots; also --exclude
$ seedance-spec collect --sandbox          # the sandbox's own takes
$ seedance-spec collect --json             # JSON lines on stdout (schemas/event.schema.json)
"""

_LOOKS_AT_ONCE = 8


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print events as JSON lines (schemas/event.schema.json)")
    parser.add_argument("--sandbox", action="store_true", help="collect the sandbox's takes instead of the paid ones")
    parser.add_argument(
        "--timeout",
        metavar="SECONDS",
        type=interval,
        help="stop waiting after so long; what still runs goes on (exit 9)",
    )
    parser.add_argument(
        "--no-progress-timeout",
        metavar="SECONDS",
        type=interval,
        help="stop waiting once nothing has changed for so long (exit 9 where something still runs)",
    )
    add_given_arguments(parser)
    add_selection_arguments(parser)
    add_completion_arguments(parser)


def run(args: Namespace, settings: Settings) -> int:
    from seedance_spec.ci.outputs import NOTHING_TO_DO
    from seedance_spec.pipeline import read_specs
    from seedance_spec.realm import Realm
    from seedance_spec.specfiles.diagnostic import has_errors
    from seedance_spec.tidying import tidy
    from seedance_spec.workplace import Workplace

    console = Console.of(settings)
    workplace = Workplace(root=find_root(args.project), realm=Realm.SANDBOX if args.sandbox else Realm.PAID)
    connection = with_previous_key(connection_of(args, settings, workplace), settings)
    reading = read_specs(workplace.root, given_of(args, settings))
    asyncio.run(tidy(reading.film, workplace))
    decision = _decided(reading, workplace, selection_given(args))
    complaints = (*reading.diagnostics, *decision.diagnostics)
    if console.github is not None:
        console.github.stand_at(workplace.root)
    # What is paid for is brought home whatever the specs have come to; the exit code says that they are wrong.
    codes = [ExitCode.INVALID_SPEC] if has_errors(complaints) else []
    _say(args, console, reading, decision)
    if decision.plan.changes:
        how = Run(
            jobs=_LOOKS_AT_ONCE,
            pays=False,
            as_json=args.json,
            seconds=args.timeout,
            quiet_seconds=args.no_progress_timeout,
        )
        codes.append(carried_out(console, decision, workplace, connection, how))
    elif console.github is not None:
        console.github.set_outputs(NOTHING_TO_DO)
    return winner(codes)


def _decided(reading: Reading, workplace: Workplace, selection: Selection) -> Decision:
    from seedance_spec.clock import SystemClock
    from seedance_spec.pipeline import decide_plan
    from seedance_spec.plan.collecting import collectable
    from seedance_spec.plan.world import Options

    decision = decide_plan(reading.film, workplace, Options(now=SystemClock().now()), sends=False, scope=selection)
    return replace(decision, plan=collectable(decision.plan))


def _say(args: Namespace, console: Console, reading: Reading, decision: Decision) -> None:
    """Complaints, and what there is to collect."""
    from seedance_spec.cli.spec_check import show_complaints
    from seedance_spec.plan.text import plan_text

    show_complaints((*reading.diagnostics, *decision.diagnostics), reading.texts, console)
    if not decision.plan.changes:
        console.say("nothing to collect: nothing is in flight, and no clip is missing")
    elif not args.json:
        console.say(plan_text(decision.plan, width=console.width, style=console.err, applying=True) + "\n")
