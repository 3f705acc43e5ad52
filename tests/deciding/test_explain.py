"""Why one shot stands in the plan as it does; the pictures are files under golden/."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from seedance_spec.lockfile.facts import AttemptFact, Status
from seedance_spec.model.shot import ShotSource
from seedance_spec.plan.change import Action
from seedance_spec.plan.explain import Link, roots_of
from seedance_spec.plan.explain_document import explain_document, explain_schema
from seedance_spec.plan.explain_text import explanations_text
from seedance_spec.plan.figures import count
from seedance_spec.plan.price import Pricing
from seedance_spec.plan.price_steps import price_steps
from seedance_spec.plan.style import COLOUR, PLAIN, Style, cells
from seedance_spec.plan.terms import Terms, tokens_of
from seedance_spec.realm import Realm
from tests.deciding.test_decide_properties import scenes, some
from tests.support.deciding import NOON, Scene, a_failure, a_rendering, a_scene, a_shot, an_attempt
from tests.support.editing import a_spec, read, rendered
from tests.support.explaining import explanations, plan_of, spec_texts
from tests.support.facts import digest

GOLDEN = Path(__file__).parent / "golden"

BEFORE = {
    "project.yaml": "version: 1\nname: teaser-q4\nretries: 1\n",
    "reel.yaml": a_spec(
        "moon: { prompt: 'A cat walks on the ${place}', takes: 2, metadata: { ratio: 16:9 } }",
        "exit: { prompt: It leaves, inputs: [{ shot: moon }], metadata: { ratio: 16:9 } }",
        "coda: { prompt: The end, inputs: [{ shot: exit, frame: last }], metadata: { ratio: 16:9 } }",
        "title: { prompt: A title, metadata: { ratio: 16:9 } }",
        above="vars: { place: moon }",
    ),
}
AFTER = {**BEFORE, "reel.yaml": BEFORE["reel.yaml"].replace("place: moon", "place: far side of the moon")}


def the_edited_reel() -> Scene:
    """Every shot was rendered and shown; then a variable that one prompt uses was changed."""
    facts = rendered(read(BEFORE))
    shown = {f"renders/{each.label.shot}.mp4": digest(each.attempt_id) for each in facts}
    return Scene(film=read(AFTER), facts=facts, stored=frozenset(shown.values()), published=shown)


def _text(scene: Scene, *shot_ids: str, width: int = 80, style: Style = PLAIN) -> str:
    told = [row for shot_id in shot_ids for row in explanations(scene, shot_id)]
    return explanations_text(told, spec_texts(AFTER), realm=scene.realm, width=width, style=style)


@pytest.mark.parametrize(
    ("name", "width", "style"),
    [("explain-80", 80, PLAIN), ("explain-80-colour", 80, COLOUR), ("explain-140", 140, PLAIN)],
)
def test_an_explanation_reads_as_it_should(name: str, width: int, style: Style) -> None:
    """Causes with the line to edit, the chain to its root, price, time and what if not: the whole text is golden."""
    text = _text(the_edited_reel(), "reel/moon", "reel/coda", "reel/title", width=width, style=style)

    assert text + "\n" == (GOLDEN / f"{name}.txt").read_text("utf-8")


@pytest.mark.parametrize("width", [60, 72, 80, 100, 200])
def test_no_line_of_an_explanation_is_wider_than_the_terminal(width: int) -> None:
    """From 60 cells upwards everything fits, with colours and without."""
    for style in (PLAIN, COLOUR):
        lines = _text(the_edited_reel(), "reel/moon", "reel/exit", "reel/coda", width=width, style=style).splitlines()
        assert [line for line in lines if cells(line) > width] == []


def test_a_grandchild_is_followed_to_the_edit_of_its_grandparent() -> None:
    """Two parents up stands the variable that changed, at the place where it is set."""
    (told,) = explanations(the_edited_reel(), "reel/coda")

    assert [(root.shot_id, root.cause.field, str(root.cause.span)) for root in told.roots] == [
        ("reel/moon", "prompt", "specs/reel.yaml:3:16")
    ]
    assert "starts from reel/moon, whose variable place changed at specs/reel.yaml:3:16" in _text(
        the_edited_reel(), "reel/coda", width=140
    )


def test_a_parent_that_two_inputs_name_is_followed_once() -> None:
    """The second mention says that its reasons stand above."""
    frames = "{ shot: moon, frame: first, role: first_frame }, { shot: moon, frame: last, role: last_frame }"
    files = {"reel.yaml": a_spec("moon: { prompt: A }", f"pair: {{ prompt: P, inputs: [{frames}] }}")}
    facts = rendered(read(files))
    film = read({"reel.yaml": files["reel.yaml"].replace("prompt: A", "prompt: B")})
    stored = frozenset(digest(each.attempt_id) for each in facts)
    (told,) = explanations(Scene(film=film, facts=facts, stored=stored), "reel/pair")

    assert [(link.cause.field, link.told, len(link.behind)) for link in told.links] == [
        ("parent", False, 1),
        ("parent", True, 0),
    ]
    assert len(told.roots) == 1


def test_a_parent_that_went_back_to_an_older_request_is_explained_all_the_same() -> None:
    """The parent itself is only restored; what changed is read from the request that the child was made from."""
    first, second = a_spec("a: { prompt: A }", "b: { prompt: B, inputs: [{ shot: a, frame: last }] }"), "prompt: Z"
    old = read({"reel.yaml": first})
    new = read({"reel.yaml": first.replace("prompt: A", second)})
    facts = (
        a_rendering(old.shots["reel/a"], "old"),
        a_rendering(new.shots["reel/a"], "new", submitted_at=NOON + 50),
        a_rendering(new.shots["reel/b"], "child", submitted_at=NOON + 60),
    )
    (told,) = explanations(
        Scene(film=old, facts=facts, stored=frozenset(map(digest, ("old", "new", "child")))), "reel/b"
    )

    assert [(root.cause.before, root.cause.after) for root in told.roots] == [("Z", "A")]


def test_an_unchanged_shot_says_which_attempt_has_its_hash() -> None:
    """Why nothing happens is an answer too."""
    shot = a_shot("film/moon")
    scene = a_scene(shot, facts=[a_rendering(shot)], stored=["a1"], shown={"film/moon": "a1"})
    text = explanations_text(explanations(scene, "film/moon"), {}, realm=Realm.PAID, width=100, style=PLAIN)

    assert text.splitlines()[0].startswith("· film/moon  unchanged     free")
    assert "same request" in text
    assert "take 1 of v1:" in text
    assert "If not" not in text


@pytest.mark.parametrize(
    ("fact", "words"),
    [
        (an_attempt(a_shot(), status=Status.UNKNOWN, task_id=None), "nothing is sent again"),
        (an_attempt(a_shot()), "it is paid for and renders all the same"),
        (a_failure(a_shot()), "nothing was charged; renders/ shows no clip of this shot"),
        (a_rendering(a_shot()), "the clip stays away, and its link dies a day after"),
    ],
    ids=["unknown", "in flight", "failed", "missing"],
)
def test_what_happens_if_nothing_is_applied_is_said_for_every_state(fact: AttemptFact, words: str) -> None:
    """Whatever stands there, doing nothing has a consequence in words."""
    scene = a_scene(a_shot(), facts=[fact])
    told = explanations(scene, "film/moon-walk")

    assert words in " ".join(explanations_text(told, {}, realm=Realm.PAID, width=200, style=PLAIN).split())


def test_explanations_are_valid_by_their_schema() -> None:
    """What machines read is described, chains at any depth included."""
    scene = the_edited_reel()
    told = [row for shot_id in scene.film.shots for row in explanations(scene, shot_id)]
    read_back = json.loads(json.dumps(explain_document(told, realm=Realm.PAID)))

    Draft202012Validator.check_schema(explain_schema())
    Draft202012Validator(explain_schema()).validate(read_back)
    coda = next(each for each in read_back["explanations"] if each["change"]["shot"] == "reel/coda")
    assert coda["links"][0]["behind"][0]["behind"][0]["cause"]["author"]["name"] == "place"
    assert coda["otherwise"].startswith("nothing is paid; renders/reel/coda.mp4 goes on showing take 1 of v1:")


@some
@given(scenes())
def test_every_row_can_be_explained(scene: Scene) -> None:
    """Whatever the film and its history: a row that changes has a reason, one that pays a price, and all are words."""
    for shot_id in {change.shot_id for change in plan_of(scene).changes}:
        told = explanations(scene, shot_id)
        assert told
        for each in told:
            assert each.links or each.change.action is Action.UNCHANGED
            assert bool(each.price) is each.change.pays
        assert explanations_text(told, {}, realm=Realm.PAID, width=80, style=PLAIN)


@given(
    st.builds(
        Terms,
        model=st.just("dreamina-seedance-2-0"),
        resolution=st.sampled_from(["480p", "720p", "1080p"]),
        ratio=st.sampled_from(["16:9", "9:16", "1:1", "21:9"]),
        duration=st.integers(4, 15).map(float),
        videos=st.just(1) | st.just(0),
        input_seconds=st.floats(2, 15, allow_nan=False),
    )
)
def test_the_arithmetic_shown_is_the_arithmetic_done(terms: Terms) -> None:
    """The formula in words, computed, is the number of tokens behind it."""
    terms = replace(terms, input_seconds=round(terms.input_seconds or 0, 3) if terms.videos else None)
    steps = dict(price_steps(terms, Pricing().quote(terms), Pricing(), retries=0))
    formula, _, said = steps["tokens"].partition(" = ")
    computed = eval(formula.replace("×", "*").replace("·", "*"))

    tokens = tokens_of(terms)
    assert tokens is not None
    assert said.partition(":")[0] == count(tokens.low)
    assert tokens.low - 1 <= computed <= tokens.low


@st.composite
def families(draw: st.DrawFn) -> Scene:
    """Four shots, each of which may start from an earlier one; all were rendered, and then some prompts changed."""
    parents = [None, *(draw(st.none() | st.integers(0, place - 1)) for place in (1, 2, 3))]
    words = [draw(st.sampled_from(["A", "B"])) for _ in parents]
    before, after = _family(parents, "AAAA"), _family(parents, words)
    facts = rendered(read(before))
    return Scene(film=read(after), facts=facts, stored=frozenset(digest(each.attempt_id) for each in facts))


def _family(parents: Sequence[int | None], prompts: Sequence[str]) -> dict[str, str]:
    links = ["" if parent is None else f", inputs: [{{ shot: s{parent}, frame: last }}]" for parent in parents]
    shots = [f"s{n}: {{ prompt: {n}{prompts[n]}{link} }}" for n, link in enumerate(links)]
    return {"reel.yaml": a_spec(*shots)}


@some
@given(families())
def test_every_cascade_ends_at_the_edits_that_began_it(scene: Scene) -> None:
    """The roots of a changed shot are exactly the changed prompts of itself and of those that it starts from."""
    for shot_id, shot in scene.film.shots.items():
        edits, walking = set(), shot
        while True:
            if walking.request.prompt.endswith("B"):
                edits.add(walking.id)
            sources = [each.source for each in walking.request.inputs if isinstance(each.source, ShotSource)]
            if not sources:
                break
            walking = scene.film.shots[sources[0].shot]
        paid = [each for each in explanations(scene, shot_id) if each.change.pays]
        assert [{root.shot_id for root in each.roots} for each in paid] == ([edits] if edits else [])


def test_roots_are_edits_alone() -> None:
    """What waits for a render is a reason, and no edit to look at."""
    scene = Scene(film=read(BEFORE))
    (told,) = explanations(scene, "reel/exit")
    links: tuple[Link, ...] = told.links

    assert [link.cause.field for link in links] == ["shot", "parent"]
    assert list(roots_of(links)) == []
