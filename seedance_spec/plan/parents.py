"""Shots that start from other shots: which are waited for, how long clips are, which takes cannot be had. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from seedance_spec.lockfile.facts import AttemptFact, Status
from seedance_spec.lockfile.views import verdict
from seedance_spec.model.frame_sizes import FRAMES_PER_SECOND
from seedance_spec.model.shot import InputKind, Request, Shot, ShotSource
from seedance_spec.plan.blame import span_of
from seedance_spec.plan.change import Author, AuthorKind, Cause
from seedance_spec.plan.world import Holding, World, holding_of
from seedance_spec.specfiles.diagnostic import Diagnostic


def parents_of(shot: Shot) -> Iterator[tuple[int, ShotSource]]:
    """The inputs that are other shots, by their place."""
    for place, each in enumerate(shot.request.inputs):
        if isinstance(each.source, ShotSource):
            yield place, each.source


def parent_attempt(world: World, source: ShotSource) -> AttemptFact | None:
    """The attempt whose clip is meant, whatever became of it."""
    if isinstance(source.take, str):
        return world.facts.attempts.get(source.take)
    return world.facts.standing(source.content_hash, source.take)


def waiting_causes(world: World, shot: Shot, told: Iterable[Cause]) -> Iterator[Cause]:
    """One cause for every parent that is not rendered and that no cause speaks of yet."""
    spoken_of = {cause.author.name for cause in told if cause.author and cause.author.kind is AuthorKind.PARENT}
    for place, source in parents_of(shot):
        attempt = parent_attempt(world, source)
        if holding_of(attempt) is not Holding.RENDERED and source.shot not in spoken_of:
            spoken_of.add(source.shot)
            yield Cause(
                field="parent",
                after=source.shot,
                span=span_of(shot, f"inputs[{place}]"),
                text=f"starts from {source.shot}, which is not rendered yet",
                author=Author(kind=AuthorKind.PARENT, name=source.shot),
            )


def blocker_of(world: World, shot: Shot) -> str | None:
    """Why this shot cannot be sent as things stand: the parent, or its parent, of which no clip comes by itself."""
    seen: set[str] = set()
    waiting = [(shot, source) for _, source in parents_of(shot)]
    while waiting:
        child, source = waiting.pop(0)
        if source.shot in seen:
            continue
        seen.add(source.shot)
        attempt = parent_attempt(world, source)
        if (why := _stops(holding_of(attempt), source.shot)) is not None:
            through = "" if child is shot else f" (through {child.id})"
            return f"starts from {source.shot}{through}, {why}"
        parent = world.film.shots.get(source.shot)
        if holding_of(attempt) is Holding.FREE and parent is not None:
            waiting += [(parent, each) for _, each in parents_of(parent)]
    return None


def _stops(holding: Holding, shot_id: str) -> str | None:
    match holding:
        case Holding.FAILED:
            return "which failed"
        case Holding.UNKNOWN:
            return "which is unknown"
        case Holding.GONE:
            return f"whose clip was given up on; --retake {shot_id} buys it again"
        case Holding.FREE | Holding.RENDERED | Holding.IN_FLIGHT:
            return None


def chained_seconds(world: World, shot: Shot) -> float | None:
    """How long the input videos are together, where all of them are other shots' clips whose length is known."""
    videos = [each.source for each in shot.request.inputs if each.kind is InputKind.VIDEO]
    lengths = [_seconds(world, source) if isinstance(source, ShotSource) else None for source in videos]
    known = [each for each in lengths if each is not None]
    return sum(known) if videos and len(known) == len(videos) else None


def parent_complaints(world: World) -> Iterator[Diagnostic]:
    """Takes of parents that nobody has and nobody is asked for: a child would wait for them for ever."""
    for shot in world.film.shots.values():
        for place, source in parents_of(shot):
            said = _not_to_be_had(world, source)
            # A pick that cannot be had is said once, where it is written: mending it there mends its children.
            if said is not None and not _is_the_pick(world, source):
                message, hint = said
                span = span_of(shot, f"inputs[{place}]")
                yield Diagnostic(code="parent-take-missing", message=message, span=span, hint=hint)


def _is_the_pick(world: World, source: ShotSource) -> bool:
    parent = world.film.shots.get(source.shot)
    return parent is not None and parent.pick == source.take


def _not_to_be_had(world: World, source: ShotSource) -> tuple[str, str] | None:
    parent = world.film.shots.get(source.shot)
    attempt = parent_attempt(world, source)
    if isinstance(source.take, int):
        if parent is None or source.take <= max(parent.takes, 1) or _may_bring_a_clip(attempt):
            return None
        hint = f"takes: {source.take} in {source.shot} would buy it"
        return f"{source.shot} has takes: {parent.takes}, and no take {source.take}", hint
    hint = "write the number of a take, or leave take away for the one that is shown"
    if attempt is None:
        return f'take names an attempt that is not on record: "{source.take}"', hint
    if world.key_of(attempt.content_hash) != world.key_of(source.content_hash):
        return f'take names an attempt at another request: "{source.take}"', hint
    if not _may_bring_a_clip(attempt):
        return f'take names an attempt without a clip: "{source.take}" is {attempt.status.value}', hint
    return None


def _may_bring_a_clip(attempt: AttemptFact | None) -> bool:
    return attempt is not None and attempt.status in (
        Status.SUCCEEDED,
        Status.SUBMITTED,
        Status.LANDED,
        Status.UNKNOWN,
    )


def _seconds(world: World, source: ShotSource) -> float | None:
    """As its clip was measured, else as it is asked for: a clip of n seconds has 24·n + 1 frames."""
    attempt = parent_attempt(world, source)
    frames = verdict(attempt).frames if attempt is not None else None
    if frames is None:
        parent = world.film.shots.get(source.shot)
        frames = _wanted_frames(parent.request) if parent else None
    return None if frames is None else frames / FRAMES_PER_SECOND


def _wanted_frames(request: Request) -> int | None:
    if request.frames is not None:
        return request.frames
    if request.duration is None or request.duration < 1:
        return None
    return FRAMES_PER_SECOND * request.duration + 1
