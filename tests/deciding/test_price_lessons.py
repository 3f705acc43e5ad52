"""What finished takes teach: tokens and rates per kind, how sure they are, and when they say nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedance_spec.lockfile.facts import AttemptFact, Reporter, Status
from seedance_spec.model.shot import Request
from seedance_spec.plan.lessons import Group, Lesson, lessons_of
from seedance_spec.plan.price import Pricing
from seedance_spec.plan.price_text import accuracy
from seedance_spec.plan.prices import BUILT_IN, PRICE_TABLE, PriceTable, environment_table, own_table
from seedance_spec.plan.quote import Quote
from seedance_spec.plan.settled import settled_usd
from seedance_spec.plan.style import PLAIN
from seedance_spec.plan.terms import terms_of
from seedance_spec.plan.text import plan_text
from tests.support.deciding import NOON, a_request
from tests.support.facts import some
from tests.support.pricing import FAST, STANDARD, VIDEO, a_finished, a_plan, at, estimated, prices, some_shots

PLAIN_720P = Group(STANDARD, "720p", with_video=False, is_open=False)


def _lesson(*facts: AttemptFact, table: PriceTable = BUILT_IN) -> Lesson:
    return lessons_of(facts, table)[PLAIN_720P]


def _takes(tokens: list[int], quota: int | None = None) -> list[AttemptFact]:
    return [a_finished(f"a{number}", tokens=each, quota=quota) for number, each in enumerate(tokens)]


def _quote(request: Request, facts: list[AttemptFact]) -> Quote:
    quote = Pricing(facts=facts).quote(terms_of(request))
    assert quote is not None
    return quote


@pytest.mark.parametrize("count", [1, 2])
def test_fewer_than_three_takes_teach_nothing(count: int) -> None:
    """They are counted, and the formula stands as it is."""
    assert _lesson(*_takes([120_000] * count)) == Lesson(group=PLAIN_720P, takes=count)


def test_three_takes_teach_their_median_and_how_far_they_are_from_it() -> None:
    """Settled at 10 % above the formula, and once at 12 %: the next is expected there, within 2 %."""
    lesson = _lesson(*_takes([119_790, 119_790, 121_968]))

    assert lesson.takes == 3
    assert (lesson.factor, lesson.spread, lesson.surplus) == pytest.approx((1.1, 0.01818, 1.12), abs=1e-5)


def test_what_was_learned_is_in_the_next_price() -> None:
    """The expected tokens are the learned ones, the ends the spread around them, and guards stay at the worst."""
    quote = _quote(a_request(), _takes([119_790, 119_790, 121_968]))

    assert quote.estimate.tokens == 119_790
    assert (quote.low_usd, quote.high_usd, quote.guard_usd) == pytest.approx((0.823284, 0.853776, 0.853776), abs=1e-5)


def test_takes_that_came_out_cheaper_do_not_lower_a_guard() -> None:
    """The lockfile is a text that anybody can edit: it may lower what is shown, never what guards reckon with."""
    quote = _quote(a_request(), _takes([50_000] * 5, quota=100_000))

    assert quote.estimate.usd < 0.4
    assert quote.guard_usd == 0.7623


@pytest.mark.parametrize("status", [Status.FAILED, Status.SUBMITTED, Status.UNKNOWN, Status.LANDED])
def test_what_is_not_finished_teaches_nothing(status: Status) -> None:
    """Only a take that was paid for says what one costs."""
    assert lessons_of([replace(each, status=status) for each in _takes([108_900] * 3)], BUILT_IN) == {}


def test_each_kind_learns_for_itself() -> None:
    """Model, resolution, input video and what is left open make a kind; a kind without a take has no lesson."""
    facts = [
        *_takes([108_900] * 3),
        a_finished("f", a_request(model=FAST), tokens=100),
        a_finished("v", a_request(inputs=(VIDEO,)), input_video_seconds=5.0, tokens=100),
        a_finished("w", a_request(inputs=(VIDEO,)), tokens=100),
        a_finished("o", a_request(duration=-1), tokens=100),
    ]

    assert {
        tuple(group)[:1] + tuple(group)[2:]: lesson.takes for group, lesson in lessons_of(facts, BUILT_IN).items()
    } == {
        (STANDARD, False, False): 3,
        (FAST, False, False): 1,
        (STANDARD, True, False): 1,
        (STANDARD, True, True): 1,
        (STANDARD, False, True): 1,
    }


def test_an_open_length_is_expected_where_the_model_used_to_choose_it() -> None:
    """Where clips of open length came out at 5 s, the next is expected there; it may still be 4 or 15 s."""
    quote = _quote(
        a_request(duration=-1), [a_finished(f"a{n}", a_request(duration=-1, prompt=str(n))) for n in range(3)]
    )

    assert quote.estimate.tokens == 108_900
    assert (quote.low_usd, quote.high_usd) == (0.6111, 2.2743)


def test_only_the_newest_fifty_takes_count() -> None:
    """What a gateway billed last year says little."""
    old = [at(a_finished(f"o{n}", tokens=200_000), NOON - 1000 - n) for n in range(60)]
    new = [at(a_finished(f"n{n:02}", tokens=108_900), NOON + n) for n in range(50)]

    assert (_lesson(*old, *new).takes, _lesson(*old, *new).factor) == (50, 1.0)


@some
@given(order=st.permutations(range(6)))
def test_the_order_of_facts_changes_nothing(order: list[int]) -> None:
    """A lesson is drawn from a set."""
    facts = [at(a_finished(f"a{n}", tokens=100_000 + n), NOON + n // 2) for n in range(6)]
    assert _lesson(*(facts[place] for place in order)) == _lesson(*facts)


def test_the_quota_of_the_api_page_s_example_tells_its_rate() -> None:
    """818,125 is a hold: a quarter of a million tokens at $6.545 per million, by which 108,900 tokens cost $0.7128."""
    facts = _takes([108_900] * 3, quota=818_125)

    assert _lesson(*facts).usd_per_million == pytest.approx(6.545)
    assert settled_usd(facts[0], Pricing(facts=facts)) == pytest.approx(0.7128, abs=0.0001)
    assert _quote(a_request(), facts).estimate.table == f"{PRICE_TABLE}+learned"


def test_a_hold_is_flat_over_takes_of_different_length() -> None:
    """The same quota for 4, 5 and 15 s can only be a hold, even where no table knows the model."""
    requests = [a_request(duration=seconds, model="new-model") for seconds in (4, 5, 15)]
    facts = [a_finished(f"a{n}", each, tokens=1000 * n, quota=875_000) for n, each in enumerate(requests, 1)]

    (lesson,) = lessons_of(facts, BUILT_IN).values()

    assert lesson.usd_per_million == pytest.approx(7.0)


def test_a_bill_grows_with_the_tokens() -> None:
    """Where the quota is the settled sum, its rate is quota per token."""
    facts = [
        a_finished(f"a{n}", tokens=tokens, quota=tokens * 3) for n, tokens in enumerate((87_300, 108_900, 324_900))
    ]
    assert _lesson(*facts).usd_per_million == pytest.approx(6.0)


@pytest.mark.parametrize(
    "quotas",
    [
        [875_000, 875_000, 600_000],  # the price changed
        [875_000, None, 875_000],  # too few
        [1, 1, 1],  # near no price that is known, as hold or as bill
    ],
)
def test_a_quota_that_tells_no_one_rate_teaches_none(quotas: list[int | None]) -> None:
    """A rate is learned only where the newest takes agree on one."""
    facts = [a_finished(f"a{n}", quota=quota) for n, quota in enumerate(quotas)]
    assert _lesson(*facts).usd_per_million is None


def test_a_quota_that_could_be_hold_or_bill_teaches_none() -> None:
    """216,900 tokens at $6.545 or at $7.54 per million: both are near the price list, so neither is believed."""
    facts = [
        a_finished(f"a{n}", a_request(duration=10, prompt=str(n)), tokens=216_900, quota=818_125) for n in range(3)
    ]
    assert _lesson(*facts).usd_per_million is None


@pytest.mark.parametrize("where", ["own", "trusted"])
def test_a_price_that_somebody_stated_is_not_learned_away(where: str) -> None:
    """The project's own price and the environment's are shown as they are; a higher lesson still guards."""
    facts = _takes([108_900] * 3, quota=1_000_000)
    stated = prices(standard=6.0)
    pricing = (
        Pricing(own=own_table(stated), facts=facts)
        if where == "own"
        else Pricing(trusted=environment_table(stated), facts=facts)
    )
    quote = pricing.quote(terms_of(a_request()))

    assert quote is not None
    assert (quote.estimate.usd, quote.guard_usd) == pytest.approx((0.6534, 0.8712))


def test_a_settled_take_keeps_the_rate_that_was_stated_for_it() -> None:
    """A take bought under a project's own price is added up at that price, whatever is learned later."""
    facts = _takes([108_900] * 3, quota=875_000)
    stated = replace(facts[0], estimate=estimated(0.5445, table="project/1234abcd"))
    listed = replace(facts[0], estimate=estimated(0.5445), reports={}, status=Status.SUBMITTED)

    assert settled_usd(stated, Pricing(facts=facts)) == pytest.approx(0.5445)
    assert settled_usd(listed, Pricing(facts=facts)) is None


def test_a_take_without_a_lesson_is_settled_at_the_rate_it_was_estimated_at() -> None:
    """Without quota and table, the estimate's own rate prices its tokens; without an estimate nothing does."""
    fact = a_finished("a", a_request(model="new-model"), tokens=1000, estimate=estimated(2.0, tokens=500, table="old"))

    assert settled_usd(fact, Pricing()) == pytest.approx(4.0)
    assert settled_usd(replace(fact, estimate=None), Pricing()) is None
    assert (
        settled_usd(
            replace(fact, reports={Reporter.GATEWAY: replace(fact.reports[Reporter.GATEWAY], tokens=0)}), Pricing()
        )
        == 0.0
    )


def _price_line(facts: list[AttemptFact], *, count: int = 2) -> str:
    plan = a_plan(*some_shots(count), facts=facts, stored=[each.attempt_id for each in facts])
    return next(line for line in plan_text(plan, width=120, style=PLAIN).splitlines() if line.startswith("Price:"))


def test_the_plan_says_how_sure_its_prices_are() -> None:
    """A guess until three takes are finished; then the tokens are known, and with their quota the rate too."""
    assert _price_line([]) == f"Price: {PRICE_TABLE} · a guess until 3 takes are finished (0 so far)"
    assert _price_line(_takes([108_900] * 2)).endswith("a guess until 3 takes are finished (2 so far)")
    assert _price_line(_takes([108_900] * 37)) == f"Price: {PRICE_TABLE} · tokens ±1 %, learned from 37 takes"
    assert _price_line(_takes([108_900, 111_000, 113_256] * 3, quota=875_000)) == (
        f"Price: {PRICE_TABLE}+learned · ±2 %, learned from 9 takes"
    )


def test_a_plan_of_two_kinds_weighs_what_it_knows_by_money() -> None:
    """Takes of every kind in the plan are added up, and renders of which nothing is known are counted."""
    facts = _takes([108_900] * 3)
    quotes = [_quote(a_request(), facts), _quote(a_request(model=FAST), facts)]

    assert accuracy(quotes) == (0.0, 3, 1)
    assert accuracy(quotes[1:]) == (None, 0, 1)
