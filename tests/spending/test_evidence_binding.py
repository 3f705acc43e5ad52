"""Which task is which lost attempt's: what binds, what does not, and that nothing ambiguous ever does."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedance_spec.attempts.evidence import EARLIEST, LATEST, Lost, bind, candidates, is_of, lost_of, misfits
from seedance_spec.attempts.fingerprint import fingerprint
from seedance_spec.attempts.ports import TaskState, TaskView
from seedance_spec.gateway.billing_log import LogKind, LogRow
from seedance_spec.lockfile.facts import Status
from tests.support.deciding import NOON, a_shot, an_attempt

SHOT = a_shot("film/moon")
OWN = 77_777


def a_loss(attempt_id: str = "a1", **overrides: Any) -> Lost:
    lost = Lost(attempt_id=attempt_id, model="dreamina-seedance-2-0", submitted_at=NOON, expiry=OWN, is_own=True)
    return replace(lost, **overrides)


def a_task(task_id: str = "task_1", **overrides: Any) -> TaskView:
    view = TaskView(
        task_id=task_id,
        state=TaskState.SUCCEEDED,
        status="SUCCESS",
        submit_time=NOON + 2,
        upstream_id="cgt-1",
        model_served="dreamina-seedance-2-0-260128",
        execution_expires_after=OWN,
    )
    return replace(view, **overrides)


def test_fingerprint_model_and_time_bind_a_task() -> None:
    """The one task that carries an attempt's own number, of its model and its time, is its task."""
    assert bind([a_loss()], [a_task(), a_task("task_2", execution_expires_after=OWN + 1)]) == {"a1": "task_1"}


@pytest.mark.parametrize(
    "task",
    [
        a_task(execution_expires_after=OWN + 1),
        a_task(execution_expires_after=None),
        a_task(model_served="dreamina-seedance-2-0-fast-260128"),
        a_task(model_served=None),
        a_task(submit_time=NOON + EARLIEST - 1),
        a_task(submit_time=NOON + LATEST + 1),
        a_task(submit_time=None),
    ],
    ids=["number", "no number", "model", "no model", "too early", "too late", "no time"],
)
def test_what_disagrees_or_says_nothing_binds_nothing(task: TaskView) -> None:
    """Each of fingerprint, model and time must be said and must agree."""
    assert bind([a_loss()], [task]) == {}


def test_what_fits_two_stays_unknown() -> None:
    """Two tasks for one attempt, or two attempts for one task: none is bound; others are, all the same."""
    other = a_loss("a9", expiry=OWN + 9)
    others = a_task("task_9", execution_expires_after=OWN + 9)
    assert bind([a_loss(), other], [a_task(), a_task("task_2"), others]) == {"a9": "task_9"}
    assert bind([a_loss(), a_loss("a2"), other], [a_task(), others]) == {"a9": "task_9"}


def test_an_authors_own_value_proves_nothing_alone() -> None:
    """Where the author set the number, only the upstream's id from a callback on the attempt's capability binds."""
    authors = a_loss(is_own=False)
    assert bind([authors], [a_task()]) == {}
    assert bind([replace(authors, upstream_ids=("cgt-1",))], [a_task()]) == {"a1": "task_1"}
    assert bind([replace(authors, upstream_ids=("cgt-1",))], [a_task(execution_expires_after=5)]) == {}


def test_vendors_and_dates_in_a_models_name_do_not_matter() -> None:
    """`doubao-…` and `dreamina-…` with a date are the model that was asked for without one."""
    assert is_of(a_task(model_served="doubao-seedance-2-0-270131"), a_loss())


def test_a_fact_tells_what_its_attempt_is_recognised_by() -> None:
    """Its own fingerprint, or the author's number; with a task id nothing is lost."""
    fact = an_attempt(SHOT, status=Status.UNKNOWN, task_id=None)
    assert lost_of(fact) == a_loss(expiry=fingerprint("a1"))
    authors = an_attempt(a_shot(execution_expires_after=90_000), status=Status.UNKNOWN, task_id=None)
    assert lost_of(authors) == a_loss(expiry=90_000, is_own=False)
    assert lost_of(an_attempt(SHOT)) is None


def test_only_tasks_that_nobody_knows_and_that_may_be_ours_are_looked_at() -> None:
    """Rows without a task, from before the loss, or of a task on record are passed over; the oldest comes first."""

    def row(task_id: str | None, at: int) -> LogRow:
        return LogRow(kind=LogKind.REFUND, at=at, task_id=task_id)

    rows = [row("late", NOON + 90), row("task_a2", NOON + 5), row(None, NOON), row("old", NOON - 9_999), row("b", NOON)]
    assert candidates(rows, [an_attempt(SHOT, "a2")], lost=[a_loss()]) == ("b", "late")
    assert candidates(rows, [], lost=[]) == ()


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ({"model_served": "dreamina-seedance-2-0-fast-260128"}, "it was rendered by dreamina-seedance-2-0-fast"),
        ({"duration": 10}, "its duration is 10, the shot asks for 5"),
        ({"resolution": "480p"}, "its resolution is 480p, the shot asks for 720p"),
        ({"ratio": "9:16"}, "its ratio is 9:16, the shot asks for 16:9"),
        ({"execution_expires_after": 1}, "its execution_expires_after is 1, this attempt sent"),
        ({"submit_time": NOON + 99_999}, "it was submitted at another time"),
        ({}, ""),
    ],
    ids=["model", "duration", "resolution", "ratio", "fingerprint", "time", "fits"],
)
def test_a_task_that_does_not_fit_is_named_with_its_reason(said: dict[str, Any], reason: str) -> None:
    """The first thing that disagrees is said in a sentence; what the gateway leaves out is no reason."""
    fact = an_attempt(a_shot(duration=5, resolution="720p"), status=Status.UNKNOWN, task_id=None)
    task = a_task(execution_expires_after=None, submit_time=None, model_served=None)
    assert "; ".join(misfits(replace(task, **said), fact, ours=True)).startswith(reason)
    assert bool(reason) == bool([*misfits(replace(task, **said), fact, ours=True)])


losses = st.builds(
    a_loss,
    st.sampled_from(["a1", "a2", "a3", "a4"]),
    expiry=st.sampled_from([OWN, OWN + 1, OWN + 2]),
    submitted_at=st.sampled_from([NOON, NOON + 3_000]),
    is_own=st.booleans(),
    upstream_ids=st.lists(st.sampled_from(["cgt-1", "cgt-2"]), max_size=2).map(tuple),
)
tasks = st.builds(
    a_task,
    st.sampled_from(["task_1", "task_2", "task_3", "task_4"]),
    execution_expires_after=st.sampled_from([None, OWN, OWN + 1, OWN + 2]),
    submit_time=st.sampled_from([None, NOON, NOON + 3_000, NOON + 9_000]),
    upstream_id=st.sampled_from([None, "cgt-1", "cgt-2"]),
)
some_losses = st.lists(losses, max_size=4, unique_by=lambda each: each.attempt_id)
some_tasks = st.lists(tasks, max_size=4, unique_by=lambda each: each.task_id)


@given(some_losses, some_tasks)
def test_nothing_ambiguous_is_ever_bound(lost: list[Lost], seen: list[TaskView]) -> None:
    """Every bound pair fits, and neither of the two fits anything else; so no two attempts share a task."""
    bound = bind(lost, seen)

    for attempt_id, task_id in bound.items():
        fitting = [(a.attempt_id, t.task_id) for a in lost for t in seen if is_of(t, a)]
        assert [pair for pair in fitting if attempt_id in pair or task_id in pair] == [(attempt_id, task_id)]
    assert len(set(bound.values())) == len(bound)


@given(some_losses.flatmap(lambda a: st.tuples(st.just(a), st.permutations(a))), some_tasks)
def test_the_order_in_which_things_are_seen_decides_nothing(
    lost: tuple[list[Lost], list[Lost]], seen: list[TaskView]
) -> None:
    """Attempts and tasks in any order, tasks seen twice: one result."""
    assert bind(lost[0], seen) == bind(lost[1], [*reversed(seen), *seen])
