"""The user's word about an attempt whose outcome is unknown: which is meant, what may be said. It asks nobody."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from seedance_spec.attempts.attempt import Attempt
from seedance_spec.attempts.attempt_id import imported_attempt_id
from seedance_spec.attempts.evidence import misfits
from seedance_spec.attempts.ledger import Ledger
from seedance_spec.attempts.ports import Journal, Mark, Poke, TaskView
from seedance_spec.attempts.stages import Hint, Poked, ResolvedLanded, ResolvedNotLanded, Tell
from seedance_spec.attempts.standing import state_of
from seedance_spec.content_hash import content_hash, display_request
from seedance_spec.lockfile.facts import AttemptFact, Label, Report, Reporter, Status
from seedance_spec.lockfile.fold import Facts
from seedance_spec.model.shot import Shot
from seedance_spec.plan.price import estimate
from seedance_spec.realm import Realm

IMPORTED_RUN = "imported"
"""The run of a task that no run of ours bought: one word, so that two clones that take it in make one fact."""

_OPEN = frozenset({Status.UNKNOWN, Status.LANDED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Meant:
    """What a name and perhaps a take mean. `unresolved` are attempts without a known task, those said to be not landed
    only in `given_up`; `standing` is what stands at the take otherwise.
    """

    shot_id: str
    shot: Shot | None
    take: int
    unresolved: tuple[AttemptFact, ...]
    given_up: tuple[AttemptFact, ...]
    standing: AttemptFact | None


class Ambiguous(Exception):  # noqa: N818 - an answer to the user, not an error of the program
    """A name means several attempts."""

    def __init__(self, attempts: Sequence[AttemptFact]) -> None:
        super().__init__(f"{len(attempts)} attempts are meant")
        self.attempts = tuple(attempts)


class UnderWay(Exception):  # noqa: N818 - an answer to the user, not an error of the program
    """A living process is sending this very attempt: its answer may come any moment."""


def meant_by(name: str, take: int | None, *, shot: Shot | None, facts: Facts, realm: Realm) -> Meant:
    """What `name` (a shot's id, present or former, or an attempt id) and `take` mean. Raises Ambiguous."""
    ours = [each for each in facts.attempts.values() if each.realm is realm and _is_named(each, name, shot, facts)]
    taskless = [each for each in ours if each.task_id is None and take in {None, each.take}]
    unresolved = tuple(each for each in taskless if each.status in _OPEN)
    if len(unresolved) > 1:
        raise Ambiguous(unresolved)
    number = take or next((each.take for each in unresolved), None) or _free_take(shot, facts)
    return Meant(
        shot_id=shot.id if shot else next((each.label.shot for each in ours), name),
        shot=shot,
        take=number,
        unresolved=unresolved,
        given_up=tuple(each for each in taskless if each.status is Status.NOT_LANDED and each.take == number),
        standing=None if shot is None else facts.standing(content_hash(shot.request), number),
    )


def imported(view: TaskView, meant: Meant, *, realm: Realm) -> AttemptFact:
    """The fact of a task that was bought elsewhere, for a shot that asks for it."""
    shot = meant.shot
    assert shot is not None, "only for a shot a task can be taken in"
    return AttemptFact(
        attempt_id=imported_attempt_id(task_id=view.task_id, realm=realm),
        realm=realm,
        run=IMPORTED_RUN,
        label=Label(shot=shot.id, profile=shot.profile, tags=shot.tags),
        content_hash=content_hash(shot.request),
        take=meant.take,
        status=Status.SUBMITTED,
        task_id=view.task_id,
        upstream_ids=(view.upstream_id,) if view.upstream_id else (),
        request=display_request(shot.request),
        estimate=estimate(shot.request, input_video_seconds=None),
        submitted_at=view.submit_time,
        reports={Reporter.IMPORTED: Report(model_served=view.model_served)},
    )


def refusal(view: TaskView, fact: AttemptFact, facts: Facts) -> str | None:
    """Why a task cannot be this attempt's, or None."""
    owner = next((each for each in facts.attempts.values() if each.task_id == view.task_id), None)
    if owner is not None:
        return f"it belongs to {owner.label.shot} take {owner.take} (attempt {owner.attempt_id})"
    return "; ".join(misfits(view, fact, ours=fact.task_id is None)) or None


def say_landed(fact: AttemptFact, task_id: str, *, journal: Journal, ledger: Ledger) -> AttemptFact:
    """Write down that the attempt's POST made this task. Raises UnderWay, JournalFault."""
    attempt = _known(fact, journal, ledger)
    attempt.take(ResolvedLanded(task_id=task_id))
    return attempt.fact


def say_not_landed(fact: AttemptFact, pokes: Sequence[Poke], *, journal: Journal, ledger: Ledger) -> bool:
    """Write down that the POST made no task; False where a callback proves that it did. Raises UnderWay, JournalFault.

    The callbacks that lie in the inbox are heard first.
    """
    attempt = _known(fact, journal, ledger)
    for poke in pokes:
        attempt.take(Poked(upstream_id=poke.upstream_id, upstream_status=poke.upstream_status))
    effects = attempt.take(ResolvedNotLanded())
    return not any(isinstance(effect, Tell) and effect.hint is Hint.PROVEN for effect in effects)


def _known(fact: AttemptFact, journal: Journal, ledger: Ledger) -> Attempt:
    """The attempt as the journal has it. Who holds it stays: a run that waits for evidence finds the word there."""
    row = journal.adopt(fact, owner="", may_take=lambda _: False)
    if row.mark is not Mark.ANSWERED:
        raise UnderWay
    return Attempt(row.fact, state_of(row.fact), journal=journal, ledger=ledger)


def _is_named(fact: AttemptFact, name: str, shot: Shot | None, facts: Facts) -> bool:
    if name in {fact.attempt_id, fact.label.shot}:
        return True
    return shot is not None and fact.content_hash in facts.same(content_hash(shot.request))


def _free_take(shot: Shot | None, facts: Facts) -> int:
    """The first wanted take where nothing stands, else the first."""
    if shot is None:
        return 1
    wanted = range(1, shot.takes + 1)
    standing = (facts.standing(content_hash(shot.request), number) for number in wanted)
    free = (number for number, each in zip(wanted, standing, strict=True) if each is None)
    return next(free, 1)
