"""How long a clip is to be, by the API page's own precedence."""

from __future__ import annotations

import pytest

from tests.support.reading import a_shot, told_about


@pytest.mark.parametrize(
    ("body", "duration", "frames"),
    [
        ("description: nothing said", 5, None),
        ("duration: 10", 10, None),
        ('seconds: "10"', 10, None),
        ("metadata: { duration: 10 }", 10, None),
        ('duration: 10\nseconds: "5"', 10, None),
        ("duration: 10\nmetadata: { duration: 5 }", 10, None),
        ('seconds: "10"\nmetadata: { duration: 5 }', 10, None),
        ('duration: 0\nseconds: "10"', 10, None),
        ("duration: 0\nmetadata: { duration: 10 }", 10, None),
        ("duration: 0", 5, None),
        ("duration: -1", -1, None),
        ('seconds: "-1"', -1, None),
        ("metadata: { duration: -1 }", -1, None),
        ("metadata: { frames: 121 }", None, 121),
    ],
)
def test_duration_before_seconds_before_metadata(body: str, duration: int | None, frames: int | None) -> None:
    """The top-level duration wins unless it is 0, then seconds, then metadata.duration, then 5."""
    request = a_shot(body).request

    assert (request.duration, request.frames) == (duration, frames)


@pytest.mark.parametrize(
    ("default", "body", "duration", "frames"),
    [
        ("duration: 10", "metadata: { duration: 7 }", 7, None),
        ("duration: 10", 'seconds: "7"', 7, None),
        ("duration: 10", "metadata: { frames: 121 }", None, 121),
        ("metadata: { frames: 121 }", "duration: 7", 7, None),
        ("duration: 10", "duration: 0", 10, None),
        ("duration: 10", "metadata: { seed: 1 }", 10, None),
    ],
)
def test_what_a_shot_says_beats_what_its_defaults_say(
    default: str, body: str, duration: int | None, frames: int | None
) -> None:
    """A length written in a shot, in whatever way, replaces every length of its defaults."""
    shot = a_shot(body, defaults=default)

    assert (shot.request.duration, shot.request.frames) == (duration, frames)
    assert ("duration" in shot.origins, "frames" in shot.origins) == (frames is None, frames is not None)


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ('duration: 10\nseconds: "5"', ['warning durations-differ: "5"']),
        ("duration: 10\nmetadata: { duration: 5 }", ["warning durations-differ: 5"]),
        ('duration: 5\nseconds: "5"\nmetadata: { duration: 5 }', []),
        (
            "duration: 5\nmetadata: { frames: 121 }",
            ["error frames-and-duration: 121", "warning unsupported-frames: 121"],
        ),
        ("duration: 3", ["warning unsupported-duration: 3"]),
        ("duration: 16", ["warning unsupported-duration: 16"]),
        ("duration: -2", ["error bad-duration: -2"]),
        ('seconds: "0"', ['error bad-duration: "0"']),
        ('seconds: "5.5"', ['error bad-seconds: "5.5"']),
        ("seconds: 5", ["error seconds-not-text: 5"]),
        ("duration: 5.0", ["error wrong-type: 5.0"]),
        ("duration: true", ["error wrong-type: true"]),
        ("model: another\nduration: 60", ["warning unknown-model: another"]),
    ],
)
def test_doubtful_lengths_are_said(body: str, told: list[str]) -> None:
    """Two different lengths in one place, and lengths that cannot be, are told at the value that does not count."""
    assert told_about(body) == told
