"""`apply --detach`: what is left to others once all is submitted, and the commands for it. It sends nothing."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from seedance_spec.cli.console import Console
from seedance_spec.cli.exit_codes import ExitCode
from seedance_spec.cli.stop import StopError

if TYPE_CHECKING:
    from seedance_spec.attempts.endings import Ending
    from seedance_spec.connection import Connection
    from seedance_spec.realm import Realm


def check_detached(args: Namespace) -> None:
    """Raises StopError (64) for words that need somebody who stays."""
    if not args.detach:
        return
    if args.frozen or args.locked:
        raise StopError(ExitCode.USAGE, "--detach is for what is to be paid, which --locked and --frozen never do")
    if args.listen is not None or (args.public_url and not args.receiver):
        said = "with --detach nobody is left here to be called back"
        raise StopError(ExitCode.USAGE, said, hint="--receiver names a `serve` that stays; or leave it to `collect`")


def alone(connection: Connection) -> Connection:
    """The connection of a run that leaves: a receiver or a lent clip of its own would be gone before anybody came."""
    return replace(connection, listen=None, public_url=connection.public_url if connection.receiver else None)


def is_left(ending: Ending) -> bool:
    """Whether it goes on without us, or waits for something that does."""
    from seedance_spec.attempts.endings import End

    is_behind = ending.end is End.BLOCKED and ending.behind is not None and ending.behind.end is End.RUNNING
    return ending.end is End.RUNNING or is_behind


def say_left(endings: Sequence[Ending], realm: Realm, console: Console) -> None:
    for line in _left(endings, realm):
        console.say(line)


def _left(endings: Sequence[Ending], realm: Realm) -> Iterator[str]:
    from seedance_spec.attempts.endings import End
    from seedance_spec.plan.figures import plural
    from seedance_spec.realm import Realm

    flag = " --sandbox" if realm is Realm.SANDBOX else ""
    running = sum(ending.end is End.RUNNING for ending in endings)
    behind = sum(is_left(ending) for ending in endings) - running
    if running:
        command = f"`seedance-spec collect{flag}`"
        yield f"detached: {plural(running, 'take')} on record; {command} on any clone brings the clips"
    if behind:
        verb = "starts" if behind == 1 else "start"
        command = f"`seedance-spec apply{flag}`"
        yield f"{plural(behind, 'take')} {verb} from clips that are not here yet: once they are, {command}"
