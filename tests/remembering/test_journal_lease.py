"""One conductor per project: the lease passes on when its holder is dead or silent, and at no other time."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from seedance_spec.journal.lease import LEASE_SECONDS, Conductorship
from seedance_spec.journal.memory import MemoryJournal
from seedance_spec.journal.owner import Sight

FIRST, SECOND = "first", "second"


@dataclass(slots=True)
class Stage:
    """Two would-be conductors, a clock that is set by hand, and what can be seen of the first."""

    time: float = 1000.0
    seen: Sight = Sight.ALIVE
    journal: MemoryJournal = field(default_factory=MemoryJournal)

    def conductorship(self) -> Conductorship:
        return Conductorship(self.journal, now=lambda: self.time, see=lambda _: self.seen)


@pytest.fixture
def stage() -> Stage:
    stage = Stage()
    assert stage.conductorship().lead(FIRST)
    return stage


@pytest.mark.parametrize("seen", [Sight.ALIVE, Sight.ELSEWHERE])
def test_the_second_follows_while_the_first_lives(stage: Stage, seen: Sight) -> None:
    """A holder that runs, here or in another container, keeps the lease as long as it renews."""
    stage.seen = seen
    for _ in range(10):
        stage.time += LEASE_SECONDS - 1
        assert not stage.conductorship().lead(SECOND)
        assert stage.conductorship().renew(FIRST)

    assert stage.conductorship().leader() == FIRST


def test_a_killed_conductor_is_followed_at_once(stage: Stage) -> None:
    """A holder known to be dead blocks nobody."""
    stage.seen = Sight.DEAD

    assert stage.conductorship().lead(SECOND)


def test_a_silent_conductor_is_followed_after_its_lease_and_then_knows_it(stage: Stage) -> None:
    """A holder that is stopped loses the lease, and its next renewal tells it so."""
    stage.time += LEASE_SECONDS + 1

    assert stage.conductorship().lead(SECOND)
    assert not stage.conductorship().renew(FIRST)
    assert stage.conductorship().leader() == SECOND


def test_a_clock_that_was_set_back_does_not_lock_the_lease(stage: Stage) -> None:
    """A beat far in the future is no beat."""
    stage.time -= 10 * LEASE_SECONDS

    assert stage.conductorship().lead(SECOND)


def test_a_conductor_that_resigns_is_followed_at_once(stage: Stage) -> None:
    """After a clean end nobody waits."""
    stage.conductorship().resign(FIRST)

    assert stage.conductorship().lead(SECOND)
