"""A decision as a watch reads it: what to buy, to follow, to put right, and what is left of the caps. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, assert_never

from seedance_spec.lockfile.facts import Status
from seedance_spec.lockfile.fold import Facts
from seedance_spec.model.origin import Origin, Use
from seedance_spec.model.shot import FileSource, Shot
from seedance_spec.plan.brake import empty_project
from seedance_spec.plan.bringing import Bringing
from seedance_spec.plan.budget import Cap, Caps
from seedance_spec.plan.change import Action, Change, Plan
from seedance_spec.plan.figures import exact_usd
from seedance_spec.plan.price import Pricing
from seedance_spec.plan.spent import charged_takes, spent_by_run
from seedance_spec.specfiles.diagnostic import Diagnostic, Severity
from seedance_spec.watch.happenings import Job, Kind
from seedance_spec.watch.sheet import Buy, Commit, Follow, Key, Sheet

if TYPE_CHECKING:
    from seedance_spec.pipeline import Decision, Reading

PROJECT_FILE = "specs/project.yaml"

_FREE = frozenset({Action.RESTORE, Action.RENAMED, Action.DROPPED})
_COMING = frozenset({Action.NEW, Action.RERENDER, Action.IN_FLIGHT, Action.UNKNOWN, Action.MISSING})


@dataclass(frozen=True, slots=True, kw_only=True)
class Money:
    """What this session has spent, what its jobs may still come to at the upper end, and how much of that the record
    does not know yet.
    """

    spent_usd: float = 0.0
    reserved_usd: float = 0.0
    unclaimed_usd: float = 0.0

    @property
    def committed_usd(self) -> float:
        return self.spent_usd + self.reserved_usd


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken:
    """Where something is wrong. With `everything`, what is wrong concerns all shots."""

    files: frozenset[str]
    everything: bool

    def holds(self, change: Change) -> bool:
        """Whether nothing can be bought for this row until that is mended."""
        return self.everything or (change.span is not None and change.span.file in self.files)

    def __bool__(self) -> bool:
        return self.everything or bool(self.files)


def broken_files(complaints: Iterable[Diagnostic]) -> Broken:
    """The files with errors: a shot in one of them is not bought; shots of other files are."""
    errors = [each for each in complaints if each.severity is Severity.ERROR]
    files = frozenset(each.span.file for each in errors if each.span is not None)
    everything = any(map(_concerns_all, files)) or any(each.span is None for each in errors)
    return Broken(files=files, everything=everything)


def _concerns_all(file: str) -> bool:
    """Whether every shot hangs on the file: the lockfile says what is paid for already, and a project file that lies
    deeper than it should tells of specs that were moved.
    """
    is_spec = file.startswith("specs/") and file.endswith(".yaml")
    return not is_spec or file.rpartition("/")[2] == "project.yaml"


def hides_profile(reading: Reading, name: str) -> bool:
    """Whether a profile of this name may stand in a file that cannot be read as it is."""
    broken = broken_files(reading.diagnostics)
    unplaced = any(each.severity is Severity.ERROR and each.span is None for each in reading.diagnostics)
    return unplaced or any(name in reading.texts.get(file, name) for file in broken.files)


def key_of(change: Change) -> Key:
    return change.content_hash, change.take


def reckoned_money(facts: Facts, buying: Iterable[Job], *, run: str, pricing: Pricing) -> Money:
    """What this session, whose attempts carry `run`, has spent and may still come to. A take is reckoned once: at its
    job's upper end while that job buys it, by the record before and after. An attempt that is only followed stays on
    the record's side.
    """
    jobs = tuple(buying)
    reserved = frozenset().union(*(job.keys for job in jobs))
    charged = charged_takes(facts)
    return Money(
        spent_usd=spent_by_run(facts, run, pricing, besides=reserved) if run else 0.0,
        reserved_usd=sum(job.usd for job in jobs),
        unclaimed_usd=sum(job.usd for job in jobs if not job.keys <= charged),
    )


def narrowed_caps(caps: Caps, money: Money) -> Caps:
    """The caps with what the session has spent already, and what is under way, taken off: it counts as one run."""

    def left(cap: Cap, used: float) -> Cap:
        if not used:
            return cap
        source = f"what is left of {exact_usd(cap.usd)}, {cap.source}, after {exact_usd(used)} of this session"
        return Cap(usd=max(cap.usd - used, 0.0), source=source)

    return replace(
        caps,
        run=tuple(left(cap, money.committed_usd) for cap in caps.run),
        month=tuple(left(cap, money.unclaimed_usd) for cap in caps.month),
    )


def sheet_of(
    broken: Broken,
    decision: Decision,
    plan: Plan,
    *,
    busy: frozenset[Key],
    commit: Commit,
    refused: str,
    empties: bool = False,
) -> Sheet:
    """`plan` holds the rows that may be bought; the decision's own plan has all. `empties` is the user's word that the
    last shot may be dropped.
    """
    # Specs that describe nothing any more are a wrong folder or branch before they are a wish.
    puts_right = not broken and (empties or empty_project(decision.plan) is None)
    rows = (*decision.plan.changes, *decision.plan.outside)
    wanted = frozenset(key_of(change) for change in rows if change.shot is not None)
    return Sheet(
        buys=tuple(_buys(plan, decision, commit)),
        follows=tuple(_follows(decision.plan)),
        free=frozenset(free_name(change) for change in decision.plan.changes if is_free(change, puts_right=puts_right)),
        # Of a file that cannot be read nobody knows what it asks for: what is under way goes on.
        wanted=wanted | busy if broken else wanted,
        refused=refused,
        head=commit.head,
    )


def is_free(change: Change, *, puts_right: bool) -> bool:
    """Whether the row is done at once and for nothing. Unless it `puts_right` nothing is renamed or dropped."""
    return change.action in _FREE if puts_right else change.action is Action.RESTORE


def free_name(change: Change) -> str:
    return f"{change.action.value} {change.shot_id} {change.take} {change.content_hash}"


def rows_of(job: Job, plan: Plan) -> tuple[Change, ...]:
    """The rows that a job is about."""
    rows = plan.changes
    match job.kind:
        case Kind.BUY:
            return tuple(row for row in rows if row.pays and row.shot_id == job.shot_id and key_of(row) in job.keys)
        case Kind.FOLLOW:
            mine = (row for row in rows if row.attempt is not None and row.attempt.attempt_id == job.attempt_id)
            return tuple(row for row in mine if _is_followed(row))
        case Kind.FREE:
            return tuple(row for row in rows if free_name(row) in job.free)
        case _:
            assert_never(job.kind)


def files_of(shot: Shot) -> frozenset[str]:
    """Every file that the shot's picture is made of, by its path in the project."""
    written = {span for origin in shot.origins.values() for span in _places(origin)}
    inputs = {each.source.path for each in shot.request.inputs if isinstance(each.source, FileSource)}
    return frozenset(written | inputs | {PROJECT_FILE})


def local_inputs(reading: Reading) -> frozenset[str]:
    """Every local file that a shot starts from."""
    inputs = (each.source for shot in reading.film.shots.values() for each in shot.request.inputs)
    return frozenset(each.path for each in inputs if isinstance(each, FileSource))


def _buys(plan: Plan, decision: Decision, commit: Commit) -> Iterator[Buy]:
    bringing = Bringing.of(decision.plan.changes, decision.facts)
    takes: dict[str, list[Change]] = {}
    for change in plan.paid:
        takes.setdefault(change.shot_id, []).append(change)
    for shot_id, rows in takes.items():
        shot = rows[0].shot
        assert shot is not None, "only a shot can be paid for"
        yield Buy(
            shot_id=shot_id,
            keys=frozenset(map(key_of, rows)),
            usd=sum(_most_usd(row) for row in rows),
            parents=frozenset(parent for row in rows for parent in _awaited(bringing, row)),
            clean=commit.holds(files_of(shot), optional=PROJECT_FILE),
        )


def _most_usd(change: Change) -> float:
    if change.quote is None or change.quote.guard_usd is None:
        return 0.0
    return change.quote.guard_usd * (1 + change.retries)


def _awaited(bringing: Bringing, change: Change) -> Iterator[str]:
    for parent in bringing.parents(change):
        if parent.row is not None and parent.row.action in _COMING:
            yield parent.shot_id


def _follows(plan: Plan) -> Iterator[Follow]:
    seen: set[str] = set()
    for change in plan.changes:
        if _is_followed(change) and change.attempt is not None and change.attempt.attempt_id not in seen:
            seen.add(change.attempt.attempt_id)
            yield Follow(
                attempt_id=change.attempt.attempt_id,
                shot_id=change.shot_id,
                key=(change.attempt.content_hash, change.attempt.take),
                renders=change.action is Action.IN_FLIGHT,
            )


def _is_followed(change: Change) -> bool:
    if change.attempt is None or change.follows is not None or change.attempt.status is Status.GONE:
        return False
    return change.action in {Action.IN_FLIGHT, Action.UNKNOWN, Action.MISSING}


def _places(origin: Origin) -> Iterator[str]:
    yield origin.span.file
    waiting = [each for each in origin.pieces if isinstance(each, Use)]
    while waiting:
        use = waiting.pop()
        if use.span is not None:
            yield use.span.file
        waiting += [each for each in use.pieces if isinstance(each, Use)]
