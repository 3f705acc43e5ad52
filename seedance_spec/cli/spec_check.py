"""Specs that may be worked with, or a stop with their complaints. Shared by the verbs that decide."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from seedance_spec.cli.console import Console
from seedance_spec.cli.exit_codes import ExitCode
from seedance_spec.cli.stop import StopError

if TYPE_CHECKING:
    from seedance_spec.pipeline import Reading
    from seedance_spec.specfiles.diagnostic import Diagnostic


def readable_specs(root: Path, console: Console) -> Reading:
    """What the specs say, all complaints shown. Raises StopError (3) when one is an error: nothing is paid for half a
    film that was meant otherwise.
    """
    from seedance_spec.pipeline import read_specs
    from seedance_spec.specfiles.diagnostic import has_errors

    reading = read_specs(root)
    show_complaints(reading.diagnostics, reading.texts, console)
    if has_errors(reading.diagnostics):
        raise StopError(ExitCode.INVALID_SPEC, "the specs have errors: nothing was decided and nothing paid")
    return reading


def show_complaints(complaints: Iterable[Diagnostic], texts: Mapping[str, str], console: Console) -> None:
    """Each with its picture, on stderr."""
    from seedance_spec.specfiles.snippet import picture

    for each in complaints:
        console.say(picture(each, texts.get(each.span.file) if each.span else None) + "\n")
