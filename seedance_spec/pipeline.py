"""The flow on one screen; read this first: specs → facts → bytes → plan. Nothing that prints may enter."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING

from seedance_spec.attempts.known import facts_of
from seedance_spec.clips.frames import can_cut
from seedance_spec.clips.layout import output_path
from seedance_spec.clips.publish import published
from seedance_spec.clips.store import Store
from seedance_spec.content_hash import HASHING, Hashing
from seedance_spec.journal.owner import is_alive
from seedance_spec.lockfile.aliases import new_aliases
from seedance_spec.lockfile.facts import AliasFact
from seedance_spec.lockfile.file import LockFile
from seedance_spec.lockfile.fold import Facts
from seedance_spec.model.film import film_of
from seedance_spec.model.given import NOTHING_GIVEN, Given
from seedance_spec.model.local_files import LocalFiles
from seedance_spec.model.shot import Film
from seedance_spec.plan.change import Plan
from seedance_spec.plan.decide import Options, Presence
from seedance_spec.plan.parent_delivery import LENDS_NOTHING, Connected, Reach
from seedance_spec.plan.planned_delivery import Deliveries, undeliverable
from seedance_spec.plan.scope import Scope, decide_within
from seedance_spec.plan.selection import EVERYTHING
from seedance_spec.plan.unheld import names_takes_beyond, unheld_takes
from seedance_spec.realm import Realm
from seedance_spec.specfiles.diagnostic import Diagnostic, Severity, has_errors
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
    """What must happen, what is known and present, and what forbids to pay. `aliases` are facts that an upgrade
    adds and that are in no lockfile yet.
    """

    plan: Plan
    facts: Facts
    presence: Presence
    diagnostics: tuple[Diagnostic, ...]
    aliases: tuple[AliasFact, ...] = ()

    @property
    def refused(self) -> bool:
        return has_errors(self.diagnostics)


def read_specs(
    root: Path, given: Given = NOTHING_GIVEN, *, hashing: Hashing = HASHING, only: frozenset[str] | None = None
) -> Reading:
    """What you wrote and meant: spec files → film. `given` is what the run adds to them: a profile, variables. `only`
    are the files to be read, None for all.
    """
    found = find_spec_files(root, only)
    film, complaints = film_of(found, LocalFiles(root).look, hashing.content_hash, given)
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


def refused_takes(film: Film, root: Path) -> tuple[Diagnostic, ...]:
    """Picks, and takes of parents, that every plan would refuse: beyond what is wanted, and on no realm's record."""
    if not names_takes_beyond(film):
        return ()
    return unheld_takes(film, {realm: recall(Workplace(root=root, realm=realm))[0] for realm in Realm})


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


def look_around(film: Film, workplace: Workplace, *, also: Iterable[str] = ()) -> Presence:
    """What is here: bytes in the store, and what renders/ shows for the film's shots; `also` for paths beside them."""
    outputs = [*(output_path(shot_id, workplace.realm, film.profile) for shot_id in film.shots), *also]
    store = Store(workplace.store)
    return Presence(stored=store.digests(), published=published(workplace.root, outputs), pruned=store.pruned())


def decide_plan(
    film: Film,
    workplace: Workplace,
    options: Options,
    *,
    sends: bool = True,
    connected: Connected | None = None,
    scope: Scope = EVERYTHING,
    known: Facts | None = None,
) -> Decision:
    """What must happen: film, facts and bytes → plan.

    `sends` tells whether it is to be carried out: then what cannot be sent is refused. Where it is not, but `connected`
    tells how it would be, that is a warning. `scope` is what the run is about; `known` are the facts where they need
    not be read. Raises SelectionError where the scope names nothing.
    """
    facts, complaints = recall(workplace) if known is None else (known, ())
    aliases = new_aliases(facts, film.shots, options.hashing)
    facts = facts.merge(Facts.of(*aliases))
    presence = look_around(film, workplace)
    plan, more = decide_within(scope, film, facts, presence, realm=workplace.realm, options=options)
    unsendable: Iterable[Diagnostic] = ()
    if plan.paid and (sends or connected is not None):
        # Nobody who does not know the time knows that a link still lives.
        reach = reach_of(
            presence, now=inf if options.now is None else options.now, connected=connected or LENDS_NOTHING
        )
        severity = Severity.ERROR if sends else Severity.WARNING
        unsendable = undeliverable(Deliveries(plan=plan, facts=facts, reach=reach), severity=severity)
    diagnostics = (*complaints, *more, *unsendable)
    return Decision(plan=plan, facts=facts, presence=presence, diagnostics=diagnostics, aliases=aliases)


def reach_of(presence: Presence, *, now: float, connected: Connected = LENDS_NOTHING) -> Reach:
    """What this process can do to bring a parent's bytes to the gateway. `now` is Unix seconds."""
    shown = (each for each in presence.published.values() if each is not None)
    return Reach(
        now=now,
        here=presence.stored.union(shown),
        lends=connected.lends,
        cuts=can_cut(),
        time_scale=connected.time_scale,
    )


def lockfile_of(workplace: Workplace) -> LockFile:
    return LockFile(workplace.lockfile, root=workplace.root, write_lock=workplace.write_lock)


def journal_of(workplace: Workplace) -> SqliteJournal:
    from seedance_spec.journal.sqlite import SqliteJournal

    return SqliteJournal(workplace.journal)
