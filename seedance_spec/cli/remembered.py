"""`plan` again, with nothing changed: its last answer is said again. It imports no more than a bare start has."""

from __future__ import annotations

import os
import sys

from seedance_spec import __version__
from seedance_spec.cli.environment import standing
from seedance_spec.plan_cache.recall import recall

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import TextIO

_PROJECT = ("-C", "--project")


def say_again(words: Sequence[str]) -> int | None:
    """Say what the same words said before, and give the exit code; None where the plan must be made.

    Only plans that found nothing to do are remembered, and only while all that they looked at looks the same.
    """
    if words[:1] != ["plan"]:
        return None
    root = _root_of(words)
    answer = None if root is None else recall(root, question(words, root))
    if answer is None or not answer.holds():
        return None
    out, err = answer.said
    _write(sys.stderr, err)
    _write(sys.stdout, out)
    return 0


def question(words: Sequence[str], root: str) -> bytes:
    """All that an answer depends on besides files: words, place, environment, streams, and the program itself."""
    streams = (_seen(stream) for stream in (sys.stdin, sys.stdout, sys.stderr))
    sizes = (_size(descriptor) for descriptor in (1, 2))
    place = (__version__, sys.version, root, os.getcwd())  # noqa: PTH109 - pathlib costs more than all the rest
    parts = ("\1".join(each) for each in (place, words, standing(), streams, sizes))
    return "\2".join(parts).encode("utf-8", "surrogateescape")


def _root_of(words: Sequence[str]) -> str | None:
    """The project folder as `cli.project_root` finds it; None where it would complain."""
    given = _project_word(words)
    here = os.path.realpath(given or ".")
    while not os.path.isdir(f"{here}/specs"):  # noqa: PTH112 - pathlib costs more than all the rest
        above = os.path.dirname(here)  # noqa: PTH120 - the same
        if given or above == here:
            return None
        here = above
    return here


def _project_word(words: Sequence[str]) -> str:
    given = ""
    for word, after in zip(words, [*words[1:], ""], strict=True):
        if word in _PROJECT:
            given = after
        elif word.startswith("--project="):
            given = word[len("--project=") :]
        elif word.startswith("-C"):
            given = word[len("-C") :]
    return given


def _seen(stream: TextIO | None) -> str:
    return "" if stream is None else f"{stream.isatty()} {stream.encoding}"


def _size(descriptor: int) -> str:
    try:
        return str(os.get_terminal_size(descriptor).columns)
    except OSError:
        return ""


def _write(stream: TextIO, text: str) -> None:
    """As `cli.console` writes it: what the encoding lacks is a `?`, and a reader that went away ends the talk."""
    if not text:
        return
    try:
        stream.buffer.write(text.encode(stream.encoding, "replace"))
        stream.flush()
    except BrokenPipeError:
        from seedance_spec.cli.console import silence

        silence(stream)
