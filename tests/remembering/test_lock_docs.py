"""docs/formats.md does not lie: its examples are computed, its tables are those of the code."""

from __future__ import annotations

import re
from dataclasses import fields
from hashlib import sha256
from pathlib import Path

import pytest

from seedance_spec.content_hash import canonical_bytes, canonical_url, content_hash
from seedance_spec.lockfile.facts import AttemptFact, Report
from seedance_spec.lockfile.text import parse_lock, render_lock
from seedance_spec.model.shot import UrlSource
from tests.support.facts import a_request, an_image

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "formats.md").read_text("utf-8")


def test_the_example_of_a_hash_is_computed() -> None:
    """The recipe, the canonical request and the hash of the page agree with each other and with the program."""
    source = UrlSource(url="https://user:pw@example.com/cat.jpg?v=2&X-Tos-Signature=abc")
    request = a_request(prompt="Make the cat jump", ratio="16:9", inputs=(an_image(source),))
    canonical, value = _block("canonical-request"), _block("content-hash")

    recipe = b"seedance-spec/request/v1\0" + canonical.encode()

    assert canonical == canonical_bytes(request).decode()
    assert value == content_hash(request) == f"v1:{sha256(recipe).hexdigest()}"


@pytest.mark.parametrize("line", re.findall(r"^https:.* -> .*$", PAGE, re.MULTILINE))
def test_the_examples_of_urls_are_computed(line: str) -> None:
    """Each URL of the page has the canonical form that stands beside it."""
    written, canonical = line.split(" -> ")

    assert canonical_url(written) == canonical


def test_the_example_of_a_lockfile_is_one() -> None:
    """The lockfile of the page is read without a complaint and written back to the letter."""
    text = _block("lockfile") + "\n"
    facts, complaints = parse_lock(text, "docs/formats.md")

    assert (complaints, render_lock(facts)) == ((), text)
    assert [len(each) for each in (facts.attempts, facts.projects, facts.aliases, facts.labels)] == [1, 1, 1, 2]


def test_every_field_of_an_attempt_and_a_report_is_explained() -> None:
    """No field is written that the page does not name."""
    table = PAGE.partition("| field of an attempt |")[2].partition("What is there beats")[0]
    named = set(re.findall(r"`(\w+)`", table))
    written = {each.name for each in fields(AttemptFact)} - {"attempt_id", "extra"} | {"source"}

    assert (written | {each.name for each in fields(Report)}) - named == set()


def _block(name: str) -> str:
    found = re.search(rf"^```\w+ {name}\n(.*?)\n```$", PAGE, re.MULTILINE | re.DOTALL)
    assert found is not None, f"docs/formats.md has no block {name}"
    return found[1]
