"""The rows of the table in their order. Nothing but names may enter: each row is imported when it is asked for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from importlib import import_module
from pathlib import Path

from tests.lab.row import Row

ROWS = ("life", "simulation", "kill", "double_kill", "errno", "power_loss", "chaos", "seeded_bugs")
"""Modules of `tests/lab/rows/`, which are the names of the rows too."""


def row_named(name: str, scratch: Path) -> Row:
    """The row, with a folder of its own for what it makes."""
    found: Row = import_module(f"tests.lab.rows.{name}").row(scratch)
    return found


def needs_of(names: Iterable[str]) -> Mapping[str, tuple[str, ...]]:
    """The programs that each row needs."""
    return {name: getattr(import_module(f"tests.lab.rows.{name}"), "NEEDS", ()) for name in names}
