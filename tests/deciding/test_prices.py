"""What a request costs before it is paid: tokens by formula, tables by source, ranges by what is not known."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedance_spec.content_hash import display_request
from seedance_spec.lockfile.facts import Estimate
from seedance_spec.model.money import Price
from seedance_spec.model.shot import Input, Request
from seedance_spec.plan.price import PRICE_TABLE, PRICES, Pricing, estimate, frame_size
from seedance_spec.plan.prices import BUILT_IN, PriceTable, environment_table, own_table
from seedance_spec.plan.quote import Quote
from seedance_spec.plan.terms import Tokens, assumptions, terms_of, terms_on_record, tokens_of
from tests.support.deciding import a_request
from tests.support.facts import requests, some
from tests.support.pricing import AUDIO, FAST, IMAGE, STANDARD, VIDEO, prices


def _tokens(request: Request, input_seconds: float | None = None) -> Tokens | None:
    return tokens_of(terms_of(request, input_seconds=input_seconds))


def _quote(request: Request, pricing: Pricing | None = None, input_seconds: float | None = None) -> Quote:
    quote = (pricing or Pricing()).quote(terms_of(request, input_seconds=input_seconds))
    assert quote is not None
    return quote


@pytest.mark.parametrize(
    ("seconds", "input_seconds", "billed"),
    [(5, None, 108_900), (4, None, 87_300), (4, 4.0, 173_700), (11, 8.0, 411_300)],
)
def test_the_formula_reproduces_every_observed_bill(seconds: int, input_seconds: float | None, billed: int) -> None:
    """Tokens are those of the four bills that are known, with and without input video."""
    inputs = () if input_seconds is None else (VIDEO,)
    assert _tokens(a_request(duration=seconds, inputs=inputs), input_seconds) == Tokens(low=billed, high=billed)


@pytest.mark.parametrize(
    ("resolution", "seconds", "plain", "usd", "fast_usd", "floor", "floor_usd", "fast_floor_usd"),
    [
        ("480p", 5, 50_639, 0.354, 0.284, 90_396, 0.389, 0.298),
        ("720p", 4, 87_300, 0.611, 0.489, 151_200, 0.650, 0.499),
        ("720p", 5, 108_900, 0.762, 0.610, 194_400, 0.836, 0.642),
        ("720p", 10, 216_900, 1.518, 1.215, 367_200, 1.579, 1.212),
        ("720p", 15, 324_900, 2.274, 1.819, 540_000, 2.322, 1.782),
        ("1080p", 5, 245_025, 1.887, None, 437_400, 2.056, None),
        ("1080p", 15, 731_025, 5.629, None, 1_215_000, 5.711, None),
    ],
)
def test_the_table_of_prices_is_reproduced(
    resolution: str,
    seconds: int,
    plain: int,
    usd: float,
    fast_usd: float | None,
    floor: int,
    floor_usd: float,
    fast_floor_usd: float | None,
) -> None:
    """Each row of the reference's table: tokens and dollars of both models, and the floor that a video input brings."""
    request = a_request(resolution=resolution, duration=seconds)
    fast = replace(request, model=FAST)
    continued, fast_continued = replace(request, inputs=(VIDEO,)), replace(fast, inputs=(VIDEO,))

    found = [
        estimate(request, input_video_seconds=None),
        estimate(fast, input_video_seconds=None),
        estimate(continued, input_video_seconds=0.0),
        estimate(fast_continued, input_video_seconds=0.0),
    ]

    assert [each and each.tokens for each in found] == [plain, fast_usd and plain, floor, fast_floor_usd and floor]
    assert [each and each.usd for each in found] == [
        each and pytest.approx(each, abs=0.001) for each in (usd, fast_usd, floor_usd, fast_floor_usd)
    ]


def test_frames_count_themselves() -> None:
    """A request by frames is billed by exactly those frames."""
    billed = 1280 * 720 * 57 // 1024
    assert _tokens(a_request(duration=None, frames=57)) == Tokens(low=billed, high=billed)


@pytest.mark.parametrize(
    ("open_request", "low", "high", "guess"),
    [
        ({"duration": -1}, 87_300, 324_900, "the model decides the length, 4 to 15 s"),
        ({"inputs": (VIDEO,)}, 194_400, 432_900, "the input video's length is not known, 2 to 15 s"),
        ({"inputs": (VIDEO, VIDEO)}, 195_300, 432_900, "the input video's length is not known, 4 to 15 s"),
        ({"ratio": "adaptive", "inputs": (IMAGE,)}, 108_900, 109_587, "the ratio follows the input"),
    ],
)
def test_what_is_not_known_makes_a_range_that_says_why(
    open_request: dict[str, Any], low: int, high: int, guess: str
) -> None:
    """A length left to the model, an unmeasured video and a ratio that follows the input: two ends, and the middle."""
    request = a_request(**open_request)

    assert _tokens(request) == Tokens(low=low, high=high)
    assert assumptions(terms_of(request)) == (guess,)
    assert _quote(request).estimate.tokens == round((low + high) / 2)


def test_a_range_is_priced_at_both_ends() -> None:
    """A shot whose length the model decides costs between 4 and 15 seconds; guards reckon with the longest."""
    quote = _quote(a_request(duration=-1))

    assert (quote.low_usd, quote.estimate.usd, quote.high_usd, quote.guard_usd) == (0.6111, 1.4427, 2.2743, 2.2743)
    assert quote.is_range


def test_what_is_known_is_no_range_and_no_guess() -> None:
    """Where the formula knows everything, both ends are the estimate."""
    quote = _quote(a_request(service_tier="default"))

    assert (quote.low_usd, quote.estimate.usd, quote.high_usd, quote.guesses) == (0.7623, 0.7623, 0.7623, ())
    assert not quote.is_range


def test_an_unknown_service_tier_is_said() -> None:
    """Nobody knows its price: it is the default's, and that is a guess."""
    said = 'no price is known for service tier "priority": priced as the default'
    assert _quote(a_request(service_tier="priority")).guesses == (said,)


def test_a_list_price_for_input_video_may_be_either_of_two() -> None:
    """The gateway's discount for video is keyed by other model names: the upper end is the price without it."""
    quote = _quote(a_request(inputs=(VIDEO,)), input_seconds=5.0)

    assert (quote.estimate.tokens, quote.low_usd, quote.high_usd) == (216_900, 0.93267, 1.5183)
    assert (quote.estimate.usd, quote.guard_usd) == (0.93267, 1.5183)
    assert quote.guesses == ("with a video as input the gateway may charge either of two rates",)


def test_an_adaptive_ratio_is_wide_without_a_picture_to_follow() -> None:
    """`adaptive` is 16:9 for text and audio, and unknown (the largest) for an image."""
    sizes = [frame_size(a_request(ratio="adaptive", inputs=inputs)) for inputs in ((), (AUDIO,), (IMAGE,))]
    assert sizes == [(1280, 720), (1280, 720), (1112, 834)]


@pytest.mark.parametrize("odd", [{"model": "someone-elses"}, {"resolution": "4k"}, {"ratio": "2:1"}])
def test_no_price_is_better_than_a_wrong_one(odd: dict[str, str]) -> None:
    """What the tables do not know has no quote."""
    assert Pricing().quote(terms_of(a_request(**odd))) is None
    assert estimate(a_request(**odd), input_video_seconds=None) is None


def test_every_estimate_names_its_table_and_every_price_its_source() -> None:
    """An estimate can be traced to a version, and a price to who says so and when."""
    found = estimate(a_request(), input_video_seconds=None)
    assert found == Estimate(usd=0.7623, tokens=108_900, table=PRICE_TABLE)
    assert all(price.source and price.date for price in PRICES.values())


def test_a_bill_is_turned_into_dollars_by_the_same_prices() -> None:
    """Billed tokens cost what the estimate's tokens would have cost; a model without a price has no rate."""
    rates = [
        Pricing().shown_rate(terms_of(each))
        for each in (a_request(), a_request(inputs=(VIDEO,)), a_request(model="someone-elses"))
    ]

    assert rates == [pytest.approx(7.0), pytest.approx(4.3), None]


def test_a_project_s_own_price_is_shown_and_the_higher_one_guards() -> None:
    """A price in the specs changes what is shown; guards take it only where it is higher (D10)."""
    cheap = _quote(a_request(), Pricing(own=own_table(prices(standard=1.0))))
    dear = _quote(a_request(), Pricing(own=own_table(prices(standard=10.0))))

    assert (cheap.estimate.usd, cheap.guard_usd) == (0.1089, 0.7623)
    assert (dear.estimate.usd, dear.guard_usd) == (1.089, 1.089)
    assert cheap.estimate.table.startswith("project/")
    assert cheap.estimate.table != dear.estimate.table


def test_a_price_that_only_the_specs_know_is_shown_and_guards_nothing() -> None:
    """For a model that no trusted table knows there is nothing to reckon with."""
    quote = _quote(a_request(model="new-model"), Pricing(own=own_table(prices(**{"new-model": 2.0}))))
    assert (quote.estimate.usd, quote.guard_usd) == (0.2178, None)


def test_the_environment_s_prices_replace_the_built_in_ones_of_their_models() -> None:
    """A trusted price may be lower, and other models keep the built-in one."""
    pricing = Pricing(trusted=environment_table(prices(standard=6.545)))

    assert _quote(a_request(), pricing).guard_usd == 0.71275
    assert _quote(a_request(), pricing).estimate.table.startswith("environment/")
    assert _quote(a_request(model=FAST), pricing).estimate.table == PRICE_TABLE


def test_a_resolution_s_own_price_comes_before_the_model_s() -> None:
    """The row of a model holds for every resolution that has none of its own."""
    rows = {(STANDARD, ""): Price(plain=1.0, with_video=1.0), (STANDARD, "1080p"): Price(plain=2.0, with_video=3.0)}
    table = PriceTable(version="t", rows=rows, beneath=BUILT_IN)
    found = [table.rates(STANDARD, tier, with_video=True) for tier in ("480p", "720p", "1080p")]
    assert [each and each.expected for each in found] == [1.0, 1.0, 3.0]


_inputs = st.lists(st.sampled_from([VIDEO, IMAGE, AUDIO]), max_size=3).map(tuple)


@some
@given(
    inputs=_inputs,
    duration=st.sampled_from([-1, 4, 5, 15]),
    resolution=st.sampled_from(["480p", "720p", "1080p"]),
    ratio=st.sampled_from(["16:9", "9:16", "21:9", "adaptive"]),
    known=st.none() | st.floats(2, 15),
    own=st.none() | st.floats(0.1, 50),
)
def test_a_quote_lies_between_its_ends_and_guards_above_them(
    inputs: tuple[Input, ...], duration: int, resolution: str, ratio: str, known: float | None, own: float | None
) -> None:
    """Low ≤ expected ≤ high ≤ guard, whatever is asked for and whoever gives the price."""
    request = a_request(inputs=inputs, duration=duration, resolution=resolution, ratio=ratio)
    quote = _quote(request, Pricing(own=own_table(prices(standard=own)) if own else None), known)

    assert quote.guard_usd is not None
    assert quote.low_usd <= quote.estimate.usd <= quote.high_usd <= quote.guard_usd


@some
@given(request=requests, known=st.none() | st.floats(2, 15))
def test_a_request_on_record_has_the_price_it_was_submitted_at(request: Request, known: float | None) -> None:
    """The lockfile's form of a request says all that the price reads."""
    assert terms_on_record(display_request(request), input_seconds=known) == terms_of(request, input_seconds=known)


@pytest.mark.parametrize(
    "record",
    [
        {},
        {"model": 1, "resolution": "720p", "ratio": "16:9", "inputs": []},
        {"model": "m", "resolution": "720p", "ratio": "16:9", "inputs": "none"},
    ],
)
def test_a_record_that_does_not_say_enough_has_no_terms(record: dict[str, Any]) -> None:
    """A lockfile is text that anybody can edit: what is not understood is not priced."""
    assert terms_on_record(record) is None


def test_absurd_lengths_on_record_are_not_believed() -> None:
    """A number that no request can hold counts as not known, and breaks nothing."""
    terms = terms_on_record({**display_request(a_request()), "duration": 10**400})
    assert terms is not None
    assert terms.duration is None
