"""`status`: how every take stands, what it cost, and whose link is about to die. Offline; nothing is written."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from dataclasses import replace

from seedance_spec.cli.console import Console
from seedance_spec.cli.exit_codes import ExitCode
from seedance_spec.cli.given import add_given_arguments, add_selection_arguments, given_of, selection_given
from seedance_spec.cli.json_text import json_text
from seedance_spec.cli.project_root import find_root
from seedance_spec.cli.settings import Settings

SUMMARY = "how every take stands: rendered, in flight, failed, unknown, missing"
EXAMPLES = """
$ seedance-spec status              # offline; exit 8 when something needs you
$ seedance-spec status --sandbox    # the sandbox's takes
$ seedance-spec status --select state:failed
$ seedance-spec status --json       # for machines (schemas/status.schema.json)
"""


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--sandbox", action="store_true", help="look at the sandbox's lockfile instead of the paid one")
    parser.add_argument("--json", action="store_true", help="print the rows as JSON (schemas/status.schema.json)")
    add_given_arguments(parser)
    add_selection_arguments(parser)


def run(args: Namespace, settings: Settings) -> int:
    from seedance_spec.cli.sandbox_process import known_speed
    from seedance_spec.cli.spec_check import readable_specs, show_complaints
    from seedance_spec.clock import SystemClock
    from seedance_spec.pipeline import last_heard, look_around, recall
    from seedance_spec.plan.scope import shots_of
    from seedance_spec.plan.selection import EVERYTHING
    from seedance_spec.plan.status import status_document, status_rows, status_text
    from seedance_spec.plan.world import Options
    from seedance_spec.realm import Realm
    from seedance_spec.workplace import Workplace

    console = Console.of(settings)
    workplace = Workplace(root=find_root(args.project), realm=Realm.SANDBOX if args.sandbox else Realm.PAID)
    reading = readable_specs(workplace.root, console, given_of(args, settings))
    facts, complaints = recall(workplace)
    show_complaints(complaints, reading.texts, console)
    presence = look_around(reading.film, workplace)
    rows = status_rows(
        reading.film,
        facts,
        presence,
        realm=workplace.realm,
        now=SystemClock().now(),
        heard=last_heard(workplace),
        time_scale=known_speed(workplace.sandbox_state) if args.sandbox else 1.0,
    )
    selection = selection_given(args)
    if selection != EVERYTHING:
        options = Options(now=SystemClock().now())
        only = shots_of(selection, reading.film, facts, presence, realm=workplace.realm, options=options)
        rows = tuple(row for row in rows if row.shot_id in only)
    if args.json:
        console.data(json_text(status_document(rows)))
    elif selection != EVERYTHING and not rows:
        console.say(f"no shot is meant by {selection.words}")
    else:
        console.data(status_text(rows, width=console.data_width, style=console.out))
        if not args.sandbox and not facts.attempts and replace(workplace, realm=Realm.SANDBOX).lockfile.exists():
            console.say("the sandbox's takes are shown by `seedance-spec status --sandbox`")
    return ExitCode.NEEDS_YOU if any(row.needs_you for row in rows) else ExitCode.CONVERGED
