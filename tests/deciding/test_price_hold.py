"""What the gateway holds back at submit: flat, whatever the clip will cost."""

from __future__ import annotations

import pytest

from seedance_spec.plan.hold import hold_usd, hold_words
from tests.support.deciding import a_shot
from tests.support.pricing import FAST, a_plan, prices, some_shots


@pytest.mark.parametrize(("resolution", "seconds"), [("480p", 4), ("720p", 5), ("720p", 15)])
def test_a_hold_is_the_price_of_a_quarter_of_a_million_tokens(resolution: str, seconds: int) -> None:
    """$1.75 for a clip of $0.28 and for one of $2.27 alike."""
    (change,) = a_plan(a_shot(resolution=resolution, duration=seconds)).paid
    assert hold_usd(change) == pytest.approx(1.75, abs=0.0001)


def test_the_api_page_s_example_holds_818_125_quota() -> None:
    """At $6.545 per million tokens: $1.63625, which are 818,125 of 500,000 a dollar."""
    (change,) = a_plan(a_shot(), own=prices(standard=6.545)).paid
    held = hold_usd(change)
    assert held is not None
    assert held * 500_000 == pytest.approx(818_125, abs=1)


def test_many_takes_at_once_need_all_their_holds() -> None:
    """The sum is said, and what makes it smaller."""
    plan = a_plan(*some_shots(2), a_shot("film/fast", prompt="f", model=FAST))
    assert hold_words(plan.paid) == (
        "a submit holds about $1.75 back until its clip is settled, whatever its length:"
        " 3 takes at once need $4.90; a smaller -j needs less at once"
    )


def test_one_take_needs_one_hold_and_no_price_needs_no_words() -> None:
    """Nothing is said of other takes, and nothing is guessed."""
    assert hold_words(a_plan(a_shot()).paid) == (
        "a submit holds about $1.75 back until its clip is settled, whatever its length"
    )
    assert hold_words(a_plan(a_shot(model="new-model")).paid) is None
