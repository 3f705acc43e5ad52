"""`takes`: every take on record of one shot, and the line that chooses. Offline; nothing is written."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from seedance_spec.cli.console import Console
from seedance_spec.cli.exit_codes import ExitCode
from seedance_spec.cli.given import add_given_arguments
from seedance_spec.cli.json_text import json_text
from seedance_spec.cli.settings import Settings

SUMMARY = "every take of one shot: seed, cost, file, and the line that picks another"
EXAMPLES = """
$ seedance-spec takes film/moon              # this request, then older ones
$ seedance-spec takes film/moon --sandbox    # the sandbox's takes
$ seedance-spec takes film/moon --json       # by schemas/takes.schema.json
"""


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("shot", metavar="SHOT", help="a shot of the specs, or one that is only on record any more")
    parser.add_argument("--sandbox", action="store_true", help="look at the sandbox's lockfile instead of the paid one")
    parser.add_argument("--json", action="store_true", help="print the takes as JSON (schemas/takes.schema.json)")
    add_given_arguments(parser)


def run(args: Namespace, settings: Settings) -> int:
    from seedance_spec.cli.one_shot import shot_scene
    from seedance_spec.plan.takes import shot_takes
    from seedance_spec.plan.takes_document import takes_document
    from seedance_spec.plan.takes_text import takes_text

    console = Console.of(settings)
    scene = shot_scene(args, settings, console)
    takes = shot_takes(scene.world, args.shot, now=scene.now, time_scale=scene.time_scale)
    if args.json:
        console.data(json_text(takes_document(takes)))
    else:
        console.data(takes_text(takes, width=console.width, style=console.out))
    return ExitCode.CONVERGED
