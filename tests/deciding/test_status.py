"""How every take stands: states, the fuse, elapsed and expected time, and the way out."""

from __future__ import annotations

from dataclasses import replace

import pytest

from seedance_spec.lockfile.facts import AttemptFact, Reporter, Status
from seedance_spec.lockfile.fold import Facts
from seedance_spec.model.shot import Shot
from seedance_spec.plan.status import State, StatusRow, status_rows, status_text
from seedance_spec.plan.style import PLAIN, cells
from seedance_spec.plan.world import Presence
from tests.support.deciding import NOON, Scene, a_failure, a_rendering, a_scene, a_shot, an_attempt
from tests.support.facts import digest

SHOT = a_shot("film/moon")
HOUR = 3600


def _rows(scene: Scene, now: float = NOON + 60) -> tuple[StatusRow, ...]:
    presence = Presence(stored=scene.stored, published=scene.published)
    return status_rows(scene.film, Facts.of(*scene.facts), presence, realm=scene.realm, now=now)


def _row(*facts: AttemptFact, now: float = NOON + 60, shot: Shot = SHOT, stored: tuple[str, ...] = ()) -> StatusRow:
    (row,) = _rows(a_scene(shot, facts=facts, stored=stored), now)
    return row


@pytest.mark.parametrize(
    ("fact", "stored", "state"),
    [
        (a_rendering(SHOT), ("a1",), State.RENDERED),
        (a_rendering(SHOT), (), State.MISSING),
        (a_rendering(SHOT, status=Status.GONE), (), State.MISSING),
        (an_attempt(SHOT), (), State.IN_FLIGHT),
        (an_attempt(SHOT, status=Status.LANDED, task_id=None), (), State.UNKNOWN),
        (an_attempt(SHOT, status=Status.UNKNOWN, task_id=None), (), State.UNKNOWN),
        (a_failure(SHOT), (), State.FAILED),
        (an_attempt(SHOT, status=Status.NOT_LANDED), (), State.NOT_SUBMITTED),
    ],
)
def test_each_take_stands_in_the_words_of_the_glossary(
    fact: AttemptFact, stored: tuple[str, ...], state: State
) -> None:
    """One state per take, from what is on record and what is here."""
    assert _row(fact, stored=stored).state is state


def test_a_rendered_take_tells_file_tokens_and_cost() -> None:
    """What was bought, for how much, and where it is shown."""
    (row,) = _rows(a_scene(SHOT, facts=[a_rendering(SHOT)], stored=["a1"], shown={"film/moon": "a1"}))
    assert (row.shown, row.output, row.sha256) == (True, "renders/film/moon.mp4", digest("a1"))
    assert (row.tokens, row.usd, row.fuse) == (108_900, 0.7623, None)


def test_a_take_in_flight_tells_how_long_and_how_much_longer() -> None:
    """Elapsed since the submit, and what is left of the usual time."""
    row = _row(an_attempt(SHOT, upstream_ids=("cgt-1",)), now=NOON + 60)
    assert (row.task_id, row.upstream_ids, row.elapsed, row.left) == ("task_a1", ("cgt-1",), 60, 38)
    assert _row(an_attempt(SHOT), now=NOON + 500).left == 0


@pytest.mark.parametrize(
    ("hours", "fuse", "needs_you"),
    [(1, 23 * HOUR, False), (22.5, 1.5 * HOUR, True), (25, 0, False)],
)
def test_the_fuse_of_a_clip_that_is_not_here_burns(*, hours: float, fuse: float, needs_you: bool) -> None:
    """Links die 24 h after the task finished; shortly before that a person is needed, afterwards nobody can help."""
    row = _row(a_rendering(SHOT), now=NOON + 98 + hours * HOUR)
    assert (row.fuse, row.needs_you) == (fuse, needs_you)


def test_an_unknown_submit_needs_you() -> None:
    """It names the one command that settles it, with as many words as it needs."""
    row = _row(an_attempt(SHOT, status=Status.UNKNOWN))
    assert (row.needs_you, "seedance-spec resolve film/moon (--landed TASK_ID" in row.hint) == (True, True)
    landed = _row(an_attempt(SHOT, status=Status.LANDED, task_id=None))
    assert landed.hint.startswith("landed, its task id is not known")


def test_what_a_callback_said_is_shown_and_decides_nothing() -> None:
    """`failed` by callback stands beside a take that is unknown or in flight; a verdict needs no such word."""
    in_flight, failed = (_heard(fact, "failed") for fact in (an_attempt(SHOT), a_failure(SHOT)))
    assert (in_flight.state, in_flight.heard, in_flight.needs_you) == (State.IN_FLIGHT, "failed", False)
    assert "a callback said that it failed: no verdict" in status_text([in_flight], width=80, style=PLAIN)
    assert failed.heard is None


def _heard(fact: AttemptFact, word: str) -> StatusRow:
    scene = a_scene(SHOT, facts=[fact])
    heard = {fact.attempt_id: word}
    (row,) = status_rows(scene.film, Facts.of(fact), Presence(), realm=scene.realm, now=NOON, heard=heard)
    return row


def test_a_failure_comes_with_the_pages_advice() -> None:
    """The error's class leads to what the API page suggests."""
    row = _row(a_failure(SHOT))
    assert (row.error_class, row.error_code) == ("moderation", "OutputVideoSensitiveContentDetected")
    assert row.hint.startswith("reword the prompt")


def test_a_clip_that_only_a_callback_vouches_for_is_flagged() -> None:
    """Salvage is visible."""
    rendering = a_rendering(SHOT)
    salvaged = replace(rendering, reports={Reporter.CALLBACK: rendering.reports[Reporter.GATEWAY]}, task_id=None)
    assert _row(salvaged, stored=("a1",)).by_callback


def test_what_no_shot_asks_for_is_shown_while_it_matters() -> None:
    """Old attempts are listed while they run or their links live, and not afterwards."""
    old = a_shot("film/moon", prompt="old")
    facts = [a_rendering(old, "done"), an_attempt(old, "run", take=2)]
    scene = a_scene(SHOT, facts=facts)
    assert [(row.state, row.wanted) for row in _rows(scene)] == [
        (State.NOT_SUBMITTED, True),
        (State.MISSING, False),
        (State.IN_FLIGHT, False),
    ]
    assert [row.state for row in _rows(scene, now=NOON + 48 * HOUR)] == [State.NOT_SUBMITTED, State.IN_FLIGHT]
    assert [row.state for row in _rows(replace(scene, stored=frozenset({digest("done")})))] == [
        State.NOT_SUBMITTED,
        State.IN_FLIGHT,
    ]


def test_the_table_reads_as_it_should() -> None:
    """One line per take, what is wrong under it, the sum at the end."""
    shots = [a_shot(f"film/{name}", prompt=name) for name in ("moon", "jump", "storm", "fight", "lost", "new")]
    moon, jump, storm, fight, lost, _ = shots
    facts = [
        a_rendering(moon, "m"),
        an_attempt(jump, "j"),
        an_attempt(storm, "s", Status.UNKNOWN, task_id=None),
        a_failure(fight, "f"),
        a_rendering(lost, "l"),
    ]
    scene = a_scene(*shots, facts=facts, stored=["m"], shown={"film/moon": "m"})
    assert status_text(_rows(scene), width=80, style=PLAIN) == (
        "✓ film/moon   rendered         $0.76  renders/film/moon.mp4\n"
        "… film/jump   in flight       ~$0.76  1:00 · ~0:38 left · task_j\n"
        "? film/storm  unknown         ~$0.76\n"
        "    → sent, no answer seen: not sent again; seedance-spec resolve film/storm\n"
        "      (--landed TASK_ID, --not-landed or --wait)\n"
        "x film/fight  failed            free  task_f\n"
        "    moderation (OutputVideoSensitiveContentDetected): blocked\n"
        "    → reword the prompt, or change the input, so that nothing in it is\n"
        "      sensitive; nothing was charged\n"
        "! film/lost   missing          $0.76  its link dies in 24 h\n"
        "+ film/new    not submitted   ~$0.76\n"
        "\n"
        "1 rendered · 1 in flight · 1 failed · 1 unknown · 1 missing · 1 not submitted\n"
        "217 800 tok, about $1.52"
    )


def test_no_line_is_wider_than_the_terminal() -> None:
    """Long names, paths and messages give way."""
    shot = a_shot("season-one/episode-seventeen/010_the-harbor-at-dawn@ratio=9x16,take=long")
    rows = _rows(a_scene(shot, facts=[a_failure(shot)]))
    assert max(cells(line) for line in status_text(rows, width=80, style=PLAIN).splitlines()) <= 80


def test_a_project_without_shots_says_so() -> None:
    """An empty table is a sentence."""
    assert status_text((), width=80, style=PLAIN) == "no shots: specs/ describes nothing"
