"""Who is behind a change: shot, default, project, profile, variable, matrix, bytes or parent, each at its place."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedance_spec.model.given import NOTHING_GIVEN, Given
from seedance_spec.plan.change import AuthorKind, Plan
from seedance_spec.plan.edits import edits_of
from seedance_spec.plan.style import PLAIN
from seedance_spec.plan.text import plan_text
from tests.support.editing import a_plan, a_spec, edited, read, rendered
from tests.support.facts import some

PROJECT = """\
version: 1
name: nine-lives
vars: { hero: a tabby cat, look: "${grain}, hard light", grain: soft grain, seconds: 5 }
defaults: { model: dreamina-seedance-2-0, metadata: { ratio: 16:9 } }
profiles: { draft: { metadata: { resolution: 480p } } }
"""
REEL = """\
version: 1
defaults: { duration: "${seconds}" }
shots:
  moon: { prompt: "${hero} on the moon" }
  sun: { prompt: "${hero} by the sun, ${look}" }
  nobody: { prompt: an empty sea, metadata: { seed: 1 } }
  poster: { prompt: "${hero}, ${matrix.mood}", matrix: { mood: [calm] } }
  exit: { prompt: goes on, inputs: [{ shot: moon, frame: last }] }
"""
FILES: Mapping[str, str] = {"project.yaml": PROJECT, "reel.yaml": REEL}


def authors(plan: Plan) -> dict[str, list[str]]:
    """By shot, every cause of what is paid for as `field: author (place)`."""
    found: dict[str, list[str]] = {}
    for change in plan.paid:
        for cause in change.causes:
            assert cause.author is not None
            name = " ".join(each for each in (cause.author.kind.value, cause.author.name) if each)
            found.setdefault(change.shot_id.removeprefix("reel/"), []).append(f"{cause.field}: {name} ({cause.span})")
    return found


def replaced(file: str, old: str, new: str) -> Mapping[str, str]:
    assert old in FILES[file]
    return {file: FILES[file].replace(old, new)}


@pytest.mark.parametrize(
    ("edit", "given", "expected"),
    [
        (
            replaced("reel.yaml", "on the moon", "at the moon"),
            NOTHING_GIVEN,
            {
                "moon": ["prompt: shot (specs/reel.yaml:4:19)"],
                "exit": ["parent: parent reel/moon (specs/reel.yaml:8:45)"],
            },
        ),
        (
            replaced("project.yaml", "soft grain", "coarse grain"),
            NOTHING_GIVEN,
            {"sun": ["prompt: variable grain (specs/project.yaml:3:65)"]},
        ),
        (
            replaced("project.yaml", "ratio: 16:9", "ratio: 1:1"),
            NOTHING_GIVEN,
            {
                **{
                    name: ["ratio: project default (specs/project.yaml:4:62)"]
                    for name in ("moon", "sun", "nobody", "poster@mood=calm")
                },
                "exit": [
                    "parent: parent reel/moon (specs/reel.yaml:8:45)",
                    "ratio: project default (specs/project.yaml:4:62)",
                ],
            },
        ),
        (
            replaced("reel.yaml", "seed: 1", "seed: 2"),
            NOTHING_GIVEN,
            {"nobody": ["seed: shot (specs/reel.yaml:6:53)"]},
        ),
        (
            {},
            Given(arguments={"look": "fog"}),
            {"sun": ["prompt: command line look (None)"]},
        ),
        (
            {},
            Given(environment={"hero": "a dog"}),
            {
                **{name: ["prompt: environment hero (None)"] for name in ("moon", "sun", "poster@mood=calm")},
                "exit": ["parent: parent reel/moon (specs/reel.yaml:8:45)"],
            },
        ),
    ],
)
def test_every_cause_goes_back_to_who_wrote_it(
    edit: Mapping[str, str], given: Given, expected: Mapping[str, list[str]]
) -> None:
    """One edit, and the plan says at which place of which layer it was made."""
    found = authors(edited(FILES, edit, given))

    assert {name: sorted(causes) for name, causes in found.items()} == {
        name: sorted(causes) for name, causes in expected.items()
    }


def test_a_variable_says_its_own_values() -> None:
    """The cause holds both whole prompts, and its author what the variable was and is."""
    (change,) = edited(FILES, replaced("project.yaml", "soft grain", "coarse grain")).paid
    (cause,) = change.causes

    assert cause.author is not None
    assert (cause.before, cause.after) == (
        "a tabby cat by the sun, soft grain, hard light",
        "a tabby cat by the sun, coarse grain, hard light",
    )
    assert (cause.author.kind, cause.author.before, cause.author.after) == (
        AuthorKind.VARIABLE,
        "soft grain",
        "coarse grain",
    )


def test_a_number_behind_a_variable_is_blamed_on_the_variable() -> None:
    """A value that is nothing but a variable changes with it."""
    plan = edited(FILES, replaced("project.yaml", "seconds: 5", "seconds: 6"))

    assert authors(plan)["moon"] == ["duration: variable seconds (specs/project.yaml:3:86)"]


def test_words_around_a_variable_are_the_texts_own() -> None:
    """Where the text itself changed too, it is the text that is pointed at, with the whole difference."""
    edit = {**replaced("reel.yaml", "on the moon", "at the moon"), **replaced("project.yaml", "tabby", "black")}

    assert authors(edited(FILES, edit))["moon"] == ["prompt: shot (specs/reel.yaml:4:19)"]


def test_one_variable_that_changes_many_shots_is_one_edit() -> None:
    """Whatever the prompts are that it stands in, and through what starts from them; its row is told once, and the
    footer counts.
    """
    plan = edited(FILES, replaced("project.yaml", "a tabby cat", "a black cat"))
    (edit,) = edits_of(plan).shared

    assert edit.shots == ("reel/moon", "reel/sun", "reel/poster@mood=calm", "reel/exit")
    text = plan_text(plan, width=100, style=PLAIN)
    assert text.count("a tabby cat → a black cat") == 2
    assert (
        "Why:  1 edit explains 4 of 4\n      specs/project.yaml:3:15  variable hero: a tabby cat → a black cat" in text
    )


def test_a_word_of_the_command_line_is_its_own_place() -> None:
    """No file holds it: the option is named where a place would stand."""
    text = plan_text(edited(FILES, {}, Given(arguments={"hero": "a dog"})), width=100, style=PLAIN)

    assert "prompt          a tabby cat → a dog  --var hero  (variable hero; also changes 3 other shots)" in text


def test_a_profile_is_blamed_by_name() -> None:
    """What an overlay wrote is said to be the profile's, at its place."""
    draft = Given(profile="draft")
    before = rendered(read(FILES, draft))
    after = read({**FILES, **replaced("project.yaml", "480p", "1080p")}, draft)

    assert authors(a_plan(after, before))["moon"] == ["resolution: profile draft (specs/project.yaml:5:46)"]


def test_a_new_value_of_a_matrix_is_why_its_shots_are_new() -> None:
    """The value and its place are named; one value that makes several shots is one edit."""
    moods = "matrix: { mood: [calm, wild], lang: [en, de] }, tags: ['${matrix.lang}']"
    before = {**FILES, **replaced("reel.yaml", "matrix: { mood: [calm] }", moods.replace(", wild", ""))}
    plan = edited(before, {"reel.yaml": before["reel.yaml"].replace("mood: [calm]", "mood: [calm, wild]")})

    assert [(change.shot_id, [cause.text for cause in change.causes]) for change in plan.changes if change.pays] == [
        ("reel/poster@lang=en,mood=wild", ["its axis mood gained wild"]),
    ]
    assert str(plan.paid[0].causes[0].span) == "specs/reel.yaml:7:71"


words = st.text(st.sampled_from("ab ,x"), max_size=5)


@some
@given(before=words, between=words, after=words, values=st.tuples(words, words, words, words))
def test_only_a_variable_that_changed_is_blamed(
    before: str, between: str, after: str, values: tuple[str, str, str, str]
) -> None:
    """Whatever stands around two variables: one that stayed is never blamed."""
    old_a, old_b, new_a, new_b = values

    def film(a: str, b: str) -> Mapping[str, str]:
        shot = f"s: {{ prompt: 'p{before}${{a}}{between}${{b}}{after}q' }}"
        return {"reel.yaml": a_spec(shot, above=f"vars: {{ a: '{a}', b: '{b}' }}")}

    plan = edited(film(old_a, old_b), film(new_a, new_b))
    changed = {("a", old_a, new_a), ("b", old_b, new_b)} - {("a", old_a, old_a), ("b", old_b, old_b)}

    for change in plan.paid:
        named = {(c.author.name, c.author.before, c.author.after) for c in change.causes if c.author and c.author.name}
        assert change.causes
        assert not named or {name for name, _, _ in named} <= {name for name, _, _ in changed}
