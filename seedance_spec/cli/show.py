"""`show`: one shot as it would be sent, where every value comes from, its takes and family. Offline; writes nothing."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from seedance_spec.cli.console import Console
from seedance_spec.cli.exit_codes import ExitCode
from seedance_spec.cli.given import add_given_arguments
from seedance_spec.cli.json_text import json_text
from seedance_spec.cli.settings import Settings
from seedance_spec.cli.stop import StopError

SUMMARY = "one shot: its request, hash, origins of every value, takes, price, family"
EXAMPLES = """
$ seedance-spec show film/moon                    # as it would be sent
$ seedance-spec show film/moon --profile draft    # under the overlay `draft`
$ seedance-spec show film/moon --json             # by schemas/show.schema.json
"""


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("shot", metavar="SHOT", help="a shot of the specs")
    parser.add_argument("--sandbox", action="store_true", help="look at the sandbox's lockfile instead of the paid one")
    parser.add_argument("--json", action="store_true", help="print the shot as JSON (schemas/show.schema.json)")
    add_given_arguments(parser)


def run(args: Namespace, settings: Settings) -> int:
    from seedance_spec.cli.one_shot import shot_scene
    from seedance_spec.pipeline import reach_of
    from seedance_spec.plan.decide import decide
    from seedance_spec.plan.parent_delivery import Connected
    from seedance_spec.plan.planned_delivery import Deliveries
    from seedance_spec.plan.show import showing_of
    from seedance_spec.plan.show_document import show_document
    from seedance_spec.plan.show_text import show_text
    from seedance_spec.plan.takes import shot_takes

    console = Console.of(settings)
    scene = shot_scene(args, settings, console)
    world = scene.world
    if args.shot not in world.film.shots:
        hint = f"its takes are kept: seedance-spec takes {args.shot}"
        raise StopError(ExitCode.USAGE, f"the specs have no shot {args.shot!r} any more", hint=hint)
    plan, _ = decide(world.film, world.facts, world.presence, realm=world.realm, options=world.options)
    lends = args.sandbox or (settings.public_url is not None and settings.receiver is None)
    reach = reach_of(
        world.presence, now=scene.now, connected=Connected(lends=lends, time_scale=scene.time_scale if lends else 1.0)
    )
    takes = shot_takes(world, args.shot, now=scene.now, time_scale=scene.time_scale)
    showing = showing_of(world, plan, takes, Deliveries(plan=plan, facts=world.facts, reach=reach))
    if args.json:
        console.data(json_text(show_document(showing)))
    else:
        console.data(show_text(showing, width=console.width, style=console.out))
    return ExitCode.CONVERGED
