"""The plan as people read it; the pictures are files under golden/."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from seedance_spec.lockfile.facts import Status
from seedance_spec.model.origin import Origin, OriginKind
from seedance_spec.model.shot import Shot
from seedance_spec.plan.change import Plan
from seedance_spec.plan.style import COLOUR, PLAIN, Style, cells
from seedance_spec.plan.text import plan_text
from seedance_spec.plan.word_diff import word_diff
from seedance_spec.realm import Realm
from tests.support.deciding import NOON, Scene, a_failure, a_rendering, a_scene, a_shot, a_span, an_attempt

GOLDEN = Path(__file__).parent / "golden"

DEFAULT = Origin(span=a_span(9, 3, file="specs/project.yaml"), kind=OriginKind.PROJECT)
HARBOR = "A fishing boat drifts into the harbor at dawn, slow dolly in"
HARBOR_NOW = "A fishing boat races into the harbor at dawn, heavy spray, slow dolly in"


def _muted(shot_id: str, line: int, prompt: str) -> Shot:
    """A shot whose sound a default in project.yaml has just switched off."""
    shot = a_shot(shot_id, line=line, prompt=prompt, generate_audio=False)
    return replace(shot, origins={**shot.origins, "generate_audio": DEFAULT})


def a_rich_scene() -> Scene:
    """A film in which every action happens."""
    harbor = _muted("ep1/010_harbor", 14, HARBOR_NOW)
    quays = [_muted(f"ep1/01{n}_quay", 20 + 8 * n, f"Quay {n}") for n in (1, 2, 3)]
    pier = a_shot("ep1/020_pier@ratio=9x16", line=60, prompt="A pier", ratio="9:16", duration=-1)
    twin = a_shot("ep1/021_pier_again", line=70, prompt="A pier", ratio="9:16", duration=-1)
    storm = a_shot("ep1/050_storm", line=80, prompt="A storm")
    fight = a_shot("ep1/060_fight", line=90, prompt="A fight")
    flight = a_shot("ep1/070_flight", line=100, prompt="A gull")
    lost = a_shot("ep1/080_lost", line=110, prompt="A lighthouse")
    done = a_shot("ep1/090_done", line=120, prompt="A rope", takes=2)
    roof = a_shot("ep2/110_rooftop", line=130, prompt="A rooftop at night")
    roof_before = a_shot("ep2/110_rooftop", line=130, prompt="A rooftop at noon")
    alley = a_shot("ep2/125_alley", line=140, prompt="An alley")
    facts = [
        a_rendering(a_shot("ep1/010_harbor", prompt=HARBOR), "harbor"),
        *(a_rendering(a_shot(quay.id, prompt=quay.request.prompt), quay.id) for quay in quays),
        an_attempt(storm, "storm", Status.UNKNOWN, task_id=None),
        a_failure(fight, "fight"),
        an_attempt(flight, "jEctEHDF1vefS2L3HND2JnzXPslnAYby"),
        a_rendering(lost, "lost"),
        a_rendering(done, "done"),
        a_rendering(roof, "night"),
        a_rendering(roof_before, "noon", submitted_at=NOON + 500),
        a_rendering(replace(alley, id="ep2/120_alley"), "alley"),
        a_rendering(a_shot("ep3/900_old", prompt="old"), "old"),
    ]
    return a_scene(
        *(harbor, *quays, pier, twin, storm, fight, flight, lost, done, roof, alley),
        facts=facts,
        stored=["harbor", *(quay.id for quay in quays), "done", "night", "noon", "alley", "old"],
        shown={"ep1/090_done": "done", "ep2/110_rooftop": "noon"},
    )


def the_rich_plan() -> Plan:
    return a_rich_scene().plan()


@pytest.mark.parametrize(
    ("name", "width", "style"),
    [("plan-80", 80, PLAIN), ("plan-80-colour", 80, COLOUR), ("plan-140", 140, PLAIN)],
)
def test_a_plan_with_every_action_reads_as_it_should(name: str, width: int, style: Style) -> None:
    """The whole text is the golden one."""
    assert plan_text(the_rich_plan(), width=width, style=style) + "\n" == (GOLDEN / f"{name}.txt").read_text("utf-8")


def test_a_first_plan_is_a_clean_table() -> None:
    """Ten new shots are ten lines: nobody needs to be told that they were never rendered."""
    plan = a_scene(*(a_shot(f"film/{n:02}", prompt=str(n)) for n in range(10))).plan()
    assert plan_text(plan, width=80, style=PLAIN) + "\n" == (GOLDEN / "plan-first.txt").read_text("utf-8")


def test_a_plan_without_work_says_so() -> None:
    """Unchanged takes are only counted, and shown when asked for."""
    shot = a_shot("film/moon")
    plan = a_scene(shot, facts=[a_rendering(shot)], stored=["a1"], shown={"film/moon": "a1"}).plan()
    assert plan_text(plan, width=80, style=PLAIN) == (
        "teaser-q4 · 1 shot in 1 file · offline: nothing is sent or paid by a plan\n"
        "\n"
        "Plan: 1 unchanged\n"
        "Next: nothing: every shot is rendered and here"
    )
    assert "· film/moon  unchanged" in plan_text(plan, width=80, style=PLAIN, unchanged=True)


def test_the_sandbox_is_free_and_says_what_it_would_cost() -> None:
    """No text of the sandbox can be taken for a bill."""
    text = plan_text(replace(a_scene(a_shot()), realm=Realm.SANDBOX).plan(), width=100, style=PLAIN)
    assert "Cost: free in the sandbox; about $0.76 if it were paid · 1 render" in text
    assert text.endswith("Next: seedance-spec apply --sandbox")


@pytest.mark.parametrize("width", [60, 72, 80, 100, 200])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    """From 60 cells upwards everything fits, with colours and without."""
    for style in (PLAIN, COLOUR):
        lines = plan_text(the_rich_plan(), width=width, style=style).splitlines()
        assert [line for line in lines if cells(line) > width] == []


def test_colours_change_nothing_but_colours() -> None:
    """Without escapes, the coloured rows are the plain ones; only word diffs lose their marks."""
    plain = plan_text(a_scene(a_shot()).plan(), width=80, style=PLAIN)
    coloured = plan_text(a_scene(a_shot()).plan(), width=80, style=COLOUR)
    assert _stripped(coloured) == plain


def _stripped(text: str) -> str:
    pieces = text.split("\x1b[")
    return pieces[0] + "".join(piece.partition("m")[2] for piece in pieces[1:])


def test_text_from_a_spec_cannot_move_the_cursor() -> None:
    """Escapes and bidirectional marks in a prompt are shown, not obeyed."""
    before = a_rendering(a_shot("film/moon", prompt="plain"))
    text = plan_text(
        a_scene(a_shot("film/moon", prompt="evil \x1b[2J \u202e red"), facts=[before]).plan(), width=80, style=PLAIN
    )
    assert "\x1b" not in text
    assert "\u202e" not in text


@pytest.mark.parametrize(
    ("before", "after", "shown"),
    [
        ("a cat walks", "a dog walks", "a [-cat-]{+dog+} walks"),
        ("a cat", "a cat, at night", "a cat{+, at night+}"),
        ("one two", "two", "[-one-] two"),
        ("猫が歩く", "犬が歩く", "[-猫-]{+犬+}が歩く"),
        ("line one\nline two", "line one\nline 2", "line one ⏎ line [-two-]{+2+}"),
    ],
)
def test_a_prompt_is_compared_word_by_word(before: str, after: str, shown: str) -> None:
    """Words that went and came are marked, others stay as they are."""
    assert word_diff(before, after, width=70, style=PLAIN) == [shown]


def test_long_prompts_show_the_words_around_a_change() -> None:
    """What stayed is cut to a few words beside the change."""
    words = [f"w{n}" for n in range(60)]
    changed = [*words[:30], "new", *words[31:]]
    (line,) = word_diff(" ".join(words), " ".join(changed), width=200, style=PLAIN)
    assert line == "…w22 w23 w24 w25 w26 w27 w28 w29 [-w30-]{+new+} w31 w32 w33 w34 w35 w36 w37 w38…"


def test_two_huge_prompts_are_compared_in_no_time() -> None:
    """Past some thousand words only what is alike at the start is told apart."""
    lines = word_diff("same " * 3000 + "old", "same " * 3000 + "new one", width=80, style=PLAIN)
    assert "".join(lines).endswith("[-(1 words and marks)-]{+(3 words and marks)+}")


def test_a_plan_that_must_not_pay_does_not_say_to_apply() -> None:
    """With --locked a payment is a refusal, and the command that would pay is no advice; where nothing is to pay it
    says as ever what is next.
    """
    paid, free = a_rich_scene().plan(), a_scene(a_shot("film/a"), facts=[a_rendering(a_shot("film/a"), "a")]).plan()

    assert "Next:" not in plan_text(paid, width=80, style=PLAIN, locked=True)
    assert "Next:" in plan_text(paid, width=80, style=PLAIN)
    assert "Next:" in plan_text(free, width=80, style=PLAIN, locked=True)
