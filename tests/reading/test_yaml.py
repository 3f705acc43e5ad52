"""YAML means what it looks like (D9), and whatever the text, reading it gives a tree or a complaint."""

from __future__ import annotations

import collections.abc
import json
import math

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from seedance_spec.content_hash import content_hash
from seedance_spec.model.film import film_of
from seedance_spec.specfiles.diagnostic import Diagnostic
from seedance_spec.specfiles.found import Found, SpecFile
from seedance_spec.specfiles.located import Limits, read_yaml
from seedance_spec.specfiles.nodes import Mapping, Node, Scalar, Sequence
from seedance_spec.specfiles.scalars import plain_value
from seedance_spec.specfiles.snippet import picture
from tests.support.reading import SHOT, stretch

FILE = "specs/film.yaml"
SCRAPS = [
    "a", "b: ", "- ", "\n", "\n  ", "\t", ": ", "'", '"', "[", "]", "{", "}", ", ", "&x ", "*x", "!t ", "# ", "|\n",
    ">-\n", "---\n", "...\n", "%Y", "<<: ", "16:9", "null", "😀", "é", "月", "\\", "\\u00e9", "\r\n", "\r", "\u2028",
    "\x00", "\ufeff", "\ud83d", "${", "sk-", "?", "~", "0x1f", "version: 1\n", "shots:\n", "  moon:\n", "    prompt: ",
]  # fmt: skip


def tree(text: str) -> Node:
    root, told = read_yaml(FILE, text)
    assert told == ()
    assert root is not None
    return root


def plain(node: Node) -> object:
    match node:
        case Scalar(value=value):
            return value
        case Sequence(items=items):
            return [plain(each) for each in items]
        case Mapping(entries=entries):
            return {name: plain(entry.value) for name, entry in entries.items()}


def value_of(written: str) -> object:
    root = tree(f"key: {written}\n")
    assert isinstance(root, Mapping)
    return plain(root.entries["key"].value)


def every_node(node: Node) -> collections.abc.Iterator[Node]:
    yield node
    match node:
        case Sequence(items=items):
            for item in items:
                yield from every_node(item)
        case Mapping(entries=entries):
            for entry in entries.values():
                yield entry.key
                yield from every_node(entry.value)
        case Scalar():
            pass


def codes(told: tuple[Diagnostic, ...]) -> list[str]:
    return [each.code for each in told]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("16:9", "16:9"), ("9:16", "9:16"), ("1:1", "1:1"), ("12:30:45", "12:30:45"), ("no", "no"), ("yes", "yes"),
        ("on", "on"), ("off", "off"), ("y", "y"), ("2024-01-01", "2024-01-01"), ("1_000", "1_000"), ("0b11", "0b11"),
        ("=", "="), ("010", 10), ("0o10", 8), ("0x1F", 31), ("-7", -7), ("+7", 7), ("1.5", 1.5), (".5", 0.5),
        ("1.", 1.0),
        ("1e3", 1000.0), ("true", True), ("True", True), ("FALSE", False), ("tRUE", "tRUE"),
        ("~", None), ("null", None), ("", None), ("Null", None), (".inf", math.inf), ("-.INF", -math.inf),
        ("'42'", "42"), ('"true"', "true"),
        ("''", ""), ("5s", "5s"), ("1.2.3", "1.2.3"), ("0x", "0x"), ("+", "+"), (".", "."), ("9" * 1001, "9" * 1001),
    ],
)  # fmt: skip
def test_scalars_follow_the_core_schema_of_yaml_1_2(written: str, meant: object) -> None:
    """A plain scalar means what YAML 1.2 says, and a quoted one is always text."""
    value = value_of(written)

    assert (type(value), value) == (type(meant), meant)


def test_not_a_number_is_a_number() -> None:
    """`.nan` is a float, so that it is refused as a value and not sent as text."""
    value = plain_value(".nan")

    assert isinstance(value, float)
    assert math.isnan(value)


def test_every_key_and_value_knows_its_place() -> None:
    """Spans cover exactly what was written, columns counted in code points even after characters beyond the BMP."""
    text = "a: 😀 b\nlist: [one, 'zwei']\n日本: &x {k: v}\nblock: |\n  text\nlast: *x\n"
    root = tree(text)

    shown = [
        stretch(text, each.span) for each in every_node(root) if isinstance(each, Scalar) and each.text != "text\n"
    ]

    assert shown == ["a", "😀 b", "list", "one", "'zwei'", "日本", "k", "v", "block", "last", "k", "v"]


def test_a_collection_ends_where_its_last_child_ends() -> None:
    """The span of a block mapping does not run into the lines after it."""
    root = tree("shots:\n  moon:\n    seed: 42\n\n# far below\nversion: 1\n")

    assert isinstance(root, Mapping)
    moon = root.entries["shots"].value
    assert (moon.span.line, moon.span.end_line, moon.span.end_column) == (2, 3, 13)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends_of_every_system_are_counted_alike(end: str) -> None:
    """A file from any system has the same lines, and the picture shows the same line."""
    text = end.join(["version: 1", "shots:", "  moon:", "    prompt: a: b", ""])

    _, told = read_yaml(FILE, text)

    assert str(told[0].span) == f"{FILE}:4:14"
    assert picture(told[0], text).splitlines()[1] == "    4 |     prompt: a: b"


def test_the_first_of_two_alike_keys_is_named() -> None:
    """A duplicate key is an error that names the first place, and the first value stays."""
    root, told = read_yaml(FILE, "a: 1\nb: 2\na: 3\n")

    assert [(each.code, each.message) for each in told] == [
        ("duplicate-key", f'duplicate key "a": it is already written at {FILE}:1:1')
    ]
    assert root is not None
    assert plain(root) == {"a": 1, "b": 2}


def test_aliases_mean_what_they_refer_to() -> None:
    """Anchors and aliases work within the limits; a second anchor of one name takes over."""
    assert plain(tree("a: &x [1]\nb: *x\nc: &x 2\nd: *x\n")) == {"a": [1], "b": [1], "c": 2, "d": 2}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("a: &x [*x]\n", "alias-loop"),
        ("a: *nobody\n", "unknown-alias"),
        ("a: &x [[[1]]]\nb: [[[[[*x]]]]]\n", "too-deep"),
        ("a: &x [1, 2, 3, 4]\nb: [*x, *x, *x, *x]\n", "too-many-values"),
        (f"a: &x {'long ' * 600}\nb: [*x, *x]\n", "too-many-values"),
        ("[" * 3000, "too-deep"),
        ("- " * 3000, "too-deep"),
    ],
)
def test_limits_hold_after_aliases_are_expanded(text: str, code: str) -> None:
    """Depth, number and length of values are limited, however little text spells them."""
    _, told = read_yaml(FILE, text, limits=Limits(depth=8, size=20))

    assert codes(told) == [code]


@pytest.mark.parametrize("text", ["", "# only words\n", "---\n", "--- # nothing\n...\n"])
def test_an_empty_document_has_no_value(text: str) -> None:
    """Nothing written is nothing, without a complaint from the parser."""
    root, told = read_yaml(FILE, text)

    assert told == ()
    assert root is None or plain(root) is None


def test_ten_megabytes_in_one_line_are_read() -> None:
    """A line of ten megabytes is a text like any other."""
    words = "x" * 10_000_000

    assert plain(tree(f"prompt: {words}\n")) == {"prompt": words}


AGREED = [
    "a: 1\n", "a: [1, {b: c}]\nd: |\n  e\n", "a: &x {k: v}\nb: *x\n", "a:\n\tb: 1\n", "a: b: c\n", "a: 'b\n",
    "a: [1, 2\n", "a: 1\n b: 2\n", "a: @x\n", "a: 'it's'\n", "a: ]\n", "a: 1\nfoo\nb: 2\n", "a: 1\n---\nb: 2\n",
    "a: !t 1\n", "1: 2\n", "<<: {}\n", 'a: "\\q"\n', "a: *b*\n", "a: 😀 x: y\n",
]  # fmt: skip


@pytest.mark.parametrize("text", AGREED)
def test_the_slow_parser_tells_the_same(text: str) -> None:
    """Without libyaml the same trees come out, and the same complaints with the same codes in the same lines."""
    fast_root, fast = read_yaml(FILE, text)
    slow_root, slow = read_yaml(FILE, text, parser=yaml.BaseLoader)

    assert (fast_root is None, codes(fast)) == (slow_root is None, codes(slow))
    assert [each.span and each.span.line for each in fast] == [each.span and each.span.line for each in slow]
    assert fast_root is None or slow_root is None or plain(fast_root) == plain(slow_root)


texts = st.one_of(st.text(), st.lists(st.sampled_from(SCRAPS), max_size=30).map("".join))


@settings(max_examples=400, deadline=None)
@given(texts)
def test_any_text_gives_a_tree_or_a_complaint(text: str) -> None:
    """No text raises, and every place lies inside the file: its picture can be drawn."""
    root, told = read_yaml(FILE, text)
    spans = [each.span for each in told] + ([each.span for each in every_node(root)] if root else [])
    lines = [*text.replace("\r\n", "\n").replace("\r", "\n").split("\n")]

    for span in spans:
        assert span is not None
        assert 1 <= span.line <= len(lines)
        assert 1 <= span.column <= len(lines[span.line - 1]) + 1
        assert (span.line, span.column) <= (span.end_line, span.end_column)
        assert span.end_line <= len(lines)
    assert all(picture(each, text) for each in told)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from(SCRAPS), max_size=20).map("".join))
def test_any_spec_file_gives_a_film_or_complaints(text: str) -> None:
    """Whatever stands in a spec file or in project.yaml, no reader raises."""
    film, told = film_of(
        Found(files=(SpecFile(path=FILE, text=SHOT + text),), project=SpecFile(path="specs/project.yaml", text=text)),
        look=lambda path: (_ for _ in ()).throw(AssertionError(path)),
        hash_of=content_hash,
    )

    assert film.shots or told


scalars = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**70), 2**70), st.floats(allow_nan=False, allow_infinity=False),
    st.text(st.characters(exclude_categories=("Cc", "Cs", "Cn", "Zl", "Zp"), exclude_characters="\ufeff")),
)  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(scalars)
def test_scalars_survive_a_round_trip(value: object) -> None:
    """What is written as YAML 1.2 (JSON is YAML 1.2) comes back with its value and its type."""
    back = value_of(json.dumps(value, ensure_ascii=False))

    assert (type(back), back) == (type(value), value)
