"""What a run adds to the specs, on the command line and from the environment: --profile, --var, --var-file."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.editing import a_spec
from tests.support.reel import Reel


@pytest.fixture
def reel(tmp_path: Path) -> Reel:
    """One shot with a variable, and a profile."""
    made = Reel(tmp_path)
    made.write(
        "project.yaml", "version: 1\nname: nine-lives\nprofiles: { draft: { metadata: { resolution: 480p } } }\n"
    )
    made.write("film.yaml", a_spec("moon: { prompt: '${hero} on the moon' }", above="vars: { hero: a cat }"))
    return made


def prompt_of(reel: Reel, *words: str) -> tuple[int, str, str | None]:
    """Exit code, the content hash of the only shot, and the profile that the plan names."""
    done = reel.run("plan", "--json", *words)
    document = json.loads(done.out)
    (change,) = document["changes"]
    return done.code, change["content_hash"], document["profile"]


def test_a_profile_a_variable_and_a_file_of_variables_change_what_is_planned(reel: Reel, tmp_path: Path) -> None:
    """Each word makes another request; the command line wins over the file, and the environment stands between."""
    variables = tmp_path / "more.yaml"
    variables.write_text("hero: a dog\n", encoding="utf-8")
    exported = replace(reel, environment={"SEEDANCE_VAR_hero": "a dog"})

    plain, draft = prompt_of(reel), prompt_of(reel, "--profile", "draft")
    dog = prompt_of(reel, "--var", "hero=a dog")

    assert (plain[2], draft[2]) == (None, "draft")
    assert len({plain[1], draft[1], dog[1]}) == 3
    assert prompt_of(reel, "--var-file", str(variables)) == dog
    assert prompt_of(exported) == dog
    assert prompt_of(exported, "--var", "hero=a cat") == plain


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--profile", "drfat"), "did you mean draft?"),
        (("--var", "heor=x"), "did you mean hero?"),
        (("--var", "hero"), "NAME=VALUE"),
        (("--var", "matrix.ratio=1:1"), "NAME=VALUE"),
        (("--var-file", "gone.yaml"), "gone.yaml"),
    ],
)
def test_a_word_that_cannot_be_meant_is_refused(reel: Reel, words: tuple[str, ...], said: str) -> None:
    """Exit 64 with what was meant, before anything is decided."""
    for verb in ("plan", "validate"):
        refused = reel.run(verb, *words)
        assert (refused.code, refused.out) == (64, "")
        assert said in refused.err


def test_a_variable_of_the_environment_must_be_one(reel: Reel) -> None:
    """A name that no spec can use is a typo, and no other variable of the environment is ever read."""
    refused = replace(reel, environment={"SEEDANCE_VAR_2nd": "x"}).run("validate")
    assert (refused.code, "SEEDANCE_VAR_2nd cannot name a variable" in refused.err) == (64, True)

    reel.write("film.yaml", a_spec("moon: { prompt: '${HOME} ${SEEDANCE_PUBLIC_URL}' }"))
    unread = replace(reel, environment={"SEEDANCE_PUBLIC_URL": "https://film.example"}).run("validate")
    assert unread.code == 3
    assert unread.err.count("[undefined-variable]") == 2


def test_a_file_of_variables_is_shown_where_it_is_wrong(reel: Reel, tmp_path: Path) -> None:
    """Its complaints have pictures like those of any spec."""
    variables = tmp_path / "more.yaml"
    variables.write_text("hero: [a, b]\n", encoding="utf-8")
    wrong = reel.run("validate", "--var-file", str(variables))

    assert wrong.code == 3
    assert f"{variables}:1:7: the variable hero wants a text" in wrong.err
    assert "hero: [a, b]" in wrong.err


def test_the_next_step_of_a_plan_is_the_apply_of_that_very_plan(reel: Reel) -> None:
    """What the specs were read with is typed again, quoted for a shell: what was reviewed is what is rendered."""
    done = reel.run("plan", "--sandbox", "--profile", "draft", "--var", "hero=a black cat", "--select", "*moon")

    said = " ".join(done.out.split())
    assert said.endswith(
        "Next: seedance-spec apply --sandbox --profile draft --var 'hero=a black cat' --select '*moon'"
    )
