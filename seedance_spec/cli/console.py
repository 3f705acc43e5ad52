"""What the program says and asks: data on stdout, everything else on stderr (D13). No decision may enter."""

from __future__ import annotations

import contextlib
import os
import re
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from io import TextIOWrapper
from typing import IO, TYPE_CHECKING, Self

from seedance_spec.cli.github import GitHub
from seedance_spec.cli.settings import Settings
from seedance_spec.plan.style import COLOUR, PLAIN, Style, cells, fit

if TYPE_CHECKING:
    from seedance_spec.ci.workflow_commands import Note

UNCUT = 1 << 20
"""Cells; no line is that long."""

_ESCAPE = re.compile(r"\x1b\[[0-9;]*m")


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What was said on each stream, for whoever wants to say it again."""

    out: list[str] = field(default_factory=list)
    err: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Console:
    """The two streams with their style. `width` is in cells; `interactive` tells that a person can answer,
    `repaints` that the terminal can be painted over (not on CI, not a dumb one). `data_width` is that of stdout: where
    it is no terminal nothing is cut, for whoever reads it wants all of it. `github` is there on a GitHub runner, which
    obeys some of what it reads: then nothing but our own annotations can be a command.
    """

    out: Style
    err: Style
    width: int
    interactive: bool
    repaints: bool = True
    data_width: int = 80
    heard: Heard | None = None
    github: GitHub | None = None

    @classmethod
    def of(cls, settings: Settings) -> Self:
        def style(stream: IO[str]) -> Style:
            return COLOUR if stream.isatty() and not settings.no_color else PLAIN

        interactive = sys.stdin is not None and sys.stdin.isatty() and sys.stderr.isatty()
        return cls(
            out=style(sys.stdout),
            err=style(sys.stderr),
            width=settings.width,
            interactive=interactive,
            repaints=not (settings.is_ci or settings.dumb_terminal),
            data_width=settings.width if sys.stdout.isatty() else UNCUT,
            github=GitHub.of(settings),
        )

    def data(self, text: str) -> None:
        """What was asked for, on stdout."""
        text = self._harmless(text)
        if self.heard is not None:
            self.heard.out.append(f"{text}\n")
        write(sys.stdout, text)

    def say(self, text: str) -> None:
        """Anything else, on stderr."""
        text = self._harmless(text)
        if self.heard is not None:
            self.heard.err.append(f"{text}\n")
        write(sys.stderr, text)

    def annotate(self, notes: Iterable[Note]) -> None:
        """Beside the lines that are to blame, where somebody shows them there."""
        for line in self.github.annotations(notes) if self.github is not None else ():
            write(sys.stderr, line)

    def ask(self, question: str) -> bool:
        """Yes or no. No where nobody can answer, and no for anything but a clear yes."""
        if not self.interactive:
            return False
        write(sys.stderr, f"{question} [y/N] ", end="")
        return sys.stdin.readline().strip().lower() in {"y", "yes"}

    def answer(self, question: str) -> str:
        """What somebody types, without blanks around it; empty where nobody can answer."""
        if not self.interactive:
            return ""
        write(sys.stderr, f"{question} ", end="")
        return sys.stdin.readline().strip()

    def live(self) -> LiveBlock:
        """A block of lines repainted in place on a terminal; elsewhere only its lasting lines are written."""
        painted = sys.stderr.isatty() and self.repaints
        return LiveBlock(sys.stderr, painted=painted, harmless=self._harmless)

    def _harmless(self, text: str) -> str:
        return text if self.github is None else self.github.harmless(text)


class LiveBlock:
    """The last lines of the screen, repainted in place; lasting lines go above them.

    Use it as a context manager: leaving it keeps the last picture and gives the cursor back.
    """

    def __init__(self, stream: IO[str], *, painted: bool, harmless: Callable[[str], str] = str) -> None:
        self._stream = stream
        self._harmless = harmless
        self._height = 0
        self._lines: Sequence[str] = ()
        self.painted = painted

    def __enter__(self) -> Self:
        if self.painted:
            write(self._stream, "\x1b[?25l", end="")
        return self

    def __exit__(self, *_: object) -> None:
        if self.painted:
            write(self._stream, "\x1b[?25h", end="")

    def update(self, text: str) -> None:
        """Show this text in place of the one before. Nothing where it cannot be repainted."""
        self._lines = text.splitlines()
        if self.painted:
            self._repaint("")

    def say(self, text: str) -> None:
        """A line that stays, above the block."""
        if self.painted:
            self._repaint(text + "\n")
        else:
            write(self._stream, self._harmless(text))

    def _repaint(self, above: str) -> None:
        columns, rows = _size_of(self._stream)
        shown = _clipped(self._lines, rows - 1)
        back = f"\x1b[{self._height}F" if self._height else ""
        block = "".join(f"{_fitting(line, columns)}\n" for line in shown)
        # One write between the synchronisation marks: a terminal that knows them never shows half a picture.
        write(self._stream, f"\x1b[?2026h{back}\x1b[J{above}{block}\x1b[?2026l", end="")
        self._height = len(shown)


def _clipped(lines: Sequence[str], rows: int) -> Sequence[str]:
    """A block taller than the screen could not be painted over: its tail gives way to a count."""
    if len(lines) <= rows:
        return lines
    return (*lines[: rows - 1], f"… {len(lines) - rows + 1} more")


def _fitting(line: str, columns: int) -> str:
    """A line made for a wider screen loses its colour with its end: half an escape would paint the rest."""
    return line if cells(line) <= columns else fit(_ESCAPE.sub("", line), columns)


def _size_of(stream: IO[str]) -> tuple[int, int]:
    try:
        columns, rows = os.get_terminal_size(stream.fileno())
    except (OSError, ValueError):
        return 80, 24
    return columns or 80, rows or 24


def write(stream: IO[str], text: str, *, end: str = "\n") -> None:
    """Write and flush. A reader that went away (`| head`) ends the talk, never the work."""
    try:
        stream.write(text + end)
        stream.flush()
    except BrokenPipeError:
        silence(stream)


def write_anything() -> None:
    """A terminal of a narrow encoding shows `?` for what it lacks: no output is worth a traceback."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")


def silence(stream: IO[str]) -> None:
    """Let everything further on this stream go nowhere, the interpreter's own flush at exit included."""
    with contextlib.suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
