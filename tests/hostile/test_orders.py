"""Orders and repetitions of the five states, the short form of `make hostile ROWS=orders`; all in virtual time."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.hostile.rows.orders import MANNERS, ORDERS, Orders


@pytest.mark.parametrize("manner", MANNERS)
def test_in_whatever_order_callbacks_come_a_task_ends_once(tmp_path: Path, manner: str) -> None:
    """Ten orders in each manner: one POST, one download, one ending, at most eight looks; none by a second run."""
    row = Orders(tmp_path)

    outcomes = {case: row.run(case) for case in (f"{manner}:{nth}" for nth in range(0, len(ORDERS), 12))}

    assert {case: outcome.note for case, outcome in outcomes.items() if outcome.failed} == {}
