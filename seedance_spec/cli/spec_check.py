"""Specs that may be worked with, or a stop with their complaints. Shared by the verbs that decide."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from seedance_spec.cli.console import Console
from seedance_spec.cli.exit_codes import ExitCode
from seedance_spec.cli.stop import StopError

if TYPE_CHECKING:
    from seedance_spec.model.given import Given
    from seedance_spec.model.shot import Film
    from seedance_spec.pipeline import Reading
    from seedance_spec.specfiles.diagnostic import Diagnostic

_WORDS = frozenset({"unknown-profile", "unused-variable"})


def readable_specs(root: Path, console: Console, given: Given | None = None) -> Reading:
    """What the specs say with what the run adds to them, all complaints shown. Raises StopError (3) when one is an
    error: nothing is paid for half a film that was meant otherwise; and (64) for a word that cannot be meant.
    """
    from seedance_spec.model.given import NOTHING_GIVEN
    from seedance_spec.pipeline import read_specs
    from seedance_spec.specfiles.diagnostic import has_errors

    if console.github is not None:
        console.github.stand_at(root)
    reading = read_specs(root, given or NOTHING_GIVEN)
    refuse_words(reading)
    show_complaints(reading.diagnostics, reading.texts, console)
    if has_errors(reading.diagnostics):
        raise StopError(ExitCode.INVALID_SPEC, "the specs have errors: nothing was decided and nothing paid")
    return reading


def refuse_words(reading: Reading) -> None:
    """Raises StopError (64) where the profile or a variable of the command line means nothing to the specs."""
    for each in reading.diagnostics:
        if each.code in _WORDS and each.span is None:
            raise StopError(ExitCode.USAGE, each.message, hint=each.hint)


def shots_named(words: Iterable[str], film: Film) -> frozenset[str]:
    """Shot ids that were typed. Raises StopError (64) for one that no spec describes: passed over, it would be a wish
    that nobody fulfils and nobody denies.
    """
    from seedance_spec.specfiles.suggest import nearest

    for word in words:
        if word not in film.shots:
            guess = nearest(word, film.shots) or next((each for each in film.shots if each.endswith(f"/{word}")), None)
            hint = f"did you mean {guess}?" if guess else "seedance-spec status lists the shots"
            raise StopError(ExitCode.USAGE, f"there is no shot {word!r}", hint=hint)
    return frozenset(words)


def show_complaints(complaints: Iterable[Diagnostic], texts: Mapping[str, str], console: Console) -> None:
    """Each with its picture, on stderr; on GitHub beside its line too."""
    from seedance_spec.specfiles.snippet import picture

    told = list(complaints)
    for each in told:
        console.say(picture(each, texts.get(each.span.file) if each.span else None) + "\n")
    annotate(told, console)


def annotate(complaints: Iterable[Diagnostic], console: Console) -> None:
    """Each beside its line, on a GitHub runner."""
    if console.github is not None:
        from seedance_spec.ci.workflow_commands import note_of

        console.annotate(map(note_of, complaints))
