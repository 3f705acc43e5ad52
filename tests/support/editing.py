"""Two readings of one project: what was rendered after the first, and the plan after an edit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from seedance_spec.content_hash import content_hash
from seedance_spec.lockfile.facts import AttemptFact, Label
from seedance_spec.model.chain import HashOf
from seedance_spec.model.given import NOTHING_GIVEN, Given
from seedance_spec.model.shot import Film
from seedance_spec.plan.change import Plan
from tests.support.deciding import Scene, a_rendering
from tests.support.facts import digest
from tests.support.reading import a_film


def a_spec(*shots: str, above: str = "") -> str:
    """A spec file of shots, each as `key: { … }`, whose model is met by defaults; `above` are more keys of the file."""
    lines = "".join(f"  {shot}\n" for shot in shots)
    return f"version: 1\ndefaults: {{ model: dreamina-seedance-2-0 }}\n{above and above + chr(10)}shots:\n{lines}"


def read(files: Mapping[str, str], given: Given = NOTHING_GIVEN, *, hash_of: HashOf = content_hash) -> Film:
    """The film of these files under specs/. Fails on any error."""
    specs = {name: text for name, text in files.items() if name != "project.yaml"}
    film, told = a_film(files=specs, project=files.get("project.yaml"), given=given, hash_of=hash_of)
    assert [each for each in told if each.severity == "error"] == []
    return film


def rendered(film: Film, *, but: frozenset[str] = frozenset()) -> tuple[AttemptFact, ...]:
    """One finished take of every shot (`but` some), bought under the film's profile."""
    return tuple(
        replace(a_rendering(shot, shot_id), label=Label(shot=shot_id, profile=film.profile))
        for shot_id, shot in film.shots.items()
        if shot_id not in but
    )


def a_plan(film: Film, facts: tuple[AttemptFact, ...]) -> Plan:
    """What must happen to the film after these takes, all of whose clips are in the store."""
    stored = frozenset(digest(each.attempt_id) for each in facts)
    return Scene(film=film, facts=facts, stored=stored).plan()


def edited(before: Mapping[str, str], edit: Mapping[str, str], given: Given = NOTHING_GIVEN) -> Plan:
    """The plan after `edit` replaced some files of a project whose every shot was rendered."""
    return a_plan(read({**before, **edit}, given), rendered(read(before)))
