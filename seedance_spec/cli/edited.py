"""The plan of a project at rest in which some spec files were edited: they are read and decided, the rest is counted.

It is the whole plan's very answer, or None: whatever does not fit is left to the whole plan.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from seedance_spec.cli.guards import trusted_table
from seedance_spec.lockfile.facts import Status
from seedance_spec.lockfile.file import LockFileFault
from seedance_spec.pipeline import Decision, Reading, decide_plan, lockfile_of, read_specs
from seedance_spec.plan.change import Action, Beside
from seedance_spec.plan.lessons import Group, Lesson

if TYPE_CHECKING:
    from seedance_spec.cli.given import Wish
    from seedance_spec.cli.settings import Settings
    from seedance_spec.lockfile.fold import Facts
    from seedance_spec.model.shot import Film
    from seedance_spec.plan.parent_delivery import Connected
    from seedance_spec.plan_cache.base import Base
    from seedance_spec.plan_cache.recall import Answer
    from seedance_spec.workplace import Workplace


def edited(
    answer: Answer,
    workplace: Workplace,
    wish: Wish,
    settings: Settings,
    *,
    now: float,
    connected: Connected,
) -> tuple[Reading, Decision] | None:
    """What the edited files say, and what must happen. `answer` is what was taken down when nothing was to be done."""
    try:
        return _decided(answer, workplace, wish, settings, now=now, connected=connected)
    except (OSError, LockFileFault):
        return None


def _decided(
    answer: Answer, workplace: Workplace, wish: Wish, settings: Settings, *, now: float, connected: Connected
) -> tuple[Reading, Decision] | None:
    from seedance_spec.plan_cache.base import Base

    changed, base = [os.fsdecode(path) for path in answer.changed()], Base.read(answer.said[0])
    folders = _touched(changed, base, workplace)
    if folders is None:
        return None
    shown = frozenset({"specs/project.yaml", *(f"specs/{folder}.yaml" for folder in folders)})
    reading = read_specs(workplace.root, wish.given, only=shown)
    monthly = settings.max_cost_month is not None or reading.film.project.budget.month is not None
    if reading.diagnostics or monthly or not frozenset(base.profiles).issuperset(reading.film.profiles):
        return None
    facts = _facts(reading.film, folders, base, workplace)
    if facts is None:
        return None
    options = replace(wish.options(reading.film, now=now, trusted=trusted_table(settings)), taught=_lessons(base))
    decision = decide_plan(reading.film, workplace, options, sends=False, connected=connected, known=facts)
    if decision.diagnostics or decision.aliases or _is_at_rest(decision):
        return None
    shots, files, takes = base.beside(folders)
    beside = Beside(shots=shots, files=files, takes=takes)
    return reading, replace(decision, plan=replace(decision.plan, beside=beside))


def _touched(changed: Iterable[str], base: Base, workplace: Workplace) -> frozenset[str] | None:
    """The folders of ids that must be looked at; None where anything but spec files changed."""
    from seedance_spec.cli.resting import listing

    specs = str(workplace.root / "specs")
    others = [path for path in changed if path not in base.specs]
    if any((path != specs and not path.startswith(f"{specs}/")) or not os.path.isdir(path) for path in others):  # noqa: PTH112 - as text
        return None
    if listing(workplace.root) != base.listing:
        return None
    return base.around(base.specs[path] for path in changed if path in base.specs)


def _facts(film: Film, folders: frozenset[str], base: Base, workplace: Workplace) -> Facts | None:
    """All that is on record of these folders; None where a picture of theirs is another folder's too, or where it takes
    other facts to tell which of several clips stands for a take.
    """
    from seedance_spec.content_hash import HASHING
    from seedance_spec.plan_cache.base import folder_of_id

    facts = lockfile_of(workplace).part(base.places(folders))
    attempts = facts.attempts.values()
    hashes = {HASHING.content_hash(shot.request) for shot in film.shots.values()}
    hashes.update(each.content_hash for each in attempts)
    hashes.update(each.content_hash for each in facts.labels.values() if each.content_hash is not None)
    labels = {*(each.label.shot for each in attempts), *(each.shot for each in facts.labels.values())}
    finished = Counter((each.content_hash, each.take) for each in attempts if each.status is Status.SUCCEEDED)
    if not folders.issuperset(map(folder_of_id, labels)) or base.is_known_elsewhere(hashes, folders):
        return None
    if any(count > 1 for count in finished.values()):
        return None
    return facts


def _lessons(base: Base) -> dict[Group, Lesson]:
    found = {}
    for model, resolution, with_video, is_open, takes, factor, spread, surplus, usd_per_million in base.lessons:
        group = Group(str(model), str(resolution), bool(with_video), bool(is_open))
        assert None not in (takes, factor, spread, surplus)
        found[group] = Lesson(
            group=group,
            takes=int(takes or 0),
            factor=float(factor or 0),
            spread=float(spread or 0),
            surplus=float(surplus or 0),
            usd_per_million=None if usd_per_million is None else float(usd_per_million),
        )
    return found


def _is_at_rest(decision: Decision) -> bool:
    """Then the whole plan is made, and remembered."""
    return all(change.action is Action.UNCHANGED for change in decision.plan.changes)
