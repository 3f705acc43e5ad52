"""How every take stands right now: state, task, time, cost, and its fuse. Pure: time is handed in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import assert_never

from seedance_spec.gateway.advice import advice
from seedance_spec.lockfile.facts import AttemptFact, Report, Reporter, Status
from seedance_spec.lockfile.fold import Facts
from seedance_spec.lockfile.views import source, verdict
from seedance_spec.model.shot import Film, Shot
from seedance_spec.plan.choice import wanted_of
from seedance_spec.plan.fuse import ABOUT_TO_EXPIRE, fuse_of
from seedance_spec.plan.parents import blocker_of
from seedance_spec.plan.settled import settled_usd
from seedance_spec.plan.take import Take, quote_of, takes_of
from seedance_spec.plan.under_way import expected_seconds
from seedance_spec.plan.ways_on import resolve_words
from seedance_spec.plan.world import Holding, Options, Presence, World, holding_of
from seedance_spec.realm import Realm


class State(StrEnum):
    """The glossary's words for one take."""

    RENDERED = "rendered"
    IN_FLIGHT = "in flight"
    FAILED = "failed"
    UNKNOWN = "unknown"
    MISSING = "missing"
    PRUNED = "pruned"
    NOT_SUBMITTED = "not submitted"
    BLOCKED = "blocked"


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusRow:
    """One take. `wanted` is False for an attempt that no shot asks for any more; `shown`: renders/ shows it.

    Times are Unix seconds, lengths of time seconds. `elapsed` and `left` are those of a take in flight; `fuse` is how
    long the link of a clip that is not here still lives, 0 when it is dead. `usd` is what was billed, by our prices,
    `estimate_usd` what was expected; `by_callback` flags a clip that only a callback vouches for.
    `heard` is what the last callback said of a take that is under way or unknown, in the upstream's words.
    """

    shot_id: str
    take: int
    state: State
    content_hash: str
    wanted: bool = True
    shown: bool = False
    attempt_id: str | None = None
    task_id: str | None = None
    upstream_ids: tuple[str, ...] = ()
    submitted_at: int | None = None
    finished_at: int | None = None
    elapsed: float | None = None
    left: float | None = None
    fuse: float | None = None
    tokens: int | None = None
    usd: float | None = None
    estimate_usd: float | None = None
    output: str | None = None
    sha256: str | None = None
    error_class: str | None = None
    error_code: str | None = None
    error_message: str | None = None
    hint: str = ""
    by_callback: bool = False
    heard: str | None = None

    @property
    def is_about_to_expire(self) -> bool:
        """Whether a paid clip is not here and its link dies soon."""
        return self.fuse is not None and 0 < self.fuse < ABOUT_TO_EXPIRE

    @property
    def needs_you(self) -> bool:
        """Whether a person must look (exit 8)."""
        return self.state is State.UNKNOWN or self.is_about_to_expire


def status_rows(
    film: Film,
    facts: Facts,
    presence: Presence,
    *,
    realm: Realm,
    now: float,
    time_scale: float = 1.0,
    heard: Mapping[str, str] | None = None,
) -> tuple[StatusRow, ...]:
    """One row per shot and wanted take in the film's order, then what is under way or can still be fetched besides.

    `heard` is what the upstream's last callback said, by attempt id.
    """
    world = World.of(film, facts, presence, realm=realm, options=Options())
    takes = [take for shot in film.shots.values() for take in _takes(world, shot)]
    rows = [_row(world, take, now, time_scale) for take in takes]
    spoken_of = {row.attempt_id for row in rows}
    strays = (each for each in world.facts.attempts.values() if each.attempt_id not in spoken_of)
    found = (*rows, *_strays(world, sorted(strays, key=lambda each: each.attempt_id), now))
    return tuple(_hearing(row, heard or {}) for row in found)


def _hearing(row: StatusRow, heard: Mapping[str, str]) -> StatusRow:
    if row.state not in {State.IN_FLIGHT, State.UNKNOWN}:
        return row
    return replace(row, heard=heard.get(row.attempt_id or ""))


def _takes(world: World, shot: Shot) -> tuple[Take, ...]:
    return takes_of(world, shot, wanted_of(world, shot), renamed_from=None)


def _row(world: World, take: Take, now: float, time_scale: float) -> StatusRow:
    shot, attempt = take.shot, take.attempt
    output = world.output_of(shot.id) if take.is_shown else None
    if attempt is None or holding_of(attempt) is Holding.FREE:
        blocker = blocker_of(world, shot)
        return StatusRow(
            shot_id=shot.id,
            take=take.number,
            state=State.BLOCKED if blocker else State.NOT_SUBMITTED,
            hint=blocker or "",
            content_hash=world.hash_of(shot),
            output=output,
            estimate_usd=quote.estimate.usd if (quote := quote_of(world, shot)) else None,
        )
    return attempt_row(
        world,
        attempt,
        now,
        shot_id=shot.id,
        shot=shot,
        output=output,
        expected=expected_of(world, shot, attempt, time_scale),
    )


def expected_of(world: World, shot: Shot, attempt: AttemptFact, time_scale: float) -> float | None:
    """The seconds that what is under way will take in all; nobody waits for the rest."""
    if holding_of(attempt) not in {Holding.IN_FLIGHT, Holding.UNKNOWN}:
        return None
    return expected_seconds(shot.request, world.durations) / time_scale


def _strays(world: World, attempts: list[AttemptFact], now: float) -> Iterator[StatusRow]:
    """What no shot asks for any more and is not settled: money under way, or a clip that will soon be out of reach."""
    for attempt in attempts:
        row = attempt_row(world, attempt, now, shot_id=attempt.label.shot, shot=None, output=None, expected=None)
        if row.state in {State.IN_FLIGHT, State.UNKNOWN} or row.fuse:
            yield row


def attempt_row(
    world: World,
    attempt: AttemptFact,
    now: float,
    *,
    shot_id: str,
    shot: Shot | None,
    output: str | None,
    expected: float | None,
) -> StatusRow:
    """How one attempt stands. `output` is where renders/ would show it; `expected` the seconds that it will take."""
    report = verdict(attempt)
    state = _state(world, attempt, chosen=output is not None)
    is_shown = output is not None and report.output is not None and world.shown_at(output) == report.output
    elapsed = _elapsed(attempt, state, now)
    return StatusRow(
        shot_id=shot_id,
        take=attempt.take,
        state=state,
        content_hash=attempt.content_hash,
        wanted=shot is not None,
        shown=is_shown,
        attempt_id=attempt.attempt_id,
        task_id=attempt.task_id,
        upstream_ids=attempt.upstream_ids,
        submitted_at=attempt.submitted_at,
        finished_at=report.finished_at,
        elapsed=elapsed,
        left=None if elapsed is None or expected is None else max(expected - elapsed, 0.0),
        fuse=fuse_of(attempt, now) if state is State.MISSING else None,
        tokens=report.tokens,
        usd=settled_usd(attempt, world.pricing),
        estimate_usd=attempt.estimate.usd if attempt.estimate else None,
        output=output,
        sha256=report.output,
        error_class=report.error_class,
        error_code=report.error_code,
        error_message=report.error_message,
        hint=_hint(attempt, report, state),
        by_callback=source(attempt) is Reporter.CALLBACK and attempt.status is Status.SUCCEEDED,
    )


def _state(world: World, attempt: AttemptFact, *, chosen: bool) -> State:
    holding = holding_of(attempt)
    match holding:
        case Holding.RENDERED:
            return _rendered_state(world, attempt, chosen=chosen)
        case Holding.IN_FLIGHT:
            return State.IN_FLIGHT
        case Holding.UNKNOWN:
            return State.UNKNOWN
        case Holding.FAILED:
            return State.FAILED
        case Holding.GONE:
            return State.MISSING
        case Holding.FREE:
            return State.NOT_SUBMITTED
        case _:
            assert_never(holding)


def _rendered_state(world: World, attempt: AttemptFact, *, chosen: bool) -> State:
    if world.is_here(attempt):
        return State.RENDERED
    return State.PRUNED if world.is_pruned(attempt) and not chosen else State.MISSING


def _elapsed(attempt: AttemptFact, state: State, now: float) -> float | None:
    if state not in {State.IN_FLIGHT, State.UNKNOWN} or attempt.submitted_at is None:
        return None
    return max(now - attempt.submitted_at, 0.0)


def _hint(attempt: AttemptFact, report: Report, state: State) -> str:
    match state:
        case State.FAILED:
            return advice(report.error_class or "") or "change the shot, or apply --retry-failed"
        case State.UNKNOWN:
            known = "landed, its task id is not known" if attempt.status is Status.LANDED else "sent, no answer seen"
            words = resolve_words(attempt.label.shot, attempt.take, attempt.realm)
            return f"{known}: not sent again; {words}"
        case State.MISSING if attempt.status is Status.GONE:
            return "given up on; --retake buys it again"
        case _:
            return ""
