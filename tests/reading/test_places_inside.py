"""A stretch of a value is found in its source, however the value is spelled there."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedance_spec.specfiles.inside import span_inside
from seedance_spec.specfiles.located import read_yaml
from seedance_spec.specfiles.nodes import Mapping, Scalar
from tests.support.reading import stretch


def value_in(text: str) -> Scalar:
    root, told = read_yaml("specs/film.yaml", text)
    assert told == ()
    assert isinstance(root, Mapping)
    value = root.entries["a"].value
    assert isinstance(value, Scalar)
    return value


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("a: x ${b} y", ["1:6 ${b}"]),
        ("a: over\n  several ${b}\n\n  lines ${c}", ["2:11 ${b}", "4:9 ${c}"]),
        ("a: 'it''s ${b} ${c}'", ["1:11 ${b}", "1:16 ${c}"]),
        ('a: "x \\x24{b} \\n \\u0041 ${c}"', ["1:7 \\x24{b}", "1:25 ${c}"]),
        ('a: "cut \\\n    here ${b}"', ["2:10 ${b}"]),
        ("a: | # not ${b}\n  line ${b}\n   two ${c}\n", ["2:8 ${b}", "3:8 ${c}"]),
        ("a: >-\n  fold\n  ed ${b}\n\n  far ${c}", ["3:6 ${b}", "5:7 ${c}"]),
        ("a: &name |\n  ${b}", ["2:3 ${b}"]),
        ("{ a: \"${b}\", c: '${c}' }", ["1:7 ${b}"]),
        ("a: \U0001f408 caf\u00e9 ${b}", ["1:11 ${b}"]),
    ],
)
def test_a_variable_is_found_in_every_way_to_write_a_text(text: str, places: list[str]) -> None:
    """Plain, quoted, folded and block texts, with escapes, anchors and comments: line, column and spelling."""
    node = value_in(text)
    spans = [span_inside(node, text, *each.span()) for each in re.finditer(r"\$\{[bc]\}", node.text)]

    assert [f"{span.line}:{span.column} {stretch(text, span)}" for span in spans] == places


words = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Cn", "Zl", "Zp")), max_size=12)
blanks = st.sampled_from(["", " ", "  ", "\n", " \n\n "])


@given(before=words, gap=blanks, after=words)
def test_a_quoted_text_gives_its_stretches_back(before: str, gap: str, after: str) -> None:
    """Wherever `${hero}` stands in a text in double quotes, the span covers exactly its spelling."""
    value = f"{before}{gap}${{hero}}{gap}{after}"
    text = f"a: {json.dumps(value, ensure_ascii=False)}"
    node = value_in(text)
    start = node.text.index("${hero}", len(before))

    assert stretch(text, span_inside(node, text, start, start + len("${hero}"))) == "${hero}"


def test_a_source_that_is_not_the_values_own_gives_the_whole_value() -> None:
    """Without the source nothing can be found: the value itself is pointed at."""
    node = value_in("a: x ${b} y")

    assert span_inside(node, "", 2, 6) == node.span
