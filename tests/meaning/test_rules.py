"""Rules per model are data: what the API page forbids is an error, what only the upstream documents is a warning."""

from __future__ import annotations

from dataclasses import fields

import pytest

from seedance_spec.model.rules import RULES
from seedance_spec.model.shot import Request
from seedance_spec.specfiles.diagnostic import Severity
from tests.support.reading import a_film, a_shot, spec, told_about

FAST = "model: dreamina-seedance-2-0-fast"


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("metadata: { ratio: adaptive }", []),
        ("metadata: { ratio: 21:9 }", []),
        ("metadata: { ratio: 16x9 }", ["error unknown-ratio: 16x9"]),
        ("metadata: { ratio: Adaptive }", ["error unknown-ratio: Adaptive"]),
        ("metadata: { resolution: 1080p }", []),
        ("metadata: { resolution: 4k }", ["warning untried-resolution: 4k"]),
        ("metadata: { resolution: 1440p }", ["warning untried-resolution: 1440p"]),
        ("metadata: { resolution: HD }", ["error unknown-resolution: HD"]),
        ("metadata: { resolution: 720P }", ["error unknown-resolution: 720P"]),
        (f"{FAST}\nmetadata: {{ resolution: 1080p }}", ["warning unsupported-resolution: 1080p"]),
        ("metadata: { seed: 0 }", []),
        ("metadata: { seed: 2147483647 }", []),
        ("metadata: { seed: 2147483648 }", ["error seed-out-of-range: 2147483648"]),
        ("metadata: { seed: -1 }", ["error seed-out-of-range: -1"]),
        ("metadata: { camera_fixed: false }", []),
        ("metadata: { camera_fixed: true }", ["warning unsupported-camera-fixed: true"]),
        ("metadata: { draft: false }", []),
        ("metadata: { draft: true }", ["warning unsupported-draft: true"]),
        ("metadata: { service_tier: priority }", []),
        ("metadata: { service_tier: flex }", ["warning unsupported-service-tier: flex"]),
        ("metadata: { service_tier: turbo }", ["warning unknown-service-tier: turbo"]),
        ("metadata: { execution_expires_after: 3600 }", []),
        ("metadata: { execution_expires_after: 3599 }", ["warning unsupported-expiry: 3599"]),
        ("metadata: { execution_expires_after: 259201 }", ["warning unsupported-expiry: 259201"]),
        ("metadata: { execution_expires_after: 1h }", ["error wrong-type: 1h"]),
        ("model: dreamina-seedance-2", ["warning unknown-model: dreamina-seedance-2"]),
        ("model: other\nmetadata: { camera_fixed: true, frames: 121 }", ["warning unknown-model: other"]),
        ('model: ""', ["error model-required: moon", 'warning unknown-model: ""']),
        ("takes: 20", []),
        ("takes: 21", ["error bad-takes: 21"]),
        ("pick: 0", ["error bad-pick: 0"]),
        ('pick: ""', ['error bad-pick: ""']),
        ("prompt: one --dur 10", ["warning option-in-prompt: one --dur 10"]),
        ("prompt: a well--known cat", []),
    ],
)
def test_each_value_is_held_against_its_rules(body: str, told: list[str]) -> None:
    """Both sides of every bound: what is said about a value, at the value."""
    assert told_about(body) == told


@pytest.mark.parametrize(
    ("prompt", "told"),
    [("word " * 1000, []), ("word " * 1001, ["long-prompt"]), ("猫" * 500, []), ("猫" * 501, ["long-prompt"])],
)
def test_very_long_prompts_are_warned_about(prompt: str, told: list[str]) -> None:
    """More than the recommended length is a warning, counted in words or in ideographs."""
    _, complaints = a_film(spec(f"prompt: {prompt}"))

    assert [(each.code, each.severity) for each in complaints] == [(code, Severity.WARNING) for code in told]


def test_every_rule_is_about_a_field_and_names_its_source() -> None:
    """The table's fields exist, its codes are unique, and errors come from the API page alone."""
    known = {each.name for each in fields(Request)}

    assert {rule.field for rule in RULES} <= known
    assert len({rule.code for rule in RULES}) == len(RULES)
    for rule in RULES:
        assert rule.source.startswith("API page" if rule.severity is Severity.ERROR else ("API page", "upstream: "))


def test_defaults_are_the_apis() -> None:
    """A shot that says the least asks for the API's defaults, written out."""
    assert a_shot("description: x").request == Request(
        model="dreamina-seedance-2-0",
        prompt="A cat on the moon",
        duration=5,
        resolution="720p",
        ratio="adaptive",
        watermark=False,
        generate_audio=True,
    )


def test_everything_that_can_be_said_arrives_in_the_shot() -> None:
    """Every key of the API page and of ours is taken over."""
    shot = a_shot(
        """
        prompt: A cat, $${5} richer
        takes: 3
        pick: 2
        description: the opening
        tags: [hero, ep1]
        duration: 7
        metadata: { resolution: 480p, ratio: 9:16, seed: 7, camera_fixed: false, watermark: true, generate_audio: false,
                    draft: false, service_tier: default, execution_expires_after: 7200, return_last_frame: true }
        """
    )

    assert (shot.takes, shot.pick, shot.description, shot.tags) == (3, 2, "the opening", ("hero", "ep1"))
    assert shot.request == Request(
        model="dreamina-seedance-2-0",
        prompt="A cat, ${5} richer",
        duration=7,
        resolution="480p",
        ratio="9:16",
        seed=7,
        camera_fixed=False,
        watermark=True,
        generate_audio=False,
        draft=False,
        service_tier="default",
        execution_expires_after=7200,
        return_last_frame=True,
    )


def test_a_pick_may_be_an_attempt_id() -> None:
    """A spare take is chosen by its attempt id."""
    assert a_shot("pick: r-7f3a").pick == "r-7f3a"
