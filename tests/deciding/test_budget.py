"""Guards before the first POST: caps per run and month, their arithmetic, and who may set them."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from seedance_spec.lockfile.facts import AttemptFact, Status
from seedance_spec.lockfile.fold import Facts
from seedance_spec.model.money import Budget
from seedance_spec.plan.budget import Allowed, Cap, Caps, Guard, Refused, Verdict, caps_of, verdict
from seedance_spec.plan.change import Plan
from seedance_spec.plan.document import plan_document, plan_schema
from seedance_spec.plan.figures import exact_usd
from seedance_spec.plan.price import Pricing
from seedance_spec.plan.prices import environment_table, own_table
from seedance_spec.plan.reckoning import reckoned
from seedance_spec.plan.spent import spent_in
from seedance_spec.plan.style import PLAIN
from seedance_spec.plan.text import plan_text
from seedance_spec.realm import Realm
from tests.support.deciding import NOON, a_failure, a_rendering, a_shot, a_span, an_attempt
from tests.support.facts import some
from tests.support.pricing import FAST, PRICE, a_finished, a_plan, at, estimated, prices, some_shots

APRIL = NOON - 20 * 86_400
FLAG = Cap(usd=10.0, source="--max-cost")


def _judge(
    plan: Plan,
    *facts: AttemptFact,
    run: tuple[Cap, ...] = (),
    month: tuple[Cap, ...] = (),
    pricing: Pricing | None = None,
) -> Verdict:
    return verdict(plan, Caps(run=run, month=month), Facts.of(*facts), NOON, pricing=pricing or Pricing())


def _refused(judged: Verdict) -> list[tuple[Guard, str]]:
    return [(each.guard, each.said) for each in judged.objections] if isinstance(judged, Refused) else []


def test_without_a_cap_everything_may_be_paid() -> None:
    """Nobody who set no limit meets one, not even for a model without a price."""
    assert isinstance(_judge(a_plan(*some_shots(40))), Allowed)
    assert isinstance(_judge(a_plan(a_shot(model="new-model"))), Allowed)


def test_a_run_that_may_come_to_more_is_refused_with_its_arithmetic() -> None:
    """Twelve shots of 15 seconds: the sum, and the cap with who set it."""
    plan = a_plan(*some_shots(12, duration=15))

    judged = _judge(plan, run=(FLAG,))

    assert _refused(judged) == [
        (Guard.RUN, "12 takes × $2.2743 = $27.2916 at the upper end; the cap is $10.00 (--max-cost)")
    ]


@pytest.mark.parametrize(("cap", "allowed"), [(7.62, False), (7.623, True), (7.63, True)])
def test_a_cap_may_be_reached_and_not_passed(cap: float, allowed: bool) -> None:  # noqa: FBT001 - a row of a table
    """Ten takes of $0.7623 need $7.623, to the last fraction."""
    judged = _judge(a_plan(*some_shots(10)), run=(Cap(usd=cap, source="--max-cost"),))
    assert isinstance(judged, Allowed) is allowed


def test_the_upper_end_is_what_counts() -> None:
    """A shot of open length may be 15 s long, and each of two retries may be needed."""
    plan = a_plan(*some_shots(2, duration=-1), a_shot("film/plain", prompt="plain"), retries=2)

    assert reckoned(plan).words == ("2 takes × $2.2743 × 3 with retries + 1 take × $0.7623 × 3 with retries = $15.9327")


def test_many_prices_are_summed_up() -> None:
    """Three terms are shown, the dearest first, the others as one."""
    shots = [a_shot(f"film/{seconds}", prompt="x", duration=seconds) for seconds in range(4, 10)]

    assert reckoned(a_plan(*shots)).words == (
        "1 take × $1.3671 + 1 take × $1.2159 + 1 take × $1.0647 + 3 other takes ($2.2869) = $5.9346"
    )


def test_the_lowest_of_several_caps_counts() -> None:
    """Flag, environment and budget: whoever wants least is asked, and named."""
    caps = caps_of(
        Budget(run=2.0, origins={"run": a_span(4, 8, file="specs/project.yaml")}),
        run=(FLAG, Cap(usd=5.0, source="SEEDANCE_MAX_COST")),
    )

    judged = verdict(a_plan(*some_shots(4)), caps, Facts(), NOON, pricing=Pricing())

    said = "4 takes × $0.7623 = $3.0492 at the upper end; the cap is $2.00 (budget.run at specs/project.yaml:4:8)"
    assert _refused(judged) == [(Guard.RUN, said)]


def test_a_month_counts_what_was_spent_in_it() -> None:
    """Settled takes, takes in flight and unknown ones of this calendar month, each once; failures were refunded."""
    facts = [
        a_finished("settled"),
        an_attempt(a_shot("film/f", prompt="f"), "flight"),
        an_attempt(a_shot("film/u", prompt="u"), "unknown", Status.UNKNOWN),
        a_failure(a_shot("film/x", prompt="x"), "failed"),
        an_attempt(a_shot("film/n", prompt="n"), "never", Status.NOT_LANDED),
        at(a_finished("april"), APRIL),
    ]

    spent = spent_in(Facts.of(*facts), Realm.PAID, NOON, Pricing())

    assert (spent.month, round(spent.usd, 6), spent.unpriced) == ("2026-05", round(3 * PRICE, 6), 0)


def test_spares_and_clips_that_are_gone_were_paid_for_too() -> None:
    """Two clones bought one take, and another clip was lost: the money is spent all the same."""
    shot = a_shot()
    facts = [a_rendering(shot, "a1"), a_rendering(shot, "a2"), a_finished("gone", status=Status.GONE)]
    assert spent_in(Facts.of(*facts), Realm.PAID, NOON, Pricing()).usd == pytest.approx(3 * PRICE)


@pytest.mark.parametrize(
    ("when", "counts"),
    [(1_777_593_599, False), (1_777_593_600, True), (1_780_271_999, True), (1_780_272_000, False), (None, True)],
)
def test_a_month_begins_and_ends_at_midnight_utc(when: int | None, counts: bool) -> None:  # noqa: FBT001 - a table
    """From the first second of May to its last; what has no time on record counts as of now."""
    fact = replace(a_finished("a"), submitted_at=when)
    assert bool(spent_in(Facts.of(fact), Realm.PAID, NOON, Pricing()).usd) is counts


def test_the_other_realm_s_money_does_not_count() -> None:
    """A sandbox spends nothing of the month, and has a month of its own."""
    facts = Facts.of(a_finished("a", realm=Realm.SANDBOX))
    assert spent_in(facts, Realm.PAID, NOON, Pricing()).usd == 0
    assert spent_in(facts, Realm.SANDBOX, NOON, Pricing()).usd == pytest.approx(PRICE)


def test_a_month_s_cap_adds_the_run_to_what_was_spent() -> None:
    """$1.5246 in May and three takes more: refused, with the sum."""
    cap = Cap(usd=3.0, source="SEEDANCE_MAX_COST_MONTH")

    judged = _judge(a_plan(*some_shots(3)), a_finished("a"), a_finished("b"), month=(cap,))

    said = (
        "$1.5246 spent in 2026-05, and 3 takes × $0.7623 = $2.2869 at the upper end: $3.8115 together;"
        " the cap is $3.00 a month (SEEDANCE_MAX_COST_MONTH)"
    )
    assert _refused(judged) == [(Guard.MONTH, said)]


def test_an_attempt_in_flight_counts_at_its_upper_end() -> None:
    """One of open length may still become 15 s; one whose record is not understood counts as it was estimated."""
    open_length = an_attempt(a_shot(duration=-1), "open")
    strange = an_attempt(a_shot(), "strange", request={}, estimate=estimated(4.0))
    assert spent_in(Facts.of(open_length, strange), Realm.PAID, NOON, Pricing()).usd == pytest.approx(2.2743 + 4.0)


def test_a_plan_that_pays_nothing_meets_no_cap() -> None:
    """What is paid for is brought home, however much the month has cost."""
    shot = a_shot()
    facts = [an_attempt(shot, "flight")]
    judged = _judge(
        a_plan(shot, facts=facts), *facts, run=(Cap(usd=0.0, source="x"),), month=(Cap(usd=0.0, source="x"),)
    )
    assert isinstance(judged, Allowed)


def test_a_cap_that_cannot_be_counted_against_refuses() -> None:
    """A model that only the specs price could be priced at nothing there: the environment must name it."""
    own = own_table(prices(**{"new-model": 0.01}))
    plan = a_plan(a_shot(model="new-model"), own=prices(**{"new-model": 0.01}))

    judged = _judge(plan, run=(FLAG,), pricing=Pricing(own=own))

    assert _refused(judged) == [(Guard.NO_PRICE, "1 take of new-model without a known price, and a cap to keep")]
    trusted = environment_table(prices(**{"new-model": 1.0}))
    named = a_plan(a_shot(model="new-model"), own=prices(**{"new-model": 0.01}), trusted=trusted)
    assert isinstance(_judge(named, run=(FLAG,)), Allowed)


def test_an_attempt_of_the_month_without_any_price_refuses_too() -> None:
    """Money that nobody can count stands against a cap on money."""
    fact = an_attempt(a_shot(), "strange", request={}, estimate=None)
    judged = _judge(a_plan(*some_shots(1)), fact, month=(FLAG,))
    assert _refused(judged) == [(Guard.NO_PRICE, "1 attempt of 2026-05 without a known price, and a cap to keep")]


_money = st.floats(0, 100).map(lambda amount: round(amount, 2))
_caps = st.lists(_money.map(lambda amount: Cap(usd=amount, source="--max-cost")), max_size=2).map(tuple)


@some
@given(run=_caps, month=_caps, budget=st.builds(Budget, run=st.none() | _money, month=st.none() | _money))
def test_a_spec_s_budget_never_raises_a_cap(run: tuple[Cap, ...], month: tuple[Cap, ...], budget: Budget) -> None:
    """Whatever a pull request writes, what was refused without it is refused with it (D10)."""
    plan, facts = a_plan(*some_shots(3)), Facts.of(a_finished("a"))

    def judged(of: Budget) -> Verdict:
        return verdict(plan, caps_of(of, run=run, month=month), facts, NOON, pricing=Pricing())

    assert isinstance(judged(Budget()), Allowed) or isinstance(judged(budget), Refused)


@some
@given(percent=st.none() | st.floats(0, 1000))
def test_a_spec_s_budget_never_weakens_the_brake(percent: float | None) -> None:
    """The share that may re-render can only be lowered."""
    assert caps_of(Budget(rerender_percent=percent)).brake.percent <= 50.0


@some
@given(
    lower=st.floats(0.01, 20), more=st.floats(0, 20), where=st.sampled_from(["own", "trusted"]), cap=st.floats(0, 20)
)
def test_a_higher_price_never_lets_through_what_a_lower_one_refused(
    lower: float, more: float, where: str, cap: float
) -> None:
    """Guards are monotone in every price: the project's, and the environment's."""

    def judged(rate: float) -> Verdict:
        stated = prices(standard=rate)
        own, trusted = (stated, {}) if where == "own" else ({}, stated)
        table = environment_table(trusted)
        plan = a_plan(*some_shots(3), own=own, trusted=table)
        pricing = Pricing(trusted=table, own=own_table(own) if own else None)
        caps = (Cap(usd=cap, source="x"),)
        return _judge(plan, a_finished("a"), pricing=pricing, run=caps, month=caps)

    assert isinstance(judged(lower), Allowed) or isinstance(judged(lower + more), Refused)


@pytest.mark.parametrize(
    ("amount", "words"), [(14.4, "$14.40"), (0.7623, "$0.7623"), (1234.5, "$1,234.50"), (2, "$2.00")]
)
def test_a_sum_shows_as_many_places_as_it_has(amount: float, words: str) -> None:
    """Between two and four, so that a reader can check it."""
    assert exact_usd(amount) == words


def test_the_plan_says_what_is_left_under_the_caps() -> None:
    """Figures of the run and of the month, each with who set its cap."""
    judged = _judge(a_plan(*some_shots(2)), a_finished("a"), run=(FLAG,), month=(Cap(usd=50.0, source="budget.month"),))
    text = plan_text(a_plan(*some_shots(2)), width=120, style=PLAIN, verdict=judged)
    assert (
        "Cap:  at most $1.52 of $10.00 a run (--max-cost) · $0.76 + $1.52 of $50.00 in 2026-05 (budget.month)" in text
    )


def test_a_refused_plan_says_so_and_what_lets_it_pass() -> None:
    """The warning is part of the plan; what to type next is not an apply that would be refused."""
    plan = a_plan(*some_shots(12, duration=15))
    text = plan_text(plan, width=120, style=PLAIN, verdict=_judge(plan, run=(FLAG,)))
    assert text.endswith(
        "Stop: 12 takes × $2.2743 = $27.2916 at the upper end; the cap is $10.00 (--max-cost): apply refuses\n"
        "Next: ask for less, or raise --max-cost"
    )


def test_machines_get_every_figure_of_the_guards() -> None:
    """`plan --json` holds the verdict, valid by its schema."""
    plan = a_plan(*some_shots(3), a_shot("film/fast", prompt="f", model=FAST, duration=-1))
    judged = _judge(plan, a_finished("a"), run=(FLAG,), month=(Cap(usd=1.0, source="budget.month"),))

    document = json.loads(json.dumps(plan_document(plan, judged)))

    Draft202012Validator(plan_schema()).validate(document)
    assert document["guards"] == {
        "allowed": False,
        "upper_usd": 4.10634,
        "unpriced": 0,
        "run_cap": {"usd": 10.0, "source": "--max-cost"},
        "month_cap": {"usd": 1.0, "source": "budget.month"},
        "month": "2026-05",
        "month_spent_usd": 0.7623,
        "objections": [
            {
                "guard": "month-cap",
                "said": (
                    "$0.7623 spent in 2026-05, and 3 takes × $0.7623 + 1 take × $1.8194 = $4.1063 at the upper end:"
                    " $4.8686 together; the cap is $1.00 a month (budget.month)"
                ),
                "hint": "ask for less, wait for next month, or raise budget.month",
            }
        ],
    }
    assert document["changes"][3]["quote"] == {
        "low_usd": 0.48888,
        "high_usd": 1.81944,
        "guard_usd": 1.81944,
        "learned_from": 0,
        "spread": None,
    }
