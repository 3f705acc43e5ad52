"""Every take on record of one shot: its present request first, older ones below. Pure: it decides and buys nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from seedance_spec.content_hash import FieldChange, display_request, request_changes
from seedance_spec.json_types import JsonObject
from seedance_spec.lockfile.facts import AttemptFact, LabelFact, Report, Status
from seedance_spec.lockfile.fold import Facts
from seedance_spec.lockfile.views import move_order, verdict
from seedance_spec.model.frame_sizes import FRAMES_PER_SECOND
from seedance_spec.model.shot import Film, Shot
from seedance_spec.plan.blame import span_of
from seedance_spec.plan.choice import Wanted, wanted_of
from seedance_spec.plan.status_rows import State, StatusRow, attempt_row, expected_of
from seedance_spec.plan.take import quote_of
from seedance_spec.plan.world import World
from seedance_spec.specfiles.diagnostic import Span


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeRow:
    """One attempt at a take, or a wanted take that nobody bought yet (`attempt` None).

    `chosen`: the specs choose it; whether renders/ shows it already is the row's to say. `spare`: another attempt
    stands for this take (two clones bought it).
    """

    row: StatusRow
    attempt: AttemptFact | None = None
    chosen: bool = False
    spare: bool = False

    @property
    def report(self) -> Report:
        return Report() if self.attempt is None else verdict(self.attempt)

    @property
    def seconds(self) -> float | None:
        """How long the clip is, as it was measured."""
        return None if self.report.frames is None else self.report.frames / FRAMES_PER_SECOND

    @property
    def gone(self) -> bool:
        """Whether it was given up on: paid for, lost, and only bought again by --retake."""
        return self.attempt is not None and self.attempt.status is Status.GONE


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One request that the shot stood for, and its takes. `present`: the specs ask for it now.

    `request` is as the record has it; `changes` lead from it to the present one, as far as both are known. `profiles`
    are those under which it was bought.
    """

    content_hash: str
    present: bool
    takes: tuple[TakeRow, ...]
    request: JsonObject
    changes: tuple[FieldChange, ...] = ()
    profiles: tuple[str | None, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Which take the specs choose, and the place to edit. `written`: a `pick` stands there; else it is the shot's key.

    `shared`: the same words choose for other shots too (a matrix, defaults, a profile).
    """

    take: int
    attempt_id: str | None
    span: Span | None
    written: bool
    shared: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ShotTakes:
    """Everything on record for one shot id. `choice` is None for a shot that the specs no longer have."""

    shot_id: str
    profile: str | None
    wanted: int
    choice: Choice | None
    output: str | None
    asked: tuple[Asked, ...]

    @property
    def rows(self) -> tuple[TakeRow, ...]:
        return tuple(row for each in self.asked for row in each.takes)


def shots_on_record(film: Film, facts: Facts) -> frozenset[str]:
    """Every id that the specs or the record know, whatever the profile."""
    return frozenset(film.shots) | {shot_id for shot_id, _ in facts.known_labels}


def shot_takes(world: World, shot_id: str, *, now: float, time_scale: float = 1.0) -> ShotTakes:
    """The takes of a shot that `shots_on_record` names. `now` is Unix seconds."""
    shot = world.film.shots.get(shot_id)
    wanted = None if shot is None else wanted_of(world, shot)
    listing = _Listing(world=world, shot_id=shot_id, shot=shot, wanted=wanted, now=now, time_scale=time_scale)
    return ShotTakes(
        shot_id=shot_id,
        profile=world.film.profile,
        wanted=0 if shot is None else shot.takes,
        choice=None if shot is None or wanted is None else _choice(shot, wanted),
        output=listing.output,
        asked=tuple(listing.asked()),
    )


def _choice(shot: Shot, wanted: Wanted) -> Choice:
    origin = shot.origins.get("pick")
    return Choice(
        take=wanted.shown,
        attempt_id=None if wanted.spare is None else wanted.spare.attempt_id,
        span=span_of(shot, "pick"),
        written=origin is not None and shot.pick is not None,
        shared="@" in shot.id or (origin is not None and origin.kind != "shot"),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Listing:
    """One look at one shot."""

    world: World
    shot_id: str
    shot: Shot | None
    wanted: Wanted | None
    now: float
    time_scale: float

    @property
    def output(self) -> str | None:
        """Where renders/ would show it; None for a label that no spec could have given."""
        try:
            return self.world.output_of(self.shot_id)
        except ValueError:
            return None

    def asked(self) -> Iterator[Asked]:
        if self.shot is not None:
            content_hash = self.world.hash_of(self.shot)
            rows = (*self._rows(content_hash, present=True), *self._not_bought(self.shot))
            yield Asked(
                content_hash=content_hash,
                present=True,
                takes=tuple(sorted(rows, key=lambda each: (each.row.take, each.spare, each.row.attempt_id or ""))),
                request=display_request(self.shot.request),
                profiles=self._profiles(content_hash),
            )
        for content_hash in self._older():
            yield self._older_request(content_hash)

    def _older_request(self, content_hash: str) -> Asked:
        rows = self._rows(content_hash, present=False)
        request = next((each.attempt.request for each in rows if each.attempt and each.attempt.request), {})
        present = {} if self.shot is None else display_request(self.shot.request)
        return Asked(
            content_hash=content_hash,
            present=False,
            takes=rows,
            request=request,
            changes=request_changes(request, present) if request and present else (),
            profiles=self._profiles(content_hash),
        )

    def _older(self) -> Iterator[str]:
        """The hashes that the label ever had but for the present one: this profile's first, then the newest."""
        keys = {self.world.key_of(self.world.hash_of(self.shot))} if self.shot is not None else set()
        facts = self.world.facts
        entries: list[AttemptFact | LabelFact] = [
            *(each for each in facts.attempts.values() if each.label.shot == self.shot_id),
            *(each for each in facts.labels.values() if each.shot == self.shot_id),
        ]
        for entry in sorted(entries, key=lambda each: (self._is_elsewhere(each), move_order(each))):
            content_hash = entry.content_hash
            if content_hash is None or self.world.key_of(content_hash) in keys:
                continue
            keys.add(self.world.key_of(content_hash))
            if facts.takes(content_hash):
                yield content_hash

    def _is_elsewhere(self, entry: AttemptFact | LabelFact) -> bool:
        profile = entry.label.profile if isinstance(entry, AttemptFact) else entry.profile
        return profile != self.world.film.profile

    def _profiles(self, content_hash: str) -> tuple[str | None, ...]:
        attempts = (each for some in self.world.facts.takes(content_hash).values() for each in some)
        return tuple(sorted({each.label.profile for each in attempts}, key=lambda name: (name is not None, name or "")))

    def _rows(self, content_hash: str, *, present: bool) -> tuple[TakeRow, ...]:
        takes = self.world.facts.takes(content_hash)
        return tuple(
            self._row(attempt, standing=self.world.facts.standing(content_hash, take), present=present)
            for take, attempts in takes.items()
            for attempt in attempts
        )

    def _row(self, attempt: AttemptFact, *, standing: AttemptFact | None, present: bool) -> TakeRow:
        chosen = present and self._is_chosen(attempt, standing)
        expected = None
        if present and self.shot is not None:
            expected = expected_of(self.world, self.shot, attempt, self.time_scale)
        row = attempt_row(
            self.world,
            attempt,
            self.now,
            shot_id=self.shot_id,
            shot=self.shot,
            output=self.output if chosen else None,
            expected=expected,
        )
        shown = row.sha256 is not None and self.output is not None and self.world.shown_at(self.output) == row.sha256
        stands = standing is None or standing.attempt_id == attempt.attempt_id
        return TakeRow(
            row=replace(row, shown=shown, output=self.output if shown else None),
            attempt=attempt,
            chosen=chosen,
            spare=not stands and attempt.status is Status.SUCCEEDED,
        )

    def _is_chosen(self, attempt: AttemptFact, standing: AttemptFact | None) -> bool:
        if self.wanted is None:
            return False
        if self.wanted.spare is not None:
            return attempt.attempt_id == self.wanted.spare.attempt_id
        return attempt.take == self.wanted.shown and standing is not None and attempt.attempt_id == standing.attempt_id

    def _not_bought(self, shot: Shot) -> Iterator[TakeRow]:
        """Takes that the specs want and nobody tried to buy."""
        assert self.wanted is not None, "a shot of the specs has wishes"
        tried = self.world.facts.takes(self.world.hash_of(shot))
        quote = quote_of(self.world, shot)
        for take in self.wanted.takes:
            if take not in tried:
                row = StatusRow(
                    shot_id=shot.id,
                    take=take,
                    state=State.NOT_SUBMITTED,
                    content_hash=self.world.hash_of(shot),
                    estimate_usd=quote.estimate.usd if quote else None,
                )
                yield TakeRow(row=row, chosen=take == self.wanted.shown)
