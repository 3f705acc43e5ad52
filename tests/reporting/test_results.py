"""What came of a branch, as a pull request's comment shows it: pictures, cost, causes, and never too long."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from seedance_spec.attempts.endings import End, Ending
from seedance_spec.ci.outputs import NOTHING_TO_DO, Outputs, outputs_of_plan, outputs_of_run
from seedance_spec.ci.results import Results
from seedance_spec.ci.results_document import report_document
from seedance_spec.ci.results_markdown import results_markdown
from seedance_spec.plan.markdown import LONGEST_COMMENT
from tests.deciding.test_markdown import HOSTILE, OURS, Page
from tests.deciding.test_plan_text import the_rich_plan
from tests.support.deciding import a_failure, a_rendering, a_scene, a_shot, an_attempt
from tests.support.facts import digest
from tests.support.reporting import a_branch, a_rich_branch

GOLDEN = Path(__file__).parent / "golden" / "results.md"
POSTERS = {digest(each): f"https://clips.example/{each}.jpg" for each in ("a0", "b1", "b2")}


def test_a_branch_with_every_state_reads_as_it_should() -> None:
    """The whole text is the golden one."""
    assert results_markdown(a_rich_branch(), posters=POSTERS) + "\n" == GOLDEN.read_text("utf-8")


def test_it_renders_as_one_table_with_pictures_before_and_after() -> None:
    """Six takes in six columns, three pictures, every tag closed, nothing that a spec says is obeyed."""
    page = Page(results_markdown(a_rich_branch(), posters=POSTERS))

    assert page.unbalanced == page.opened == []
    assert page.tags <= OURS | {"img"}
    assert page.rows == [6] * 7
    assert page.links == [POSTERS[digest(each)] for each in ("a0", "b1", "b2")]
    assert "@dawn" not in page.loose


def test_without_pictures_there_are_no_columns_for_them() -> None:
    """Nobody hosts posters: shot, cause and cost are left."""
    page = Page(results_markdown(a_rich_branch(), posters={}))

    assert page.rows == [4] * 7
    assert page.links == []


def test_hostile_words_change_nothing() -> None:
    """Prompts full of markup stand in the causes as they are."""
    shot, before = a_shot("film/moon", prompt=HOSTILE), a_shot("film/moon", prompt="calm")
    branch = a_branch(shot, base=[a_rendering(before, "a0")], now=[a_rendering(shot, "b1")])

    page = Page(results_markdown(branch, posters={}))

    assert page.unbalanced == page.opened == []
    assert page.tags <= OURS
    assert page.rows == [4, 4]


def _many(number: int) -> Results:
    shots = [a_shot(f"film/{n:05}", line=n + 3, prompt=f"shot {n}") for n in range(number)]
    stored = [f"b{n}" for n in range(number)]
    return a_branch(*shots, now=[a_rendering(shot, f"b{n}") for n, shot in enumerate(shots)], stored=stored)


@pytest.mark.parametrize("number", [10, 600])
def test_it_fits_into_a_comment_and_counts_what_does_not(number: int) -> None:
    """Rows shown and rows left out add up."""
    text = results_markdown(_many(number), posters={})

    shown = len(re.findall(r"^\| <code>✓</code>", text, re.MULTILINE))
    said = re.search(r"(\d+) rows? left out, for a comment holds no more", text)
    assert len(text) <= LONGEST_COMMENT
    assert shown + (int(said[1]) if said else 0) == number


def test_hundreds_of_failures_fit_too() -> None:
    """Ten are explained, the others counted; their rows are cut like any."""
    shots = [a_shot(f"film/{n:04}", line=n + 3, prompt=f"shot {n}") for n in range(600)]
    failures = [a_failure(shot, f"b{n}") for n, shot in enumerate(shots)]

    text = results_markdown(a_branch(*shots, now=failures), posters={})

    assert len(text) <= LONGEST_COMMENT
    assert text.count("**failed**") == 10
    assert "- and 590 more\n" in text


def test_a_branch_that_asks_for_nothing_new_is_one_line() -> None:
    """Whatever the base had on record is no news."""
    shot = a_shot("film/moon")

    assert results_markdown(a_branch(shot, base=[a_rendering(shot, "a0")]), posters={}) == (
        "### <code>teaser-q4</code>: nothing to render\n\nsince <code>origin/main</code>"
    )


def test_the_document_has_the_same_figures() -> None:
    """What machines read: sums, states, digests and addresses of pictures."""
    document = report_document(a_rich_branch(), posters=POSTERS)

    assert document["totals"] == {"failed": 1, "in flight": 1, "not submitted": 1, "rendered": 2, "unknown": 1}
    results = document["results"]
    assert isinstance(results, list)
    first = results[0]
    assert isinstance(first, dict)
    assert (first["before"], first["after"]) == (digest("a0"), digest("b1"))
    assert (first["poster_before"], first["poster_after"]) == (POSTERS[digest("a0")], POSTERS[digest("b1")])


# ── outputs of a step ───────────────────────────────────────────────────────────────────────────────────────────────


def test_a_plan_s_outputs_say_what_an_apply_would_pay() -> None:
    """Six renders for about $5.25; what stands failed or unknown is `failed`, what is in flight `pending`."""
    outputs = outputs_of_plan(the_rich_plan())

    assert outputs.text == "changed=true\ncost=5.25\nfailed=2\npending=1\n"


def test_a_run_s_outputs_say_what_came_of_it() -> None:
    """One clip for $0.76, one under way for as much, its child that waits, one refused."""
    moon, sun, exit_, tree = (a_shot(f"film/{name}", prompt=name) for name in ("moon", "sun", "exit", "tree"))
    changes = {change.shot_id: change for change in a_scene(moon, sun, exit_, tree).plan().changes}
    running = Ending(change=changes["film/sun"], end=End.RUNNING, fact=an_attempt(sun, "b2"))
    endings = [
        Ending(change=changes["film/moon"], end=End.RENDERED, fact=a_rendering(moon, "b1")),
        running,
        Ending(change=changes["film/exit"], end=End.BLOCKED, code="parent-running", behind=running),
        Ending(change=changes["film/tree"], end=End.NOT_SUBMITTED, code="bad-request"),
    ]

    outputs = outputs_of_run(endings, billed=0.76)

    assert outputs == Outputs(changed=True, cost=pytest.approx(1.52, abs=0.01), failed=1, pending=2)  # type: ignore[arg-type] # pytest's own equal


def test_a_run_that_found_all_standing_changed_nothing() -> None:
    """Unchanged takes are no reason for a commit or an upload."""
    moon = a_shot("film/moon")
    scene = a_scene(moon, facts=[a_rendering(moon)], stored=["a1"], shown={"film/moon": "a1"})
    endings = [Ending(change=change, end=End.RENDERED) for change in scene.plan().changes]

    assert outputs_of_run(endings, billed=0.0) == NOTHING_TO_DO
