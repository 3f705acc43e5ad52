"""`watch`: render on save, within what was agreed to at the start. Flags and questions; the work stands in `watch`."""

from __future__ import annotations

import asyncio
from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

from seedance_spec.cli.apply import MOST_JOBS, count
from seedance_spec.cli.callback_keys import with_previous_key
from seedance_spec.cli.carry import SANDBOX_SPEED, add_completion_arguments, connection_of, interval
from seedance_spec.cli.console import Console
from seedance_spec.cli.exit_codes import ExitCode
from seedance_spec.cli.given import add_given_arguments, add_selection_arguments, given_of, selection_given
from seedance_spec.cli.guards import add_cap_arguments, caps_within, trusted_table
from seedance_spec.cli.project_root import find_root
from seedance_spec.cli.sandbox_words import add_sandbox_arguments, check_sandbox_words, say_speed
from seedance_spec.cli.settings import Settings, dollars
from seedance_spec.cli.stop import StopError

if TYPE_CHECKING:
    from seedance_spec.model.given import Given
    from seedance_spec.model.shot import Project
    from seedance_spec.plan.budget import Caps
    from seedance_spec.watch.desk import Consent
    from seedance_spec.workplace import Workplace

SUMMARY = "render what changed on every save, up to a sum agreed to at the start"
EXAMPLES = """
$ seedance-spec watch --sandbox              # placeholder clips: no key, nothing is paid
$ seedance-spec watch --max-cost 5           # a save renders; $5 for the whole session
$ seedance-spec watch --ask                  # a save plans, the key `a` pays
$ seedance-spec watch --on-commit --max-cost 20
                                             # a commit renders, a save does not
$ seedance-spec watch --max-cost 5 --select 'ep1/*'
                                             # some shots; also --exclude
$ seedance-spec watch --max-cost 5 --profile final
                                             # else `draft`, where the specs have it
$ seedance-spec watch --sandbox --json       # JSON lines on stdout
"""

QUIET_SECONDS = 0.3


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print events as JSON lines (schemas/watch.schema.json)")
    when = parser.add_mutually_exclusive_group()
    when.add_argument("--ask", action="store_true", help="a save only plans; the key `a` pays for what is shown")
    when.add_argument("--on-commit", action="store_true", help="render what is committed, once the commit is made")
    parser.add_argument(
        "--quiet",
        metavar="SECONDS",
        type=interval,
        default=QUIET_SECONDS,
        help="look once nothing was saved for so long (default %(default)g)",
    )
    parser.add_argument(
        "-j",
        "--jobs",
        metavar="N",
        type=count,
        default=8,
        help=f"shots under way at once, up to {MOST_JOBS} (default %(default)s)",
    )
    add_given_arguments(parser)
    parser.add_argument("--no-draft", action="store_true", help="do not take the profile `draft` by itself")
    add_selection_arguments(parser)
    add_cap_arguments(parser, brake=True)
    add_completion_arguments(parser)
    add_sandbox_arguments(parser)


def run(args: Namespace, settings: Settings) -> int:
    from seedance_spec.cli.watching import Orders, watched
    from seedance_spec.plan.parent_delivery import Connected
    from seedance_spec.realm import Realm
    from seedance_spec.watch.looker import Aim
    from seedance_spec.workplace import Workplace

    console = Console.of(settings)
    workplace = Workplace(root=find_root(args.project), realm=Realm.SANDBOX if args.sandbox else Realm.PAID)
    _check_words(args, console)
    given = _given(args, settings, workplace)
    max_cost = _agreed_cap(args, console)
    connection = connection_of(args, settings, workplace, speed=args.speed or SANDBOX_SPEED, faults=args.fault)
    say_speed(args, connection, console)
    connection = with_previous_key(connection, settings)

    def caps(project: Project, is_agreed: bool) -> Caps:  # noqa: FBT001 - Aim's own shape
        return caps_within(project, settings, max_cost=max_cost, force=args.force or is_agreed)

    aim = Aim(
        given=given,
        drafts=args.profile is None and not args.no_draft,
        scope=selection_given(args),
        trusted=trusted_table(settings),
        connected=Connected(lends=connection.lends, time_scale=connection.time_scale),
        caps=caps,
    )
    orders = Orders(consent=_consent(args), quiet=args.quiet, jobs=args.jobs, max_cost=max_cost, as_json=args.json)
    return asyncio.run(watched(console, workplace, connection, aim, orders))


def _check_words(args: Namespace, console: Console) -> None:
    check_sandbox_words(args)
    if args.ask and not console.interactive:
        hint = "without --ask a save renders, up to --max-cost; with --on-commit a commit does"
        raise StopError(ExitCode.USAGE, "--ask waits for a key, and there is no terminal to press it on", hint=hint)
    if args.no_draft and args.profile is not None:
        raise StopError(ExitCode.USAGE, "--no-draft and --profile contradict each other", hint="drop one of them")


def _consent(args: Namespace) -> Consent:
    from seedance_spec.watch.desk import Consent

    if args.ask:
        return Consent.KEY
    return Consent.COMMIT if args.on_commit else Consent.SAVE


def _given(args: Namespace, settings: Settings, workplace: Workplace) -> Given:
    """What the specs are read with.

    Raises StopError (64) for words that mean nothing to the specs; what is wrong in the specs is shown later.
    """
    from seedance_spec.cli.spec_check import refuse_words
    from seedance_spec.pipeline import read_specs

    given = given_of(args, settings)
    refuse_words(read_specs(workplace.root, given))
    return given


def _agreed_cap(args: Namespace, console: Console) -> float | None:
    """What the session may spend. In the sandbox nothing is paid, and with --ask every payment is asked for.

    Raises StopError (64) where nobody agreed to a sum, and nobody can be asked.
    """
    if args.max_cost is not None or args.sandbox or args.ask:
        amount: float | None = args.max_cost
        return amount
    hint = "say --max-cost USD, or --ask to pay by key; --sandbox renders placeholders for free"
    if not console.interactive:
        raise StopError(ExitCode.USAGE, "a watch spends as you save: say how much it may spend in all", hint=hint)
    typed = console.answer("Up to how many US dollars may this session spend?")
    try:
        return dollars(typed)
    except ValueError:
        raise StopError(ExitCode.USAGE, f"no sum was agreed to: {typed!r} are no US dollars", hint=hint) from None
