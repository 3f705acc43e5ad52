"""The flow on one screen; read this first: specs → facts → bytes → plan. Nothing that prints may enter."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from seedance_spec.attempts.known import facts_of
from seedance_spec.clips.layout import output_path
from seedance_spec.clips.publish import published
from seedance_spec.clips.store import Store
from seedance_spec.content_hash import content_hash
from seedance_spec.journal.owner import is_alive
from seedance_spec.lockfile.file import LockFile
from seedance_spec.lockfile.fold import Facts
from seedance_spec.model.film import film_of
from seedance_spec.model.given import NOTHING_GIVEN, Given
from seedance_spec.model.local_files import LocalFiles
from seedance_spec.model.shot import Film
from seedance_spec.plan.change import Plan
from seedance_spec.plan.decide import Options, Presence, decide
from seedance_spec.plan.parents import undeliverable
from seedance_spec.plan.prices import BUILT_IN, PriceTable
from seedance_spec.specfiles.diagnostic import Diagnostic, has_errors
from seedance_spec.specfiles.find import find_spec_files
from seedance_spec.workplace import Workplace

if TYPE_CHECKING:
    from seedance_spec.journal.sqlite import SqliteJournal


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What the spec files say. `texts` holds each file's text by its path, for pictures of complaints."""

    film: Film
    diagnostics: tuple[Diagnostic, ...]
    texts: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What must happen, what is known and present, and what forbids to pay."""

    plan: Plan
    facts: Facts
    presence: Presence
    diagnostics: tuple[Diagnostic, ...]

    @property
    def refused(self) -> bool:
        return has_errors(self.diagnostics)


def read_specs(root: Path, given: Given = NOTHING_GIVEN) -> Reading:
    """What you wrote and meant: spec files → film. `given` is what the run adds to them: a profile, variables."""
    found = find_spec_files(root)
    film, complaints = film_of(found, LocalFiles(root).look, content_hash, given)
    files = (*found.files, *((found.project,) if found.project else ()), *given.files)
    return Reading(film=film, diagnostics=complaints, texts={each.path: each.text for each in files})


def recall(workplace: Workplace) -> tuple[Facts, tuple[Diagnostic, ...]]:
    """What happened: known = lockfile ∪ journal (D1). A journal that is not there is not made."""
    facts, complaints = lockfile_of(workplace).read()
    if not workplace.journal.exists():
        return facts, complaints
    journal = journal_of(workplace)
    try:
        return facts.merge(Facts.of(*facts_of(journal.rows(), is_alive=is_alive))), complaints
    finally:
        journal.close()


def last_heard(workplace: Workplace) -> Mapping[str, str]:
    """What the upstream's last callback said of each attempt, in its words (`failed`): evidence to show, no verdict."""
    if not workplace.journal.exists():
        return {}
    journal = journal_of(workplace)
    try:
        pokes = journal.pokes(after=0)
    finally:
        journal.close()
    return {poke.attempt_id: poke.upstream_status for poke in pokes if poke.upstream_status}


def look_around(film: Film, workplace: Workplace) -> Presence:
    """What is here: bytes in the store, and what renders/ shows."""
    outputs = [output_path(shot_id, workplace.realm, film.profile) for shot_id in film.shots]
    return Presence(stored=Store(workplace.store).digests(), published=published(workplace.root, outputs))


def decide_plan(
    film: Film,
    workplace: Workplace,
    *,
    now: float,
    retry_failed: bool = False,
    retake: frozenset[str] = frozenset(),
    trusted: PriceTable = BUILT_IN,
    sends: bool = True,
) -> Decision:
    """What must happen: film, facts and bytes → plan. `now` is Unix seconds: links live for a day.

    `trusted` are the prices that no spec can change. `sends` tells whether it is to be carried out: then what cannot be
    sent is refused.
    """
    facts, complaints = recall(workplace)
    presence = look_around(film, workplace)
    options = Options(retry_failed=retry_failed, retake=retake, now=now, trusted=trusted)
    plan, more = decide(film, facts, presence, realm=workplace.realm, options=options)
    unsendable = undeliverable(plan) if sends else ()
    return Decision(plan=plan, facts=facts, presence=presence, diagnostics=(*complaints, *more, *unsendable))


def lockfile_of(workplace: Workplace) -> LockFile:
    return LockFile(workplace.lockfile, root=workplace.root, write_lock=workplace.write_lock)


def journal_of(workplace: Workplace) -> SqliteJournal:
    from seedance_spec.journal.sqlite import SqliteJournal

    return SqliteJournal(workplace.journal)
