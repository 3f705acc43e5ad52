"""What must happen: film, facts and bytes in, plan and complaints out. Pure: nothing here pays, reads or waits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from seedance_spec.lockfile.facts import AttemptFact, LabelFact
from seedance_spec.lockfile.fold import Facts
from seedance_spec.model.shot import Film, Shot
from seedance_spec.plan.blame import span_of
from seedance_spec.plan.cascade import held_back, left_stale
from seedance_spec.plan.change import Action, Cause, Change, Plan
from seedance_spec.plan.choice import Wanted, wanted_of
from seedance_spec.plan.fuse import fuse_of
from seedance_spec.plan.made_from import made_from_warnings
from seedance_spec.plan.parents import parent_complaints
from seedance_spec.plan.take import change_of, takes_of
from seedance_spec.plan.why import attempt_cause
from seedance_spec.plan.world import Holding, Options, Presence, World, holding_of
from seedance_spec.realm import Realm
from seedance_spec.specfiles.diagnostic import Diagnostic

__all__ = ["Options", "Presence", "decide", "label_moves"]


def decide(
    film: Film, facts: Facts, presence: Presence, *, realm: Realm, options: Options
) -> tuple[Plan, tuple[Diagnostic, ...]]:
    """One change per shot and wanted take in the film's order, then what no shot asks for any more.

    Facts are lockfile ∪ journal; those of the other realm are passed over. An error among the complaints forbids to
    pay; the plan is whole all the same, so that it can be shown.
    """
    world = World.of(film, facts, presence, realm=realm, options=options)
    wanted = {shot.id: wanted_of(world, shot) for shot in film.shots.values()}
    changes = _paid_once(world, _cascaded(world, tuple(_shot_changes(world, wanted))))
    whole = (*_with_strays(world, changes), *_drops(world, changes))
    plan = Plan(project=film.project.name, realm=realm, changes=whole, profile=film.profile)
    return plan, tuple(_complaints(world, wanted))


def label_moves(plan: Plan, now: int) -> tuple[LabelFact, ...]:
    """The label facts that an apply of this plan writes: renames, drops, reverts. `now` is Unix seconds.

    Each is later than what its label last meant, whatever the clocks of other machines said.
    """
    moves: dict[str, LabelFact] = {}
    for change in plan.changes:
        if change.label_after is None:
            continue
        when = max(now, change.label_after + 1)
        meant = None if change.action is Action.DROPPED else change.content_hash
        named = {change.shot_id: meant, **({change.previous_id: None} if change.previous_id is not None else {})}
        for shot_id, content_hash in named.items():
            moves[shot_id] = LabelFact(shot=shot_id, profile=plan.profile, content_hash=content_hash, when=when)
    return tuple(moves.values())


def _shot_changes(world: World, wanted: dict[str, Wanted]) -> Iterator[Change]:
    renamed: set[str] = set()
    for shot in world.film.shots.values():
        source = _renamed_from(world, shot, renamed)
        if source is not None:
            renamed.add(source)
        for take in takes_of(world, shot, wanted[shot.id], renamed_from=source):
            yield change_of(world, take)


def _renamed_from(world: World, shot: Shot, taken: set[str]) -> str | None:
    """The lost shot id whose takes this shot carries on, if there is one that no other shot took over."""
    if world.label_is_at(shot):
        return None
    content_hash = world.hash_of(shot)
    takes = world.facts.takes(content_hash)
    if all(holding_of(world.facts.standing(content_hash, take)) is Holding.FREE for take in takes):
        return None
    lost = world.lost_labels.get(world.key_of(content_hash), ())
    return next((each for each in lost if each not in taken), None)


def _cascaded(world: World, changes: tuple[Change, ...]) -> tuple[Change, ...]:
    """The rows once it is settled what becomes of children: they go, stay stale, or wait for nothing."""
    options = world.options
    rows = changes if options.cascade else left_stale(changes, world.facts, options)
    return held_back(rows, world.facts)


def _paid_once(world: World, changes: tuple[Change, ...]) -> tuple[Change, ...]:
    """Of several shots with one request, the first pays for a take and the others follow it: the first of those that
    the run is about, where there is one.
    """
    only = world.options.only
    paying = [change for change in changes if change.pays]
    mine = [change for change in paying if only is None or change.shot_id in only]
    payers: dict[tuple[str, int], str] = {}
    for change in (*mine, *paying):
        payers.setdefault((world.key_of(change.content_hash), change.take), change.shot_id)
    return tuple(_settled(world, change, payers) for change in changes)


def _settled(world: World, change: Change, payers: Mapping[tuple[str, int], str]) -> Change:
    if not change.pays:
        return change
    payer = payers[world.key_of(change.content_hash), change.take]
    return change if payer == change.shot_id else _following(world, change, payer)


def _following(world: World, change: Change, payer: str) -> Change:
    same = Cause(field="shot", before=payer, after=change.shot_id, span=change.span, text=f"same request as {payer}")
    return replace(
        change,
        action=Action.IN_FLIGHT,
        causes=(same,),
        follows=payer,
        estimate=None,
        quote=None,
        guesses=(),
        passes_over=None,
        retries=0,
        label_after=_moved_at(world, change.shot),
    )


def _moved_at(world: World, shot: Shot | None) -> int | None:
    return None if shot is None or world.label_is_at(shot) else world.label_time(shot.id)


def _with_strays(world: World, changes: tuple[Change, ...]) -> Iterator[Change]:
    """The changes, with attempts that none of them is about and that still want work: after their shot's rows, else at
    the end.
    """
    spoken_of = {change.attempt.attempt_id for change in changes if change.attempt is not None}
    spoken_of |= {change.passes_over for change in changes if change.passes_over is not None}
    strays: dict[str, list[Change]] = {}
    for attempt in sorted(world.facts.attempts.values(), key=lambda each: each.attempt_id):
        action = _stray_action(world, attempt)
        if action is not None and attempt.attempt_id not in spoken_of:
            strays.setdefault(attempt.label.shot, []).append(_stray(world, attempt, action))
    for index, change in enumerate(changes):
        yield change
        is_last = index + 1 == len(changes) or changes[index + 1].shot_id != change.shot_id
        if is_last:
            yield from strays.pop(change.shot_id, ())
    for shot_id in sorted(strays):
        yield from strays[shot_id]


def _stray_action(world: World, attempt: AttemptFact) -> Action | None:
    """What was paid for is seen through, even where nobody asks for it any more."""
    match holding_of(attempt):
        case Holding.IN_FLIGHT:
            return Action.IN_FLIGHT
        case Holding.UNKNOWN:
            return Action.UNKNOWN
        case Holding.RENDERED if world.options.now is not None and world.is_missing(attempt):
            return Action.MISSING if fuse_of(attempt, world.options.now) else None
        case _:
            return None


def _stray(world: World, attempt: AttemptFact, action: Action) -> Change:
    profile = attempt.label.profile
    text = "no shot asks for this attempt any more; what comes of it is kept"
    if profile != world.film.profile:
        text = f"it was bought {f'under the profile {profile}' if profile else 'without a profile'}; it is kept"
    return Change(
        shot_id=attempt.label.shot,
        action=action,
        content_hash=attempt.content_hash,
        take=attempt.take,
        causes=(
            attempt_cause(attempt, None),
            Cause(field="shot", text=text),
        ),
        span=None,
        chosen=False,
        attempt=attempt,
        estimate=attempt.estimate,
    )


def _drops(world: World, changes: tuple[Change, ...]) -> Iterator[Change]:
    """Labels that the specs no longer have, sorted; those that a shot took over were renamed."""
    renamed = {change.previous_id for change in changes}
    for shot_id in sorted(each for lost in world.lost_labels.values() for each in lost):
        latest = world.label_of(shot_id)
        if shot_id in renamed or latest is None or latest.content_hash is None:
            continue
        takes = world.facts.takes(latest.content_hash)
        yield Change(
            shot_id=shot_id,
            action=Action.DROPPED,
            content_hash=latest.content_hash,
            take=1,
            causes=(Cause(field="shot", before=shot_id, text="no longer in the specs; its takes are kept"),),
            span=None,
            chosen=False,
            attempt=next((world.facts.standing(latest.content_hash, take) for take in takes), None),
            output=_output_of(world, shot_id),
            label_after=world.label_time(shot_id),
        )


def _output_of(world: World, shot_id: str) -> str | None:
    """Where a dropped shot's clip is; None for a label on record that no spec file could have given."""
    try:
        return world.output_of(shot_id)
    except ValueError:
        return None


def _complaints(world: World, wanted: dict[str, Wanted]) -> Iterator[Diagnostic]:
    newest = world.facts.newest_hash_version
    if newest > world.options.hashing.newest:
        yield Diagnostic(
            code="newer-hash-version",
            message=f"the record was made by a newer seedance-spec (content hash version {newest}); refusing to pay",
            span=None,
            hint="upgrade seedance-spec: an older one might buy again what is already paid for",
        )
    yield from (each.complaint for each in wanted.values() if each.complaint is not None)
    yield from parent_complaints(world)
    yield from made_from_warnings(world, {shot_id: each.shown for shot_id, each in wanted.items()})
    yield from _collisions(world)


def _collisions(world: World) -> Iterator[Diagnostic]:
    """Two shots for one output path; letter case does not tell paths apart everywhere."""
    shots: dict[str, str] = {}
    for shot in world.film.shots.values():
        path = world.output_of(shot.id)
        first = shots.setdefault(path.casefold(), shot.id)
        if first != shot.id:
            yield Diagnostic(
                code="output-collision",
                message=f"{shot.id} and {first} would both be written to {path}",
                span=span_of(shot, "id"),
                hint=f"rename one of them; {first} is at {_place(world, first)}",
            )


def _place(world: World, shot_id: str) -> str:
    span = span_of(world.film.shots[shot_id], "id")
    return str(span) if span else "another place"
