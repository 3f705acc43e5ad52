"""--profile, --var, --var-file: what a run adds to the specs, as a value. Shared by all verbs that read them."""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError, Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from seedance_spec.cli.exit_codes import ExitCode
from seedance_spec.cli.settings import Settings
from seedance_spec.cli.stop import StopError

if TYPE_CHECKING:
    from seedance_spec.model.given import Given


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
