"""`verify`: read every byte that is here and compare it with the lockfile. Offline; it writes only with --set-aside."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

from seedance_spec.cli.console import Console
from seedance_spec.cli.exit_codes import ExitCode, winner
from seedance_spec.cli.given import add_given_arguments, given_of
from seedance_spec.cli.json_text import json_text
from seedance_spec.cli.project_root import find_root
from seedance_spec.cli.settings import Settings

if TYPE_CHECKING:
    from seedance_spec.plan.checkup import Survey
    from seedance_spec.workplace import Workplace

SUMMARY = "read every stored and shown clip, and compare it with the lockfile"
EXAMPLES = """
$ seedance-spec verify                # exit 8 when bytes are damaged, missing or edited
$ seedance-spec verify --set-aside    # move damaged clips away, so that collect brings whole ones
$ seedance-spec verify --sandbox      # the sandbox's clips
$ seedance-spec verify --json         # for machines (schemas/verify.schema.json)
"""

_REPAINT_SECONDS = 0.1


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--set-aside", action="store_true", help="move damaged stored clips out of the way; nothing is deleted"
    )
    parser.add_argument("--sandbox", action="store_true", help="read the sandbox's clips instead of the paid ones")
    parser.add_argument("--json", action="store_true", help="print the findings as JSON (schemas/verify.schema.json)")
    add_given_arguments(parser)


def run(args: Namespace, settings: Settings) -> int:
    from seedance_spec.cli.spec_check import refuse_words, show_complaints
    from seedance_spec.clock import SystemClock
    from seedance_spec.pipeline import look_around, read_specs, recall
    from seedance_spec.plan.checkup import checkup_of
    from seedance_spec.plan.checkup_views import checkup_document, checkup_text
    from seedance_spec.plan.status_rows import status_rows
    from seedance_spec.realm import Realm
    from seedance_spec.specfiles.diagnostic import has_errors
    from seedance_spec.upkeep import set_aside
    from seedance_spec.workplace import Workplace

    console = Console.of(settings)
    workplace = Workplace(root=find_root(args.project), realm=Realm.SANDBOX if args.sandbox else Realm.PAID)
    reading = read_specs(workplace.root, given_of(args, settings))
    refuse_words(reading)
    survey = _surveyed(workplace, console)
    facts, complaints = recall(workplace)
    show_complaints((*reading.diagnostics, *complaints), reading.texts, console)
    now = SystemClock().now()
    rows = status_rows(reading.film, facts, look_around(reading.film, workplace), realm=workplace.realm, now=now)
    moved = set_aside(sorted(survey.damaged), workplace) if args.set_aside and survey.damaged else {}
    checkup = checkup_of(survey, facts, rows, realm=workplace.realm, now=now, moved=moved)
    if args.json:
        console.data(json_text(checkup_document(checkup, moved)))
    else:
        console.data(checkup_text(checkup, moved, width=console.width, style=console.out))
    # Bytes are read whatever the specs have come to; the exit code says that they are wrong.
    codes = [ExitCode.INVALID_SPEC] if has_errors(reading.diagnostics) else []
    return winner([*codes, *([ExitCode.NEEDS_YOU] if checkup.needs_you else [])])


def _surveyed(workplace: Workplace, console: Console) -> Survey:
    """Everything read, with what is left of it on a terminal."""
    from seedance_spec.clock import SystemClock
    from seedance_spec.plan.checkup_views import reading_text
    from seedance_spec.upkeep import scope_of, survey

    scope, now = scope_of(workplace), SystemClock().now
    total, done, began, painted = scope.bytes, 0, now(), 0.0
    with console.live() as live:

        def tick(count: int) -> None:
            nonlocal done, painted
            done += count
            if live.painted and (now() - painted >= _REPAINT_SECONDS or done >= total):
                painted = now()
                live.update(reading_text(done, total, painted - began))

        return survey(scope, workplace, tick)
