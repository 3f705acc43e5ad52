"""Matrix: one shot for every combination, with ids that never change under your hands."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedance_spec.model.given import Given
from seedance_spec.model.matrix_names import canonical_id, safe_name
from seedance_spec.model.origin import OriginKind
from seedance_spec.model.shot import Shot
from tests.support.editing import a_spec, read
from tests.support.facts import some
from tests.support.reading import a_film, stretch

MODEL = "model: dreamina-seedance-2-0"


def shots_of(
    matrix: str, *, prompt: str = "${matrix.ratio}", more: str = "", given: Given | None = None
) -> dict[str, Shot]:
    """The shots of one shot `banner` with this matrix, by what follows its key."""
    text = f"version: 1\nshots:\n  banner: {{ {MODEL}, prompt: '{prompt}', matrix: {matrix}{more} }}\n"
    shots = read({"film.yaml": text}, given or Given()).shots
    return {name.removeprefix("film/banner"): shot for name, shot in shots.items()}


def prompts(matrix: str, *, prompt: str = "${matrix.ratio}", more: str = "") -> dict[str, str]:
    return {name: shot.request.prompt for name, shot in shots_of(matrix, prompt=prompt, more=more).items()}


def test_every_combination_is_a_shot() -> None:
    """Axes stand in the id in alphabetical order, values as they are written, made file-safe."""
    assert prompts("{ ratio: [16:9, 9:16], lang: [en, de] }", prompt="${matrix.lang} ${matrix.ratio}") == {
        "@lang=en,ratio=16x9": "en 16:9",
        "@lang=en,ratio=9x16": "en 9:16",
        "@lang=de,ratio=16x9": "de 16:9",
        "@lang=de,ratio=9x16": "de 9:16",
    }


def test_a_value_may_stand_in_any_key() -> None:
    """An axis sets nothing by itself: its value stands where the shot puts it, with its type."""
    shots = shots_of("{ s: [4, 8] }", prompt="x", more=", duration: '${matrix.s}', tags: ['len-${matrix.s}']")

    assert {name: (shot.request.duration, shot.tags) for name, shot in shots.items()} == {
        "@s=4": (4, ("len-4",)),
        "@s=8": (8, ("len-8",)),
    }


def test_values_may_have_names_and_fields() -> None:
    """A mapping is several values under one name, and the name is what the id holds."""
    matrix = "{ look: [{ name: noir, words: black and white }, { name: day, words: bright }] }"

    assert prompts(matrix, prompt="${matrix.look}, ${matrix.look.words}") == {
        "@look=noir": "noir, black and white",
        "@look=day": "day, bright",
    }


def test_values_may_be_variables() -> None:
    """What a variable comes to is the value, and its part of the id."""
    shot = "a: { prompt: x, matrix: { ratio: ['${wide}', 1:1] }, metadata: { ratio: '${matrix.ratio}' } }"
    text = a_spec(shot, above="vars: { wide: 16:9 }")
    assert {name: shot.request.ratio for name, shot in read({"film.yaml": text}).shots.items()} == {
        "film/a@ratio=16x9": "16:9",
        "film/a@ratio=1x1": "1:1",
    }


def test_a_named_value_is_meant_by_its_name() -> None:
    """Under `include` and `exclude` the name of a value is enough: its fields come with it."""
    matrix = (
        "{ look: [{ name: noir, words: dark }, { name: day, words: bright }], lang: [en],"
        " exclude: [{ look: day }], include: [{ look: day, lang: fr }] }"
    )

    assert prompts(matrix, prompt="${matrix.lang} ${matrix.look.words}") == {
        "@lang=en,look=noir": "en dark",
        "@lang=fr,look=day": "fr bright",
    }


@pytest.mark.parametrize("values", ["[16:9, 16x9]", "[Noir, noir]", "[a b, a-b]", "['7', 7]"])
def test_two_values_cannot_share_a_part_of_an_id(values: str) -> None:
    """Neither exactly nor but for letter case: one file on some systems."""
    film, complaints = a_film(a_spec(f"a: {{ prompt: '${{matrix.r}}', matrix: {{ r: {values} }} }}"))

    assert [each.code for each in complaints] == ["matrix-values-collide"]
    assert film.shots == {}


def test_exclude_leaves_out_what_matches() -> None:
    """An entry names some axes: every combination with these values goes."""
    assert list(
        prompts(
            "{ ratio: [16:9, 9:16, 1:1], lang: [en, de], exclude: [{ ratio: 1:1 }, { lang: de, ratio: 9:16 }] }",
            prompt="${matrix.lang} ${matrix.ratio}",
        )
    ) == ["@lang=en,ratio=16x9", "@lang=en,ratio=9x16", "@lang=de,ratio=16x9"]


def test_include_adds_keys_and_combinations() -> None:
    """An entry that matches combinations lays its other keys over them; one that matches none adds one."""
    matrix = (
        "{ ratio: [16:9, 9:16], lang: [en], include: [{ ratio: 9:16, takes: 2, metadata: { seed: 1 } },"
        " { ratio: 1:1, lang: fr, prompt: 'en ${matrix.lang}' }] }"
    )
    shots = shots_of(matrix, prompt="${matrix.lang} ${matrix.ratio}", more=", metadata: { watermark: true }")

    assert {name: (s.request.prompt, s.takes, s.request.seed, s.request.watermark) for name, s in shots.items()} == {
        "@lang=en,ratio=16x9": ("en 16:9", 1, None, True),
        "@lang=en,ratio=9x16": ("en 9:16", 2, 1, True),
        "@lang=fr,ratio=1x1": ("en fr", 1, None, True),
    }
    assert shots["@lang=en,ratio=9x16"].origins["takes"].kind is OriginKind.MATRIX
    assert shots["@lang=en,ratio=16x9"].origins["prompt"].kind is OriginKind.SHOT


VALUES = st.lists(
    st.sampled_from(["16:9", "9:16", "1:1", "a b", "Gr\u00fcn", "x.y", "7", "-1", "true"]), min_size=1, unique=True
)


@some
@given(
    axes=st.dictionaries(st.sampled_from(["b", "a", "c_1"]), VALUES, min_size=1),
    data=st.data(),
)
def test_the_order_of_axes_and_values_says_nothing(axes: dict[str, list[str]], data: st.DataObject) -> None:
    """Written in any order, a matrix makes the same shots; one more value renames and changes none of them."""
    prompt = " ".join(f"${{matrix.{axis}}}" for axis in axes)
    names = data.draw(st.permutations(sorted(axes)))
    turned = {axis: data.draw(st.permutations(axes[axis])) for axis in names}
    wider = {**axes, names[0]: [*axes[names[0]], "one-more"]}

    before, after = shots_of(repr(axes), prompt=prompt), shots_of(repr(turned), prompt=prompt)

    assert {name: shot.request for name, shot in after.items()} == {name: shot.request for name, shot in before.items()}
    more = shots_of(repr(wider), prompt=prompt)
    assert {name: more[name].request for name in before} == {name: shot.request for name, shot in before.items()}


@given(st.text(max_size=60))
def test_a_part_of_an_id_is_file_safe_and_stable(value: str) -> None:
    """A name is its own name, short, ASCII, and nothing that an id reserves; or there is none."""
    name = safe_name(value)

    if name is not None:
        assert safe_name(name) == name
        assert name.isascii()
        assert not set(name) & set("@=,/\\: ")
        assert 0 < len(name) <= 41


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("banner", "banner"),
        ("banner@ratio=9:16", "banner@ratio=9x16"),
        ("ep1/banner@ratio=9x16,lang=en", "ep1/banner@lang=en,ratio=9x16"),
        ("banner@", "banner@"),
        ("banner@ratio", "banner@ratio"),
    ],
)
def test_a_reference_may_name_axes_in_any_order(written: str, meant: str) -> None:
    """What a person writes down from the matrix is the id that it made."""
    assert canonical_id(written) == meant


def test_a_matrix_of_more_than_a_thousand_is_refused_before_it_is_made() -> None:
    """Three axes of a hundred values are an error, not a million shots."""
    hundred = str(list(range(100)))
    text = a_spec(f"a: {{ prompt: x, matrix: {{ a: {hundred}, b: {hundred}, c: {hundred} }} }}")
    film, (complaint,) = a_film(text)

    assert (complaint.code, stretch(text, complaint.span)) == ("too-many-combinations", "matrix")
    assert complaint.message == "100 a × 100 b × 100 c make 1,000,000 shots: one matrix may make 1,000"
    assert film.shots == {}


def test_shots_of_a_matrix_are_told_apart_from_their_neighbours() -> None:
    """An error in one combination leaves out that one; the others stand."""
    text = a_spec("a: { prompt: x, matrix: { r: [16:9, wide] }, metadata: { ratio: '${matrix.r}' } }")
    film, (complaint,) = a_film(text)

    assert (complaint.code, complaint.hint.rpartition("; ")[2]) == (
        "unknown-ratio",
        "matrix.r is set at specs/film.yaml:4:39",
    )
    assert list(film.shots) == ["film/a@r=16x9"]
