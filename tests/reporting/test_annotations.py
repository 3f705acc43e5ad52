"""Annotations on GitHub: what is to blame, at its line, escaped; and no text of a spec is ever a command."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedance_spec.ci.workflow_commands import MOST_SHOWN, Note, annotated, harmless, harmless_json, note_of
from seedance_spec.cli.github import GitHub
from seedance_spec.specfiles.diagnostic import Diagnostic, Severity
from tests.support.deciding import a_span
from tests.support.facts import some

GOLDEN = Path(__file__).parent / "golden" / "annotations.txt"
LINE = re.compile(r"^::(error|warning|notice) ([^:]*)::([^\r\n]*)$")


def a_note(number: int = 1, severity: Severity = Severity.ERROR) -> Note:
    return Note(severity=severity, title=f"note-{number}", message=f"note {number}", span=a_span(number))


def test_complaints_read_as_they_should() -> None:
    """Errors before warnings, places from the repository's root, percent signs and line ends escaped."""
    complaints = [
        Diagnostic(code="ignored", message="100% ignored", span=a_span(9, 3), severity=Severity.WARNING),
        Diagnostic(code="unknown-key", message='unknown key "promt"', span=a_span(4, 5), hint='did you mean "prompt"?'),
        Diagnostic(code="no-specs", message="no spec file", span=None),
        Diagnostic(code="a:b,c", message="odd\r\nwords", span=a_span(2, 1, file="specs/a,b:c.yaml")),
    ]

    lines = annotated(map(note_of, complaints), folder="films/teaser")

    assert "\n".join(lines) + "\n" == GOLDEN.read_text("utf-8")


def test_what_there_is_no_room_for_is_counted() -> None:
    """Ten are shown, the errors first; one line says how many of what stand in the log alone."""
    notes = [a_note(n, Severity.WARNING) for n in range(1, 9)] + [a_note(n) for n in range(11, 18)]

    lines = annotated(notes)

    assert len(lines) == MOST_SHOWN + 1
    assert [line.partition(" ")[0] for line in lines[:MOST_SHOWN]] == ["::error"] * 7 + ["::warning"] * 3
    assert lines[-1] == "::notice title=seedance-spec::5 more warnings in the log of this step"


def test_a_run_has_room_for_ten_in_all() -> None:
    """What was shown before takes room away from what comes after."""
    github = GitHub(workspace=None, summary=None, output=None)

    first = github.annotations([a_note(n) for n in range(1, 8)])
    second = github.annotations([a_note(n) for n in range(11, 16)])

    assert len(first) == 7
    assert list(second[3:]) == ["::notice title=seedance-spec::2 more errors in the log of this step"]


def test_a_block_of_lines_has_no_columns() -> None:
    """GitHub takes columns only within one line."""
    block = replace(a_span(4, 5), end_line=6)

    (line,) = annotated([Note(severity=Severity.ERROR, title="t", message="m", span=block)])

    assert line == "::error file=specs/film.yaml,line=4,endLine=6,title=t::m"


@some
@given(st.text(max_size=80), st.text(min_size=1, max_size=40))
def test_any_message_stays_one_command_with_all_its_words(message: str, title: str) -> None:
    """Whatever is said, the runner reads one line and gives back the very words."""
    (line,) = annotated([Note(severity=Severity.ERROR, title=title, message=message)])

    read = LINE.match(line)
    assert read is not None
    assert _unescaped(read[3]) == message
    assert _unescaped(read[2].removeprefix("title=")) == title


def _unescaped(text: str) -> str:
    for code, character in (("%2C", ","), ("%3A", ":"), ("%0A", "\n"), ("%0D", "\r"), ("%25", "%")):
        text = text.replace(code, character)
    return text


@pytest.mark.parametrize(
    "text",
    [
        "::add-mask::a",
        "  ::stop-commands::x",
        "prompt\n\t::error::y",
        "see ##[add-mask]b",
        "###[error]c",
        "\u2028::warning::z",
    ],
)
def test_no_words_of_a_spec_are_a_command(text: str) -> None:
    """A runner obeys `::` where a line begins and the older `##[` anywhere: neither is left."""
    shown = harmless(text)

    assert not re.search(r"^\s*::", shown, re.MULTILINE)
    assert "##[" not in shown
    assert shown.replace("\u200b", "") == text


@some
@given(st.text(alphabet=" \t\n:#[a", max_size=30))
def test_any_text_is_harmless_and_reads_the_same(text: str) -> None:
    """An invisible blank is all that is added."""
    shown = harmless(text)

    assert not any(line.strip().startswith("::") for line in shown.split("\n"))
    assert "##[" not in shown
    assert shown.replace("\u200b", "") == text


def test_json_keeps_its_meaning() -> None:
    """Machines read what was said; the runner reads no command."""
    line = json.dumps({"message": "##[add-mask]a"})

    assert "##[" not in harmless_json(line)
    assert json.loads(harmless_json(line)) == {"message": "##[add-mask]a"}


def test_what_only_begins_like_json_is_harmless_too() -> None:
    """A brace is no proof: a line after it could be a command."""
    assert harmless_json("{ a cat\n::add-mask::x") == "{ a cat\n:\u200b:add-mask::x"
