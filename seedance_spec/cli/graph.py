"""`graph`: which shot starts from which, and how each stands. Offline; nothing is written."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from seedance_spec.cli.console import Console
from seedance_spec.cli.exit_codes import ExitCode
from seedance_spec.cli.given import add_given_arguments, given_of
from seedance_spec.cli.json_text import json_text
from seedance_spec.cli.project_root import find_root
from seedance_spec.cli.settings import Settings

SUMMARY = "which shot starts from which, as a tree or a drawing"
EXAMPLES = """
$ seedance-spec graph                        # a tree: parents over their children
$ seedance-spec graph ep1/intro/moon-walk    # what it starts from, and what starts from it
$ seedance-spec graph --mermaid              # a drawing for GitHub and editors
$ seedance-spec graph --json                 # for machines (schemas/graph.schema.json)
"""


def add_arguments(parser: ArgumentParser) -> None:
    chosen = "only these shots, what they start from, and what starts from them"
    parser.add_argument("shots", metavar="SHOT", nargs="*", help=chosen)
    parser.add_argument("--sandbox", action="store_true", help="look at the sandbox's lockfile instead of the paid one")
    shape = parser.add_mutually_exclusive_group()
    shape.add_argument("--mermaid", action="store_true", help="print a Mermaid flow chart")
    shape.add_argument("--json", action="store_true", help="print the graph as JSON (schemas/graph.schema.json)")
    add_given_arguments(parser)


def run(args: Namespace, settings: Settings) -> int:
    from seedance_spec.cli.spec_check import readable_specs, shots_named, show_complaints
    from seedance_spec.clock import SystemClock
    from seedance_spec.pipeline import look_around, recall
    from seedance_spec.plan.graph import graph_of, part_of
    from seedance_spec.plan.graph_document import graph_document
    from seedance_spec.plan.graph_mermaid import graph_mermaid
    from seedance_spec.plan.graph_text import graph_text
    from seedance_spec.plan.status_rows import status_rows
    from seedance_spec.realm import Realm
    from seedance_spec.workplace import Workplace

    console = Console.of(settings)
    workplace = Workplace(root=find_root(args.project), realm=Realm.SANDBOX if args.sandbox else Realm.PAID)
    reading = readable_specs(workplace.root, console, given_of(args, settings))
    facts, complaints = recall(workplace)
    show_complaints(complaints, reading.texts, console)
    presence = look_around(reading.film, workplace)
    rows = status_rows(reading.film, facts, presence, realm=workplace.realm, now=SystemClock().now())
    graph = graph_of(reading.film, rows)
    if args.shots:
        graph = part_of(graph, shots_named(args.shots, reading.film))
    if args.json:
        console.data(json_text(graph_document(graph)))
    elif args.mermaid:
        console.data(graph_mermaid(graph))
    else:
        console.data(graph_text(graph, width=console.width, style=console.out))
    return ExitCode.CONVERGED
