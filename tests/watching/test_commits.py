"""When a watch takes something as committed: by real git, for real edits, branches and unfinished rebases."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from seedance_spec.watch.commits import GitCommits, GitFault
from seedance_spec.watch.reading import PROJECT_FILE
from seedance_spec.watch.sheet import Commit
from tests.support.repositories import git

FILM = "specs/film.yaml"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project in a folder of a repository, with one committed spec file."""
    git(tmp_path, "init", "-q", "-b", "main")
    root = tmp_path / "ads"
    save(root, "a cat")
    commit(root, "a film")
    return root


def save(root: Path, text: str, name: str = FILM) -> None:
    (root / name).parent.mkdir(parents=True, exist_ok=True)
    (root / name).write_text(f"{text}\n", encoding="utf-8")


def commit(root: Path, message: str) -> None:
    git(root, "add", "--all")
    git(root, "commit", "-qm", message)


def holds(seen: Commit, *files: str) -> bool:
    return seen.holds(files or (FILM, PROJECT_FILE), optional=PROJECT_FILE)


def test_a_file_is_committed_once_it_is_in_the_commit_as_it_is_here(project: Path) -> None:
    """Neither an edit, nor a new file, nor one that git is told to ignore; a project file may be missing."""
    commits = GitCommits(project)
    assert holds(commits.look())
    save(project, "a dog")
    save(project, "an owl", "specs/night.yaml")
    save(project, "specs/mine.yaml", ".gitignore")
    save(project, "a mole", "specs/mine.yaml")

    seen = commits.look()

    named = (FILM, "specs/night.yaml", "specs/mine.yaml")
    assert [holds(seen, name) for name in named] == [False, False, False]
    commit(project, "all of it")
    assert [holds(commits.look(), name) for name in named] == [True, True, False]


@pytest.mark.parametrize("word", ["--assume-unchanged", "--skip-worktree"])
def test_a_file_that_git_was_told_to_pass_over_is_never_committed(project: Path, word: str) -> None:
    """Git says that nothing changed in it, and has not looked."""
    git(project, "update-index", word, FILM)
    save(project, "a dog")

    assert not holds(GitCommits(project).look())


def test_a_linked_file_is_never_committed(project: Path) -> None:
    """What the commit holds of it is where it points to."""
    save(project, "an owl", "elsewhere.yaml")
    (project / "specs" / "night.yaml").symlink_to("../elsewhere.yaml")
    commit(project, "a link")

    assert not holds(GitCommits(project).look(), "specs/night.yaml")


def test_a_renamed_file_is_committed_with_its_rename(project: Path) -> None:
    """Moved but not committed, it is nowhere in the commit; its commit moves the head."""
    commits = GitCommits(project)
    before = commits.look().head
    git(project, "mv", FILM, "specs/reel.yaml")
    assert not holds(commits.look(), "specs/reel.yaml")

    git(project, "commit", "-qm", "a better name")

    seen = commits.look()
    assert (holds(seen, "specs/reel.yaml"), seen.head != before) == (True, True)


@pytest.mark.parametrize("words", [["commit", "-q", "--amend", "-m", "better"], ["revert", "--no-edit", "HEAD"]])
def test_every_way_to_make_a_commit_counts(project: Path, words: list[str]) -> None:
    """An amended commit and a revert are commits as any other."""
    save(project, "a dog")
    commit(project, "a dog")
    commits = GitCommits(project)
    before = commits.look().head

    git(project, *words)

    assert commits.look().head == git(project, "rev-parse", "HEAD") != before


@pytest.mark.parametrize("words", [["checkout", "-q", "other"], ["reset", "-q", "--hard", "HEAD~1"]])
def test_to_stand_elsewhere_is_no_commit(project: Path, words: list[str]) -> None:
    """A branch that is checked out, or a reset, pays for nothing of what stands there; the next commit counts."""
    git(project, "branch", "other")
    save(project, "a dog")
    commit(project, "a dog")
    commits = GitCommits(project)
    before = commits.look().head

    git(project, *words)

    assert commits.look().head == before
    save(project, "an owl")
    commit(project, "an owl")
    assert commits.look().head == git(project, "rev-parse", "HEAD")


def test_a_commit_on_a_branch_that_was_just_made_counts(project: Path) -> None:
    """Committed, and a branch begun there, between two looks: the head's last real move was the commit."""
    commits = GitCommits(project)
    commits.look()
    save(project, "a dog")
    commit(project, "a dog")

    git(project, "checkout", "-q", "-b", "dogs")

    assert commits.look().head == git(project, "rev-parse", "HEAD")


def test_the_commits_on_the_way_of_a_rebase_count_for_nothing(project: Path) -> None:
    """Stopped at a conflict, what is here is nobody's last word; called off, nothing was committed."""
    git(project, "checkout", "-q", "-b", "dogs")
    save(project, "a dog")
    commit(project, "a dog")
    git(project, "checkout", "-q", "main")
    save(project, "an owl")
    commit(project, "an owl")
    git(project, "checkout", "-q", "dogs")
    commits = GitCommits(project)
    before = commits.look()
    stopped = subprocess.run(["git", "rebase", "-q", "main"], cwd=project, check=False, capture_output=True)
    assert stopped.returncode != 0

    during = commits.look()

    assert (during.head, during.settled, holds(during, PROJECT_FILE)) == (before.head, False, False)
    git(project, "rebase", "--abort")
    assert commits.look() == before


def test_what_is_saved_while_it_is_read_is_not_committed() -> None:
    """Of two looks around one reading, what differs in either is dirty, and a new head counts from the next look."""
    tracked = frozenset({FILM, "specs/night.yaml"})
    before = Commit(head="c1", dirty=frozenset({"specs/night.yaml"}), tracked=tracked)
    after = Commit(head="c2", dirty=frozenset({FILM}), tracked=tracked)

    assert before.until(after) == Commit(head="c1", dirty=tracked, tracked=tracked)


def test_a_folder_without_git_is_a_fault_with_gits_own_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever asks hears that there is no repository."""
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))

    with pytest.raises(GitFault, match="not a git repository"):
        GitCommits(tmp_path)
