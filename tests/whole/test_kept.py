"""A clip that was stored, and whose storing nobody lived to write down, is found again."""

from __future__ import annotations

import json
import sqlite3

from tests.support.reel import Reel

SHOT = "reel/moon"


def _forget_where_the_clip_went(reel: Reel) -> None:
    """As a kill between the store and the record leaves it: succeeded, and no word of the bytes."""
    lockfile = reel.root / "specs" / "seedance.sandbox.lock"
    facts = [json.loads(line) for line in lockfile.read_text(encoding="utf-8").splitlines()]
    for fact in facts:
        if fact.get("label", {}).get("shot") == SHOT:
            for name in ("output", "bytes", "frames"):
                del fact["reports"]["gateway"][name]
    lockfile.write_text("".join(f"{json.dumps(fact)}\n" for fact in facts), encoding="utf-8")
    reel.clip(SHOT).unlink()
    with sqlite3.connect(reel.root / ".seedance" / "sandbox" / "journal.db") as db:
        db.execute(
            "UPDATE attempts SET fact = json_remove(fact, '$.reports.gateway.output', '$.reports.gateway.bytes',"
            " '$.reports.gateway.frames') WHERE json_extract(fact, '$.label.shot') = ?",
            (SHOT,),
        )
    db.close()


def test_a_stored_clip_that_nobody_recorded_is_shown_again_and_neither_fetched_nor_bought(three_shots: Reel) -> None:
    """The store knows under which attempt it took the bytes in: a later apply needs no look at the gateway at all."""
    assert three_shots.apply().code == 0
    before = three_shots.clip(SHOT).read_bytes()
    _forget_where_the_clip_went(three_shots)
    requests = three_shots.stats()

    again = three_shots.apply()

    assert again.code == 0, again.err
    assert three_shots.clip(SHOT).read_bytes() == before
    assert three_shots.stats() == requests
