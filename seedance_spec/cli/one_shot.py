"""What the verbs about one shot look at: specs, facts, bytes, and whether an id means anything. Nothing is written."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from seedance_spec.cli.console import Console
from seedance_spec.cli.exit_codes import ExitCode
from seedance_spec.cli.given import given_of
from seedance_spec.cli.guards import trusted_table
from seedance_spec.cli.project_root import find_root
from seedance_spec.cli.settings import Settings
from seedance_spec.cli.stop import StopError

if TYPE_CHECKING:
    from seedance_spec.plan.world import World
    from seedance_spec.workplace import Workplace


@dataclass(frozen=True, slots=True, kw_only=True)
class ShotScene:
    """The project as it is at `now` (Unix seconds); `time_scale` is the sandbox's speed."""

    world: World
    workplace: Workplace
    now: float
    time_scale: float


def shot_scene(args: Namespace, settings: Settings, console: Console) -> ShotScene:
    """The scene for `args.shot`. Raises StopError (3) for specs with errors and (64) for an id that nobody knows."""
    from seedance_spec.cli.sandbox_process import known_speed
    from seedance_spec.cli.spec_check import readable_specs, show_complaints
    from seedance_spec.clock import SystemClock
    from seedance_spec.pipeline import look_around, recall
    from seedance_spec.plan.takes import shots_on_record
    from seedance_spec.plan.world import Options, World
    from seedance_spec.realm import Realm
    from seedance_spec.workplace import Workplace

    workplace = Workplace(root=find_root(args.project), realm=Realm.SANDBOX if args.sandbox else Realm.PAID)
    reading = readable_specs(workplace.root, console, given_of(args, settings))
    facts, complaints = recall(workplace)
    show_complaints(complaints, reading.texts, console)
    insist_on_shot(args.shot, shots_on_record(reading.film, facts))
    now = SystemClock().now()
    world = World.of(
        reading.film,
        facts,
        look_around(reading.film, workplace, also=_outputs(args.shot, workplace, reading.film.profile)),
        realm=workplace.realm,
        options=Options(now=now, trusted=trusted_table(settings)),
    )
    speed = known_speed(workplace.sandbox_state) if args.sandbox else 1.0
    return ShotScene(world=world, workplace=workplace, now=now, time_scale=speed)


def _outputs(shot_id: str, workplace: Workplace, profile: str | None) -> tuple[str, ...]:
    """Where renders/ may still show a shot that the specs lost; nowhere for a label that no spec could give."""
    from seedance_spec.clips.layout import output_path

    try:
        return (output_path(shot_id, workplace.realm, profile),)
    except ValueError:
        return ()


def insist_on_shot(word: str, known: Iterable[str]) -> None:
    """Raises StopError (64), naming what was probably meant, for an id that is not among the known ones."""
    from seedance_spec.specfiles.suggest import nearest

    ids = sorted(known)
    if word in ids:
        return
    by_key = {each.rpartition("/")[2]: each for each in reversed(ids)}
    guess = by_key.get(word) or nearest(word, ids) or by_key.get(nearest(word, by_key) or "")
    hint = f"did you mean {guess}?" if guess else "seedance-spec status lists the shots"
    raise StopError(ExitCode.USAGE, f"there is no shot {word!r}", hint=hint)
