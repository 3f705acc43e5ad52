"""A branch and its base, as decisions: what the branch bought, what failed, what is under way, what still waits."""

from __future__ import annotations

from collections.abc import Iterable

from seedance_spec.ci.results import Results, results_of
from seedance_spec.lockfile.facts import AttemptFact, Status
from seedance_spec.lockfile.fold import Facts
from seedance_spec.model.shot import Shot
from seedance_spec.plan.status_rows import status_rows
from seedance_spec.plan.world import Presence
from seedance_spec.realm import Realm
from tests.support.deciding import NOON, a_failure, a_film, a_rendering, a_scene, a_shot, an_attempt
from tests.support.facts import digest


def a_branch(
    *shots: Shot, base: Iterable[AttemptFact] = (), now: Iterable[AttemptFact] = (), stored: Iterable[str] = ()
) -> Results:
    """`base` is what the base's lockfile held, `now` what was added since; `stored` names clips by attempt id."""
    before, after = tuple(base), (*base, *now)
    presence = Presence(stored=frozenset(map(digest, stored)), published={}, pruned=frozenset())
    rows = status_rows(a_film(*shots), Facts.of(*after), presence, realm=Realm.PAID, now=NOON + 600)
    return results_of(a_scene(*shots, facts=before).plan(), rows, since="origin/main")


def a_rich_branch() -> Results:
    """One re-rendered shot with both pictures, a new one, a failure, one under way, one lost, one not submitted."""
    walking, dancing = a_shot(prompt="A cat walking"), a_shot(prompt="A cat dancing")
    harbor = a_shot("film/harbor", line=20, prompt="A harbor | at @dawn")
    refused = a_shot("film/refused", line=40, prompt="A crowd")
    slow, lost = a_shot("film/slow", line=60, prompt="A snail"), a_shot("film/lost", line=80, prompt="A ship")
    later = a_shot("film/later", line=100, prompt="A moth")
    return a_branch(
        *(dancing, harbor, refused, slow, lost, later),
        base=[a_rendering(walking, "a0")],
        now=[
            a_rendering(dancing, "b1"),
            a_rendering(harbor, "b2"),
            a_failure(refused, "b3"),
            an_attempt(slow, "b4"),
            an_attempt(lost, "b5", Status.UNKNOWN, task_id=None),
        ],
        stored=["b1", "b2"],
    )
