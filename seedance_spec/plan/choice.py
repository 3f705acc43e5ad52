"""Which takes a shot wants and which one it shows: `takes`, `pick` and --retake. Pure: it prices and buys nothing."""

from __future__ import annotations

from dataclasses import dataclass

from seedance_spec.lockfile.facts import AttemptFact
from seedance_spec.model.shot import Shot
from seedance_spec.plan.blame import span_of
from seedance_spec.plan.world import Holding, World, holding_of
from seedance_spec.specfiles.diagnostic import Diagnostic

_EXISTS = frozenset({Holding.RENDERED, Holding.IN_FLIGHT, Holding.UNKNOWN})
_UNSETTLED = frozenset({Holding.IN_FLIGHT, Holding.UNKNOWN})
_BUYABLE = frozenset({Holding.FREE, Holding.FAILED})
_PAID_FOR = frozenset({Holding.RENDERED, Holding.GONE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """The takes to decide about, in order; the one that renders/ shows, and the spare that was picked by attempt id.

    `extra` is the take that --retake adds; where a wanted take is missing, it buys those (`rebuys`) again instead.
    """

    takes: tuple[int, ...]
    shown: int
    spare: AttemptFact | None = None
    extra: int | None = None
    rebuys: frozenset[int] = frozenset()
    complaint: Diagnostic | None = None


def wanted_of(world: World, shot: Shot) -> Wanted:
    """What this shot wants. A pick that cannot be had is a complaint, and take 1 is shown meanwhile."""
    shown, spare, complaint = _picked(world, shot)
    asked = {*range(1, shot.takes + 1), shown}
    lost = frozenset(take for take in asked if _is_lost(world, shot, take, chosen=take == shown))
    retaken = shot.id in world.options.retake
    extra = _extra(world, shot, asked) if retaken and not lost else None
    takes = {*asked, *_unfinished(world, shot), *(() if extra is None else (extra,))}
    return Wanted(
        takes=tuple(sorted(takes)),
        shown=shown,
        spare=spare,
        extra=extra,
        rebuys=lost if retaken else frozenset(),
        complaint=complaint,
    )


def pick_complaint(world: World, shot: Shot) -> Diagnostic | None:
    """What is wrong with the shot's pick as things stand; None where it can be had."""
    return _picked(world, shot)[2]


def _picked(world: World, shot: Shot) -> tuple[int, AttemptFact | None, Diagnostic | None]:
    match shot.pick:
        case None:
            return 1, None, None
        case int() as take if take <= shot.takes or _holding(world, shot, take) in _EXISTS:
            return take, None, None
        case int() as take:
            said = f"pick {take} is beyond takes {shot.takes}, and this request has no take {take}"
            return 1, None, _complaint(shot, said, hint=_takes_hint(world, shot, take))
        case str() as attempt_id:
            return _picked_attempt(world, shot, attempt_id)


def _picked_attempt(world: World, shot: Shot, attempt_id: str) -> tuple[int, AttemptFact | None, Diagnostic | None]:
    attempt = world.facts.attempts.get(attempt_id)
    if attempt is None:
        said = f'pick names an attempt that is not on record: "{attempt_id}"'
    elif world.key_of(attempt.content_hash) != world.key_of(world.hash_of(shot)):
        said = f'pick names an attempt at another request: "{attempt_id}"'
    elif holding_of(attempt) not in _EXISTS:
        said = f'pick names an attempt without a clip: "{attempt_id}" is {attempt.status.value}'
    else:
        return attempt.take, attempt, None
    return 1, None, _complaint(shot, said, hint=_takes_hint(world, shot, None))


def _complaint(shot: Shot, message: str, *, hint: str) -> Diagnostic:
    return Diagnostic(code="pick-missing", message=message, span=span_of(shot, "pick"), hint=hint)


def _takes_hint(world: World, shot: Shot, take: int | None) -> str:
    there = [str(each) for each in world.facts.takes(world.hash_of(shot)) if _holding(world, shot, each) in _EXISTS]
    have = f"it has take {', '.join(there)}" if there else "it has none yet"
    profile = f"; `pick: ~` under profiles.{shot.profile} takes the choice away there" if shot.profile else ""
    return f"{have}{profile}" if take is None else f"{have}; takes: {take} would buy what lacks{profile}"


def _extra(world: World, shot: Shot, asked: set[int]) -> int | None:
    """The number of one more take: only where everything is settled, so that a repeated command buys nothing twice."""
    takes = world.facts.takes(world.hash_of(shot))
    if any(holding_of(each) in _UNSETTLED for attempts in takes.values() for each in attempts):
        return None
    holdings = {take: _holding(world, shot, take) for take in {*asked, *takes}}
    if any(holdings[take] in _BUYABLE for take in asked):
        return None
    return next(take for take in range(1, max(holdings) + 2) if holdings.get(take, Holding.FREE) in _BUYABLE)


def _unfinished(world: World, shot: Shot) -> set[int]:
    """Takes beyond the wanted ones that still need work: what was paid for is always brought home."""
    content_hash = world.hash_of(shot)
    takes = world.facts.takes(content_hash)
    return {take for take in takes if _needs_work(world, world.facts.standing(content_hash, take))}


def _needs_work(world: World, attempt: AttemptFact | None) -> bool:
    match holding_of(attempt):
        case Holding.IN_FLIGHT | Holding.UNKNOWN:
            return True
        case Holding.RENDERED:
            return attempt is not None and world.is_missing(attempt)
        case _:
            return False


def _is_lost(world: World, shot: Shot, take: int, *, chosen: bool) -> bool:
    """Whether a take was paid for, none of its clips is here, and no attempt at it can still bring one. What was
    pruned is not lost, unless it is the one to be shown.
    """
    attempts = world.facts.takes(world.hash_of(shot)).get(take, ())
    if not chosen and any(world.is_pruned(each) for each in attempts):
        return False
    holdings = {holding_of(each) for each in attempts}
    if holdings & _UNSETTLED or not holdings & _PAID_FOR:
        return False
    return not any(holding_of(each) is Holding.RENDERED and world.is_here(each) for each in attempts)


def _holding(world: World, shot: Shot, take: int) -> Holding:
    return holding_of(world.facts.standing(world.hash_of(shot), take))
