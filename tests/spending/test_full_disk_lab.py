"""A disk that is really full: the store on a tmpfs with room for one clip of three, then with room for all."""

from __future__ import annotations

import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from seedance_spec.cli.exit_codes import ExitCode
from tests.lab.judge import half_files
from tests.lab.world import SHOTS, TAKES, World
from tests.support.whole import environment

ROOM_FOR_ONE = "200k"
"""A clip of the laboratory has about 140 kB."""

pytestmark = pytest.mark.lab


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path / "world")
    yield world
    world.close()


def test_a_full_disk_is_said_and_the_same_command_goes_on_when_there_is_room(world: World) -> None:
    """The first run ends with exit 1 and the reason, the second one has every clip; nothing is paid again."""
    assert shutil.which("unshare"), "unshare (util-linux) is needed to mount a small disk"
    film = world.film()
    store = film.workplace.store
    store.mkdir(parents=True)
    apply = shlex.join([sys.executable, "-m", "seedance_spec", "apply", "--sandbox", "--yes"])
    kept = shlex.quote(str(film.root / "kept"))
    script = f"""
        mount -t tmpfs -o size={ROOM_FOR_ONE} tmpfs {shlex.quote(str(store))} || exit 99
        {apply}; echo "first $?"
        mount -o remount,size=10m {shlex.quote(str(store))} || exit 98
        {apply}; echo "second $?"
        cp -r {shlex.quote(str(store))} {kept}
    """
    mounted = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", script]

    ran = subprocess.run(mounted, cwd=film.root, env=environment(), capture_output=True, text=True, check=False)

    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.split() == ["first", str(ExitCode.UNEXPECTED.value), "second", "0"], ran.stderr
    assert "the disk is full" in ran.stderr
    assert "This is a fault of seedance-spec" not in ran.stderr
    assert world.posts(film) == TAKES
    store.rmdir()
    (film.root / "kept").rename(store)
    assert len(list((film.root / "renders").rglob("*.mp4"))) == len(SHOTS)
    assert list(half_files(film)) == []
