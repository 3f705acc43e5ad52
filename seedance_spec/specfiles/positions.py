"""Offsets of a text as lines and columns. Pure: it knows text, not YAML."""

from __future__ import annotations

import re
from bisect import bisect_right

from seedance_spec.specfiles.diagnostic import Span

_BREAK = re.compile(r"\r\n|\r|\n")


class Lines:
    """The lines of a text, as editors count them: LF, CR LF and CR end one, nothing else does."""

    def __init__(self, text: str) -> None:
        self._text = text
        breaks = list(_BREAK.finditer(text))
        self._starts = [0, *(each.end() for each in breaks)]
        self._ends = [*(each.start() for each in breaks), len(text)]

    def __len__(self) -> int:
        return len(self._starts)

    def line(self, number: int) -> str:
        """The line with this number (from 1), without its break; empty beyond the text."""
        if not 1 <= number <= len(self):
            return ""
        return self._text[self._starts[number - 1] : self._ends[number - 1]]

    def position(self, offset: int) -> tuple[int, int]:
        """Line and column (from 1) of an offset; beyond the text, the end of the last line that is not blank."""
        if offset >= len(self._text):
            return self._last()
        line = bisect_right(self._starts, offset)
        start, end = self._starts[line - 1], self._ends[line - 1]
        return line, min(offset, end) - start + 1

    def offset(self, line: int, column: int) -> int:
        """The offset of a line and column, brought inside the text."""
        number = min(max(line, 1), len(self))
        return min(self._starts[number - 1] + max(column, 1) - 1, self._ends[number - 1])

    def span(self, file: str, start: int, end: int) -> Span:
        """The stretch between two offsets."""
        line, column = self.position(start)
        end_line, end_column = max(self.position(end), (line, column))
        return Span(file=file, line=line, column=column, end_line=end_line, end_column=end_column)

    def _last(self) -> tuple[int, int]:
        kept = len(self._text.rstrip())
        line = bisect_right(self._starts, kept)
        return line, kept - self._starts[line - 1] + 1


def whole_file(file: str) -> Span:
    """The span of a file whose inside is not to blame, or could not be read."""
    return Span(file=file, line=1, column=1, end_line=1, end_column=1)
