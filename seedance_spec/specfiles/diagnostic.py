"""A complaint is a value: code, place, message, way out. Pure: nothing that prints, reads or raises may enter."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Span:
    """A stretch of a text file.

    `file` is relative to the project folder, with `/`. Lines and columns count from 1, columns in code points;
    the end is exclusive. A span of a whole file that could not be read is line 1, column 1, of width 0.
    """

    file: str
    line: int
    column: int
    end_line: int
    end_column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnostic:
    """One complaint of any stage.

    `code` is stable and kebab-case (`unknown-key`), `message` says what is wrong in the user's words without a final
    full stop, `hint` is the edit or the command that mends it, `span` is where (None only where no file is to blame).
    `source` names who forbids it, where that is not us: the API page's section or the upstream's document.
    """

    code: str
    message: str
    span: Span | None
    hint: str = ""
    severity: Severity = Severity.ERROR
    source: str = ""


def has_errors(diagnostics: tuple[Diagnostic, ...] | list[Diagnostic]) -> bool:
    return any(each.severity is Severity.ERROR for each in diagnostics)
