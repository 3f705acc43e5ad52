"""Every reel ends with its sandbox stopped."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.reel import Reel


@pytest.fixture
def reel(tmp_path: Path) -> Iterator[Reel]:
    root = tmp_path / "film"
    (root / "specs").mkdir(parents=True)
    reel = Reel(root)
    yield reel
    reel.stop_sandbox()


THREE_SHOTS = """\
    version: 1
    defaults:
      model: dreamina-seedance-2-0
      duration: 4
      metadata: { resolution: 480p, ratio: 1:1, generate_audio: false }
    shots:
      moon:
        prompt: A cat walking on the moon
      jump:
        prompt: Make the cat jump
      exit:
        prompt: The cat walks out of frame
    """


@pytest.fixture
def three_shots(reel: Reel) -> Reel:
    """A film of three small shots in one file."""
    reel.write("reel.yaml", THREE_SHOTS)
    return reel
