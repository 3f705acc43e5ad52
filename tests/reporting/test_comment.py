"""The one comment on a pull request: made once, edited in place, ours alone, no failure where none may be."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.github_api import Comments, serving_comments
from tests.support.whole import REPOSITORY

MARKER = "<!-- seedance-spec: plan -->"


@pytest.fixture
def comments() -> Iterator[Comments]:
    with serving_comments() as served:
        yield served


def keep(comments: Comments, folder: Path, body: str, **more: str) -> tuple[int, str]:
    """Run the action's script with this body."""
    file = folder / "body.md"
    file.write_text(body, encoding="utf-8")
    environment = {
        "GITHUB_API_URL": comments.url,
        "GITHUB_REPOSITORY": "team/film",
        "GITHUB_TOKEN": "a-token",
        "PULL_REQUEST": "7",
        **more,
    }
    done = subprocess.run(
        [sys.executable, str(REPOSITORY / "action" / "comment.py"), "plan", str(file)],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def test_it_is_made_once_and_edited_after_that(comments: Comments, tmp_path: Path) -> None:
    """Three runs, two of them alike: one comment with the last words, edited once, found behind a hundred others."""
    for number in range(130):
        comments.add(f"talk {number}", author="somebody")

    said = [keep(comments, tmp_path, body)[1] for body in ("### first\n", "### second", "### second")]

    assert said == ["comment made\n", "comment edited\n", "comment current\n"]
    (ours,) = [each["body"] for each in comments.comments if each["body"].startswith(MARKER)]
    assert ours == f"{MARKER}\n### second"
    assert [call for call in comments.calls if not call.startswith("GET")] == [
        "POST /repos/team/film/issues/7/comments",
        "PATCH /repos/team/film/issues/comments/131",
    ]


def test_somebody_else_s_marker_is_not_ours(comments: Comments, tmp_path: Path) -> None:
    """Anybody may type it: what others wrote is never edited."""
    comments.add(f"{MARKER}\nmine", author="somebody")

    keep(comments, tmp_path, "### plan")

    assert [each["body"] for each in comments.comments] == [f"{MARKER}\nmine", f"{MARKER}\n### plan"]


def test_comments_of_users_that_are_gone_are_passed_over(comments: Comments, tmp_path: Path) -> None:
    """GitHub gives null for them: no reason to fail, or to write a second comment."""
    comments.add(f"{MARKER}\nmine", author=None)
    comments.add(None, author="github-actions[bot]")

    said = [keep(comments, tmp_path, body) for body in ("### first", "### second")]

    assert said == [(0, "comment made\n"), (0, "comment edited\n")]
    assert comments.comments[2]["body"] == f"{MARKER}\n### second"


def test_another_token_finds_what_it_wrote(comments: Comments, tmp_path: Path) -> None:
    """An app of the team's own comments under its own name (`comment-author`)."""
    comments.add(f"{MARKER}\n### first", author="film-bot[bot]")

    said = keep(comments, tmp_path, "### second", COMMENT_AUTHOR="film-bot[bot]")

    assert said == (0, "comment edited\n")


def test_a_github_that_does_not_answer_is_said_in_a_line(comments: Comments, tmp_path: Path) -> None:
    """No traceback; the step fails, for a comment that is out of date would be believed."""
    code, said = keep(comments, tmp_path, "### plan", GITHUB_API_URL="http://127.0.0.1:9")

    assert (code, said) == (1, "no answer: URLError\n")


def test_a_token_that_may_only_read_is_no_failure(comments: Comments, tmp_path: Path) -> None:
    """A fork's pull request: said where the plan stands, exit 0."""
    comments.read_only = True

    code, said = keep(comments, tmp_path, "### plan")

    assert (code, "step's summary" in said) == (0, True)
    assert comments.comments == []


def test_it_is_never_longer_than_github_takes(comments: Comments, tmp_path: Path) -> None:
    """Whatever is handed in, the marker included."""
    keep(comments, tmp_path, "x" * 70_000)

    assert len(comments.comments[0]["body"]) == 65_536
