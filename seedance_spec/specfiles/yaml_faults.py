"""What is wrong with a text that is not YAML, in the user's words. Pure: it explains, it does not parse."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from yaml.error import MarkedYAMLError, YAMLError

from seedance_spec.specfiles.diagnostic import Diagnostic, Span
from seedance_spec.specfiles.positions import Lines, whole_file

_CONFLICT = re.compile(r"^(?:<{7}|>{7}|\|{7})(?: [^\r\n]*)?$", re.MULTILINE)
_LINE_BREAKERS = "\u0085\u2028\u2029"
_REFUSED = re.compile(r"[^\t\n\r\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")


class _At(StrEnum):
    PROBLEM = "problem_mark"
    CONTEXT = "context_mark"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scene:
    """The place of a fault: what stands before it on its line, and what follows."""

    before: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Explanation:
    """One row: the parsers' words (libyaml's and PyYAML's own) → ours."""

    problem: tuple[str, ...]
    code: str
    message: str
    hint: str
    context: str = ""
    at: _At = _At.PROBLEM
    when: Callable[[_Scene], bool] = lambda _: True


def _tab(scene: _Scene) -> bool:
    return scene.after.startswith("\t")


def _second_colon(scene: _Scene) -> bool:
    return re.search(r":\s", scene.before) is not None


def _after_quote(scene: _Scene) -> bool:
    return scene.before.rstrip()[-1:] in ("'", '"')


def _stray_bracket(scene: _Scene) -> bool:
    return scene.after[:1] in ("]", "}", ",")


_TAB_HINT = "replace the tab by spaces: YAML does not allow tabs for indentation"
_INDENT_HINT = "keys of one mapping stand in one column: check the indentation of this line and of those above it"
_QUOTE_HINT = "put the whole text in quotes"
_MISFIT = "this does not fit the lines above it"
_NO_KEY = ("did not find expected key", "expected <block end>", "did not find expected '-' indicator")
_NO_START = ("cannot start any token",)

_TABLE: tuple[_Explanation, ...] = (
    _Explanation(problem=_NO_START, when=_tab, code="tab", message="a tab in the indentation", hint=_TAB_HINT),
    _Explanation(problem=("tab character",), code="tab", message="a tab in the indentation", hint=_TAB_HINT),
    _Explanation(
        problem=_NO_START,
        code="yaml-syntax",
        message="a text cannot start with this character",
        hint=_QUOTE_HINT,
    ),
    _Explanation(
        problem=("unexpected end of stream", "unexpected document separator", "document indicator"),
        context="quoted scalar",
        at=_At.CONTEXT,
        code="unclosed-quote",
        message="this quote is never closed",
        hint="close it where the text ends",
    ),
    _Explanation(
        problem=("mapping values are not allowed",),
        when=_second_colon,
        code="yaml-syntax",
        message="a second colon makes this text look like a key",
        hint=_QUOTE_HINT,
    ),
    _Explanation(
        problem=("mapping values are not allowed", "sequence entries are not allowed"),
        code="indentation",
        message=_MISFIT,
        hint=_INDENT_HINT,
    ),
    _Explanation(
        problem=("expected ',' or ']'", "expected ',' or '}'"),
        at=_At.CONTEXT,
        code="unclosed-bracket",
        message="this bracket is never closed, or a comma is missing after it",
        hint="close it, or write one entry per line",
    ),
    _Explanation(
        problem=("could not find expected ':'",),
        at=_At.CONTEXT,
        code="yaml-syntax",
        message="this line is neither `key: value` nor part of a text",
        hint="write `key: value`; a text of several lines starts with `|` after its key and is indented below it",
    ),
    _Explanation(
        problem=_NO_KEY,
        when=_after_quote,
        code="yaml-syntax",
        message="the text goes on after its closing quote",
        hint="put double quotes around a text with an apostrophe, or write the apostrophe twice",
    ),
    _Explanation(
        problem=(*_NO_KEY, "did not find expected node content", "expected the node content"),
        when=_stray_bracket,
        code="yaml-syntax",
        message="a bracket or comma too many",
        hint=f"delete it; if it belongs to a text, {_QUOTE_HINT}",
    ),
    _Explanation(problem=_NO_KEY, code="indentation", message=_MISFIT, hint=_INDENT_HINT),
    _Explanation(
        problem=("expected alphabetic or numeric", "unexpected character"),
        at=_At.CONTEXT,
        code="yaml-syntax",
        message="a text that starts with * or & is read as a reference",
        hint=_QUOTE_HINT,
    ),
    _Explanation(
        problem=("unknown escape character", "hexdecimal", "hexadecimal", "invalid Unicode"),
        code="yaml-syntax",
        message="in double quotes a backslash starts an escape, and this is none",
        hint="use single quotes, or write the backslash twice",
    ),
    _Explanation(
        problem=("maximum nesting depth",),
        code="too-deep",
        message="nested too deeply to be a spec",
        hint="a spec needs no more than a few levels",
    ),
    _Explanation(
        problem=("expected <document start>", "expected '<document start>'"),
        code="several-documents",
        message="a spec file holds one document, and here a second one starts",
        hint="move it to a file of its own",
    ),
    _Explanation(
        problem=("incompatible YAML document", "incompatible document"),
        code="yaml-syntax",
        message="this YAML version is not known",
        hint="delete the %YAML line",
    ),
)


def unreadable_text(file: str, text: str) -> Diagnostic | None:
    """What stands in the way of parsing at all: characters that YAML refuses or reads as line ends, or a git conflict.

    YAML 1.1 parsers end a line, and with it a comment, at characters that no editor shows as a line end.
    """
    if refused := _REFUSED.search(text):
        return _refused(file, text, refused)
    if "<<<<<<<" in text and (conflict := _CONFLICT.search(text)):
        return Diagnostic(
            code="merge-conflict",
            message="a merge conflict is not resolved",
            span=Lines(text).span(file, conflict.start(), conflict.end()),
            hint="keep one of the two sides and delete the lines of <, = and >",
        )
    return None


def syntax_fault(file: str, text: str, error: YAMLError) -> Diagnostic:
    """The parser's complaint as ours: the place it means, what is wrong, how to mend it."""
    if not isinstance(error, MarkedYAMLError):
        return Diagnostic(code="yaml-syntax", message="this is not YAML", span=whole_file(file), hint=str(error))
    lines = Lines(text)
    row = _explain(error, lines)
    if row is None:
        message = f"this is not YAML: {error.problem}"
        return Diagnostic(code="yaml-syntax", message=message, span=_span(file, lines, error, _At.PROBLEM))
    return Diagnostic(code=row.code, message=row.message, span=_span(file, lines, error, row.at), hint=row.hint)


def _explain(error: MarkedYAMLError, lines: Lines) -> _Explanation | None:
    scene = _scene(error, lines)
    problem, context = error.problem or "", error.context or ""
    fitting = (row for row in _TABLE if row.context in context and any(words in problem for words in row.problem))
    return next((row for row in fitting if row.when(scene)), None)


def _scene(error: MarkedYAMLError, lines: Lines) -> _Scene:
    mark = error.problem_mark
    if mark is None:
        return _Scene(before="", after="")
    line = lines.line(mark.line + 1)
    return _Scene(before=line[: mark.column], after=line[mark.column :])


def _span(file: str, lines: Lines, error: MarkedYAMLError, at: _At) -> Span:
    mark = getattr(error, at) or error.problem_mark or error.context_mark
    if mark is None:
        return whole_file(file)
    start = lines.offset(mark.line + 1, mark.column + 1)
    return lines.span(file, start, start + 1)


def _refused(file: str, text: str, refused: re.Match[str]) -> Diagnostic:
    char = refused.group()
    breaks = char in _LINE_BREAKERS
    return Diagnostic(
        code="invisible-line-break" if breaks else "control-character",
        message=f"U+{ord(char):04X}, {'a line break that editors do not show' if breaks else 'an invisible character'}",
        span=Lines(text).span(file, refused.start(), refused.end()),
        hint="delete it" if not breaks else f'delete it, or write it as "\\u{ord(char):04X}" in double quotes',
    )
