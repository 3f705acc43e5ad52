"""The journal between processes: one winner per take, and a kill at any moment leaves it readable."""

from __future__ import annotations

import signal
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from seedance_spec.journal.owner import Sight, is_alive, owner_of_this_process, sight
from seedance_spec.journal.sqlite import SqliteJournal
from tests.support.attempts import a_claim

ROOT = Path(__file__).parents[2]
TAKES = 50

CLAIMER = """
import sys
from pathlib import Path
from seedance_spec.attempts.ports import Mark
from seedance_spec.journal.owner import owner_of_this_process
from seedance_spec.journal.sqlite import SqliteJournal
from tests.support.attempts import a_claim

path, first = Path(sys.argv[1]), int(sys.argv[2])
journal, owner = SqliteJournal(path), owner_of_this_process()
print(owner, flush=True)
for line in sys.stdin:
    fact = a_claim(first + int(line), take=int(line))
    won = journal.claim(fact, owner=owner) is None
    if won:
        journal.mark(fact.attempt_id, Mark.CONNECTING)
    print("won" if won else "lost", flush=True)
"""


def a_claimer(path: Path, *, first: int) -> subprocess.Popen[str]:
    """A process that claims each take that it is told, and says whether it won it. It says its owner first."""
    return subprocess.Popen(
        [sys.executable, "-c", CLAIMER, str(path), str(first)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def _heard(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def _tell(process: subprocess.Popen[str], *takes: int) -> None:
    assert process.stdin is not None
    process.stdin.write("".join(f"{take}\n" for take in takes))
    process.stdin.flush()


def test_two_processes_that_claim_one_take_at_once_never_both_win(tmp_path: Path) -> None:
    """Fifty takes, each claimed by two processes at the same moment: one wins, the other is told who did."""
    path = tmp_path / "journal.db"
    with a_claimer(path, first=1000) as one, a_claimer(path, first=2000) as other:
        owners = {_heard(one), _heard(other)}
        answers = []
        for take in range(1, TAKES + 1):
            _tell(one, take)
            _tell(other, take)
            answers.append(sorted([_heard(one), _heard(other)]))
        one.communicate()
        other.communicate()

    assert answers == [["lost", "won"]] * TAKES
    with closing(SqliteJournal(path)) as journal:
        assert [row.fact.take for row in journal.rows()] == list(range(1, TAKES + 1))
        assert {row.owner for row in journal.rows()} <= owners


@pytest.mark.parametrize("claims", [1, 7, 20])
def test_a_kill_amid_claims_loses_none_that_was_granted(tmp_path: Path, claims: int) -> None:
    """After `kill -9` the journal opens, every granted claim is in it, whole, and its holder is known to be dead."""
    path = tmp_path / "journal.db"
    with a_claimer(path, first=0) as process:
        owner = _heard(process)
        assert is_alive(owner)
        _tell(process, *range(1, 5001))
        granted = [_heard(process) for _ in range(claims)]
        process.send_signal(signal.SIGKILL)
        assert process.stdout is not None
        granted += process.stdout.read().split()

    with closing(SqliteJournal(path)) as journal:
        rows = journal.rows()
        assert claims <= len(granted) <= len(rows) < 5000
        assert [row.fact for row in rows] == [a_claim(take, take=take) for take in range(1, len(rows) + 1)]
        assert {row.owner for row in rows} == {owner}
        assert journal.claim(a_claim(900_000, take=1), owner=owner_of_this_process()) == rows[0]
        with journal._database.reading() as db:
            assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert not is_alive(owner)


def test_several_processes_make_one_journal(tmp_path: Path) -> None:
    """Processes that open a journal that is not there yet, all at once, end up with the same one."""
    path = tmp_path / "new" / "journal.db"
    rivals = [a_claimer(path, first=number * 1000) for number in range(3)]
    for rival in rivals:
        _tell(rival, 1)

    answers = [rival.communicate(timeout=30)[0].splitlines()[1:] for rival in rivals]

    assert sorted(answers) == [["lost"], ["lost"], ["won"]]


# ── owners ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_this_process_is_alive() -> None:
    """A process sees itself."""
    assert is_alive(owner_of_this_process())


@pytest.mark.parametrize(
    ("part", "instead", "seen"),
    [(0, "999999999", Sight.DEAD), (1, "1", Sight.DEAD), (2, "0ther", Sight.DEAD), (3, "1", Sight.ELSEWHERE)],
    ids=["no such process", "a reused process id", "another boot", "another container"],
)
def test_whoever_only_looks_like_the_owner_is_not(part: int, instead: str, seen: Sight) -> None:
    """Process id, start, boot and namespace must all agree; another container cannot be judged from here."""
    parts = owner_of_this_process().split("-")
    parts[part] = instead

    assert sight("-".join(parts)) is seen


@pytest.mark.parametrize("text", ["", "nobody", "1", "1-2", "-".join(["x"] * 4)])
def test_what_is_no_owner_is_dead(text: str) -> None:
    """A row that no process holds may be taken over."""
    assert not is_alive(text)
