"""A complaint is a picture: the line, a caret under the exact cells, the way out; nothing secret, nothing odd."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedance_spec.specfiles.diagnostic import Diagnostic, Severity, Span
from seedance_spec.specfiles.snippet import WIDTH, Tone, picture
from seedance_spec.specfiles.suggest import did_you_mean, nearest

FILE = "specs/opening.yaml"


def about(text: str, meant: str, **more: str) -> Diagnostic:
    """A complaint about the first occurrence of `meant` in the text."""
    before = text[: text.index(meant)]
    line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
    span = Span(file=FILE, line=line, column=column, end_line=line, end_column=column + len(meant))
    return Diagnostic(**({"code": "unknown-ratio", "message": f'unknown ratio "{meant}"', "span": span} | more))  # type: ignore[arg-type] # a short call


def cells(text: str) -> int:
    return sum(0 if unicodedata.combining(each) else 1 + (unicodedata.east_asian_width(each) in "WF") for each in text)


def test_the_picture_has_place_line_caret_and_hint() -> None:
    """Everything needed to mend the line is in four lines."""
    text = "version: 1\nshots:\n  moon:\n    metadata:\n      ratio: 16x9\n"

    assert picture(about(text, "16x9", hint="use 16:9", source="API page §3.1"), text).splitlines() == [
        'specs/opening.yaml:5:14: unknown ratio "16x9" (API page §3.1)   [unknown-ratio]',
        "    5 |       ratio: 16x9",
        "      |              ^^^^",
        "      | use 16:9",
    ]


def test_a_warning_says_that_it_is_one() -> None:
    """Errors and warnings are told apart without colour."""
    warning = Diagnostic(code="no-shots", message="no shots", span=None, hint="add one", severity=Severity.WARNING)

    assert picture(warning, None) == "warning: no shots   [no-shots]\n  add one"


def test_without_the_source_the_message_and_the_hint_remain() -> None:
    """A file that could not be read has no line to show."""
    assert picture(about("ratio: 16x9", "16x9", hint="use 16:9"), None) == (
        'specs/opening.yaml:1:8: unknown ratio "16x9"   [unknown-ratio]\n  use 16:9'
    )


@pytest.mark.parametrize(
    ("line", "meant"),
    [
        ("ratio: 16x9", "16x9"),
        ("猫: 月面, ratio: 16x9", "16x9"),
        ("prompt: 月面を歩く猫", "歩く"),
        ("cafe\u0301: 16x9", "16x9"),
        ("x" * 300 + " 16x9 " + "y" * 300, "16x9"),
        ("猫" * 300 + " 16x9 " + "月" * 300, "16x9"),
        ("16x9 " + "y" * 300, "16x9"),
        ("x" * 300 + " 16x9", "16x9"),
    ],
)
def test_the_caret_stands_under_the_exact_cells(line: str, meant: str) -> None:
    """Wide and combining characters, and lines far longer than the terminal, leave the caret where it belongs."""
    _, shown, carets, *_ = picture(about(line, meant), line).splitlines()

    before = shown[: shown.index(meant)]
    assert cells(before) == carets.index("^")
    assert carets.count("^") == cells(meant)
    assert cells(shown) <= WIDTH


def test_a_long_stretch_keeps_what_stands_before_it() -> None:
    """The key of a very long value stays in the picture."""
    line = f"    prompt: {'far away ' * 500}"
    shown = picture(about(line, line[12:]), line).splitlines()[1]

    assert shown.startswith("    1 |     prompt: far away")
    assert shown.endswith("…")


def test_a_tab_is_shown_as_four_cells() -> None:
    """A tab is as wide in the line as its caret."""
    _, shown, carets, *_ = picture(about("\tratio: 16x9", "\t"), "\tratio: 16x9").splitlines()

    assert (shown, carets) == ("    1 |     ratio: 16x9", "      | ^^^^")


def test_nothing_shown_moves_the_cursor() -> None:
    """Escape sequences, direction marks and line breaks in a file or a name do not reach the terminal."""
    line = "ratio: 16x9 \x1b[2J \u202e \x85 \u2028"

    shown = picture(about(line, "16x9", message="odd \x1b[31m", hint="\u202ebackwards"), line)

    assert not {each for each in shown if unicodedata.category(each) in ("Cc", "Cf", "Zl", "Zp")} - {"\n"}


@pytest.mark.parametrize(
    "secret", ["sk-canary0123456789", "https://a.de/x?X-Tos-Signature=abc123def", "Bearer abc123def"]
)
def test_no_key_or_signature_is_shown(secret: str) -> None:
    """What stands beside or under the caret is hidden if it is a secret, and the caret stays by its word."""
    line = f"a: {secret} ratio: 16x9, b: {secret}"

    beside, under = picture(about(line, "16x9", hint=secret), line), picture(about(line, secret), line)

    assert not any(part in beside + under for part in ("canary", "abc123def"))


def test_the_caret_moves_with_a_line_that_lost_a_secret() -> None:
    """The caret stands under its word although the text before it became shorter."""
    line = "key: sk-canary0123456789, ratio: 16x9"
    _, shown, carets, *_ = picture(about(line, "16x9"), line).splitlines()

    assert shown == "    1 | key: sk-…, ratio: 16x9"
    assert carets.index("^") == shown.index("16x9")


def test_colours_are_handed_in() -> None:
    """Each part is painted by its tone, and unpainted the picture is the same."""
    text = "ratio: 16x9"
    complaint = about(text, "16x9", hint="use 16:9")

    painted = picture(complaint, text, lambda tone, shown: f"<{tone}>{shown}</>")

    assert all(f"<{tone}>" in painted for tone in Tone if tone is not Tone.WARNING)
    for tone in Tone:
        painted = painted.replace(f"<{tone}>", "")
    assert painted.replace("</>", "") == picture(complaint, text)


@given(st.text(max_size=300), st.integers(1, 20), st.integers(1, 400), st.integers(0, 50))
def test_any_place_in_any_text_can_be_drawn(text: str, line: int, column: int, width: int) -> None:
    """No text and no place, right or wrong, breaks the picture."""
    span = Span(file=FILE, line=line, column=column, end_line=line, end_column=column + width)
    shown = picture(Diagnostic(code="x", message=text, span=span, hint=text), text)

    assert shown.startswith(FILE)


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("promt", "prompt"),
        ("generate-audio", "generate_audio"),
        ("SEED", "seed"),
        ("colour", None),
        ("x" * 10**6, None),
    ],
)
def test_the_nearest_word_is_suggested(word: str, meant: str | None) -> None:
    """A typing error finds its word; anything else finds nothing, at once."""
    assert nearest(word, ("prompt", "generate_audio", "seed")) == meant


def test_a_suggestion_is_a_question() -> None:
    """The hint asks, and says nothing where it has no idea."""
    assert did_you_mean("promt", ["prompt"]) == 'did you mean "prompt"?'
    assert did_you_mean("promt", []) == ""
