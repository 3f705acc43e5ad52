"""Chains: a shot that starts from another shot's clip or frame, known before anything is rendered."""

from __future__ import annotations

import pytest

from seedance_spec.content_hash import content_hash
from seedance_spec.model.shot import Film, InputKind, Part, Role, ShotSource, effective_roles
from tests.support.editing import a_spec, read
from tests.support.reading import a_film, told_about


def a_chain(inputs: str, *, parent: str = "prompt: A") -> Film:
    """Two shots: `moon`, and `exit` that starts from these inputs."""
    return read({"film.yaml": a_spec(f"exit: {{ prompt: B, inputs: {inputs} }}", f"moon: {{ {parent} }}")})


@pytest.mark.parametrize(
    ("written", "kind", "part", "role"),
    [
        ("{ shot: moon }", InputKind.VIDEO, Part.VIDEO, Role.REFERENCE_VIDEO),
        ("{ video: { shot: moon } }", InputKind.VIDEO, Part.VIDEO, Role.REFERENCE_VIDEO),
        ("{ shot: moon, frame: last }", InputKind.IMAGE, Part.LAST_FRAME, Role.FIRST_FRAME),
        ("{ shot: moon, frame: first }", InputKind.IMAGE, Part.FIRST_FRAME, Role.FIRST_FRAME),
        (
            "{ shot: film/moon, frame: last, role: reference_image }",
            InputKind.IMAGE,
            Part.LAST_FRAME,
            Role.REFERENCE_IMAGE,
        ),
    ],
)
def test_a_frame_is_an_image_and_a_clip_a_video(written: str, kind: InputKind, part: Part, role: Role) -> None:
    """The source is the parent's content hash, its take and the part; roles are those of any image or video."""
    film = a_chain(f"[{written}]")
    (found,) = film.shots["film/exit"].request.inputs

    parent = content_hash(film.shots["film/moon"].request)
    assert found.kind is kind
    assert found.source == ShotSource(content_hash=parent, take=1, part=part, shot="film/moon")
    assert effective_roles((found,)) == (role,)


@pytest.mark.parametrize(
    ("take", "parent", "expected"),
    [
        ("", "prompt: A", 1),
        ("", "prompt: A, takes: 3, pick: 2", 2),
        ("", "prompt: A, pick: a-7", "a-7"),
        (", take: 3", "prompt: A, takes: 3, pick: 2", 3),
        (", take: a-9", "prompt: A", "a-9"),
    ],
)
def test_the_take_is_the_one_that_the_parent_shows(take: str, parent: str, expected: int | str) -> None:
    """Unless the child names one itself."""
    source = a_chain(f"[{{ shot: moon{take} }}]", parent=parent).shots["film/exit"].request.inputs[0].source

    assert isinstance(source, ShotSource)
    assert source.take == expected


def test_a_changed_parent_changes_every_child_down_the_chain() -> None:
    """Hashes are computed parents first, whatever the order of files and lines."""
    files = {
        "a/end.yaml": a_spec("last: { prompt: C, inputs: [{ shot: b/middle }] }"),
        "b.yaml": a_spec("middle: { prompt: B, inputs: [{ shot: 'c/start@x=1', frame: last }] }"),
        "c.yaml": a_spec("start: { prompt: 'A ${matrix.x}', matrix: { x: [1, 2] } }", "alone: { prompt: D }"),
    }
    before = read(files)
    after = read({**files, "c.yaml": files["c.yaml"].replace("'A ", "'Another ")})

    changed = [name for name in before.shots if before.shots[name].request != after.shots[name].request]
    assert changed == ["a/end/last", "b/middle", "c/start@x=1", "c/start@x=2"]
    assert list(before.shots) == ["a/end/last", "b/middle", "c/start@x=1", "c/start@x=2", "c/alone"]


def test_a_renamed_parent_changes_no_child() -> None:
    """The parent counts by what it asks for, not by its name."""
    named = a_chain("[{ shot: moon }]").shots["film/exit"]
    text = a_spec("exit: { prompt: B, inputs: [{ shot: luna }] }", "luna: { prompt: A }")

    assert content_hash(read({"film.yaml": text}).shots["film/exit"].request) == content_hash(named.request)


def test_the_rules_for_inputs_hold_for_links() -> None:
    """A frame beside a clip mixes modes like any image beside any video."""
    inputs = "[{ shot: a, frame: last, role: first_frame }, { shot: a }]"
    text = a_spec("a: { prompt: A }", f"b: {{ prompt: B, inputs: {inputs} }}")

    assert [each.code for each in a_film(text)[1]] == ["mixed-modes"]


def test_a_shot_whose_parent_has_an_error_is_left_out_without_a_word_of_its_own() -> None:
    """The parent's error is said once; no shot is planned on top of it."""
    text = a_spec(
        "a: { prompt: A, takes: 0 }",
        "b: { prompt: B, inputs: [{ shot: a }] }",
        "c: { prompt: C, inputs: [{ shot: b }] }",
        "d: { prompt: D }",
    )
    film, complaints = a_film(text)

    assert [each.code for each in complaints] == ["bad-takes"]
    assert list(film.shots) == ["film/d"]


def test_a_circle_takes_nothing_with_it_but_itself_and_what_hangs_on_it() -> None:
    """Shots beside the circle stay, and the circle is one complaint."""
    links = [
        f"{child}: {{ prompt: {child}, inputs: [{{ shot: {parent} }}] }}" for child, parent in ("ab", "bc", "cb", "de")
    ]
    film, complaints = a_film(a_spec(*links, "e: { prompt: e }"))

    assert [(each.code, str(each.span)) for each in complaints] == [("chain-cycle", "specs/film.yaml:5:36")]
    assert list(film.shots) == ["film/d", "film/e"]


def test_a_long_chain_is_read_like_any_other() -> None:
    """Two thousand links deep: nothing overflows."""
    shots = [f"s{n}: {{ prompt: x, inputs: [{{ shot: s{n + 1} }}] }}" for n in range(2000)]
    film, complaints = a_film(a_spec(*shots, "s2000: { prompt: x }"))

    assert complaints == ()
    assert len({content_hash(shot.request) for shot in film.shots.values()}) == 2001


def test_a_seed_and_several_takes_are_a_warning_at_the_seed() -> None:
    """They may come out alike, and each is paid for."""
    assert told_about("takes: 2\nmetadata: { seed: 7 }") == ["warning seed-fixes-takes: 7"]
    assert told_about("takes: 2") == []
