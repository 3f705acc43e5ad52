"""What a watch says: one line for people, one JSON line for machines, as its schema says."""

from __future__ import annotations

import json

import jsonschema
import pytest

from seedance_spec.plan.style import PLAIN
from seedance_spec.watch.notices import (
    Left,
    Looked,
    Superseded,
    Trouble,
    Watching,
    WatchNotice,
    notice_document,
    notice_line,
    watch_schema,
)

NOON = 1_800_000_000.0
TIME = "08:00:00Z"

SAID: list[tuple[WatchNotice, str]] = [
    (
        Watching(at=NOON, profile="draft", sandbox=True, consent="save", cap_usd=5.0),
        "· watching specs/ · sandbox · profile draft · a save renders · at most $5.00",
    ),
    (
        Watching(at=NOON, profile=None, sandbox=False, consent="commit", cap_usd=None),
        "· watching specs/ · a commit renders",
    ),
    (Looked(at=NOON), "· nothing to render"),
    (Looked(at=NOON, begins=("moon", "jump"), usd=0.5432), "· rendering moon, jump, at most $0.5432"),
    (
        Looked(at=NOON, begins=("a", "b", "c", "d"), holds={"e": "waits for its turn", "f": "waits for its turn"}),
        "· rendering a, b and 2 more; e, f: waits for its turn",
    ),
    (
        Looked(at=NOON, errors=2, refused="$3", holds={"moon": "refused"}),
        "· 2 errors: what stands there waits until it is mended; refused: $3; moon: refused",
    ),
    (
        Superseded(at=NOON, shot_id="moon"),
        "· moon: the older version is paid for and is kept as a take; the newer one comes next",
    ),
    (Trouble(at=NOON, message="the disk is full\x1b"), "x the disk is full�"),
    (Left(at=NOON, running=(), sandbox=False, spent_usd=0.0, exit_code=0), "· watch is over"),
    (
        Left(at=NOON, running=("moon",), sandbox=True, spent_usd=0.27, exit_code=130),
        "· moon goes on at the gateway: `seedance-spec collect --sandbox` brings the clips; this session: $0.27",
    ),
    (
        Left(at=NOON, running=("moon",), sandbox=False, spent_usd=0.0, exit_code=130, profile="draft"),
        "· moon goes on at the gateway: `seedance-spec collect --profile draft` brings the clips",
    ),
]


@pytest.mark.parametrize(("notice", "line"), SAID)
def test_each_notice_is_one_line(notice: WatchNotice, line: str) -> None:
    """Time, symbol, words; nothing that others wrote can paint."""
    assert notice_line(notice, PLAIN) == f"{TIME} {line}"


@pytest.mark.parametrize("notice", [notice for notice, _ in SAID])
def test_each_notice_is_a_document_of_the_published_schema(notice: WatchNotice) -> None:
    """What `--json` prints is valid, and closed: an unknown key would be an error."""
    document = json.loads(json.dumps(notice_document(notice)))

    jsonschema.validate(document, watch_schema())
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**document, "more": 1}, watch_schema())
