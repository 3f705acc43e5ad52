"""The API page, row by row: each is in the checked table of docs/api-page.md, with a test that exists."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from seedance_spec.gateway.normalisations import NORMALISATIONS
from seedance_spec.json_types import Json
from tests.support.speaking import FIXTURES

ROOT = Path(__file__).parents[2]
PAGE = (FIXTURES / "easyrouter-api.txt").read_text()
DOC = (ROOT / "docs" / "api-page.md").read_text()
HEADING = re.compile(r"(?:^|[}\)'s])(\d\.(?:\d)?) [A-Z]", re.MULTILINE)


def sections() -> Iterator[tuple[str, str]]:
    """The page's numbered sections (`2.1`, `5.4` …) with their texts."""
    starts = [*HEADING.finditer(PAGE)]
    ends = [*(each.start(1) for each in starts[1:]), len(PAGE)]
    for start, end in zip(starts, ends, strict=True):
        yield start[1].rstrip("."), PAGE[start.start(1) : end]


def names(value: Json, path: str = "") -> Iterator[str]:
    """Dotted names of every field of a sample, without the upstream's own object."""
    if not isinstance(value, Mapping):
        yield path
        return
    for name, inner in value.items():
        yield from names(inner, f"{path}.{name}" if path else name)


def rows_of(section: str, text: str) -> Iterator[str]:
    """Everything in a section that is a promise: endpoints, table rows, sample fields, error lines."""
    yield from re.findall(r"^((?:GET|POST) /v1/[a-z/{}_]*?)(?=The |Returns|Request|$)", text, re.MULTILINE)
    without_heads = re.sub(r"^\|.*\|\n\|[-|]+\|$", "", text, flags=re.MULTILINE)
    yield from re.findall(r"^(?:\| )?([^|\n{}]+?) \| .*\|$", without_heads, re.MULTILINE)
    if section == "2.1":
        sample: Json = json.loads((FIXTURES / "submit-accepted.json").read_text())
        yield from (f"answer: {name}" for name in names(sample))
    if section == "2.2":
        task = json.loads((FIXTURES / "task-success.json").read_text())
        yield from (f"wrapper: {name}" for name in task)
        yield from (f"upstream: {name}" for name in names(task["data"]["data"]))
    if section == "5.1":
        yield from re.findall(r"(?:^|- )([A-Z][^:\n]+):", text, re.MULTILINE)
    if section in {"5.2", "5.3"}:
        yield from re.findall(r"(40[1-3] (?:Unauthorized|Forbidden|Insufficient Balance))", text)
    if section == "5.4":
        yield from re.findall(r"automatically (refunds)", text)


def promised() -> set[tuple[str, str]]:
    return {(section, row) for section, text in sections() for row in rows_of(section, text)}


def documented() -> dict[tuple[str, str], tuple[str, str]]:
    """The table of the document: (section, row) to (where it is handled, the test that covers it)."""
    found = re.findall(r"^\| (\d\S*) \| `([^`]+)` \| (.+?) \| `(tests/\S+::\S+)` \|$", DOC, re.MULTILINE)
    return {(section, row): (place, test) for section, row, place, test in found}


def existing_tests() -> set[str]:
    return {
        f"{path.relative_to(ROOT)}::{node.name}"
        for path in (ROOT / "tests").rglob("test_*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_")
    }


def test_the_page_is_understood() -> None:
    """The parser finds the page's sections and the rows that everyone knows."""
    assert [section for section, _ in sections()] == [
        *("1", "2", "2.1", "2.2", "2.3", "3", "3.1", "3.2", "3.3", "3.4"),
        *("4", "5", "5.1", "5.2", "5.3", "5.4"),
    ]
    assert {
        ("1", "dreamina-seedance-2-0-fast"),
        ("2.1", "POST /v1/video/generations"),
        ("2.1", "seconds"),
        ("2.1", "answer: created_at"),
        ("2.2", "GET /v1/video/generations/{task_id}"),
        ("2.2", "submit_time / start_time / finish_time"),
        ("2.2", "upstream: usage.total_tokens"),
        ("2.2", "IN_PROGRESS"),
        ("2.3", "GET /v1/videos/{task_id}/content"),
        ("3.3", "callback_url"),
        ("3.4", "video_url + video_url.url"),
        ("5.1", "Empty prompt"),
        ("5.2", "403 Forbidden"),
        ("5.3", "402 Insufficient Balance"),
        ("5.4", "Upstream timeout"),
    } <= promised()


def test_every_row_of_the_page_is_in_the_table_and_nothing_else() -> None:
    """A field, status or error of the API page without a place and a test is a hole in the product."""
    assert documented().keys() == promised()


def test_every_test_in_the_table_exists() -> None:
    """A row is covered by a test that is really there."""
    assert {test for _, test in documented().values()} <= existing_tests()


def test_every_place_in_the_table_exists() -> None:
    """A row is handled in a module that is really there."""
    places = {place for where, _ in documented().values() for place in re.findall(r"`(\S+\.py)`", where)}
    assert places
    assert {place for place in places if not (ROOT / "seedance_spec" / place).is_file()} == set()


def test_every_normalisation_is_documented() -> None:
    """The document's second table is the program's own."""
    rows = [f"| `{row.path}` | {row.value} | {row.reason} | {row.source} |" for row in NORMALISATIONS]
    assert [line for line in DOC.splitlines() if line in rows] == rows
    assert len(re.findall(r"^\| `[^`]+` \| [^|]+ \| [^|]+ \| [^|`]+ \|$", DOC, re.MULTILINE)) == len(rows)
