"""Histories of one attempt that decide about money: told from the claim to the end."""

from __future__ import annotations

import pytest

from seedance_spec.attempts.life import step
from seedance_spec.attempts.ports import Accepted, Mark, Refused, Scope, TaskState, Unknown
from seedance_spec.attempts.stages import (
    ClipStored,
    Event,
    Marked,
    Poked,
    Post,
    Record,
    Release,
    ResolvedLanded,
    ResolvedNotLanded,
    Stage,
    Started,
    State,
    StopSubmits,
)
from seedance_spec.attempts.standing import recorded, state_of
from seedance_spec.lockfile.facts import Report, Reporter, Status
from tests.support.attempts import NOW, TASK, UPSTREAM, Life, a_claim, a_state, a_view
from tests.support.facts import digest

SENT: tuple[Event, ...] = (Started(), Marked(mark=Mark.CONNECTING), Marked(mark=Mark.BYTES_OUT))
ACCEPTED = Accepted(task_id=TASK, created_at=int(NOW))
LOST = Unknown(reason="reset after the body")
QUEUED = Poked(upstream_id=UPSTREAM, upstream_status="queued")


def test_an_attempt_that_goes_well_ends_stored_after_one_post() -> None:
    """From claim to clip: one POST, and the fact says what the gateway and the store said."""
    life = Life().meet(*SENT, ACCEPTED, QUEUED, a_view(TaskState.SUCCEEDED, tokens=108900, finish_time=int(NOW) + 98))
    life.meet(ClipStored(output=digest("clip"), bytes=4718203, frames=121))

    assert (life.state.stage, life.done(Post)) == (Stage.STORED, 1)
    assert life.fact == a_claim(
        status=Status.SUCCEEDED,
        task_id=TASK,
        upstream_ids=(UPSTREAM,),
        submitted_at=int(NOW),
        reports={
            Reporter.GATEWAY: Report(
                tokens=108900, finished_at=int(NOW) + 98, output=digest("clip"), bytes=4718203, frames=121
            )
        },
    )


@pytest.mark.parametrize(
    ("reached", "stage"),
    [(0, Stage.RELEASED), (1, Stage.RELEASED), (2, Stage.RELEASED), (3, Stage.UNKNOWN)],
    ids=["claimed", "started", "connecting", "bytes-out"],
)
def test_a_crash_leaves_unknown_only_once_the_bytes_were_out(reached: int, stage: Stage) -> None:
    """Before the bytes are out a dead holder's claim is free again; after that nobody may send it again."""
    life = Life().meet(*SENT[:reached]).crash()

    assert (life.state.stage, life.done(Release)) == (stage, int(stage is Stage.RELEASED))


def test_a_lost_answer_is_proven_by_a_callback_and_named_by_the_user() -> None:
    """An unknown submit becomes landed by a callback; the task id that the user names finishes it."""
    life = Life().meet(*SENT, LOST, QUEUED)
    assert life.fact.status is Status.LANDED

    life.meet(ResolvedLanded(task_id=TASK), a_view(TaskState.SUCCEEDED))

    assert (life.state, life.done(Post)) == (State(stage=Stage.SUCCEEDED, task_id=TASK), 1)


@pytest.mark.parametrize("lost", [LOST, Refused(code="gateway-error", message="do_request_failed", status=400)])
def test_a_callback_before_the_answer_outweighs_what_the_answer_says(lost: Event) -> None:
    """Whoever was called back has landed, even if the POST then breaks off or is called refused."""
    assert Life().meet(*SENT, QUEUED, lost).state.stage is Stage.LANDED


def test_a_callback_outlives_a_crash_before_the_answer() -> None:
    """A callback in the inbox proves that it landed even when the process that waited for the answer is dead."""
    assert Life().meet(*SENT, QUEUED).crash().state.stage is Stage.LANDED


def test_a_callback_does_not_undo_our_own_proof_that_nothing_was_sent() -> None:
    """What our own mark says was never sent stays released, whatever a callback claims."""
    assert Life().meet(*SENT[:2], QUEUED).crash().state.stage is Stage.RELEASED


def test_a_late_success_beats_a_failure_that_the_gateway_had_called() -> None:
    """A task that the gateway gave up on and that then succeeds is fetched."""
    life = Life().meet(*SENT, ACCEPTED, a_view(TaskState.FAILED, gateway_gave_up=True), a_view(TaskState.SUCCEEDED))

    assert (life.state.stage, life.fact.status) == (Stage.SUCCEEDED, Status.SUCCEEDED)


def test_a_callback_that_says_failed_changes_nothing_but_what_is_known_of_the_upstream() -> None:
    """`failed` by callback is evidence: the task stays submitted until GET says so."""
    life = Life().meet(*SENT, ACCEPTED)
    before = life.fact

    life.meet(Poked(upstream_id=UPSTREAM, upstream_status="failed"))

    assert (life.state.stage, life.fact) == (Stage.SUBMITTED, recorded(before, Record(upstream_id=UPSTREAM)))


def test_two_upstream_tasks_of_one_post_are_both_remembered() -> None:
    """A gateway that re-routed leaves two upstream ids, sorted and each once."""
    life = Life().meet(*SENT, ACCEPTED, QUEUED, Poked(upstream_id="cgt-2"), QUEUED)

    assert life.fact.upstream_ids == ("cgt-2", UPSTREAM)


def test_the_users_not_landed_yields_to_proof() -> None:
    """What the user called not landed becomes landed when a callback comes, and then cannot be called so again."""
    life = Life().meet(*SENT, LOST, ResolvedNotLanded())
    assert life.fact.status is Status.NOT_LANDED

    life.meet(QUEUED, ResolvedNotLanded())

    assert (life.state.stage, life.fact.status) == (Stage.LANDED, Status.LANDED)


def test_a_refused_key_stops_every_further_submit() -> None:
    """A refusal of wider scope than the shot frees the claim and stops the others."""
    refusal = Refused(code="bad-key", message="Invalid token", status=401, scope=Scope.ALL)

    _, effects = step(a_state(Stage.BYTES_OUT), refusal)

    assert effects == (
        Release(reason="bad-key: Invalid token"),
        StopSubmits(scope=Scope.ALL, code="bad-key", message="Invalid token"),
    )


@pytest.mark.parametrize(
    ("status", "stored", "stage"),
    [
        (Status.UNKNOWN, False, Stage.UNKNOWN),
        (Status.NOT_LANDED, False, Stage.NOT_LANDED),
        (Status.LANDED, False, Stage.LANDED),
        (Status.SUBMITTED, False, Stage.SUBMITTED),
        (Status.FAILED, False, Stage.FAILED),
        (Status.SUCCEEDED, False, Stage.SUCCEEDED),
        (Status.SUCCEEDED, True, Stage.STORED),
        (Status.GONE, False, Stage.GONE),
    ],
)
def test_a_fact_of_the_lockfile_alone_tells_its_stage(status: Status, stored: bool, stage: Stage) -> None:  # noqa: FBT001 - a parameter of a table
    """A clone that has only the lockfile takes an attempt up where the lockfile left it."""
    assert state_of(a_claim(status=status, task_id=TASK), stored=stored) == State(stage=stage, task_id=TASK)


def test_a_submitted_fact_without_a_task_id_stands_no_further_than_landed() -> None:
    """Nothing can be asked about a task that has no id."""
    assert state_of(a_claim(status=Status.SUBMITTED)).stage is Stage.LANDED
