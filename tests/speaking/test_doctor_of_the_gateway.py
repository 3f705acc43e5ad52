"""What `doctor` makes of a gateway's answers: key, models, balance, version, clock and billing log."""

from __future__ import annotations

from typing import Any

import pytest

from seedance_spec.attempts.ports import AskLater
from seedance_spec.doctor.finding import State, Trouble
from seedance_spec.doctor.gateway import GatewaySight, NoGateway, NoKey, Seen, SeenLog, gateway_findings
from seedance_spec.gateway.account import UNLIMITED_USD, AccountAnswer
from seedance_spec.gateway.billing_log import LogClosed
from seedance_spec.gateway.error_answers import Shape
from tests.support.doctoring import states

OK, WARN, FAIL, SKIPPED = State.OK, State.WARN, State.FAIL, State.SKIPPED

MODEL = "dreamina-seedance-2-0"


def answer(status: int = 200, *, shape: Shape = Shape.OPAQUE, **fields: Any) -> AccountAnswer:
    return AccountAnswer(status=status, shape=shape, **fields)


ABSENT = answer(400, shape=Shape.TASK, code="task_not_exist", version="v0.12.11", date=1000.0)
MODELS = answer(body={"data": [{"id": MODEL}]})
LATER = AskLater(reason="HTTP 502")


def told(
    no_task: Seen = ABSENT,
    *,
    models: Seen = MODELS,
    limit: float | None = 100.0,
    log: SeenLog = (),
    at: float = 1000.5,
    called_back: bool = False,
) -> dict[str, State]:
    """How each check of the gateway ends; a key with $98.25 left unless `limit` says otherwise."""
    seen = GatewaySight(
        url="https://gateway.example",
        source="EASYROUTER_API_KEY",
        asked_at=at,
        answered_at=at + 0.1,
        no_task=no_task,
        models=models,
        limit=LATER if limit is None else answer(body={"hard_limit_usd": limit}),
        spent=answer(body={"total_usage": 175}),
        log=log,
    )
    return states(list(gateway_findings(seen, wanted=frozenset({MODEL}), called_back=called_back)))


WELL = dict.fromkeys(["gateway", "key", "models", "balance", "version", "clock", "billing log"], OK)


def test_a_gateway_without_fault_is_all_right() -> None:
    """An accepted key, its model, money, a version, the same time and an open log: nothing to do."""
    assert told() == WELL


@pytest.mark.parametrize(
    ("no_task", "found"),
    [
        (
            answer(401, shape=Shape.MIDDLEWARE, date=1000.0),
            {"gateway": OK, "key": FAIL, "version": SKIPPED, "clock": OK},
        ),
        (answer(404, message="Invalid URL (GET /x)", shape=Shape.MIDDLEWARE), {"gateway": FAIL}),
        (answer(404), {"gateway": FAIL}),
        (answer(200), {"gateway": FAIL}),
        (answer(302), {"gateway": FAIL}),
        (answer(502), {"gateway": FAIL, "key": SKIPPED, "version": SKIPPED, "clock": SKIPPED}),
        (answer(403), {"gateway": FAIL, "key": SKIPPED, "version": SKIPPED, "clock": SKIPPED}),
        (AskLater(reason="no answer"), {"gateway": FAIL}),
        (Trouble("no answer within 5 s"), {"gateway": FAIL}),
    ],
    ids=["key refused", "another service", "a web site", "a page", "a redirect", "trouble", "a wall", "nobody", "late"],
)
def test_whoever_does_not_answer_as_a_gateway_is_told_apart(no_task: Seen, found: dict[str, State]) -> None:
    """A refused key, a wrong address and an outage are three findings, and none is taken for another."""
    assert told(no_task) == found


@pytest.mark.parametrize(("models", "verdict"), [(MODELS, OK), (answer(403), FAIL), (LATER, FAIL)])
def test_a_key_with_a_list_of_models_is_no_locked_out_key(models: Seen, verdict: State) -> None:
    """Both are refused a task that does not exist; only the first is told its models."""
    assert told(answer(403, shape=Shape.MIDDLEWARE), models=models)["key"] is verdict


@pytest.mark.parametrize(
    ("limit", "verdict"),
    [(100.0, OK), (3.0, WARN), (1.75, FAIL), (1.0, FAIL), (UNLIMITED_USD, OK), (None, SKIPPED)],
)
def test_a_balance_warns_while_there_is_some_and_fails_when_there_is_none(limit: float, verdict: State) -> None:
    """Less than one submit holds is a warning; nothing at all refuses every submit."""
    assert told(limit=limit)["balance"] is verdict


@pytest.mark.parametrize(
    ("models", "verdict"),
    [(MODELS, OK), (answer(body={"data": [{"id": "another"}]}), WARN), (answer(404), SKIPPED), (LATER, SKIPPED)],
)
def test_a_model_that_the_key_may_not_use_is_named(models: Seen, verdict: State) -> None:
    """The specs' models are compared with the key's list, where there is one."""
    assert told(models=models)["models"] is verdict


@pytest.mark.parametrize(
    ("off", "verdict"),
    [(0, OK), (59, OK), (-59, OK), (120, WARN), (-120, WARN), (599, WARN), (700, FAIL), (-700, FAIL)],
)
def test_a_clock_warns_after_a_minute_and_fails_after_ten(off: float, verdict: State) -> None:
    """Ahead or behind alike; what may be the way of the answer or the header's whole seconds is no skew."""
    assert told(at=1000.5 + off)["clock"] is verdict


@pytest.mark.parametrize(("off", "words"), [(3600, "59 min ahead of"), (-3600, "59 min behind")])
def test_a_clock_that_is_off_says_which_way(off: float, words: str) -> None:
    """The machine is said to be ahead of the gateway, or behind it."""
    seen = GatewaySight(
        url="u", source="s", asked_at=1000.5 + off, answered_at=1000.6 + off, no_task=ABSENT,
        models=LATER, limit=LATER, spent=LATER, log=LATER,
    )  # fmt: skip
    (clock,) = (each for each in gateway_findings(seen, wanted=frozenset(), called_back=False) if each.name == "clock")
    assert words in clock.said


@pytest.mark.parametrize(
    ("log", "called_back", "verdict"),
    [
        ((), False, OK),
        (LogClosed(reason="none"), True, OK),
        (LogClosed(reason="none"), False, WARN),
        (LATER, False, SKIPPED),
        (Trouble("late"), False, SKIPPED),
    ],
)
def test_without_billing_log_and_callbacks_a_lost_answer_needs_a_person(
    log: SeenLog, verdict: State, *, called_back: bool
) -> None:
    """A closed log is a drawback only where no callback could prove that a submit landed."""
    assert told(log=log, called_back=called_back)["billing log"] is verdict


@pytest.mark.parametrize(("needed", "verdict"), [(False, WARN), (True, FAIL)])
def test_without_a_key_the_gateway_is_not_looked_at(verdict: State, *, needed: bool) -> None:
    """No key is a warning, an unreadable key file needs the user; both say what could not be looked at."""
    no_key = NoKey(reason="there is no API key", way_out="set one", needed=needed)
    assert states(list(gateway_findings(no_key, wanted=frozenset(), called_back=False))) == {
        "key": verdict,
        "gateway": SKIPPED,
    }


def test_a_sandbox_that_does_not_run_is_no_fault() -> None:
    """It is started when it is needed."""
    nobody = NoGateway(reason="no sandbox runs", way_out="apply starts one")
    assert states(list(gateway_findings(nobody, wanted=frozenset(), called_back=False))) == {"gateway": SKIPPED}
