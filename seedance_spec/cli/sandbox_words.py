"""`--sandbox`, `--speed`, `--fault` of the verbs that render: flags, and what is said of them. It starts nothing."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

from seedance_spec.cli.arguments import number
from seedance_spec.cli.carry import SANDBOX_SPEED
from seedance_spec.cli.console import Console
from seedance_spec.cli.exit_codes import ExitCode
from seedance_spec.cli.stop import StopError

if TYPE_CHECKING:
    from seedance_spec.connection import Connection


def add_sandbox_arguments(parser: ArgumentParser) -> None:
    sandbox = parser.add_argument_group("sandbox")
    sandbox.add_argument("--sandbox", action="store_true", help="render placeholder clips with the gateway at home")
    sandbox.add_argument(
        "--speed",
        metavar="N",
        type=_speed,
        help=f"how much faster than life, where none runs yet (default {SANDBOX_SPEED:g})",
    )
    sandbox.add_argument(
        "--fault", metavar="FAULT", action="append", default=[], help="a misfortune on request; see `sandbox --help`"
    )


def check_sandbox_words(args: Namespace) -> None:
    """Raises StopError (64) for words about a sandbox that is not asked for."""
    if not args.sandbox and (args.fault or args.speed is not None):
        raise StopError(ExitCode.USAGE, "--speed and --fault are for --sandbox", hint="add --sandbox")


def say_speed(args: Namespace, connection: Connection, console: Console) -> None:
    """A sandbox that runs already keeps its speed: another one is not passed over in silence."""
    from seedance_spec.cli.sandbox_process import IDLE_SECONDS

    if args.speed is not None and args.speed != connection.time_scale:
        console.say(
            f"--speed {args.speed:g} is not heeded: this project's sandbox runs already, at {connection.time_scale:g}\n"
            f"  → it ends by itself after {IDLE_SECONDS // 60} idle minutes; the next one starts as you say\n"
        )


def _speed(text: str) -> float:
    """How much faster than life. Raises ArgumentTypeError."""
    return number(text, smallest=1.0)
