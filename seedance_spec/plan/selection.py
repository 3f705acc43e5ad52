"""Which shots are meant: `moon*`, `tag:hero`, `file:specs/a.yaml`, `state:failed`, with `+` for relatives. Pure."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import assert_never

from seedance_spec.model.shot import Film, Shot
from seedance_spec.plan.change import Action, Change, Plan
from seedance_spec.plan.parents import parents_of
from seedance_spec.specfiles.suggest import nearest


class Method(StrEnum):
    """By what a shot is chosen; a pattern without a method is one of ids."""

    ID = "id"
    TAG = "tag"
    FILE = "file"
    STATE = "state"


class SelectionError(ValueError):
    """A selection that cannot be meant: what is wrong, at which column of which word, and a way out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """One word of a selection. `text` is the word as typed, `flag` what it was given to (`--select`), `column` where in
    it the pattern starts, from 1.
    """

    method: Method
    pattern: str
    text: str
    flag: str
    column: int
    parents: bool = False
    children: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Shots that any of `select` names (all, where there is none), without those that any of `exclude` names."""

    select: tuple[Term, ...] = ()
    exclude: tuple[Term, ...] = ()

    @property
    def words(self) -> str:
        """The selection as it is to be typed in a shell."""
        return shlex.join(word for term in (*self.select, *self.exclude) for word in (term.flag, term.text))

    def shots(self, film: Film, plan: Plan) -> frozenset[str]:
        """The ids that are meant, dropped ones too. Raises SelectionError for a word that names nothing: passed over,
        it would be a wish that nobody fulfils, or money that was meant to be saved.
        """
        scene = _Scene(film=film, plan=plan)
        chosen = _union(scene, self.select) if self.select else scene.ids
        return chosen - _union(scene, self.exclude)


EVERYTHING = Selection()

STATES: Mapping[str, frozenset[Action]] = {
    **{action.value: frozenset({action}) for action in Action},
    "changed": frozenset({Action.RERENDER}),
    "rendered": frozenset({Action.UNCHANGED, Action.RESTORE, Action.RENAMED, Action.MISSING}),
}
"""The words after `state:`: those of a plan's rows, and two that are said of them."""

_TERM = re.compile(r"(?P<up>\+?)(?:(?P<method>[A-Za-z-]*):)?(?P<pattern>[^+]*)(?P<down>\+?)", re.DOTALL)
_GLOB = re.compile(r"\*\*/|\*\*|\*|\?|[^*?]+")
_WILD = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
_MOST_NAMED = 5


def selection_of(select: Iterable[str], exclude: Iterable[str] = ()) -> Selection:
    """What was typed after --select and --exclude. Raises SelectionError."""
    return Selection(
        select=tuple(term_of(text, flag="--select") for text in select),
        exclude=tuple(term_of(text, flag="--exclude") for text in exclude),
    )


def term_of(text: str, *, flag: str) -> Term:
    """One word. Raises SelectionError with the column at fault."""
    found = _TERM.fullmatch(text)
    if found is None:
        column = text.index("+", 1) + 1
        raise _misspelt(flag, text, column, "a + stands at the beginning (parents) or at the end (children)")
    word, pattern = found["method"], found["pattern"]
    if word is not None and word not in list(Method):
        guess = nearest(word, Method)
        hint = f"did you mean {guess}:{pattern}?" if guess else f"write {', '.join(f'{each}:' for each in Method)}"
        raise _misspelt(flag, text, found.start("method") + 1, hint)
    column = found.start("pattern") + 1
    if not pattern:
        raise _misspelt(flag, text, column, "name shots: moon*, tag:hero, file:specs/a.yaml, state:failed")
    method = Method(word) if word else Method.ID
    if method is Method.STATE and pattern not in STATES:
        guess = nearest(pattern, STATES)
        hint = f"did you mean state:{guess}?" if guess else f"the states are {', '.join(sorted(STATES))}"
        raise _misspelt(flag, text, column, hint)
    up, down = bool(found["up"]), bool(found["down"])
    return Term(method=method, pattern=pattern, text=text, flag=flag, column=column, parents=up, children=down)


def _misspelt(flag: str, text: str, column: int, hint: str) -> SelectionError:
    return SelectionError(f"{flag} {shlex.quote(text)}: this selects no shots (column {column})\n  → {hint}")


@dataclass(frozen=True, kw_only=True)
class _Scene:
    """The shots and rows to choose among. No slots: what is needed is computed once."""

    film: Film
    plan: Plan

    @cached_property
    def rows(self) -> Mapping[str, Sequence[Change]]:
        rows: dict[str, list[Change]] = {shot_id: [] for shot_id in self.film.shots}
        for change in self.plan.changes:
            rows.setdefault(change.shot_id, []).append(change)
        return rows

    @cached_property
    def ids(self) -> frozenset[str]:
        return frozenset(self.rows)

    @cached_property
    def parents(self) -> Mapping[str, frozenset[str]]:
        return {shot.id: frozenset(each.shot for _, each in parents_of(shot)) for shot in self.film.shots.values()}

    @cached_property
    def children(self) -> Mapping[str, frozenset[str]]:
        turned: dict[str, set[str]] = {}
        for child, parents in self.parents.items():
            for parent in parents:
                turned.setdefault(parent, set()).add(child)
        return {parent: frozenset(children) for parent, children in turned.items()}

    def words(self, method: Method, shot_id: str) -> Iterator[str]:
        """What a pattern of this method is held against."""
        shot = self.film.shots.get(shot_id)
        match method:
            case Method.ID:
                yield shot_id
            case Method.TAG:
                yield from _tags(shot, self.rows[shot_id])
            case Method.FILE:
                if shot is not None and "id" in shot.origins:
                    yield shot.origins["id"].span.file
            case Method.STATE:
                yield from (_state(change).value for change in self.rows[shot_id])
            case _:
                assert_never(method)


def _union(scene: _Scene, terms: Sequence[Term]) -> frozenset[str]:
    return frozenset().union(*(_named(scene, term) for term in terms))


def _named(scene: _Scene, term: Term) -> frozenset[str]:
    """The shots of one word, with the relatives that it asks for."""
    found = frozenset(shot_id for shot_id in scene.rows if _matches(scene, term, shot_id))
    if not found and term.method is not Method.STATE:
        known = sorted({word for shot_id in scene.rows for word in scene.words(term.method, shot_id)})
        message = f"no shot has this {term.method.value}"
        raise SelectionError(
            f"{term.flag} {shlex.quote(term.text)}: {message} (column {term.column})\n  → {_near(term, known)}"
        )
    ancestors = _reached(found, scene.parents) if term.parents else frozenset()
    descendants = _reached(found, scene.children) if term.children else frozenset()
    return found | ancestors | descendants


def _matches(scene: _Scene, term: Term, shot_id: str) -> bool:
    words = scene.words(term.method, shot_id)
    match term.method:
        case Method.ID:
            return any(_fits(term.pattern, name) for name in _names(shot_id, term.pattern))
        case Method.TAG:
            return any(_fits(term.pattern, word) for word in words)
        case Method.FILE:
            return any(_fits(term.pattern, name) for word in words for name in (word, word.removeprefix("specs/")))
        case Method.STATE:
            return any(Action(word) in STATES[term.pattern] for word in words)
        case _:
            assert_never(term.method)


def _names(shot_id: str, pattern: str) -> Iterator[str]:
    """A shot's names: a pattern without a folder is held against its key alone too, one without an `@` against the
    name that all values of its matrix share.
    """
    names = [shot_id] if "/" in pattern else [shot_id, shot_id.rpartition("/")[2]]
    for name in names:
        yield name
        if "@" not in pattern:
            yield name.partition("@")[0]


def _fits(pattern: str, word: str) -> bool:
    """As .gitignore reads it: `*` and `?` keep to one folder, `**` crosses them, `ep1/` is all that is in it."""
    spelled = f"{pattern}**" if pattern.endswith("/") else pattern
    wild = "".join(_WILD.get(piece) or re.escape(piece) for piece in _GLOB.findall(spelled))
    return re.fullmatch(wild, word) is not None


def _reached(start: frozenset[str], edges: Mapping[str, frozenset[str]]) -> frozenset[str]:
    reached: set[str] = set()
    waiting = list(start)
    while waiting:
        for each in edges.get(waiting.pop(), frozenset()) - reached:
            reached.add(each)
            waiting.append(each)
    return frozenset(reached)


def _tags(shot: Shot | None, rows: Sequence[Change]) -> Iterator[str]:
    """The shot's tags; of one that the specs no longer have, those under which it was bought."""
    if shot is not None:
        yield from shot.tags
        return
    for attempt in (change.attempt for change in rows if change.attempt is not None):
        yield from attempt.label.tags


def _state(change: Change) -> Action:
    """A row that another shot's payment brings is new or changed itself."""
    if change.follows is None:
        return change.action
    return Action.NEW if change.previous is None else Action.RERENDER


def _near(term: Term, known: Sequence[str]) -> str:
    if not known:
        return f"no shot has a {term.method.value} at all"
    candidates = known if term.method is not Method.ID else [*known, *(each.rpartition("/")[2] for each in known)]
    guess = nearest(term.pattern, candidates)
    if guess:
        return f"did you mean {guess if term.method is Method.ID else f'{term.method.value}:{guess}'}?"
    more = f" and {len(known) - _MOST_NAMED} more" if len(known) > _MOST_NAMED else ""
    return f"there are {', '.join(known[:_MOST_NAMED])}{more}"
