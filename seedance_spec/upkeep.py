"""Keeping house among stored bytes: what prune deletes, what verify finds and sets aside. No fact is ever changed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace

from seedance_spec.clips.gallery import ShownFile, check_shown, gallery
from seedance_spec.clips.store import Store
from seedance_spec.clock import SystemClock
from seedance_spec.journal.at_work import alone
from seedance_spec.journal.faults import JournalBusy, JournalFault
from seedance_spec.journal.lease import Conductorship
from seedance_spec.journal.owner import owner_of_this_process
from seedance_spec.journal.sqlite import SqliteJournal
from seedance_spec.model.given import Given
from seedance_spec.model.shot import Film
from seedance_spec.pipeline import Reading, journal_of, read_specs, recall
from seedance_spec.plan.checkup import ShownState, Survey
from seedance_spec.plan.pruning import Pruning, Stock, pruning_of
from seedance_spec.workplace import Workplace

Tick = Callable[[int], None]


def other_readings(first: Reading, workplace: Workplace, given: Given) -> Iterator[Reading]:
    """The specs under every profile that `first`, read under `given`, was not read under."""
    for profile in (None, *first.film.profiles):
        if profile != given.profile:
            yield read_specs(workplace.root, replace(given, profile=profile))


def prunable(films: Iterable[Film], workplace: Workplace, *, keep: int) -> Pruning:
    """What prune may delete right now."""
    facts, _ = recall(workplace)
    store = Store(workplace.store)
    shown = frozenset(
        digest
        for each in gallery(workplace.root, workplace.realm)
        if each.record is not None
        for digest in (each.record.clip.sha256, each.record.last_frame.sha256 if each.record.last_frame else None)
        if digest is not None
    )
    stock = Stock(sizes=store.sizes(), shown=shown, strangers=store.strangers())
    return pruning_of(tuple(films), facts, stock, realm=workplace.realm, keep=keep, now=SystemClock().now())


def prune(agreed: Pruning, films: Iterable[Film], workplace: Workplace) -> Pruning:
    """Delete what was agreed to and still may go, and tell what went. Raises JournalBusy, StoreFault.

    It leads the project meanwhile, so that no apply shows or fetches what is about to go; whoever dies here leaves
    whole clips, each either gone on purpose or simply here.
    """
    store = Store(workplace.store)
    with leading(workplace) as still:
        now = prunable(films, workplace, keep=agreed.keep)
        known = frozenset(agreed.digests)
        going = tuple(each for each in now.going if known.issuperset(each.digests))
        gone = []
        for each in going:
            if not still():
                break
            for digest in each.digests:
                store.let_go(digest)
            gone.append(each)
    return replace(now, going=tuple(gone))


@contextmanager
def leading(workplace: Workplace) -> Iterator[Callable[[], bool]]:
    """Be alone in the project, with the lease of its conductor; what is yielded says whether that is still ours. Raises
    JournalBusy where any run is at work.
    """
    journal = journal_of(workplace)
    try:
        with alone(workplace.work_lock), _lease(journal) as still:
            yield still
    finally:
        journal.close()


@contextmanager
def _lease(journal: SqliteJournal) -> Iterator[Callable[[], bool]]:
    owner, lease = owner_of_this_process(), Conductorship(journal, now=SystemClock().now)
    if not lease.lead(owner):
        raise JournalBusy("another seedance-spec is at work in this project: try again when it has ended")
    try:
        yield lambda: lease.renew(owner)
    finally:
        with suppress(JournalFault):
            # What cannot be given back ends with its holder all the same.
            lease.resign(owner)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What there is to verify, and how much of it: known before a byte is read."""

    sizes: dict[str, int]
    shown: tuple[ShownFile, ...]
    strangers: tuple[str, ...]

    @property
    def bytes(self) -> int:
        return sum(self.sizes.values()) + sum(each.bytes for each in self.shown if each.record is not None)


def scope_of(workplace: Workplace) -> Scope:
    store = Store(workplace.store)
    return Scope(
        sizes=dict(sorted(store.sizes().items())),
        shown=tuple(gallery(workplace.root, workplace.realm)),
        strangers=store.strangers(),
    )


def survey(scope: Scope, workplace: Workplace, tick: Tick) -> Survey:
    """Read every stored and every shown byte. Nothing is written."""
    store = Store(workplace.store)
    damaged = frozenset(digest for digest in scope.sizes if not store.verify(digest, tick))
    shown = {each.path: _state_of(each, workplace, tick) for each in scope.shown}
    return Survey(
        sizes=scope.sizes,
        damaged=damaged,
        pruned=store.pruned(),
        shown=shown,
        digests={each.path: each.record.clip.sha256 for each in scope.shown if each.record is not None},
        strangers=scope.strangers,
    )


def _state_of(file: ShownFile, workplace: Workplace, tick: Tick) -> ShownState:
    if file.record is None:
        return ShownState.FOREIGN
    if not file.is_here:
        return ShownState.GONE
    return ShownState.WHOLE if check_shown(workplace.root, file, tick) else ShownState.EDITED


def set_aside(damaged: Iterable[str], workplace: Workplace) -> dict[str, str]:
    """Move damaged clips out of the way, so that collect can bring whole ones. New paths by digest.

    Raises JournalBusy, StoreFault. Each is read once more first: another process may have put a whole one there.
    """
    store, moved = Store(workplace.store), {}
    with leading(workplace) as still:
        for digest in damaged:
            if still() and store.has(digest) and not store.verify(digest):
                moved[digest] = store.set_aside(digest)
    return moved
