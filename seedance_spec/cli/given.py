"""--profile, --var, --var-file, --select: what a run adds to the specs and chooses of them. Shared by all verbs."""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError, Namespace
from dataclasses import dataclass, replace
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING

from seedance_spec.cli.exit_codes import ExitCode
from seedance_spec.cli.settings import Settings
from seedance_spec.cli.stop import StopError

if TYPE_CHECKING:
    from seedance_spec.model.given import Given
    from seedance_spec.model.shot import Film
    from seedance_spec.plan.prices import PriceTable
    from seedance_spec.plan.saved import Asked, SavedPlan
    from seedance_spec.plan.scope import Scope
    from seedance_spec.plan.selection import Selection
    from seedance_spec.plan.world import Options
    from seedance_spec.realm import Realm


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a run wants: what the specs are read with, what may be bought, and which rows it is about."""

    given: Given
    asked: Asked
    scope: Scope

    def retake(self, film: Film) -> frozenset[str]:
        """The shots to buy again. Raises StopError (64) for a typed one that does not exist; one of a saved plan that
        has left the specs since then is stale, and said so there.
        """
        from seedance_spec.cli.spec_check import shots_named
        from seedance_spec.plan.saved import SavedPlan

        if isinstance(self.scope, SavedPlan):
            return frozenset(self.asked.retake) & film.shots.keys()
        return shots_named(self.asked.retake, film)

    def options(self, film: Film, *, now: float, trusted: PriceTable | None = None) -> Options:
        """What may be bought once more, at `now` (Unix seconds). `trusted` are the prices that no spec can change.
        Raises StopError as `retake` does.
        """
        from seedance_spec.plan.prices import BUILT_IN
        from seedance_spec.plan.world import Options

        return Options(
            retry_failed=self.asked.retry_failed,
            retake=self.retake(film),
            cascade=self.asked.cascade,
            now=now,
            trusted=BUILT_IN if trusted is None else trusted,
        )


def add_given_arguments(parser: ArgumentParser) -> None:
    """What the specs are read with: the same words for every verb."""
    given = parser.add_argument_group("the specs")
    given.add_argument("--profile", metavar="NAME", help="read every shot under this overlay of the specs")
    given.add_argument(
        "--var",
        metavar="NAME=VALUE",
        type=_assignment,
        action="append",
        default=[],
        help="set a variable, over all that the specs and the environment say (repeatable)",
    )
    given.add_argument(
        "--var-file",
        metavar="FILE",
        type=Path,
        action="append",
        default=[],
        help="set the variables of a YAML file, over those of the specs (repeatable)",
    )


def given_typed(args: Namespace) -> str:
    """--var and --var-file as they are to be typed again; empty where there are none."""
    assigned = [f"--var {quote(f'{name}={text}')}" for name, text in args.var]
    return " ".join([*assigned, *(f"--var-file {quote(str(path))}" for path in args.var_file)])


def add_selection_arguments(parser: ArgumentParser) -> None:
    """Which shots a run is about: the same words for every verb."""
    chosen = parser.add_argument_group("which shots")
    chosen.add_argument(
        "--select",
        metavar="SHOTS",
        action="append",
        default=[],
        help="only these: an id or glob (moon*), tag:hero, file:specs/a.yaml, state:failed; "
        "+moon with what it starts from, moon+ with what starts from it (repeatable: any of them)",
    )
    chosen.add_argument(
        "--exclude", metavar="SHOTS", action="append", default=[], help="not these; the same words (repeatable)"
    )


def selection_given(args: Namespace) -> Selection:
    """The shots that the command line chooses. Raises SelectionError for a word that cannot select anything."""
    from seedance_spec.plan.selection import selection_of

    return selection_of(args.select, args.exclude)


def asked_of(args: Namespace) -> Asked:
    """What the command line allows and chooses, in its own words."""
    from seedance_spec.plan.saved import Asked

    return Asked(
        retry_failed=args.retry_failed,
        retake=tuple(args.retake),
        cascade=getattr(args, "cascade", True),
        select=tuple(args.select),
        exclude=tuple(args.exclude),
    )


def wish_of(args: Namespace, settings: Settings, realm: Realm) -> Wish:
    """What the command line wants: in its own words, or in those of the saved plan that it names. Raises StopError (64)
    where that cannot be read, or where flags would change what it is about.
    """
    path: Path | None = getattr(args, "plan", None)
    if path is None:
        return Wish(given=given_of(args, settings), asked=asked_of(args), scope=selection_given(args))
    from seedance_spec.cli.saved_plan import load_plan

    _refuse_scope_flags(args)
    saved = load_plan(path, realm)
    return Wish(given=_given_again(saved, settings), asked=saved.asked, scope=saved)


def _given_again(saved: SavedPlan, settings: Settings) -> Given:
    """What the specs were read with when the plan was saved, over today's environment. Its words count as the
    environment's: one that the specs no longer use is no mistake of whoever applies the plan.
    """
    given = saved.given
    return replace(given, environment={**settings.variables, **given.environment, **given.arguments}, arguments={})


def _refuse_scope_flags(args: Namespace) -> None:
    """Raises StopError (64) where the command line says once more, or otherwise, what a saved plan says already."""
    given = {
        "--profile": args.profile,
        "--var": args.var,
        "--var-file": args.var_file,
        "--retry-failed": args.retry_failed,
        "--retake": args.retake,
        "--no-cascade": not getattr(args, "cascade", True),
        "--select": args.select,
        "--exclude": args.exclude,
    }
    flags = [flag for flag, value in given.items() if value]
    if flags:
        verb = "changes" if len(flags) == 1 else "change"
        said = f"{', '.join(flags)} {verb} what a plan is about, and {args.plan} is already about something"
        hint = f"give {'it' if len(flags) == 1 else 'them'} to `plan -o`, or apply without the saved plan"
        raise StopError(ExitCode.USAGE, said, hint=hint)


def given_of(args: Namespace, settings: Settings) -> Given:
    """The words of the command line with the environment's variables. Raises StopError (64) for an unreadable file."""
    from seedance_spec.model.given import Given
    from seedance_spec.specfiles.diagnostic import Diagnostic
    from seedance_spec.specfiles.find import read_named_file

    files = []
    for path in args.var_file:
        file = read_named_file(path)
        if isinstance(file, Diagnostic):
            raise StopError(ExitCode.USAGE, f"--var-file {path}: {file.message}", hint=file.hint)
        files.append(file)
    return Given(
        profile=args.profile,
        files=tuple(files),
        environment=settings.variables,
        arguments=dict(args.var),
    )


def _assignment(text: str) -> tuple[str, str]:
    from seedance_spec.model.variables import can_be_set

    name, equals, value = text.partition("=")
    if not equals or not can_be_set(name):
        raise ArgumentTypeError(f"NAME=VALUE, as hero='a black cat', not {text!r}")
    return name, value
