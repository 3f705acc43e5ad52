"""How long a rendering will take: the project's own times by kind, the usual figure while there are few."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedance_spec.lockfile.facts import AttemptFact, Reporter, Status
from seedance_spec.model.shot import Input, InputKind, UrlSource
from seedance_spec.plan.durations import NO_HISTORY, Durations, Expected
from seedance_spec.plan.progress import Progress
from seedance_spec.realm import Realm
from tests.support.deciding import NOON, a_rendering, a_request, a_scene, a_shot

A_VIDEO = Input(kind=InputKind.VIDEO, source=UrlSource(url="https://example.test/cat.mp4"))
MINUTE = 60


def rendered_in(seconds: float, nth: int = 1, *, after: int = 0, **asked: Any) -> AttemptFact:
    """The n-th rendering of such a request, as long as the gateway's own times say."""
    fact = a_rendering(a_shot(**asked), f"a{nth:04}")
    return in_time(fact, submitted=NOON + after, finished=NOON + after + round(seconds))


def in_time(fact: AttemptFact, *, submitted: int | None, finished: int | None) -> AttemptFact:
    report = replace(fact.reports[Reporter.GATEWAY], finished_at=finished)
    return replace(fact, submitted_at=submitted, reports={Reporter.GATEWAY: report})


def renderings(seconds: Iterable[float], **asked: Any) -> tuple[AttemptFact, ...]:
    return tuple(rendered_in(each, nth, after=nth, **asked) for nth, each in enumerate(seconds))


def test_without_history_the_usual_figure_stands() -> None:
    """98 s for 5 s at 720p, and half as much again before it is called late."""
    assert NO_HISTORY.expected(a_request()) == NO_HISTORY.expected(None) == Expected(usual=98.0, late=147.0)


def test_a_long_history_decides() -> None:
    """Fifty renderings of a kind: half of all are expected to take their median, 19 of 20 no more than they did."""
    durations = Durations.of(renderings(range(170, 220)))

    expected = durations.expected(a_request())

    assert expected.usual == pytest.approx(194.5, rel=0.05)
    assert expected.late == pytest.approx(217, rel=0.05)


def test_few_renderings_move_the_figure_and_do_not_decide_it() -> None:
    """One that took twice as long moves what is expected by a quarter of the way."""
    assert Durations.of(renderings([196])).expected(a_request()).usual == pytest.approx(98 * 1.25)


def test_only_the_newest_count() -> None:
    """Fifty of a kind: what a gateway was like before says nothing."""
    old, new = [MINUTE] * 80, [4 * MINUTE] * 50

    assert Durations.of(renderings([*old, *new])) == Durations.of(renderings([*old, *new])[80:])


@pytest.mark.parametrize(
    "other",
    [{"generate_audio": False}, {"inputs": (A_VIDEO,)}, {"duration": 10}, {"resolution": "480p"}, {"ratio": "1:1"}],
    ids=lambda other: next(iter(other)),
)
def test_a_kind_without_history_borrows_from_its_model(other: dict[str, Any]) -> None:
    """A model that is three times as slow with one kind is expected to be so with another, by pixels and frames."""
    durations = Durations.of(renderings([3 * 98] * 60))

    asked = a_request(**other)

    by_size = NO_HISTORY.expected(asked).usual
    assert durations.expected(asked).usual == pytest.approx(3 * by_size, rel=0.05)


@pytest.mark.parametrize(
    "other",
    [{"generate_audio": False}, {"inputs": (A_VIDEO,)}, {"duration": 4}, {"resolution": "480p"}],
    ids=lambda other: next(iter(other)),
)
def test_a_kind_with_history_is_not_taken_for_another(other: dict[str, Any]) -> None:
    """Each kind has its own figure: what took a minute with one and four with another is expected so of both."""
    quick = tuple(replace(each, attempt_id=f"b{n}") for n, each in enumerate(renderings([MINUTE] * 50, **other)))
    durations = Durations.of([*renderings([4 * MINUTE] * 50), *quick])

    assert durations.expected(a_request()).usual == pytest.approx(4 * MINUTE, rel=0.1)
    assert durations.expected(a_request(**other)).usual == pytest.approx(MINUTE, rel=0.1)


def test_another_model_tells_nothing() -> None:
    """The fast model's times are its own."""
    durations = Durations.of(renderings([40] * 50, model="dreamina-seedance-2-0-fast"))

    assert durations.expected(a_request()) == NO_HISTORY.expected(a_request())


def test_one_bad_day_silences_no_guard() -> None:
    """A rendering that took hours is late; nothing is expected to be late only after three times the usual."""
    durations = Durations.of(renderings([98] * 9 + [5 * 3600]))

    assert durations.expected(a_request()) == Expected(usual=98.0, late=294.0)


FACT = rendered_in(500)


@pytest.mark.parametrize(
    "fact",
    [
        replace(FACT, realm=Realm.SANDBOX),
        replace(FACT, status=Status.FAILED),
        replace(FACT, reports={Reporter.CALLBACK: FACT.reports[Reporter.GATEWAY]}),
        in_time(FACT, submitted=None, finished=NOON),
        in_time(FACT, submitted=NOON, finished=None),
        in_time(FACT, submitted=NOON, finished=NOON),
        in_time(FACT, submitted=NOON, finished=NOON + 100_000),
    ],
    ids=["sandbox", "failed", "by-callback", "no-begin", "no-end", "no-time", "swept"],
)
def test_what_tells_no_duration_does_not_count(fact: AttemptFact) -> None:
    """A sandbox is as fast as it is told to be; a failure, or times that the gateway did not give, are no measure."""
    assert Durations.of([fact]) == NO_HISTORY


@given(st.lists(st.integers(1, 86_400), max_size=30), st.dictionaries(st.text(), st.none() | st.booleans()))
def test_whatever_was_recorded_something_is_expected(seconds: list[int], odd: dict[str, bool | None]) -> None:
    """Any history, odd facts among it, gives a usual time and a later one that is not out of reach."""
    facts = (*renderings(seconds), replace(rendered_in(98, 9999), request={**odd, "inputs": [7], "model": ["x"]}))

    expected = Durations.of(facts).expected(a_request())

    assert 0 < expected.usual <= expected.late <= 3.0001 * expected.usual


def test_progress_expects_what_the_project_knows() -> None:
    """A bar of a take under way follows the project's own times, at the speed of the gateway."""
    plan = a_scene(a_shot()).plan()
    durations = Durations.of(renderings([196] * 50))

    (take,) = Progress.of(plan, durations=durations, time_scale=2.0).takes.values()

    assert take.expected == pytest.approx(98, rel=0.05)
