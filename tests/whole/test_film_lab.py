"""The film of sixty shots through the real program: plan, apply in the sandbox, edit, plan, apply. A minute's work."""

from __future__ import annotations

import shutil

import pytest

from tests.support.reel import Reel
from tests.support.sixty import HOME

pytestmark = pytest.mark.lab


def a_film_without_the_web(reel: Reel) -> None:
    """The film's files; its three pictures from the web, which no test may ask for, are the one from the disk."""
    shutil.copytree(HOME / "specs", reel.root / "specs", dirs_exist_ok=True)
    for name in ("lantern.png?X-Tos-Signature=1", "a.png", "b.png"):
        reel.edit("ep2/night.yaml", f"https://studio.example/{name}", "../refs/hill.png")


def test_sixty_shots_are_rendered_once_and_an_edit_renders_its_own_chain_alone(reel: Reel) -> None:
    """63 takes for 60 shots, chains and all; then nothing to do; then an edit costs two takes, and nothing is left."""
    a_film_without_the_web(reel)

    applied = reel.run("apply", "--sandbox", "--yes", "--speed", "400", timeout=600)
    assert applied.code == 0, applied.err
    assert reel.posts == 63
    assert set(reel.actions().values()) == {"unchanged"}

    reel.edit("ep1/chase.yaml", "a cart of hay", "a cart of straw")
    changed = {take: action for take, action in reel.actions().items() if action != "unchanged"}
    assert changed == {"ep1/chase/c04#1": "re-render", "ep1/chase/c05#1": "re-render"}

    assert reel.apply().code == 0
    assert reel.posts == 65
    assert reel.plan("--detailed-exitcode").code == 0
