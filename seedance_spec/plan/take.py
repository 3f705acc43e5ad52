"""What must happen for one take of one shot: the rules of D1, one function per holding. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import assert_never

from seedance_spec.lockfile.facts import AttemptFact, LabelFact
from seedance_spec.lockfile.views import verdict
from seedance_spec.model.shot import Shot
from seedance_spec.plan.blame import span_of
from seedance_spec.plan.change import Action, Cause, Change
from seedance_spec.plan.choice import Wanted
from seedance_spec.plan.parents import chained_seconds, waiting_causes
from seedance_spec.plan.quote import Quote
from seedance_spec.plan.terms import terms_of
from seedance_spec.plan.why import (
    attempt_cause,
    clip_cause,
    delivery_notes,
    label_causes,
    missing_cause,
    new_causes,
    pick_cause,
    rebuy_causes,
    request_causes,
    retake_cause,
)
from seedance_spec.plan.world import Holding, World, holding_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Take:
    """One take to be decided about; `attempt` is what stands there."""

    shot: Shot
    number: int
    wanted: Wanted
    attempt: AttemptFact | None
    renamed_from: str | None

    @property
    def is_shown(self) -> bool:
        return self.number == self.wanted.shown


def takes_of(world: World, shot: Shot, wanted: Wanted, *, renamed_from: str | None) -> tuple[Take, ...]:
    return tuple(
        Take(
            shot=shot,
            number=number,
            wanted=wanted,
            attempt=_standing(world, shot, number, wanted),
            renamed_from=renamed_from,
        )
        for number in wanted.takes
    )


def change_of(world: World, take: Take) -> Change:
    """The row of this take. It pays only where nothing stands, or where the user's word passes over what does."""
    holding = holding_of(take.attempt)
    retaken = take.shot.id in world.options.retake
    match holding:
        case Holding.FREE:
            return _bought(world, take)
        case Holding.FAILED if world.options.retry_failed or retaken:
            return _bought_again(world, take)
        case Holding.RENDERED | Holding.GONE if take.number in take.wanted.rebuys:
            return _bought_again(world, take)
        case Holding.RENDERED:
            return _rendered(world, take)
        case Holding.GONE:
            return _free(world, take, Action.MISSING, clip_cause("given up on; only --retake buys it again", take.shot))
        case Holding.IN_FLIGHT:
            return _pending(world, take, Action.IN_FLIGHT)
        case Holding.UNKNOWN:
            return _pending(world, take, Action.UNKNOWN)
        case Holding.FAILED:
            return replace(_pending(world, take, Action.FAILED), estimate=None, guesses=())
        case _:
            assert_never(holding)


def input_video_seconds(world: World, shot: Shot) -> float | None:
    """How long the input videos are: as an earlier attempt at the same picture learned, else as their shots say."""
    attempts = (each for take in world.facts.takes(world.hash_of(shot)).values() for each in take)
    learned = next((each.input_video_seconds for each in attempts if each.input_video_seconds is not None), None)
    return chained_seconds(world, shot) if learned is None else learned


def _bought(world: World, take: Take) -> Change:
    shot = take.shot
    if take.number == take.wanted.extra:
        return _priced(world, take, Action.NEW, (retake_cause(shot, take.number),))
    before = _before(world, take)
    action = Action.NEW if before is None else Action.RERENDER
    causes = request_causes(before, shot, key_of=world.key_of) if before else new_causes(world, shot, take.number)
    return _priced(world, take, action, (*causes, *waiting_causes(world, shot, causes)), previous=before)


def _bought_again(world: World, take: Take) -> Change:
    assert take.attempt is not None, "only what stands can be bought again"
    causes = rebuy_causes(take.attempt, take.shot)
    bought = _priced(world, take, Action.RERENDER, causes, previous=take.attempt)
    return replace(bought, passes_over=take.attempt.attempt_id)


def _rendered(world: World, take: Take) -> Change:
    """A take that is paid for: fetched, put back, renamed, or nothing at all."""
    assert take.attempt is not None, "a rendered take has an attempt"
    shot = take.shot
    moved = label_causes(world, shot, renamed_from=take.renamed_from)
    if world.is_pruned(take.attempt) and not take.is_shown:
        return _free(world, take, Action.UNCHANGED)
    if not world.is_here(take.attempt):
        return _free(world, take, Action.MISSING, missing_cause(shot, world.spare_of(take.attempt)), *moved)
    if not take.is_shown:
        return _free(world, take, Action.UNCHANGED)
    if take.renamed_from is not None:
        return _free(world, take, Action.RENAMED, *moved)
    if world.shown_at(world.output_of(shot.id)) == verdict(take.attempt).output:
        return _free(world, take, Action.UNCHANGED)
    return _free(world, take, Action.RESTORE, *(moved or (_shows_else(world, take),)))


def _shows_else(world: World, take: Take) -> Cause:
    """Why renders/ must be put right although the shot's label did not move."""
    path = world.output_of(take.shot.id)
    shown = world.shown_at(path)
    if shown is None:
        return clip_cause(f"{path} is not there", take.shot)
    attempts = [each for some in world.facts.takes(world.hash_of(take.shot)).values() for each in some]
    other = next((each for each in attempts if verdict(each).output == shown), None)
    if other is None:
        return clip_cause(f"{path} shows other bytes", take.shot)
    if other.take == take.number:
        spare = take.attempt.attempt_id if take.attempt else take.number
        return pick_cause(take.shot, before=other.attempt_id, after=spare)
    return pick_cause(take.shot, before=other.take, after=take.number)


def _pending(world: World, take: Take, action: Action) -> Change:
    """An attempt that is under way, failed or unknown; its price is what it may cost or may have cost."""
    assert take.attempt is not None, "only an attempt can be pending"
    moved = label_causes(world, take.shot, renamed_from=take.renamed_from)
    return replace(
        _free(world, take, action, attempt_cause(take.attempt, take.shot), *moved),
        estimate=take.attempt.estimate or (quote.estimate if (quote := quote_of(world, take.shot)) else None),
    )


def _free(world: World, take: Take, action: Action, *causes: Cause) -> Change:
    shot = take.shot
    moves = not world.label_is_at(shot)
    return replace(
        _row(world, take, action, causes),
        attempt=take.attempt,
        previous_id=take.renamed_from if moves else None,
        label_after=_label_time(world, take) if moves else None,
        note=delivery_notes(take.attempt, shot) if take.attempt is not None else (),
    )


def _priced(
    world: World, take: Take, action: Action, causes: tuple[Cause, ...], *, previous: AttemptFact | None = None
) -> Change:
    quote = quote_of(world, take.shot)
    return replace(
        _row(world, take, action, causes),
        previous=previous,
        estimate=quote.estimate if quote else None,
        quote=quote,
        guesses=quote.guesses if quote else (),
        retries=world.film.project.retries,
    )


def _row(world: World, take: Take, action: Action, causes: tuple[Cause, ...]) -> Change:
    shot = take.shot
    return Change(
        shot_id=shot.id,
        action=action,
        content_hash=world.hash_of(shot),
        take=take.number,
        causes=causes,
        span=span_of(shot, "id"),
        shot=shot,
        chosen=take.is_shown,
        output=world.output_of(shot.id),
    )


def quote_of(world: World, shot: Shot) -> Quote | None:
    """What one take of this shot may cost, from all that is known."""
    return world.pricing.quote(terms_of(shot.request, input_seconds=input_video_seconds(world, shot)))


def _label_time(world: World, take: Take) -> int:
    labels = [take.shot.id, *([take.renamed_from] if take.renamed_from else [])]
    return max(world.label_time(each) for each in labels)


def _before(world: World, take: Take) -> AttemptFact | None:
    """The attempt at another picture that this shot's label meant last; the same take number where there is one."""
    if world.label_is_at(take.shot):
        return None
    match world.label_of(take.shot.id):
        case AttemptFact() as latest:
            return world.facts.standing(latest.content_hash, take.number) or latest
        case LabelFact(content_hash=str() as before):
            takes = world.facts.takes(before)
            numbers = (take.number, *takes)
            return next((world.facts.standing(before, each) for each in numbers if each in takes), None)
        case _:
            return None


def _standing(world: World, shot: Shot, number: int, wanted: Wanted) -> AttemptFact | None:
    if wanted.spare is not None and wanted.spare.take == number:
        return wanted.spare
    return world.facts.standing(world.hash_of(shot), number)
