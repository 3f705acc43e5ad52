"""Forged and malformed requests, the short form of `make hostile ROWS=fuzz`."""

from __future__ import annotations

from pathlib import Path

from tests.hostile.rows.fuzz import Fuzz


def test_nothing_forged_or_malformed_is_believed_or_breaks_anything(tmp_path: Path) -> None:
    """Three thousand of them: no 5xx but 503, no traceback, no row of a stranger; an honest callback is answered after
    each thousand, and those with a right capability were pokes.
    """
    row = Fuzz(tmp_path, warm_up=100)
    try:
        outcomes = [row.run(str(nth), requests=1_000) for nth in range(3)]
    finally:
        row.close()

    assert [(outcome.failed, outcome.note) for outcome in outcomes if outcome.failed] == []
    assert all(outcome.counts["answered 200"] > 50 for outcome in outcomes)
    assert all(outcome.counts["answered 404"] > 50 for outcome in outcomes)


def test_the_check_would_see_a_receiver_that_believes_anybody(tmp_path: Path) -> None:
    """Where the capability is not looked at, strangers' rows and answers are found."""
    row = Fuzz(tmp_path, warm_up=1, changed="believe-anybody")
    try:
        outcome = row.run("1", requests=100)
    finally:
        row.close()

    assert outcome.counts["foreign_rows"] > 0
    assert outcome.counts["wrong_status"] > 0
