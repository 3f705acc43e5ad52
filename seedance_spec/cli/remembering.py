"""Which plans are worth remembering, and all that they looked at. What a plan says is made elsewhere."""

from __future__ import annotations

import os
import sys
from argparse import Namespace
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Self

from seedance_spec.cli.console import Console, Heard
from seedance_spec.cli.remembered import question
from seedance_spec.cli.settings import Settings

if TYPE_CHECKING:
    from seedance_spec.model.shot import Film
    from seedance_spec.pipeline import Decision
    from seedance_spec.plan.prices import PriceTable
    from seedance_spec.plan_cache.recall import Answer
    from seedance_spec.workplace import Workplace

_ONLY_ASK = frozenset(
    {"project", "sandbox", "profile", "var", "var_file", "cascade", "max_cost", "retry_failed", "all", "json"}
    | {"markdown", "locked", "detailed_exitcode", "words"}
)
"""Arguments whose answer hangs on nothing but files and words. Whoever gives another is not remembered: it may write a
file, or tell the time.
"""


_COUNT_ONLY = frozenset({"project", "sandbox", "cascade", "max_cost", "locked", "detailed_exitcode", "words"})
"""Arguments whose answer only counts what is unchanged: a few edited files tell all the rest of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Remembering:
    """One `plan` as it runs: begun before anything is read, with an ear for what is said. `since` is the stamp of that
    beginning, None where nothing can or may be kept. `counts`: the answer only counts what is unchanged.
    """

    workplace: Workplace
    words: Sequence[str]
    since: int | None
    counts: bool = False
    also: tuple[Path, ...] = ()
    heard: Heard = field(default_factory=Heard)

    @classmethod
    def begun(cls, args: Namespace, settings: Settings, workplace: Workplace) -> Self:
        from seedance_spec.plan_cache.remember import stamp

        words = getattr(args, "words", None)
        kept = words is not None and not settings.github_actions and _only_asks(args)
        prices = () if settings.prices_file is None else (settings.prices_file,)
        return cls(
            workplace=workplace,
            words=words or (),
            since=stamp(workplace.root) if kept else None,
            counts=all(name in _COUNT_ONLY for name, value in vars(args).items() if value),
            also=(*args.var_file, *prices),
        )

    def console(self, console: Console) -> Console:
        """The same console, overheard."""
        return console if self.since is None else replace(console, heard=self.heard)

    def at_rest(self) -> Answer | None:
        """What was taken down when nothing was to be done."""
        from seedance_spec.plan_cache.kept import BASE
        from seedance_spec.plan_cache.recall import recall

        return recall(str(self.workplace.root), self._asked, BASE) if self.since is not None and self.counts else None

    @property
    def _asked(self) -> bytes:
        return question(["plan", *self.words], str(self.workplace.root))

    def keep(self, film: Film, decision: Decision, *, trusted: PriceTable) -> None:
        """Remember what was said, if it stays true until a file changes: nothing to do, and nothing under way."""
        from seedance_spec.plan_cache.kept import BASE
        from seedance_spec.plan_cache.remember import keep

        if self.since is None or not _at_rest(decision) or _under_way(self.workplace):
            return
        paths = dict.fromkeys(os.path.abspath(path) for path in self._looked_at(film))  # noqa: PTH100 - links are kept
        seen = [os.fsencode(path) for path in paths]
        root, said = self.workplace.root, ("".join(self.heard.out), "".join(self.heard.err))
        if keep(root, self._asked, seen, said, since=self.since) and self.counts and not said[1]:
            from seedance_spec.cli.resting import base_of

            base = base_of(film, decision, self.workplace, trusted=trusted)
            if base is not None:
                keep(root, self._asked, seen, (base.text(), ""), since=self.since, kind=BASE)

    def _looked_at(self, film: Film) -> Iterator[Path | str]:
        """What is likeliest to change comes first: whoever finds it changed looks no further."""
        place = self.workplace
        yield from _specs(place.root / "specs")
        yield from (place.lockfile, place.journal, Path(f"{place.journal}-wal"), *self.also)
        yield from (place.root / path for path in _inputs(film))
        yield from _program()
        yield from _store(place.store)
        yield from _shown(film, place)


def _only_asks(args: Namespace) -> bool:
    return all(name in _ONLY_ASK for name, value in vars(args).items() if value)


def _at_rest(decision: Decision) -> bool:
    """Nothing to do. What is under way, missing or failed may be said with a time, and asks to be looked at again."""
    from seedance_spec.plan.change import Action

    plan = decision.plan
    rows = (*plan.changes, *plan.outside, *plan.stale)
    return not decision.refused and all(change.action is Action.UNCHANGED for change in rows)


def _under_way(workplace: Workplace) -> bool:
    """Whether the journal holds a POST without an outcome: what that means hangs on whether its process lives."""
    from seedance_spec.attempts.known import is_open
    from seedance_spec.pipeline import journal_of

    if not workplace.journal.exists():
        return False
    journal = journal_of(workplace)
    try:
        return any(map(is_open, journal.rows()))
    finally:
        journal.close()


def _specs(folder: Path) -> Iterator[str]:
    """Every folder that was searched, and every file and link that was found in it."""
    yield str(folder)
    for entry in _entries(folder):
        if entry.name.startswith("."):
            continue
        if entry.is_dir(follow_symlinks=False):
            yield from _specs(Path(entry.path))
        elif entry.name.endswith(".yaml") or entry.is_symlink():
            yield entry.path


def _inputs(film: Film) -> Iterator[str]:
    from seedance_spec.model.shot import FileSource

    for shot in film.shots.values():
        yield from (each.source.path for each in shot.request.inputs if isinstance(each.source, FileSource))


def _program() -> Iterator[str]:
    """The program itself: of two that call themselves by one version, one may be a developer's next."""
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] == "seedance_spec" and module.__file__ is not None:
            yield module.__file__


def _store(folder: Path) -> Iterator[str]:
    """Folders are enough: nobody writes into a stored file, and the plan reads but their names."""
    yield str(folder)
    yield from (entry.path for entry in _entries(folder) if entry.is_dir(follow_symlinks=False))


def _shown(film: Film, place: Workplace) -> Iterator[str]:
    """Every clip, and the folders that they lie in.

    Sidecars are ours, and come and go with their folder's time: one that somebody rewrites in place says nothing new
    of a clip that still looks as it did.
    """
    from seedance_spec.clips.layout import names_of, output_path

    folders: dict[str, None] = {}
    files: list[str] = []
    for shot_id in film.shots:
        output = output_path(shot_id, place.realm, film.profile)
        *above, _ = names_of(output)
        folders.update(dict.fromkeys("/".join(above[: depth + 1]) for depth in range(len(above))))
        files.append(output)
    yield from (f"{place.root}/{path}" for path in (*folders, *files))


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return sorted(entries, key=lambda entry: entry.name)
    except OSError:
        return []
