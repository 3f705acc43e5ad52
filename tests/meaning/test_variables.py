"""Variables: what `${name}` comes to, which layer wins, and every way it can go wrong."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedance_spec.model.given import Given
from seedance_spec.model.origin import OriginKind, Use
from seedance_spec.model.template import escaped, parts_of
from seedance_spec.specfiles.found import SpecFile
from tests.support.editing import a_spec, read
from tests.support.reading import a_film, stretch

PROJECT = """\
version: 1
vars: { hero: project, place: { name: moon, light: "${tone} light" }, tone: cold }
defaults: { model: dreamina-seedance-2-0, prompt: "${hero} on the ${place.name}" }
profiles: { draft: { vars: { hero: profile } } }
"""
FILM = "version: 1\nvars: { hero: file }\nshots:\n  one: {}\n"


def prompt_of(body: str, *, variables: str = "{}", given: Given | None = None) -> str:
    """The prompt of a shot with this body, in a file with these variables."""
    text = f"version: 1\nvars: {variables}\nshots:\n  one: {{ model: dreamina-seedance-2-0, {body} }}\n"
    return read({"film.yaml": text}, given or Given()).shots["film/one"].request.prompt


def told(text: str, *, project: str | None = None, given: Given | None = None) -> list[str]:
    """`code: stretch — hint` of every complaint about specs/film.yaml."""
    _, complaints = a_film(text, project=project, given=given or Given())
    return [f"{each.code}: {stretch(text, each.span)} — {each.hint}" for each in complaints]


@pytest.mark.parametrize(
    ("given", "prompt"),
    [
        (Given(), "file on the moon"),
        (Given(profile="draft"), "profile on the moon"),
        (Given(profile="draft", files=(SpecFile(path="v.yaml", text="hero: extra\n"),)), "extra on the moon"),
        (
            Given(environment={"hero": "exported"}, files=(SpecFile(path="v.yaml", text="hero: extra\n"),)),
            "exported on the moon",
        ),
        (Given(environment={"hero": "exported"}, arguments={"hero": "typed"}), "typed on the moon"),
    ],
)
def test_the_nearest_layer_wins(given: Given, prompt: str) -> None:
    """project.yaml < spec file < profile < --var-file < environment < --var."""
    film = read({"project.yaml": PROJECT, "film.yaml": FILM}, given)

    assert film.shots["film/one"].request.prompt == prompt


def test_groups_are_merged_name_by_name() -> None:
    """A file may set one variable of a group; the others stay. Null takes one away."""
    files = {
        "project.yaml": PROJECT,
        "film.yaml": a_spec("one: { prompt: '${place.name} ${place.light}' }", above="vars: { place: { name: sun } }"),
    }
    assert read(files).shots["film/one"].request.prompt == "sun cold light"
    gone = "version: 1\nvars: { place: ~ }\nshots: { one: { prompt: '${place.light}' } }\n"
    (complaint,) = told(gone, project=PROJECT)
    assert complaint == (
        "undefined-variable: ${place.light} — write it under vars: in specs/film.yaml or specs/project.yaml,"
        " or give --var place.light=…; $${ stands for a plain ${"
    )


def test_a_variable_replaces_a_group_and_a_group_a_variable() -> None:
    """The higher layer's shape counts."""
    assert (
        prompt_of("prompt: '${place}'", variables="{ place: { name: a } }", given=Given(arguments={"place": "b"}))
        == "b"
    )
    assert prompt_of("prompt: '${a.b}'", variables="{ a: x }", given=Given(arguments={"a.b": "y"})) == "y"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("prompt: x, duration: '${n}'", ("duration", 7)),
        ("prompt: x, metadata: { watermark: '${yes}' }", ("watermark", True)),
        ("prompt: x, metadata: { ratio: '${shape}' }", ("ratio", "16:9")),
        ("prompt: 'for ${n} s, ${yes}, ${decimal}'", ("prompt", "for 7 s, true, 1.10")),
        ("prompt: '${twice}'", ("prompt", "cat cat")),
        ("prompt: '$${n} is ${n}'", ("prompt", "${n} is 7")),
        ("prompt: x, model: '${model}'", ("model", "dreamina-seedance-2-0-fast")),
    ],
)
def test_a_lone_variable_keeps_its_type(body: str, expected: tuple[str, object]) -> None:
    """A value that is one variable has that variable's type; inside a text it is spelled as it was written."""
    variables = (
        "{ n: 7, yes: true, decimal: 1.10, shape: 16:9, cat: cat, twice: '${cat} ${cat}',"
        " model: dreamina-seedance-2-0-fast }"
    )
    model = "" if "model:" in body else "model: dreamina-seedance-2-0, "
    text = f"version: 1\nvars: {variables}\nshots: {{ one: {{ {model}{body} }} }}\n"
    name, value = expected

    assert getattr(read({"film.yaml": text}).shots["film/one"].request, name) == value


@pytest.mark.parametrize(
    ("typed", "value"), [("7", 7), ('"7"', "7"), ("true", True), ("16:9", "16:9"), ("", ""), ("null", "null")]
)
def test_the_shells_values_are_read_as_yaml(typed: str, value: object) -> None:
    """`--var n=7` is a number; quotes that reach the program make it a text; nothing is null."""
    text = "version: 1\nshots: { one: { model: m, prompt: 'x${n}', description: '${n}', duration: '${n}' } }\n"
    _, complaints = a_film(text, given=Given(arguments={"n": typed}))
    wrong = {each.message.partition(" wants")[0] for each in complaints if each.code == "wrong-type"}

    assert wrong == (
        {"duration"} if isinstance(value, str) else {"description"} | ({"duration"} if value is True else set())
    )


def test_values_from_outside_are_no_templates() -> None:
    """What the shell or the environment gives is taken as it is: a `${` in it names nothing."""
    given = Given(arguments={"a": "${b}"}, environment={"c": "$${d}"})

    assert prompt_of("prompt: '${a} ${c}'", given=given) == "${b} $${d}"


@given(st.text(st.sampled_from("${}a.\n b"), max_size=20))
def test_an_escaped_text_is_itself(text: str) -> None:
    """Writing `$${` for every `${` makes a text mean exactly what it says."""
    assert "".join(str(part) for part in parts_of(escaped(text))) == text


KNOWN = ["hero.name", "hero.coat", "place"]


@given(
    before=st.text(st.sampled_from("ab \u00e9猫"), max_size=8),
    known=st.sampled_from(KNOWN),
    data=st.data(),
)
def test_a_typo_is_pointed_at_exactly_with_what_was_meant(before: str, known: str, data: st.DataObject) -> None:
    """The caret stands under `${…}`, whatever stands before it, and the variable that was meant is named."""
    at = data.draw(st.integers(1, len(known) - 2))
    typo = known[:at] + known[at + 1] + known[at] + known[at + 2 :]
    if typo in KNOWN or "." in (typo[0], typo[-1]) or ".." in typo:
        return
    text = (
        "version: 1\nvars: { hero: { name: a, coat: b }, place: c }\n"
        f"shots:\n  one:\n    model: dreamina-seedance-2-0\n    prompt: 'x{before}${{{typo}}} y'\n"
    )
    (complaint,) = a_film(text)[1]

    assert (complaint.code, stretch(text, complaint.span)) == ("undefined-variable", f"${{{typo}}}")
    assert complaint.span is not None
    assert complaint.span.column == len(f"    prompt: 'x{before}") + 1
    assert complaint.hint.startswith(f'did you mean "{known}"? It is set by specs/film.yaml:2:')


def test_a_circle_of_variables_is_one_error_with_its_path() -> None:
    """Whichever shot asks first, and from whichever variable, the circle is said once, with every place."""
    text = "version: 1\nvars: { b: '${c}', c: 'x ${b}' }\nshots:\n"
    shots = "".join(f"  s{n}: {{ model: m, prompt: '${{{name}}}' }}\n" for n, name in enumerate("cbc"))
    _, complaints = a_film(text + shots)

    (circle,) = [each for each in complaints if each.code == "variable-cycle"]
    assert circle.message == ("variables that need each other: b (specs/film.yaml:2:12) → c (specs/film.yaml:2:23) → b")


def test_variables_cannot_grow_without_end() -> None:
    """A few lines cannot fill the memory: doubled thirty times, a text is refused and not made."""
    doubled = ", ".join(f"v{n}: '${{v{n + 1}}}${{v{n + 1}}}'" for n in range(30))
    text = f"version: 1\nvars: {{ {doubled}, v30: moon }}\nshots: {{ a: {{ model: m, prompt: '${{v0}}' }} }}\n"

    assert [each.code for each in a_film(text)[1] if each.severity == "error"] == ["text-too-long"]


def test_an_unused_variable_in_a_file_is_fine_and_an_unused_argument_is_not() -> None:
    """A project may define more than it uses; a word of the command line was meant to change something."""
    text = (
        "version: 1\nvars: { hero: a, spare: b }\nshots: { one: { model: dreamina-seedance-2-0, prompt: '${hero}' } }\n"
    )

    assert told(text, given=Given(environment={"x": "1"})) == []
    assert told(text, given=Given(arguments={"heor": "1"})) == ["unused-variable: nothing — did you mean hero?"]


def test_a_wrong_value_names_the_variable_it_came_from() -> None:
    """The complaint stands where the value is used, and its hint leads to where it is set."""
    shot = "a: { model: dreamina-seedance-2-0, prompt: x, metadata: { ratio: '${shape}' } }"
    text = f"version: 1\nvars: {{ shape: wide }}\nshots: {{ {shot} }}\n"

    (complaint,) = told(text)
    assert complaint == (
        "unknown-ratio: '${shape}' — use 16:9, 9:16, 1:1, 4:3, 3:4, 21:9 or adaptive;"
        " shape is set at specs/film.yaml:2:16"
    )
    assert told(text, given=Given(arguments={"shape": "tall"}))[0].endswith("; shape comes from --var")


def test_keys_and_shot_ids_are_never_expanded() -> None:
    """`${` in a key is no variable, and no key can hold it."""
    text = "version: 1\nvars: { a: b }\nshots: { '${a}': { model: dreamina-seedance-2-0, prompt: x } }\n"

    assert [each.partition(":")[0] for each in told(text)] == ["bad-shot-key"]


def test_a_key_to_the_gateway_is_refused_in_a_variable_from_outside() -> None:
    """What a variable holds is sent and recorded: a key must not get there, and no message shows it."""
    key = "sk-NotARealKey00000"
    text = "version: 1\nshots: { one: { model: dreamina-seedance-2-0, prompt: '${a}' } }\n"
    film, complaints = a_film(text, given=Given(arguments={"a": key}))

    assert [each.code for each in complaints] == ["key-in-spec"]
    assert key not in repr(complaints)
    assert film.shots == {}


def test_an_origin_knows_what_a_text_is_made_of() -> None:
    """Texts and variables in turn, each with the place where it is set, variables inside of variables too."""
    film = read({"project.yaml": PROJECT, "film.yaml": FILM.replace("{}", "{ prompt: 'By ${place.light}' }")})
    origin = film.shots["film/one"].origins["prompt"]

    assert (origin.kind, str(origin.span)) == (OriginKind.SHOT, "specs/film.yaml:4:18")
    lead, use = origin.pieces
    assert lead == "By "
    assert isinstance(use, Use)
    assert (use.name, use.text, str(use.span)) == ("place.light", "cold light", "specs/project.yaml:2:52")
    inner = use.pieces[0]
    assert isinstance(inner, Use)
    assert (inner.name, inner.text, inner.kind) == ("tone", "cold", OriginKind.VARIABLE)
