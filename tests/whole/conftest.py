"""Every reel ends with its sandbox stopped."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.films import THREE_SHOTS
from tests.support.reel import Reel


@pytest.fixture
def reel(tmp_path: Path) -> Iterator[Reel]:
    root = tmp_path / "film"
    (root / "specs").mkdir(parents=True)
    reel = Reel(root)
    yield reel
    reel.stop_sandbox()


@pytest.fixture
def three_shots(reel: Reel) -> Reel:
    """A film of three small shots in one file."""
    reel.write("reel.yaml", THREE_SHOTS)
    return reel
