"""`report`: what a branch's shots came to, as Markdown for its pull request. Offline; only posters are written."""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

from seedance_spec.cli.console import Console
from seedance_spec.cli.exit_codes import ExitCode
from seedance_spec.cli.given import add_given_arguments, add_selection_arguments, given_of, selection_given
from seedance_spec.cli.json_text import json_text
from seedance_spec.cli.project_root import find_root
from seedance_spec.cli.settings import Settings
from seedance_spec.cli.stop import StopError

if TYPE_CHECKING:
    from seedance_spec.ci.results import Results
    from seedance_spec.workplace import Workplace

SUMMARY = "what a branch's shots came to, as Markdown for its pull request"
EXAMPLES = """
$ seedance-spec report --since origin/main    # against the base's lockfile
$ seedance-spec report                        # all that was ever rendered
$ seedance-spec report --posters out --poster-url https://clips.example
                                              # with pictures, before and after
$ seedance-spec report --json                 # by schemas/report.schema.json
"""

_URL_PARTS = "/:%-._~"


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print it as JSON (schemas/report.schema.json)")
    parser.add_argument("--sandbox", action="store_true", help="look at the sandbox's lockfile instead of the paid one")
    parser.add_argument(
        "--since", metavar="REV", help="only what its lockfile at this commit or branch had not; else everything"
    )
    parser.add_argument(
        "--posters", metavar="DIR", type=Path, help="write a small JPEG of each clip that is here, named by its SHA-256"
    )
    parser.add_argument(
        "--poster-url", metavar="URL", type=_address, help="where that folder is served: pictures, before and after"
    )
    add_given_arguments(parser)
    add_selection_arguments(parser)


def run(args: Namespace, settings: Settings) -> int:
    from seedance_spec.ci.results_document import report_document
    from seedance_spec.ci.results_markdown import results_markdown
    from seedance_spec.realm import Realm
    from seedance_spec.workplace import Workplace

    if args.poster_url and args.posters is None:
        raise StopError(ExitCode.USAGE, "--poster-url serves the folder that --posters names", hint="add --posters DIR")
    console = Console.of(settings)
    workplace = Workplace(root=find_root(args.project), realm=Realm.SANDBOX if args.sandbox else Realm.PAID)
    results = _results(args, settings, console, workplace)
    posters = _posters(args, results, workplace)
    if args.json:
        console.data(json_text(report_document(results, posters=posters)))
    else:
        markdown = results_markdown(results, posters=posters)
        console.data(markdown)
        if console.github is not None:
            console.github.add_summary(markdown)
    return ExitCode.CONVERGED


def _results(args: Namespace, settings: Settings, console: Console, workplace: Workplace) -> Results:
    """What the base's lockfile lacks, with how it stands today."""
    from seedance_spec.ci.results import results_of
    from seedance_spec.cli.base_lock import facts_since
    from seedance_spec.cli.spec_check import readable_specs, show_complaints
    from seedance_spec.clock import SystemClock
    from seedance_spec.pipeline import look_around, recall
    from seedance_spec.plan.scope import decide_within
    from seedance_spec.plan.status import status_rows
    from seedance_spec.plan.world import Options

    film = (reading := readable_specs(workplace.root, console, given_of(args, settings))).film
    facts, complaints = recall(workplace)
    show_complaints(complaints, reading.texts, console)
    presence, now = look_around(film, workplace), SystemClock().now()
    plan, _ = decide_within(
        selection_given(args),
        film,
        facts_since(args.since, workplace),
        presence,
        realm=workplace.realm,
        options=Options(now=now),
    )
    rows = status_rows(film, facts, presence, realm=workplace.realm, now=now)
    return results_of(plan, rows, since=args.since)


def _posters(args: Namespace, results: Results, workplace: Workplace) -> Mapping[str, str]:
    if args.posters is None:
        return {}
    from seedance_spec.cli.posters import addresses, made
    from seedance_spec.clips.store import Store

    clips = {clip for each in results.results for clip in (each.before, each.after) if clip is not None}
    there = made(sorted(clips), Store(workplace.store), args.posters)
    return addresses(there, args.poster_url) if args.poster_url else {}


def _address(text: str) -> str:
    """An address that can stand in a page as it is. Raises ArgumentTypeError."""
    parts = urlsplit(text)
    if parts.scheme not in {"http", "https"} or not parts.netloc or quote(text, safe=_URL_PARTS) != text:
        raise ArgumentTypeError(f"an address that begins with https://, without query, not {text!r}")
    return text
