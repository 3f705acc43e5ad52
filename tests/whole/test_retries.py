"""`retries` from project.yaml to the gateway: agreed to before payment, made by itself, and paid once each."""

from __future__ import annotations

from tests.support.moments import statuses
from tests.support.reel import Reel


def test_a_project_that_allows_a_retry_has_its_clip_after_an_upstream_failure(three_shots: Reel) -> None:
    """One internal error of the upstream: said in the plan, bought again by itself, four POSTs for three takes."""
    three_shots.write("project.yaml", "version: 1\nretries: 1\n")

    done = three_shots.apply("--fault", "internal-error:x1")

    assert done.code == 0, done.err
    assert "with retries" in done.err
    assert "retry 1 of 1" in done.err
    assert three_shots.posts == 4
    assert statuses(three_shots) == ["failed", "succeeded", "succeeded", "succeeded"]


def test_moderation_is_never_retried(three_shots: Reel) -> None:
    """Whatever the project allows, what is the prompt's fault is bought once: exit 4."""
    three_shots.write("project.yaml", "version: 1\nretries: 5\n")

    done = three_shots.apply("--fault", "moderation:prompt~jump")

    assert done.code == 4, done.err
    assert three_shots.posts == 3
