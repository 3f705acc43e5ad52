"""A project at rest, taken down for plans of a few edited files; None where it is not simple enough for them."""

from __future__ import annotations

import json
import os
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from seedance_spec.canonical import canonical_json
from seedance_spec.content_hash import HASHING
from seedance_spec.lockfile.facts import AttemptFact, LabelFact
from seedance_spec.lockfile.file import LockFileFault
from seedance_spec.lockfile.fold import Facts
from seedance_spec.lockfile.line import fact_to_json
from seedance_spec.model.ids import folder_of
from seedance_spec.model.shot import Film, ShotSource
from seedance_spec.pipeline import Decision, lockfile_of
from seedance_spec.plan.lessons import Lesson, lessons_of
from seedance_spec.plan.prices import PriceTable
from seedance_spec.plan_cache.base import Base, Place, folder_of_id, joined
from seedance_spec.workplace import Workplace


def base_of(film: Film, decision: Decision, workplace: Workplace, *, trusted: PriceTable) -> Base | None:
    """What this project is like. `decision` found nothing to do, and nothing to say."""
    try:
        return _taken_down(film, decision, workplace, trusted)
    except (OSError, LockFileFault):
        return None


def _taken_down(film: Film, decision: Decision, workplace: Workplace, trusted: PriceTable) -> Base | None:
    facts, presence = decision.facts, decision.presence
    shown = {each for each in presence.published.values() if each is not None}
    if facts.aliases or facts.strangers or facts.unread or presence.pruned or not shown <= presence.stored:
        return None
    specs = spec_folders(workplace.root)
    lines = _lines(workplace, facts)
    if lines is None or len({each.casefold() for each in specs.values()}) < len(specs):
        return None
    ours = (each for each in facts.attempts.values() if each.realm is workplace.realm)
    return Base(
        listing=listing(workplace.root),
        specs=specs,
        groups=joined(_links(film)),
        holders=_holders(film, facts),
        lines=lines,
        lessons=[[*each.group, *_taught(each)] for each in lessons_of(ours, trusted).values()],
        shots=_counted(decision),
        profiles=film.profiles,
    )


def listing(root: Path) -> str:
    """All that lies under specs/ as whoever looks for spec files sees it: names and kinds."""
    return "\n".join(_listed(str(root / "specs")))


def spec_folders(root: Path) -> dict[str, str]:
    """The folder of ids of each spec file, by its whole path; project.yaml is none."""
    specs = str(root / "specs")
    files = (line[1:] for line in _listed(specs) if line.endswith(".yaml") and line[:1] in "fl")
    paths = {path: f"specs{path.removeprefix(specs)}" for path in files}
    return {path: folder_of(shown) for path, shown in paths.items() if shown != "specs/project.yaml"}


def _listed(folder: str) -> Iterator[str]:
    with os.scandir(folder) as entries:
        found = sorted((each for each in entries if not each.name.startswith(".")), key=lambda each: each.name)
    for entry in found:
        is_folder = entry.is_dir(follow_symlinks=False)
        kind = "l" if entry.is_symlink() else "d" if is_folder else "f" if entry.is_file() else "o"
        yield f"{kind}{entry.path}"
        if is_folder:
            yield from _listed(entry.path)


def _links(film: Film) -> Iterator[tuple[str, str]]:
    for shot in film.shots.values():
        for each in shot.request.inputs:
            if isinstance(each.source, ShotSource):
                yield folder_of_id(shot.id), folder_of_id(each.source.shot)


def _holders(film: Film, facts: Facts) -> dict[str, list[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for shot in film.shots.values():
        found[HASHING.content_hash(shot.request)].add(folder_of_id(shot.id))
    for fact in facts.attempts.values():
        found[fact.content_hash].add(folder_of_id(fact.label.shot))
    for label in facts.labels.values():
        if label.content_hash is not None:
            found[label.content_hash].add(folder_of_id(label.shot))
    return {content_hash: sorted(folders) for content_hash, folders in found.items()}


def _lines(workplace: Workplace, facts: Facts) -> dict[str, list[Place]] | None:
    """Where each folder's facts stand; None where the lockfile does not say just these, each in its one form."""
    found: dict[str, list[Place]] = defaultdict(list)
    by_key = {_key(fact): fact for fact in facts if isinstance(fact, AttemptFact | LabelFact)}
    for start, line in lockfile_of(workplace).places():
        if not line:
            continue
        try:
            said = json.loads(line)
        except ValueError:
            return None
        if said.get("kind") == "project":
            continue
        fact = by_key.pop((said.get("kind"), str(said.get("key"))), None)
        if fact is None or canonical_json(fact_to_json(fact)).encode() != line:
            return None
        shot = fact.label.shot if isinstance(fact, AttemptFact) else fact.shot
        found[folder_of_id(shot)].append((start, len(line)))
    return None if by_key else dict(found)


def _key(fact: AttemptFact | LabelFact) -> tuple[str, str]:
    if isinstance(fact, AttemptFact):
        return "attempt", fact.attempt_id
    return "label", str([fact.shot, fact.profile])


def _taught(lesson: Lesson) -> tuple[float | None, ...]:
    return lesson.takes, lesson.factor, lesson.spread, lesson.surplus, lesson.usd_per_million


def _counted(decision: Decision) -> dict[str, tuple[int, int]]:
    shots: dict[str, set[str]] = defaultdict(set)
    takes: dict[str, int] = defaultdict(int)
    for change in decision.plan.changes:
        folder = folder_of_id(change.shot_id)
        shots[folder].add(change.shot_id)
        takes[folder] += 1
    return {folder: (len(ids), takes[folder]) for folder, ids in shots.items()}
