"""Before anything is paid: how each parent's bytes would reach the gateway, and which shots nothing works for. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from seedance_spec.lockfile.facts import AttemptFact
from seedance_spec.lockfile.fold import Facts
from seedance_spec.lockfile.views import spare_among
from seedance_spec.model.shot import Request, Shot, ShotSource
from seedance_spec.plan.blame import span_of
from seedance_spec.plan.change import Action, Change, Plan
from seedance_spec.plan.parent_delivery import (
    Delivery,
    ParentTake,
    Reach,
    Way,
    delivery_of,
    link_lives,
    take_of,
    take_to_come,
)
from seedance_spec.plan.parents import parents_of
from seedance_spec.plan.world import Holding, holding_of
from seedance_spec.specfiles.diagnostic import Diagnostic, Severity


@dataclass(frozen=True, kw_only=True)
class Deliveries:
    """What the choice of a way looks at, for all shots of a plan. No slots: what the plan buys is indexed once."""

    plan: Plan
    facts: Facts
    reach: Reach

    def of(self, shot: Shot) -> Iterator[tuple[int, Delivery]]:
        """The way of every input that is another shot, by its place; none for a parent of which nothing is to come."""
        for place, source in parents_of(shot):
            take = self._take(source)
            if take is not None:
                yield place, delivery_of(source, take, self.reach)

    def _take(self, source: ShotSource) -> ParentTake | None:
        bought = self._bought.get((self._key(source.content_hash), source.take))
        if bought is not None:
            return take_to_come(bought)
        attempt = self._attempt(source)
        if attempt is None:
            return None
        match holding_of(attempt):
            case Holding.FREE | Holding.FAILED | Holding.GONE:
                return None
            case Holding.IN_FLIGHT | Holding.UNKNOWN:
                return _awaited(attempt)
            case Holding.RENDERED:
                return self._rendered(attempt)

    def _rendered(self, attempt: AttemptFact) -> ParentTake:
        """A clip that is not here is fetched by the run, where its link lives."""
        take = take_of(attempt)
        is_coming = attempt.attempt_id in self._fetched and link_lives(take, self.reach)
        return _awaited(attempt) if is_coming else replace(take, spare=self._spare(attempt))

    def _spare(self, attempt: AttemptFact) -> str | None:
        attempts = self.facts.takes(attempt.content_hash)[attempt.take]
        return spare_among(attempts, instead_of=attempt, here=self.reach.here)

    def _attempt(self, source: ShotSource) -> AttemptFact | None:
        if isinstance(source.take, str):
            return self.facts.attempts.get(source.take)
        return self.facts.standing(source.content_hash, source.take)

    def _key(self, content_hash: str) -> str:
        return self.facts.key_of(content_hash)

    @cached_property
    def _fetched(self) -> frozenset[str]:
        missing = (change.attempt for change in self.plan.changes if change.action is Action.MISSING)
        return frozenset(attempt.attempt_id for attempt in missing if attempt is not None)

    @cached_property
    def _bought(self) -> Mapping[tuple[str, int | str], Request]:
        paid = (change for change in self.plan.paid if change.shot is not None)
        return {(self._key(change.content_hash), change.take): _request(change) for change in paid}


def undeliverable(deliveries: Deliveries, *, severity: Severity = Severity.ERROR) -> Iterator[Diagnostic]:
    """Inputs of shots that would be paid for whose bytes no way brings to the gateway, at their places."""
    paying = {change.shot_id: change.shot for change in deliveries.plan.paid if change.shot is not None}
    for shot in paying.values():
        sources = dict(parents_of(shot))
        for place, delivery in deliveries.of(shot):
            if delivery.way is Way.NOTHING:
                yield Diagnostic(
                    code="parent-not-deliverable",
                    message=f"{shot.id} starts from {sources[place].shot}: {delivery.why}",
                    span=span_of(shot, f"inputs[{place}]"),
                    hint=delivery.way_out,
                    severity=severity,
                )


def _awaited(attempt: AttemptFact) -> ParentTake:
    take = take_of(attempt)
    return ParentTake(awaited=True, clip=take.clip, last_frame=take.last_frame, returns_frame=take.returns_frame)


def _request(change: Change) -> Request:
    assert change.shot is not None, "only a shot is bought"
    return change.shot.request
