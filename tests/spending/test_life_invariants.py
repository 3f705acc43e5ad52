"""What no history of an attempt can break: one POST, no money moved by a callback, no way back, idle replays."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from seedance_spec.attempts.life import TERMINAL, step
from seedance_spec.attempts.ports import Mark
from seedance_spec.attempts.stages import (
    TASKLESS,
    Ask,
    Event,
    Poked,
    Post,
    Record,
    Release,
    Salvage,
    Seek,
    Stage,
    State,
    Tell,
)
from seedance_spec.lockfile.facts import Status
from tests.support.attempts import EVENTS, TASK, Life

CRASH = "crash"
events = st.sampled_from(list(EVENTS.values()))
pokes = st.builds(
    Poked,
    upstream_id=st.none() | st.sampled_from(["cgt-1", "cgt-2"]),
    clip=st.booleans(),
    upstream_status=st.none() | st.sampled_from(["queued", "running", "succeeded", "failed", "expired", "nonsense"]),
)
posting = st.sampled_from([event for name, event in EVENTS.items() if name.startswith(("started", "mark"))])
histories = st.lists(events | posting | pokes | st.just(CRASH), max_size=40)
states = st.builds(State, stage=st.sampled_from(Stage), task_id=st.just(TASK), poked=st.booleans())

FORWARD = tuple(Status)


def _lived(history: list[Event | str]) -> Life:
    life = Life()
    for each in history:
        if isinstance(each, str):
            life.crash()
        else:
            life.meet(each)
    return life


@given(histories)
def test_no_history_posts_twice(history: list[Event | str]) -> None:
    """I1: whatever happens, in whatever order, with whatever crashes, one attempt is sent at most once."""
    assert _lived(history).done(Post) <= 1


@given(states, pokes)
def test_a_callback_moves_no_money(state: State, poke: Poked) -> None:
    """I5: a callback leaves the stage as it is, or proves that an unresolved submit landed; it only looks and tells.

    A clip is salvaged by its word only where no task id is known.
    """
    after, effects = step(state, poke)

    moved = (state.stage, after.stage)
    unresolved = {Stage.UNKNOWN, Stage.NOT_LANDED}
    assert after.stage is state.stage or (moved[0] in unresolved and moved[1] is Stage.LANDED)
    assert after.task_id == state.task_id or moved[1] is Stage.LANDED
    assert all(isinstance(effect, Record | Ask | Seek | Salvage | Tell) for effect in effects)
    assert all(effect.report is None and effect.task_id is None for effect in effects if isinstance(effect, Record))
    assert after.stage in TASKLESS or not any(isinstance(effect, Salvage) for effect in effects)


@given(states, st.lists(events | pokes, max_size=5))
def test_a_terminal_stage_stays(state: State, later: list[Event]) -> None:
    """I6: released, stored and gone are final."""
    final = state
    for event in later:
        final, _ = step(final, event)

    assert state.stage not in TERMINAL or final == state


@given(histories, histories)
def test_a_fact_only_moves_forward(history: list[Event | str], more: list[Event | str]) -> None:
    """I6: the status on record after more events is never an earlier one."""
    earlier, later = _lived(history).fact.status, _lived([*history, *more]).fact.status

    assert FORWARD.index(later) >= FORWARD.index(earlier)


@given(histories)
def test_reading_the_whole_inbox_again_changes_nothing(history: list[Event | str]) -> None:
    """I8: every callback handed in once more leaves state and fact as they are."""
    life = _lived(history)
    state, fact = life.state, life.fact

    life.meet(*life.pokes)

    assert (life.state, life.fact) == (state, fact)


@given(histories)
def test_what_was_recorded_survives_a_crash(history: list[Event | str]) -> None:
    """A crash after the outcome of the POST is recorded changes neither stage nor fact."""
    life = _lived(history)
    before = (life.state.stage, life.fact)

    life.crash()

    undecided = {Stage.CLAIMED, Stage.CONNECTING, Stage.BYTES_OUT}
    assert before[0] in undecided or (life.state.stage, life.fact) == before


@given(histories)
def test_a_dead_holder_frees_a_take_only_if_its_bytes_never_went_out(history: list[Event | str]) -> None:
    """A claim that is released without the gateway's word has no mark beyond connecting, and is released once."""
    life = _lived(history)

    assert life.done(Release) <= 1
    assert not (life.released or "").startswith("never sent:") or life.mark in {Mark.CLAIMED, Mark.CONNECTING}
