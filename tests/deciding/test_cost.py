"""`cost`: what was spent, from facts alone, by shot, month, tag, profile and model."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from seedance_spec.lockfile.facts import AttemptFact, Fact, Label, Status
from seedance_spec.lockfile.fold import Facts
from seedance_spec.plan.cost import By, Costs, Kind, Scope, costs_of
from seedance_spec.plan.cost_document import costs_document, costs_schema
from seedance_spec.plan.cost_text import costs_text
from seedance_spec.plan.figures import stretch_of
from seedance_spec.plan.style import COLOUR, PLAIN, cells
from seedance_spec.realm import Realm
from tests.support.deciding import NOON, a_failure, a_rendering, a_request, a_shot, an_attempt
from tests.support.facts import attempts, some
from tests.support.pricing import FAST, PRICE, a_finished, at, estimated

APRIL = NOON - 20 * 86_400


def _labelled(fact: AttemptFact, shot: str = "film/a", profile: str | None = None, *tags: str) -> AttemptFact:
    return replace(fact, label=Label(shot=shot, profile=profile, tags=tags))


def a_season() -> list[AttemptFact]:
    """Two months, two models, two profiles; a spare, a failure, one in flight, one unknown, one never landed."""
    moon = a_shot("ep1/moon")
    return [
        _labelled(a_rendering(moon, "m1"), "ep1/moon", "final", "hero", "night"),
        _labelled(a_rendering(moon, "m2"), "ep1/moon", "final", "hero", "night"),
        at(_labelled(a_finished("draft", a_request(model=FAST)), "ep1/moon", "draft"), APRIL),
        _labelled(a_failure(a_shot(prompt="x"), "x1"), "ep1/fight", "final"),
        _labelled(an_attempt(a_shot(prompt="f"), "f1"), "ep1/flight", "final", "night"),
        _labelled(an_attempt(a_shot(prompt="u"), "u1", Status.UNKNOWN), "ep1/storm"),
        _labelled(an_attempt(a_shot(prompt="n"), "n1", Status.NOT_LANDED), "ep1/never"),
    ]


def _costs(by: By = By.SHOT, *facts: Fact, scope: Scope | None = None, realm: Realm = Realm.PAID) -> Costs:
    return costs_of(Facts.of(*(facts or a_season())), realm=realm, by=by, scope=scope or Scope())


def _paid(costs: Costs) -> dict[str, float]:
    return {line.name: round(line.paid_usd, 4) for line in costs.lines}


def test_every_attempt_is_one_kind_of_money() -> None:
    """Settled, spare, in flight, at risk and refunded are told apart; what never landed cost nothing."""
    total = _costs().total

    assert {kind: (total.of(kind).attempts, round(total.of(kind).usd, 4)) for kind in Kind} == {
        Kind.SETTLED: (2, round(PRICE + 0.6098, 4)),
        Kind.SPARE: (1, PRICE),
        Kind.IN_FLIGHT: (1, PRICE),
        Kind.AT_RISK: (1, PRICE),
        Kind.REFUNDED: (1, PRICE),
    }
    assert total.tokens == 3 * 108_900


@pytest.mark.parametrize(
    ("by", "paid"),
    [
        (By.SHOT, {"ep1/moon": 2.1344, "ep1/fight": 0.0, "ep1/flight": 0.0, "ep1/storm": 0.0}),
        (By.MONTH, {"2026-04": 0.6098, "2026-05": 1.5246}),
        (By.TAG, {"hero": 1.5246, "night": 1.5246, "–": 0.6098}),
        (By.PROFILE, {"final": 1.5246, "draft": 0.6098, "–": 0.0}),
        (By.MODEL, {"dreamina-seedance-2-0": 1.5246, FAST: 0.6098}),
    ],
)
def test_money_is_added_up_by_what_is_asked_for(by: By, paid: dict[str, float]) -> None:
    """Dearest first, months in their order; with two tags it counts under both and once in the total."""
    costs = _costs(by)

    assert _paid(costs) == paid
    assert list(_paid(costs)) == list(paid)
    assert costs.total.paid_usd == pytest.approx(2 * PRICE + 0.60984)


@pytest.mark.parametrize(
    ("scope", "paid"),
    [
        (Scope(profile="draft"), 0.60984),
        (Scope(since=stretch_of("2026-05")[0]), 2 * PRICE),
        (Scope(until=stretch_of("2026-04")[1]), 0.60984),
        (Scope(since=stretch_of("2026-05-08")[0], until=stretch_of("2026-05-08")[1]), 2 * PRICE),
        (Scope(since=stretch_of("2026-05-09")[0]), 0.0),
    ],
)
def test_a_scope_leaves_out_what_lies_outside(scope: Scope, paid: float) -> None:
    """By profile, and by days and months that count whole, in UTC."""
    assert _costs(scope=scope).total.paid_usd == pytest.approx(paid)


def test_a_spare_stays_one_when_its_face_is_out_of_scope() -> None:
    """Which take stands is decided over all that is known, not over what is shown."""
    shot = a_shot()
    facts = [at(a_rendering(shot, "a1"), APRIL), a_rendering(shot, "a2")]
    may = _costs(By.SHOT, *facts, scope=Scope(since=stretch_of("2026-05")[0])).total
    assert (may.of(Kind.SETTLED).attempts, may.of(Kind.SPARE).attempts) == (0, 1)


def test_a_day_and_a_month_are_stretches_of_utc() -> None:
    """`2026-12` ends where 2027 begins."""
    assert stretch_of("2026-05-08") == (1_778_198_400, 1_778_284_800)
    assert stretch_of("2026-12")[1] == stretch_of("2027-01-01")[0]


@pytest.mark.parametrize("wrong", ["2026", "2026-13", "2026-02-30", "May", "2026-5-8"])
def test_what_is_neither_a_day_nor_a_month_is_no_date(wrong: str) -> None:
    """Nothing is guessed."""
    with pytest.raises(ValueError, match=r"."):
        stretch_of(wrong)


def test_the_realms_never_mix() -> None:
    """The sandbox's attempts are added up by themselves."""
    facts = [a_finished("p"), a_finished("s", realm=Realm.SANDBOX)]
    assert _costs(By.SHOT, *facts, realm=Realm.SANDBOX).total.of(Kind.SETTLED).attempts == 1


def test_estimates_are_held_against_what_was_settled() -> None:
    """Two takes estimated at $1 and settled at $0.7623 and $1.089: the sums, and how far one was off on average."""
    expected = estimated(1.0, 142_857)
    facts = [a_finished("a", estimate=expected), a_finished("b", tokens=155_571, estimate=expected)]

    accuracy = _costs(By.SHOT, *facts).accuracy

    assert accuracy is not None
    assert (accuracy.takes, accuracy.estimated_usd) == (2, 2.0)
    found = (accuracy.settled_usd, accuracy.bias, accuracy.mean_error)
    assert found == pytest.approx((1.8513, -0.07435, 0.16335), abs=1e-4)


def test_without_a_settled_take_there_is_no_accuracy() -> None:
    """What is in flight proves nothing."""
    assert _costs(By.SHOT, an_attempt(a_shot())).accuracy is None


def test_what_has_no_price_is_counted_and_not_summed() -> None:
    """Neither estimate nor tokens: it is said that the sum lacks it."""
    settled = _costs(By.SHOT, an_attempt(a_shot(), estimate=None)).total.of(Kind.IN_FLIGHT)
    assert (settled.attempts, settled.usd, settled.unpriced) == (1, 0.0, 1)


def test_a_time_that_no_calendar_has_is_no_month() -> None:
    """A lockfile is text that anybody can edit: an absurd time breaks nothing."""
    assert _paid(_costs(By.MONTH, at(a_finished("a"), 10**30))) == {"–": PRICE}


TABLE = """\
shot        takes   settled    spares in flight   at risk  refunded
ep1/moon        3     $1.37     $0.76         –         –         –
ep1/fight       0         –         –         –         –     $0.76
ep1/flight      0         –         –     $0.76         –         –
ep1/storm       0         –         –         –     $0.76         –
total           3     $1.37     $0.76     $0.76     $0.76     $0.76

326 700 tok, about $2.13 paid
1 spare was bought twice: $0.76; every one is kept
1 failure refunded by the gateway
estimates: $2.13, settled: $2.13 (as estimated); a take was off by 0.0 % on
  average, over 3 takes"""


def test_the_table_is_aligned_and_says_what_it_adds_up() -> None:
    """One line per group, the total, and the notes that its columns need."""
    assert costs_text(_costs(), width=80, style=PLAIN) == TABLE


def test_columns_without_an_amount_are_left_out() -> None:
    """A project in which all went well shows what it paid."""
    assert costs_text(_costs(By.MONTH, a_finished("a")), width=80, style=PLAIN).splitlines()[:3] == [
        "month    takes   settled",
        "2026-05      1     $0.76",
        "total        1     $0.76",
    ]


def test_nothing_spent_is_said_in_a_sentence() -> None:
    """No table without a line."""
    empty = costs_of(Facts(), realm=Realm.PAID, by=By.SHOT)
    assert costs_text(empty, width=80, style=PLAIN) == (
        "nothing was spent: no attempt is on record that cost or may cost money"
    )


@pytest.mark.parametrize("width", [70, 80, 140])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    """Long names give way in their middle; text from a lockfile cannot move the cursor."""
    facts = [_labelled(each, "ep1/" + "very-long-" * 12 + "\x1b[2Jname") for each in a_season()]
    for style in (PLAIN, COLOUR):
        text = costs_text(_costs(By.SHOT, *facts), width=width, style=style)
        assert [line for line in text.splitlines() if cells(line) > width] == []
    assert "\x1b" not in costs_text(_costs(By.SHOT, *facts), width=width, style=PLAIN)


def _read(costs: Costs, scope: Scope) -> Any:
    read = json.loads(json.dumps(costs_document(costs, scope)))
    Draft202012Validator(costs_schema()).validate(read)
    return read


def test_machines_get_every_sum() -> None:
    """`cost --json` is valid by its schema and holds lines, total and accuracy."""
    scope = Scope(profile="draft")
    nothing = {"attempts": 0, "usd": 0.0, "unpriced": 0}
    line = {
        "tokens": 108_900,
        "paid_usd": 0.60984,
        "settled": {"attempts": 1, "usd": 0.60984, "unpriced": 0},
        **dict.fromkeys(("spares", "in_flight", "at_risk", "refunded"), nothing),
    }

    assert _read(_costs(By.MONTH, *a_season(), scope=scope), scope) == {
        "format": "seedance-spec/cost/1",
        "realm": "paid",
        "by": "month",
        "profile": "draft",
        "since": None,
        "until": None,
        "lines": [{"name": "2026-04", **line}],
        "total": {"name": "total", **line},
        "accuracy": {
            "takes": 1,
            "estimated_usd": 0.60984,
            "settled_usd": 0.60984,
            "bias": 0.0,
            "mean_error": 0.0,
        },
    }


@some
@given(facts=st.lists(attempts, max_size=8), by=st.sampled_from([By.SHOT, By.MONTH, By.PROFILE, By.MODEL]))
def test_the_lines_add_up_to_the_total(facts: list[AttemptFact], by: By) -> None:
    """Every attempt is in exactly one line, whatever a lockfile holds."""
    costs = costs_of(Facts.of(*facts), realm=Realm.PAID, by=by)

    for kind in Kind:
        assert sum(line.of(kind).attempts for line in costs.lines) == costs.total.of(kind).attempts
        assert sum(line.of(kind).usd for line in costs.lines) == pytest.approx(costs.total.of(kind).usd)
