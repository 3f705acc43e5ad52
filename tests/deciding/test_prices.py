"""What a request costs before it is paid."""

from __future__ import annotations

import pytest

from seedance_spec.lockfile.facts import Estimate
from seedance_spec.model.shot import Input, InputKind, UrlSource
from seedance_spec.plan.price import (
    PRICE_TABLE,
    PRICES,
    assumptions,
    billed_usd,
    estimate,
    frame_size,
    tokens,
)
from tests.support.deciding import a_request

VIDEO = Input(kind=InputKind.VIDEO, source=UrlSource(url="https://example.com/a.mp4"))
IMAGE = Input(kind=InputKind.IMAGE, source=UrlSource(url="https://example.com/a.png"))
AUDIO = Input(kind=InputKind.AUDIO, source=UrlSource(url="https://example.com/a.mp3"))
FAST = "dreamina-seedance-2-0-fast"


@pytest.mark.parametrize(
    ("seconds", "input_seconds", "billed"),
    [(5, None, 108_900), (4, None, 87_300), (4, 4.0, 173_700), (11, 8.0, 411_300)],
)
def test_the_formula_reproduces_every_observed_bill(seconds: int, input_seconds: float | None, billed: int) -> None:
    """Tokens are those of the four bills that are known, with and without input video."""
    inputs = () if input_seconds is None else (VIDEO,)
    assert tokens(a_request(duration=seconds, inputs=inputs), input_video_seconds=input_seconds) == billed


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
    fast = a_request(resolution=resolution, duration=seconds, model=FAST)
    continued = a_request(resolution=resolution, duration=seconds, inputs=(VIDEO,))
    fast_continued = a_request(resolution=resolution, duration=seconds, inputs=(VIDEO,), model=FAST)

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
    assert tokens(a_request(duration=None, frames=57), input_video_seconds=None) == 1280 * 720 * 57 // 1024


def test_what_is_not_known_is_priced_at_its_upper_end_and_said() -> None:
    """A length left to the model, an unmeasured video and a ratio that follows the input make a guess upwards."""
    request = a_request(duration=-1, ratio="adaptive", inputs=(VIDEO,), service_tier="priority")

    assert tokens(request, input_video_seconds=None) == -(-1112 * 834 * (24 * 15 + 1 + 24 * 15) // 1024)
    assert assumptions(request, input_video_seconds=None) == (
        "the model decides the length: priced as 15 s",
        "the input video's length is not known: priced as 15 s",
        "the ratio follows the input: priced at the largest size",
        'no price is known for service tier "priority": priced as the default',
    )


def test_a_plain_request_is_no_guess() -> None:
    """Where the formula knows everything, nothing is assumed."""
    assert assumptions(a_request(service_tier="default"), input_video_seconds=None) == ()
    assert assumptions(a_request(inputs=(VIDEO,)), input_video_seconds=3.0) == ()


def test_an_adaptive_ratio_is_wide_without_a_picture_to_follow() -> None:
    """`adaptive` is 16:9 for text and audio, and unknown (the largest) for an image."""
    sizes = [frame_size(a_request(ratio="adaptive", inputs=inputs)) for inputs in ((), (AUDIO,), (IMAGE,))]
    assert sizes == [(1280, 720), (1280, 720), (1112, 834)]


@pytest.mark.parametrize("odd", [{"model": "someone-elses"}, {"resolution": "4k"}, {"ratio": "2:1"}])
def test_no_price_is_better_than_a_wrong_one(odd: dict[str, str]) -> None:
    """What the tables do not know has no estimate."""
    assert estimate(a_request(**odd), input_video_seconds=None) is None


def test_every_estimate_names_its_table_and_every_price_its_source() -> None:
    """An estimate can be traced to a version, and a price to who says so and when."""
    found = estimate(a_request(), input_video_seconds=None)
    assert found == Estimate(usd=0.7623, tokens=108_900, table=PRICE_TABLE)
    assert all(price.source and price.date for price in PRICES.values())


def test_a_bill_is_turned_into_dollars_by_the_same_prices() -> None:
    """Billed tokens cost what the estimate's tokens would have cost."""
    assert billed_usd(a_request(), 108_900) == pytest.approx(0.7623)
    assert billed_usd(a_request(inputs=(VIDEO,)), 1_000_000) == pytest.approx(4.3)
    assert billed_usd(a_request(model="someone-elses"), 1) is None
