"""After the fault: run again until all is well, then count what it cost. What strikes, and when, is not known here."""

from __future__ import annotations

import json
import sqlite3
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from seedance_spec.attempts.ports import JournalRow, Mark
from seedance_spec.cli.exit_codes import ExitCode
from seedance_spec.cli.verbs import VERBS
from seedance_spec.clips.layout import output_path
from seedance_spec.lockfile.facts import Status
from seedance_spec.pipeline import decide_plan, lockfile_of, read_specs
from seedance_spec.plan.change import Action
from seedance_spec.plan.decide import Options
from seedance_spec.realm import Realm
from tests.lab.books import Task
from tests.lab.row import Outcome
from tests.lab.world import TAKES, Film, Ran, World
from tests.lab.zygote import IN_HASTE

MOST_RUNS = 4
"""Runs that recovery may take; one is enough unless a later one is struck too, or attempts are unknown."""

_BY_ITSELF = "by itself"
_BY_LANDED = "resolve --landed"
_BY_NOT_LANDED = "resolve --not-landed"


@dataclass(slots=True, kw_only=True)
class _Recovery:
    """What bringing a project to its end took."""

    runs: list[Ran] = field(default_factory=list)
    open_before: frozenset[str] = frozenset()
    unknown_after: frozenset[str] = frozenset()
    resolved: Counter[str] = field(default_factory=Counter)
    complaints: list[str] = field(default_factory=list)


def recovered(film: Film, world: World, *, note: str, struck: bool = True) -> Outcome:
    """Run until the project has converged, close what is unknown, and judge what is there."""
    recovery = _Recovery(open_before=_unsettled(film))
    _converge(film, world, recovery)
    return _judged(film, world, recovery, note=note, struck=struck)


def half_files(film: Film) -> Iterator[str]:
    """Files under a final name that are not whole: clips in renders/ and in the store, the lockfile."""
    for path in film.workplace.store.glob("[0-9a-f][0-9a-f]/*.mp4"):
        if _digest(path) != path.stem:
            yield f"{path.name[:12]}… in the store is not what its name says"
    stored = {path.stem for path in film.workplace.store.glob("[0-9a-f][0-9a-f]/*.mp4")}
    for path in (film.root / "renders").rglob("*.mp4"):
        if not path.name.startswith(".") and _digest(path) not in stored:
            yield f"{path.name} in renders/ is no stored clip"
    for path in (film.root / "renders").rglob("*.json"):
        if not path.name.startswith(".") and not _parses(path):
            yield f"{path.name} in renders/ does not parse"
    _, complaints = lockfile_of(film.workplace).read()
    yield from (f"the lockfile: {complaint.message}" for complaint in complaints)


def hope_of(film: Film, world: World) -> Mapping[str, str]:
    """A variable for the next run: evidence of a POST that, as the sandbox knows, never came is waited for in vain."""
    lost = _unsettled(film)
    return IN_HASTE if lost and not lost & set(world.landed(film)) else {}


def _unsettled(film: Film) -> frozenset[str]:
    """Attempts whose POST may have landed and whose outcome is not on record."""
    return frozenset(row.fact.attempt_id for row in film.journal_rows() if _is_unsettled(row))


def _is_unsettled(row: JournalRow) -> bool:
    sent = row.mark in {Mark.BYTES_OUT, Mark.ANSWERED}
    return row.released is None and sent and row.fact.status in {Status.UNKNOWN, Status.LANDED}


def _converge(film: Film, world: World, recovery: _Recovery) -> None:
    for _ in range(MOST_RUNS):
        ran = film.apply(env=hope_of(film, world))
        recovery.runs.append(ran)
        if ran.code == ExitCode.CONVERGED:
            return
        if ran.code not in {ExitCode.NEEDS_YOU, ExitCode.STILL_RUNNING} or ran.blames_itself:
            recovery.complaints.append(f"recovery ended with {ran.code}: {last_words(ran)}")
            return
        unknown = _unsettled(film)
        recovery.unknown_after |= unknown
        if unknown and not _resolve(film, world, unknown, recovery):
            return
    recovery.complaints.append(f"not converged after {MOST_RUNS} runs")


def _resolve(film: Film, world: World, unknown: frozenset[str], recovery: _Recovery) -> bool:
    """Close each unknown attempt with one `resolve`, as a person would who looks into the gateway's own pages."""
    if "resolve" not in VERBS:
        recovery.complaints.append(f"{len(unknown)} unknown, and there is no `resolve` to close them")
        return False
    landed = world.landed(film)
    for row in film.journal_rows():
        attempt = row.fact.attempt_id
        if attempt in unknown:
            tasks = landed.get(attempt, [])
            how = ("--landed", tasks[0].id) if tasks else ("--not-landed",)
            ran = film.run("resolve", row.fact.label.shot, "--sandbox", *how)
            recovery.resolved[_BY_LANDED if tasks else _BY_NOT_LANDED] += 1
            if ran.code not in {ExitCode.CONVERGED, ExitCode.NEEDS_YOU}:
                recovery.complaints.append(f"resolve {' '.join(how)} ended with {ran.code}: {last_words(ran)}")
                return False
    return True


def _judged(film: Film, world: World, recovery: _Recovery, *, note: str, struck: bool) -> Outcome:
    landed = world.landed(film)
    rows = {row.fact.attempt_id: row for row in film.journal_rows()}
    sent = sum(row.mark in {Mark.BYTES_OUT, Mark.ANSWERED} for row in rows.values())
    double = _double_charges(landed, rows)
    over_one = max(sum(len(tasks) - 1 for tasks in landed.values()), world.posts(film) - sent, 0)
    lost = _lost(film, landed, rows)
    repairs = list(_repairs(film))
    unexplained = recovery.unknown_after - recovery.open_before
    complaints = [*recovery.complaints, *repairs]
    if unexplained:
        complaints.append(f"{len(unexplained)} unknown though no POST was open when it was struck")
    closed = {_BY_ITSELF: len(recovery.open_before - recovery.unknown_after), **recovery.resolved}
    return Outcome(
        double_charges=double,
        lost_results=lost,
        repairs=len(repairs),
        posts_over_one=over_one,
        unknown_left=len(recovery.open_before | recovery.unknown_after),
        closed={how: number for how, number in closed.items() if number},
        struck=struck,
        failed=bool(double or lost or over_one or complaints),
        note="; ".join([note, *complaints]),
    )


def _double_charges(landed: dict[str, list[Task]], rows: dict[str, JournalRow]) -> int:
    """Tasks that were charged beyond the first of each (content hash, take), and attempts that nobody remembers."""
    takes: dict[tuple[str, int] | str, int] = {}
    for attempt, tasks in landed.items():
        row = rows.get(attempt)
        take = (row.fact.content_hash, row.fact.take) if row else attempt
        takes[take] = takes.get(take, 0) + sum(task.charged for task in tasks)
    unremembered = sum(attempt not in rows for attempt in landed)
    return sum(max(number - 1, 0) for number in takes.values()) + unremembered


def _lost(film: Film, landed: dict[str, list[Task]], rows: dict[str, JournalRow]) -> int:
    """Shots that were paid for and whose clip is not shown, though nothing about them waits for an answer."""
    paid = [row for attempt, row in rows.items() if attempt in landed and not _is_unsettled(row)]
    shots = {row.fact.label.shot for row in paid}
    return sum(not (film.root / output_path(shot, Realm.SANDBOX)).is_file() for shot in shots)


def _repairs(film: Film) -> Iterator[str]:
    """What a person would have to mend: half files, a damaged journal, a plan that is not at rest."""
    yield from half_files(film)
    with sqlite3.connect(film.workplace.journal) as db:
        if db.execute("PRAGMA integrity_check").fetchone() != ("ok",):
            yield "the journal is damaged"
    db.close()
    decision = decide_plan(read_specs(film.root).film, film.workplace, Options(now=time.time()))
    if decision.diagnostics:
        yield f"the plan complains: {decision.diagnostics[0].message}"
    moving = [change for change in decision.plan.changes if change.action is not Action.UNCHANGED]
    if moving or len(decision.plan.changes) != TAKES:
        yield f"the plan is not at rest: {', '.join(f'{each.shot_id} {each.action}' for each in moving)}"


def _digest(path: Path) -> str:
    return sha256(path.read_bytes()).hexdigest()


def _parses(path: Path) -> bool:
    try:
        json.loads(path.read_bytes())
    except ValueError:
        return False
    return True


def last_words(ran: Ran) -> str:
    """The last words; of an exception without words its kind and the place that raised it."""
    lines = [line.strip() for line in ran.err.splitlines() if line.strip()]
    if ran.blames_itself:
        lines = [f"{lines[-1]} at {place}" for place in lines if ".py:" in place] or lines
    return lines[-1][:200] if lines else "(it said nothing)"
