"""`prune`: delete stored bytes that nobody needs now. Facts stay; dry unless told otherwise; nothing is paid."""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError, Namespace
from typing import TYPE_CHECKING

from seedance_spec.cli.console import Console
from seedance_spec.cli.exit_codes import ExitCode
from seedance_spec.cli.given import add_given_arguments, given_of
from seedance_spec.cli.json_text import json_text
from seedance_spec.cli.project_root import find_root
from seedance_spec.cli.settings import Settings
from seedance_spec.cli.stop import StopError

if TYPE_CHECKING:
    from seedance_spec.model.shot import Film
    from seedance_spec.plan.pruning import Pruning
    from seedance_spec.workplace import Workplace

SUMMARY = "delete stored clips that nobody needs now; the lockfile keeps its facts"
EXAMPLES = """
$ seedance-spec prune                         # dry: what could go, and what would be lost for ever
$ seedance-spec prune --keep 3                # keep three takes of each shot besides the picked one
$ seedance-spec prune --delete                # asks, then deletes
$ seedance-spec prune --delete --yes --json   # for machines (schemas/prune.schema.json)
"""

_KEEP = 1
_WORDS = frozenset({"unknown-profile", "unused-variable"})


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--keep",
        metavar="N",
        type=_number,
        default=_KEEP,
        help="how many of the newest takes of each shot and profile stay besides those in use (default %(default)s)",
    )
    parser.add_argument("--delete", action="store_true", help="delete what is listed; asks first")
    parser.add_argument("-y", "--yes", action="store_true", help="do not ask before deleting")
    parser.add_argument("--sandbox", action="store_true", help="prune the sandbox's clips instead of the paid ones")
    parser.add_argument("--json", action="store_true", help="print what goes as JSON (schemas/prune.schema.json)")
    add_given_arguments(parser)


def run(args: Namespace, settings: Settings) -> int:
    from seedance_spec.realm import Realm
    from seedance_spec.upkeep import prunable, prune
    from seedance_spec.workplace import Workplace

    if args.yes and not args.delete:
        raise StopError(
            ExitCode.USAGE, "--yes answers what only --delete asks", hint="seedance-spec prune --delete --yes"
        )
    console = Console.of(settings)
    workplace = Workplace(root=find_root(args.project), realm=Realm.SANDBOX if args.sandbox else Realm.PAID)
    films = _films(args, settings, workplace, console)
    pruning = prunable(films, workplace, keep=args.keep)
    if not args.delete or not pruning.going:
        _show(pruning, args, console, deleted=False)
        if pruning.going:
            console.say(f"nothing was deleted: {_command(args)} --delete does it")
        return ExitCode.CONVERGED
    if not args.json:
        _show(pruning, args, console, deleted=False)
    if not _agreed(pruning, args, console):
        return ExitCode.REFUSED
    gone = prune(pruning, films, workplace)
    if args.json:
        _show(gone, args, console, deleted=True)
    return _done(pruning, gone, console)


def _films(args: Namespace, settings: Settings, workplace: Workplace, console: Console) -> tuple[Film, ...]:
    """The specs under every profile. Raises StopError (3): what broken specs would show is not known to be free."""
    from seedance_spec.cli.spec_check import readable_specs, show_complaints
    from seedance_spec.specfiles.diagnostic import has_errors
    from seedance_spec.upkeep import other_readings

    given = given_of(args, settings)
    first = readable_specs(workplace.root, console, given)
    others = tuple(other_readings(first, workplace, given))
    for reading in others:
        # A variable of the command line may mean something under one profile alone.
        complaints = tuple(each for each in reading.diagnostics if each.code not in _WORDS)
        if has_errors(complaints):
            show_complaints(complaints, reading.texts, console)
            under = f"under the profile {reading.film.profile}" if reading.film.profile else "without a profile"
            raise StopError(ExitCode.INVALID_SPEC, f"the specs have errors {under}: nothing was deleted")
    return tuple(reading.film for reading in (first, *others))


def _show(pruning: Pruning, args: Namespace, console: Console, *, deleted: bool) -> None:
    from seedance_spec.plan.pruning_views import pruning_document, pruning_text

    if args.json:
        console.data(json_text(pruning_document(pruning, deleted=deleted)))
    else:
        console.data(pruning_text(pruning, width=console.width, style=console.out))


def _agreed(pruning: Pruning, args: Namespace, console: Console) -> bool:
    """Ask before deleting. Without a terminal to ask on, only --yes deletes."""
    from seedance_spec.plan.figures import plural, size
    from seedance_spec.plan.pruning_views import loss_words

    if args.yes:
        return True
    if not console.interactive:
        console.say("nothing was deleted: there is no terminal to ask on; say --yes to delete")
        return False
    lost = loss_words(pruning)
    number = plural(len(pruning.going), "take")
    return console.ask(f"Delete the bytes of {number}, {size(pruning.bytes)}{f', {lost}' if lost else ''}?")


def _done(agreed: Pruning, gone: Pruning, console: Console) -> ExitCode:
    from seedance_spec.plan.figures import plural, size

    console.say(f"deleted the bytes of {plural(len(gone.going), 'take')}, {size(gone.bytes)}; the facts stay")
    left = len(agreed.going) - len(gone.going)
    if left:
        console.say(f"{plural(left, 'take')} stayed: the project changed meanwhile; the same command looks again")
    return ExitCode.CONVERGED


def _command(args: Namespace) -> str:
    keep = [f"--keep {args.keep}"] if args.keep != _KEEP else []
    return " ".join(["seedance-spec prune", *(["--sandbox"] if args.sandbox else []), *keep])


def _number(text: str) -> int:
    if not text.isdecimal() or int(text) > 10**6:
        raise ArgumentTypeError(f"a number of takes, 0 or more, not {text!r}")
    return int(text)
