"""The life of an attempt as one table: what every event makes of every stage, and that nothing is left out."""

from __future__ import annotations

from typing import get_args

import pytest

from seedance_spec.attempts.life import TERMINAL, step
from seedance_spec.attempts.stages import Effect, Event, Release, Stage, StopSubmits, Tell
from tests.support.attempts import EVENTS, a_state

# stage | event -> next stage: effects. A pair that is not here leaves the stage and does nothing.
TABLE = """
claimed      | started             -> connecting: Post
claimed      | accepted            -> submitted: Record Reach Ask
claimed      | refused             -> released: Release
claimed      | refused: no money   -> released: Release StopSubmits(all)
claimed      | refused: busy       -> released: Release(again)
claimed      | never sent          -> released: Release(again)
claimed      | outcome unknown     -> unknown: Record Reach Tell(unknown) Seek
claimed      | restarted           -> released: Release(again)
claimed      | poked: running      -> claimed: Record
claimed      | poked: succeeded    -> claimed: Record
claimed      | poked: clip         -> claimed: Record
claimed      | poked: failed       -> claimed: Record
claimed      | poked: expired      -> claimed: Record
claimed      | ask refused         -> claimed: StopAsking

connecting   | mark connecting     -> connecting: Reach
connecting   | mark bytes-out      -> bytes-out: Reach
connecting   | accepted            -> submitted: Record Reach Ask
connecting   | refused             -> released: Release
connecting   | refused: no money   -> released: Release StopSubmits(all)
connecting   | refused: busy       -> released: Release(again)
connecting   | never sent          -> released: Release(again)
connecting   | outcome unknown     -> unknown: Record Reach Tell(unknown) Seek
connecting   | restarted           -> released: Release(again)
connecting   | poked: running      -> connecting: Record
connecting   | poked: succeeded    -> connecting: Record
connecting   | poked: clip         -> connecting: Record
connecting   | poked: failed       -> connecting: Record
connecting   | poked: expired      -> connecting: Record
connecting   | ask refused         -> connecting: StopAsking

bytes-out    | accepted            -> submitted: Record Reach Ask
bytes-out    | refused             -> released: Release
bytes-out    | refused: no money   -> released: Release StopSubmits(all)
bytes-out    | refused: busy       -> released: Release(again)
bytes-out    | never sent          -> released: Release(again)
bytes-out    | outcome unknown     -> unknown: Record Reach Tell(unknown) Seek
bytes-out    | restarted           -> unknown: Record Reach Tell(unknown) Seek
bytes-out    | poked: running      -> bytes-out: Record
bytes-out    | poked: succeeded    -> bytes-out: Record
bytes-out    | poked: clip         -> bytes-out: Record
bytes-out    | poked: failed       -> bytes-out: Record
bytes-out    | poked: expired      -> bytes-out: Record
bytes-out    | ask refused         -> bytes-out: StopAsking

released     | poked               -> released: Tell(orphan)
released     | poked: running      -> released: Tell(orphan)
released     | poked: succeeded    -> released: Tell(orphan)
released     | poked: clip         -> released: Tell(orphan)
released     | poked: failed       -> released: Tell(orphan)
released     | poked: expired      -> released: Tell(orphan)
released     | ask refused         -> released: StopAsking

unknown      | accepted            -> submitted: Record Reach Ask
unknown      | poked               -> landed: Record Tell(landed) Seek
unknown      | poked: running      -> landed: Record Tell(landed) Seek
unknown      | poked: succeeded    -> landed: Record Tell(landed) Seek
unknown      | poked: clip         -> landed: Record Tell(landed) Seek Salvage
unknown      | poked: failed       -> landed: Record Tell(landed) Tell(upstream-failed) Seek
unknown      | poked: expired      -> landed: Record Tell(landed) Tell(upstream-expired) Seek
unknown      | ask refused         -> unknown: StopAsking
unknown      | restarted           -> unknown: Seek
unknown      | deadline passed     -> unknown: Tell(late) Rest
unknown      | resolved landed     -> submitted: Record Ask
unknown      | resolved not landed -> not-landed: Record

not-landed   | accepted            -> submitted: Record Reach Ask
not-landed   | poked               -> landed: Record Tell(landed) Seek
not-landed   | poked: running      -> landed: Record Tell(landed) Seek
not-landed   | poked: succeeded    -> landed: Record Tell(landed) Seek
not-landed   | poked: clip         -> landed: Record Tell(landed) Seek Salvage
not-landed   | poked: failed       -> landed: Record Tell(landed) Tell(upstream-failed) Seek
not-landed   | poked: expired      -> landed: Record Tell(landed) Tell(upstream-expired) Seek
not-landed   | ask refused         -> not-landed: StopAsking
not-landed   | resolved landed     -> submitted: Record Ask

landed       | accepted            -> submitted: Record Reach Ask
landed       | poked: running      -> landed: Record
landed       | poked: succeeded    -> landed: Record
landed       | poked: clip         -> landed: Record Salvage
landed       | poked: failed       -> landed: Record Tell(upstream-failed)
landed       | poked: expired      -> landed: Record Tell(upstream-expired)
landed       | ask refused         -> landed: StopAsking
landed       | restarted           -> landed: Seek
landed       | salvaged            -> stored: Record Tell(salvaged)
landed       | salvage faulted     -> landed: Salvage
landed       | salvage refused     -> landed: Tell(unsalvaged)
landed       | deadline passed     -> landed: Tell(late) Rest
landed       | resolved landed     -> submitted: Record Ask
landed       | resolved not landed -> landed: Tell(proven)

submitted    | restarted           -> submitted: Ask
submitted    | poked               -> submitted: Ask
submitted    | poked: running      -> submitted: Record Ask
submitted    | poked: succeeded    -> submitted: Record Ask
submitted    | poked: clip         -> submitted: Record Ask
submitted    | poked: failed       -> submitted: Record Tell(upstream-failed) Ask
submitted    | poked: expired      -> submitted: Record Tell(upstream-expired) Ask
submitted    | task waiting        -> submitted: Ask
submitted    | task running        -> submitted: Record Ask
submitted    | task odd            -> submitted: Record Ask
submitted    | task succeeded      -> succeeded: Record Fetch
submitted    | task failed         -> failed: Record
submitted    | task absent         -> submitted: Tell(absent) Ask
submitted    | ask later           -> submitted: Ask
submitted    | ask refused         -> submitted: StopAsking
submitted    | deadline passed     -> submitted: Tell(late) Rest

failed       | poked: succeeded    -> failed: Tell(upstream-succeeded) Ask
failed       | poked: clip         -> failed: Tell(upstream-succeeded) Ask
failed       | task succeeded      -> succeeded: Record Fetch
failed       | ask refused         -> failed: StopAsking

succeeded    | restarted           -> succeeded: Fetch
succeeded    | ask refused         -> succeeded: StopAsking
succeeded    | clip stored         -> stored: Record
succeeded    | clip faulted        -> succeeded: Fetch
succeeded    | clip dead           -> succeeded: Tell(missing) Rest
succeeded    | deadline passed     -> succeeded: Tell(late) Rest
succeeded    | retaken             -> gone: Record

stored       | ask refused         -> stored: StopAsking
gone         | ask refused         -> gone: StopAsking
"""

ROWS = {
    (stage.strip(), event.strip()): outcome.strip()
    for stage, _, rest in (line.partition("|") for line in TABLE.strip().splitlines() if line)
    for event, _, outcome in (rest.partition("->"),)
}


def _word(effect: Effect) -> str:
    match effect:
        case Tell():
            return f"Tell({effect.hint})"
        case StopSubmits():
            return f"StopSubmits({effect.scope})"
        case Release(again=True):
            return "Release(again)"
        case _:
            return type(effect).__name__


@pytest.mark.parametrize("stage", Stage)
@pytest.mark.parametrize("event", EVENTS)
def test_every_event_in_every_stage_does_what_the_table_says(stage: Stage, event: str) -> None:
    """Each stage answers each event with the stage and the effects of its row, and with nothing where it has none."""
    after, effects = step(a_state(stage), EVENTS[event])

    done = " ".join(map(_word, effects))
    assert f"{after.stage}: {done}".removesuffix(": ") == ROWS.get((stage, event), stage)


def test_the_table_speaks_of_every_kind_of_event() -> None:
    """No kind of event is without an example, and no row names a stage or an event that does not exist."""
    assert {type(event) for event in EVENTS.values()} == set(get_args(Event))
    assert {stage for stage, _ in ROWS} <= set(Stage)
    assert {event for _, event in ROWS} <= set(EVENTS)


@pytest.mark.parametrize("stage", sorted(TERMINAL))
@pytest.mark.parametrize("event", EVENTS)
def test_nothing_leaves_a_terminal_stage(stage: Stage, event: str) -> None:
    """A released, stored or given-up attempt stays exactly as it is, whatever comes."""
    assert step(a_state(stage), EVENTS[event])[0] == a_state(stage)
