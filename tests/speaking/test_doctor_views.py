"""How `doctor` speaks: groups and aligned symbols for people, one document of a published schema for machines."""

from __future__ import annotations

import pytest
from jsonschema.validators import Draft202012Validator

from seedance_spec.doctor.finding import Check, Finding, Group, State
from seedance_spec.doctor.views import doctor_document, doctor_schema, doctor_text
from seedance_spec.plan.style import COLOUR, PLAIN, cells

DISK, MEDIA = Check(Group.MACHINE, "disk"), Check(Group.MACHINE, "media")
KEY, LOG = Check(Group.GATEWAY, "key"), Check(Group.GATEWAY, "billing log")

FINDINGS = (
    DISK.ok("83 GB free on ext4 · a write is durable in 4 ms"),
    MEDIA.warn("PyAV cannot be loaded: no sandbox, and clips are checked by their boxes alone", "pip install it"),
    KEY.fail(
        "refused (EASYROUTER_API_KEY): HTTP 401: Invalid token (request id: 20260508103638)",
        "make a new key or raise this one's quota: a spent key is refused too",
    ),
    LOG.skipped("needs a key"),
)

AT_80 = """\
machine
  ✓ disk         83 GB free on ext4 · a write is durable in 4 ms
  ! media        PyAV cannot be loaded: no sandbox, and clips are checked by
                 their boxes alone
                 → pip install it

gateway
  x key          refused (EASYROUTER_API_KEY): HTTP 401: Invalid token (request
                 id: 20260508103638)
                 → make a new key or raise this one's quota: a spent key is
                   refused too
  · billing log  needs a key

1 ok · 1 warning · 1 to mend · 1 not looked at"""


def test_findings_are_grouped_aligned_and_wrapped() -> None:
    """At 80 columns nothing is cut: what was found is wrapped, the way out stands indented under it."""
    assert doctor_text(FINDINGS, width=80, style=PLAIN) == AT_80


@pytest.mark.parametrize("width", [40, 60, 80, 100, 200])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    """Whatever the width, with colours or without."""
    for style in (PLAIN, COLOUR):
        assert max(map(cells, doctor_text(FINDINGS, width=width, style=style).splitlines())) <= width


def test_colour_is_for_terminals() -> None:
    """Without colour there is no escape; with it every state has its own, and the words are the same."""
    plain, coloured = (doctor_text(FINDINGS, width=80, style=style) for style in (PLAIN, COLOUR))
    assert "\x1b" not in plain
    assert [code in coloured for code in ("\x1b[32m✓", "\x1b[33m!", "\x1b[31mx", "\x1b[2m·")] == [True] * 4


def test_what_a_server_says_cannot_paint_the_terminal() -> None:
    """An escape in a gateway's words is shown as a mark."""
    assert "\x1b" not in doctor_text([KEY.fail("HTTP 401: \x1b[2Jgone", "ask")], width=80, style=PLAIN)


def test_the_document_holds_every_finding() -> None:
    """States are counted, and `ok` is false exactly where something needs the user."""
    document = doctor_document(FINDINGS)
    Draft202012Validator(dict(doctor_schema())).validate(document)
    assert (document["format"], document["ok"]) == ("seedance-spec/doctor/1", False)
    assert document["totals"] == {"ok": 1, "warn": 1, "fail": 1, "skipped": 1}
    assert doctor_document(FINDINGS[:2])["ok"] is True


@pytest.mark.parametrize("state", State)
def test_every_state_is_in_the_schema(state: State) -> None:
    """A finding in any state is a valid document."""
    finding = Finding(group=Group.RECEIVER, name="feed", state=state, said="it is so", way_out="")
    Draft202012Validator(dict(doctor_schema())).validate(doctor_document([finding]))
