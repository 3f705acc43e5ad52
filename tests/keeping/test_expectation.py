"""A clip that differs from what was asked is kept and remarked on; only what is no clip is refused."""

from __future__ import annotations

from dataclasses import replace

import pytest

from seedance_spec.clips.expectation import (
    ClipFacts,
    Expectation,
    disagreements,
    expectation_of,
    fatal_fault,
)
from seedance_spec.model.frame_sizes import PIXELS
from seedance_spec.model.shot import Request
from tests.support.clips import TASK

FACTS = ClipFacts(
    width=1280, height=720, fps=24.0, frames=121, packets=121, seconds=121 / 24, codec="h264", has_audio=True
)
REQUEST = Request(model="dreamina-seedance-2-0", prompt="a cat", ratio="16:9")
EXPECTED = Expectation(sizes=frozenset({(1280, 720)}), frames=121, fps=24, audio=True)
SAID = replace(TASK, frames=None, duration=7, resolution="480p", ratio="1:1", frames_per_second=24)


def test_what_the_author_wrote_is_what_is_expected() -> None:
    """Resolution and ratio give the size, seconds give 24·s+1 frames, and the task's own words come second."""
    assert expectation_of(REQUEST, SAID) == EXPECTED
    assert expectation_of(REQUEST, None) == EXPECTED
    assert expectation_of(replace(REQUEST, duration=None, frames=57), SAID).frames == 57


def test_what_the_author_left_open_is_what_the_task_says_it_made() -> None:
    """An adaptive ratio and a duration of -1 are decided by the upstream, which reports them."""
    open_request = replace(REQUEST, ratio="adaptive", duration=-1, resolution="480p")

    assert expectation_of(open_request, SAID) == replace(EXPECTED, sizes=frozenset({(640, 640)}), frames=169)


def test_what_nobody_said_is_not_expected() -> None:
    """An adaptive ratio without a report allows every size of its resolution; an unknown resolution any size."""
    adaptive = replace(REQUEST, ratio="adaptive", duration=-1)

    assert expectation_of(adaptive, None) == replace(EXPECTED, sizes=frozenset(PIXELS["720p"].values()), frames=None)
    assert expectation_of(replace(REQUEST, resolution="4k"), None).sizes == frozenset()
    assert expectation_of(None, None) == Expectation(fps=24)


def test_a_clip_as_it_should_be_gives_no_warning() -> None:
    """Agreement is silent, and one frame more or less is agreement."""
    assert disagreements(FACTS, EXPECTED) == ()
    assert disagreements(replace(FACTS, frames=120), EXPECTED) == ()
    assert disagreements(FACTS, Expectation()) == ()


@pytest.mark.parametrize(
    ("facts", "warning"),
    [
        (replace(FACTS, width=960, height=960), "the clip is 960×960 pixels, expected 1280×720"),
        (replace(FACTS, fps=30.0), "the clip runs at 30 frames per second, expected 24"),
        (
            replace(FACTS, frames=241, packets=241, seconds=10.0),
            "the clip has 241 frames (10.0 s), expected 121 (5.0 s)",
        ),
        (replace(FACTS, has_audio=False), "the clip has no sound track"),
    ],
)
def test_a_difference_is_a_warning_and_no_fault(facts: ClipFacts, warning: str) -> None:
    """A served clip of another size, rate, length or sound is still the clip that was paid for."""
    assert disagreements(facts, EXPECTED) == (warning,)
    assert fatal_fault(facts) is None


def test_sound_where_none_was_asked_for_is_remarked_on() -> None:
    """The warning names the direction of the difference."""
    assert disagreements(FACTS, replace(EXPECTED, audio=False)) == ("the clip has a sound track, expected none",)


@pytest.mark.parametrize(
    ("facts", "fault"),
    [
        (replace(FACTS, codec=None), "it holds no picture track"),
        (replace(FACTS, frames=0, packets=0), "it holds no picture"),
        (replace(FACTS, packets=80), "it holds 80 of the 121 frames that its index promises: it is cut"),
    ],
)
def test_what_is_no_clip_at_all_is_fatal(facts: ClipFacts, fault: str) -> None:
    """Without pictures, or with fewer than promised, the bytes are not what was bought."""
    assert fatal_fault(facts) == fault


def test_the_table_of_sizes_is_the_upstreams() -> None:
    """Three resolutions by six ratios, each size even, its shape near its ratio's."""
    for ratios in PIXELS.values():
        for ratio, (width, height) in ratios.items():
            across, down = map(int, ratio.split(":"))
            assert width % 2 == height % 2 == 0
            assert width / height == pytest.approx(across / down, rel=0.03)
    assert sum(len(ratios) for ratios in PIXELS.values()) == 18
