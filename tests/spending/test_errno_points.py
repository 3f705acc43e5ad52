"""A disk that is full, a disk that fails, too many open files: clear words, nothing half, and the next run goes on."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from seedance_spec.cli.exit_codes import ExitCode
from tests.lab.hooks import COMMIT
from tests.lab.judge import half_files, recovered
from tests.lab.short import ShortLab, sampled, short_lab
from tests.lab.world import SHOTS, TAKES

FULL = ("write", "pwrite", "posix_fallocate", "copy_file_range", "ftruncate", "mkdir", "replace", COMMIT)
FAILING = ("fsync", "write", "pwrite", "rename", "unlink", COMMIT)


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ShortLab]:
    with short_lab(tmp_path_factory.mktemp("errno")) as lab:
        yield lab


@pytest.mark.parametrize(
    ("error", "calls", "each", "lasts"),
    [("ENOSPC", FULL, 2, True), ("EIO", FAILING, 2, False), ("EMFILE", ("open",), 4, False)],
    ids=["full", "failing", "too many files"],
)
def test_what_the_system_refuses_is_said_and_the_next_run_goes_on(
    lab: ShortLab, error: str, calls: tuple[str, ...], each: int, *, lasts: bool
) -> None:
    """An exit code of the table, words and no traceback, no half file under a final name; then all is well again."""
    wrong: list[str] = []
    for call, at in sampled(lab.counts, calls, each):
        film = lab.world.film()
        ran = lab.struck(film, call, at, error=error, lasts=lasts)
        if ran is not None:
            wrong += [f"{call}:{at} {fault}" for fault in half_files(film)]
            if ran.code not in set(ExitCode) or ran.blames_itself or (ran.code and not ran.err.strip()):
                wrong.append(f"{call}:{at} exit {ran.code}: {ran.err[-300:]}")
        outcome = recovered(film, lab.world, note=f"{call}:{at}")
        wrong += [outcome.note] if outcome.failed else []
        film.leave()

    assert wrong == []


def test_a_full_disk_during_download_is_said_and_nothing_is_paid_again(lab: ShortLab) -> None:
    """From the first byte of a clip on the disk is full: it says so; after space is made the same takes arrive."""
    film = lab.world.film()

    ran = lab.struck(film, "pwrite", 1, error="ENOSPC", lasts=True)

    assert ran is not None
    assert ran.code == ExitCode.UNEXPECTED
    assert "the disk is full" in ran.err
    assert not ran.blames_itself
    assert not any((film.root / "renders").rglob("*.mp4"))
    assert list(half_files(film)) == []

    again = film.apply()

    assert again.code == 0, again.err
    assert len(list((film.root / "renders").rglob("*.mp4"))) == len(SHOTS)
    assert lab.world.posts(film) == TAKES
