"""The lockfile's text: one way to write it, many ways to read it, nothing ever lost."""

from __future__ import annotations

import json
from dataclasses import fields

import pytest
import rfc8785
from hypothesis import example, given
from hypothesis import strategies as st

from seedance_spec.canonical import canonical_json
from seedance_spec.json_types import Json
from seedance_spec.lockfile.facts import AliasFact, Fact, LabelFact, ProjectFact
from seedance_spec.lockfile.fold import Facts
from seedance_spec.lockfile.json_text import read_json_values
from seedance_spec.lockfile.text import parse_lock, render_lock
from seedance_spec.specfiles.diagnostic import Diagnostic, Span
from tests.support.facts import a_full_attempt, a_hash, an_attempt, facts, json_values, some

LOCK = "specs/seedance.lock"
FULL = Facts.of(
    a_full_attempt(),
    an_attempt("a1"),
    ProjectFact(project_id="p1"),
    AliasFact(content_hash=a_hash(version=2), stands_for=a_hash()),
    LabelFact(shot="ep1/intro/moon-walk", profile=None, content_hash=None, when=1778236700),
    LabelFact(shot="ep1/intro/moon-walk", profile="final", content_hash=a_hash(), when=1778236701),
)


@some
@given(told=st.lists(facts, max_size=5))
def test_what_is_written_is_read_back(told: list[Fact]) -> None:
    """Reading what was written gives the same facts and no complaint."""
    held = Facts.of(*told)

    assert parse_lock(render_lock(held), LOCK) == (held, ())


@some
@given(told=st.lists(facts, max_size=5))
def test_lines_are_canonical_json_sorted_by_kind_and_key(told: list[Fact]) -> None:
    """Every line is RFC 8785, lines are in one order, the text ends with a line end."""
    text = render_lock(Facts.of(*told))
    lines = [read_json_values(line)[0] for line in text.split("\n")[:-1]]

    assert text == "".join(rfc8785.dumps(line).decode() + "\n" for line in lines)
    assert lines == sorted(lines, key=_kind_and_key)


fragments = st.one_of(
    st.text(max_size=8),
    facts.map(lambda fact: render_lock(Facts.of(fact))),
    json_values.map(json.dumps),
    json_values.map(lambda value: json.dumps({"kind": "later", "key": value})),
    st.sampled_from(["\n", "\r\n", "<<<<<<< HEAD\n", "=======\n", ">>>>>>> theirs\n", "\ufeff", "{", "[[[["]),
)


@some
@given(parts=st.lists(fragments, max_size=6))
def test_any_text_is_read_without_a_crash_and_written_one_way(parts: list[str]) -> None:
    """Whatever stands in the file, a rewrite keeps it, and the next rewrite changes nothing."""
    held, complaints = parse_lock("".join(parts), LOCK)
    text = render_lock(held)

    again, complaints_again = parse_lock(text, LOCK)
    assert again == held
    assert render_lock(again) == text
    assert len(complaints_again) == len(held.unread) <= len(complaints)


def test_a_lock_looks_like_this() -> None:
    """The whole text of one fact of each kind, absent values left out."""
    held = Facts.of(
        an_attempt(), ProjectFact(project_id="p1"), AliasFact(content_hash="v2:b", stands_for="v1:a"),
        LabelFact(shot="s", profile=None, content_hash=None, when=7),
    )  # fmt: skip

    assert render_lock(held) == (
        '{"key":["v2:b","v1:a"],"kind":"alias"}\n'
        f'{{"content_hash":"{a_hash()}","key":"a1","kind":"attempt","label":{{"shot":"ep1/intro/moon-walk"}},'
        '"realm":"paid","run":"r1","status":"submitted","submitted_at":1778236598,"take":1,"task_id":"task_a1"}\n'
        '{"key":["s",null],"kind":"label","when":7}\n'
        '{"key":"p1","kind":"project"}\n'
    )


def test_every_field_of_every_fact_has_a_place() -> None:
    """An attempt in which every field says something comes back whole, with the best reporter as its `source`."""
    full = a_full_attempt()
    silent = [each.name for each in fields(full) if getattr(full, each.name) in (None, (), {})]
    unsaid = [
        each.name for report in full.reports.values() for each in fields(report) if not getattr(report, each.name)
    ]

    assert (silent, unsaid) == ([], [])
    assert parse_lock(render_lock(FULL), LOCK) == (FULL, ())
    assert json.loads(render_lock(Facts.of(full)))["source"] == "gateway"


def test_empty_facts_are_an_empty_text() -> None:
    """Nothing known is nothing written."""
    assert render_lock(Facts()) == ""
    assert parse_lock("", LOCK) == (Facts(), ())


def test_order_repetition_and_line_ends_of_the_text_do_not_matter() -> None:
    """Lines in any order, twice, with CRLF, blank lines, a byte order mark, no last line end: the same facts."""
    lines = render_lock(FULL).split("\n")[:-1]

    assert parse_lock("\ufeff" + "\r\n \r\n".join([*reversed(lines), *lines]), LOCK) == (FULL, ())


def test_conflict_markers_are_passed_over() -> None:
    """Both sides of a conflict, and its base, are facts."""
    one, two, *rest = render_lock(FULL).split("\n")[:-1]
    conflict = ["<<<<<<< HEAD", one, "||||||| 0a1b2c3", two, "=======", *rest, ">>>>>>> feature/moon walk", ""]

    assert parse_lock("\n".join(conflict), LOCK) == (FULL, ())


def test_facts_that_a_merge_put_on_one_line_are_all_read() -> None:
    """A line end that got lost between two facts loses neither."""
    assert parse_lock(render_lock(FULL).replace("\n", " "), LOCK) == (FULL, ())


def test_fields_of_a_newer_version_survive_a_rewrite_at_any_depth() -> None:
    """A field that this version does not know stays where it stood."""
    newer = json.loads(render_lock(Facts.of(a_full_attempt())))
    newer |= {"approved": {"by": "maria"}, "x_none": None}
    newer["label"]["scene"] = 4
    newer["estimate"]["eur"] = 0.7
    newer["reports"]["gateway"]["width"] = 1280
    newer["reports"]["oracle"] = {"tokens": 1}
    line = rfc8785.dumps(newer).decode() + "\n"

    assert render_lock(parse_lock(line, LOCK)[0]) == line


def test_kinds_of_a_newer_version_survive_a_rewrite() -> None:
    """A kind that this version does not know is kept, once, in its place, without a complaint."""
    later = '{"z":1e21,"kind":"budget", "key":"2026-05"}'

    held, complaints = parse_lock(f"{later}\n{later}\n{render_lock(FULL)}", LOCK)

    assert complaints == ()
    assert render_lock(held).split("\n")[3] == '{"key":"2026-05","kind":"budget","z":1e+21}'


def test_a_newer_hash_version_is_kept_and_told() -> None:
    """An older tool can read, keep and report what a newer one wrote."""
    text = render_lock(Facts.of(an_attempt(content_hash="v7:newer-form_1.0")))

    held, complaints = parse_lock(text, LOCK)

    assert (held.newest_hash_version, complaints, render_lock(held)) == (7, (), text)


GOOD = json.loads(render_lock(Facts.of(an_attempt())))


@pytest.mark.parametrize(
    ("line", "column", "reason"),
    [
        ("half a fact", 1, "it is not JSON (Expecting value)"),
        ('{"kind":"attempt","key":"a', 25, "it is not JSON (Unterminated string starting at)"),
        ("[1]", 1, "it is not an object"),
        ("7", 1, "it is not an object"),
        ("{}", 1, "`kind` is missing"),
        ('{"kind":7}', 2, "`kind` must be a text"),
        ('{"kind":"project"}', 1, "`key` is missing"),
        ('{"kind":"project","key":NaN}', 1, "NaN is not JSON"),
        ('{"kind":"later","key":1e999}', 1, "it holds a number beyond a double's range"),
        ('{"kind":"later","key":12345678901234567891}', 1, "it holds an integer beyond a double's precision"),
        ('{"kind":"later","key":' + "9" * 5000 + "}", 1, "it holds a number beyond a double's range"),
        ('{"kind":"later","kind":"later"}', 1, "it says one key twice"),
        ('{"kind":"later","key":"\\ud800"}', 1, "it holds half a surrogate pair"),
        ('{"kind":"later","key":"\udcff"}', 1, "it is not UTF-8"),
        ('{"kind":"later","key":' + "[" * 70 + "]" * 70 + "}", 1, "it is nested deeper than 64"),
        ("[" * 100_000, 1, "it is nested deeper than 64"),
        ('{"kind":"alias","key":"v1:a"}', 17, "`key` must be a list"),
        ('{"kind":"alias","key":["v1:a"]}', 17, "`key` must be a pair"),
        ('{"kind":"alias","key":["v1:a","a"]}', 17, "`key` must be a content hash: v1:…"),
        ('{"kind":"label","key":["s",1],"when":1}', 17, "`key` must be a shot id and a profile or null"),
        ('{"kind":"label","key":["s",null],"when":1.5}', 34, "`when` must be a whole number"),
    ],
)  # fmt: skip
def test_a_line_that_is_no_fact_is_a_complaint_at_its_place_and_is_kept(line: str, column: int, reason: str) -> None:
    """Hostile or broken lines never raise; the facts around them are read, and a rewrite keeps the line verbatim."""
    before, after = render_lock(Facts.of(an_attempt())), render_lock(Facts.of(ProjectFact(project_id="p1")))

    held, complaints = parse_lock(f"{before}{line}\n{after}", LOCK)

    assert complaints == (_complaint(2, column, line, reason),)
    assert render_lock(held) == f"{before}{after}{line}\n"


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("take", 0, "`take` must be 1 or more"),
        ("take", True, "`take` must be a whole number"),
        ("take", 1.5, "`take` must be a whole number"),
        ("status", "finished", "`status` is 'finished', which this version does not know"),
        ("realm", "free", "`realm` is 'free', which this version does not know"),
        ("content_hash", "abc", "`content_hash` must be a content hash: v1:…"),
        ("label", "s", "`label` must be an object"),
        ("request", [], "`request` must be an object"),
        ("upstream_ids", [1], "`upstream_ids` must be a list of texts"),
        ("input_video_seconds", "4", "`input_video_seconds` must be a number"),
        ("estimate", {"tokens": 1, "table": "t"}, "`usd` is missing"),
        ("reports", {"gateway": {"tokens": "many"}}, "`tokens` must be a whole number"),
    ],
)
def test_an_attempt_that_says_something_impossible_is_no_fact(field: str, value: Json, reason: str) -> None:
    """A wrong value is told by its field; a paid attempt is rather kept unread than read wrongly."""
    line = rfc8785.dumps({**GOOD, field: value}).decode()

    held, (complaint,) = parse_lock(line, LOCK)

    assert complaint.message == f"this line is not a fact: {reason}"
    assert held == Facts(unread=frozenset({line}))


@pytest.mark.parametrize("field", sorted(GOOD.keys() - {"submitted_at", "task_id"}))
def test_an_attempt_needs_what_it_is_about(field: str) -> None:
    """Without its key, hash, take, status and the like a line is no attempt."""
    line = rfc8785.dumps({name: value for name, value in GOOD.items() if name != field}).decode()

    assert [each.message for each in parse_lock(line, LOCK)[1]] == [f"this line is not a fact: `{field}` is missing"]


@some
@given(value=json_values | st.floats(allow_nan=False, allow_infinity=False) | st.dictionaries(st.text(), st.none()))
@example(value=5.0)
@example(value=[1e-7, 1e21, -0.0, 0.1, 1e15])
@example(value={"\uffff": 1, "\U0001f408": 2})
@example(value='\u007f\u2028\b\x01"\\/')
def test_the_fast_encoder_writes_what_rfc_8785_writes(value: Json) -> None:
    """Canonical JSON is the same by either way."""
    assert canonical_json(value) == rfc8785.dumps(value).decode()


def _kind_and_key(line: Json) -> tuple[str, str]:
    assert isinstance(line, dict)
    return line["kind"], canonical_json(line["key"])


def _complaint(line: int, column: int, text: str, reason: str) -> Diagnostic:
    return Diagnostic(
        code="lock-line-not-a-fact",
        message=f"this line is not a fact: {reason}",
        span=Span(file=LOCK, line=line, column=column, end_line=line, end_column=max(column, len(text)) + 1),
        hint="take the line from the file's history in git, or delete it if it never was a fact; "
        "until then it is kept as it is",
    )
