"""Shots that start from other shots: what a link means, parents before children. Pure: hashing is handed in."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias

from seedance_spec.model.matrix_names import AT, canonical_id
from seedance_spec.model.shot import Request, Shot, ShotSource
from seedance_spec.specfiles.diagnostic import Diagnostic, Span
from seedance_spec.specfiles.quoting import quoted
from seedance_spec.specfiles.suggest import nearest

HashOf: TypeAlias = Callable[[Request], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """Input `index` of a shot is another shot. `ref` is that shot as it was written at `span`; `take` None means the
    one that it shows.
    """

    index: int
    ref: str
    take: int | str | None
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A shot that is resolved but for its links: their inputs hold a source without a hash.

    One with an error is not `sound`: its links are looked at all the same, and it is left out of the film.
    """

    shot: Shot
    links: tuple[Link, ...] = ()
    sound: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """Every id that the specs name, whatever became of it; and matrices that came to nothing, by their id."""

    ids: frozenset[str]
    broken: frozenset[str] = frozenset()


def chained(
    drafts: Mapping[str, Draft], named: Named, hash_of: HashOf
) -> tuple[dict[str, Shot], tuple[Diagnostic, ...]]:
    """The shots in their order, every link with the parent's content hash; and what is wrong with links.

    A shot is left out where its link leads to nothing, where links go round in a circle, and where its parent is.
    """
    if not any(draft.links for draft in drafts.values()):
        return {name: draft.shot for name, draft in drafts.items() if draft.sound}, ()
    chaining = _Chaining(drafts, named, hash_of)
    for name in drafts:
        chaining.resolve(name)
    shots = {name: shot for name in drafts if (shot := chaining.done[name]) is not None}
    return shots, tuple(chaining.complaints)


def parent_id(ref: str, child: str) -> str:
    """The id that is meant: one without a slash is a key of the child's own file."""
    meant = canonical_id(ref)
    return meant if "/" in meant else f"{child.rpartition('/')[0]}/{meant}"


class _Chaining:
    """One walk over all links, without recursion: a chain may be as long as a film."""

    def __init__(self, drafts: Mapping[str, Draft], named: Named, hash_of: HashOf) -> None:
        self._drafts, self._named, self._hash_of = drafts, named, hash_of
        self._hashes: dict[str, str] = {}
        self.done: dict[str, Shot | None] = {}
        self.complaints: list[Diagnostic] = []

    def resolve(self, name: str) -> None:
        path = [name] if name not in self.done else []
        on_path = set(path)
        while path:
            child = path[-1]
            waiting = next((each for each in self._parents(child) if each not in self.done), None)
            if waiting is None:
                self.done[child] = self._linked(self._drafts[child])
                on_path.discard(path.pop())
            elif waiting in on_path:
                self._refuse_circle(path[path.index(waiting) :])
                path = [each for each in path if each not in self.done]
                on_path = set(path)
            else:
                path.append(waiting)
                on_path.add(waiting)

    def _parents(self, child: str) -> Iterator[str]:
        """The parents that are drafts; a link to anything else has nothing to wait for."""
        for link in self._drafts[child].links:
            parent = parent_id(link.ref, child)
            if parent in self._drafts:
                yield parent

    def _linked(self, draft: Draft) -> Shot | None:
        shot, inputs = draft.shot, list(draft.shot.request.inputs)
        parents = [self._parent(link, shot.id) for link in draft.links]
        if not draft.sound:
            return None
        for link, parent in zip(draft.links, parents, strict=True):
            if parent is None:
                return None
            source = inputs[link.index].source
            assert isinstance(source, ShotSource), "a link belongs to an input that is a shot"
            take = link.take if link.take is not None else (1 if parent.pick is None else parent.pick)
            known = replace(source, content_hash=self._hash(parent), take=take, shot=parent.id)
            inputs[link.index] = replace(inputs[link.index], source=known)
        return replace(shot, request=replace(shot.request, inputs=tuple(inputs))) if draft.links else shot

    def _parent(self, link: Link, child: str) -> Shot | None:
        name = parent_id(link.ref, child)
        if name not in self.done and name not in self._named.ids and name.partition(AT)[0] not in self._named.broken:
            self.complaints.append(self._dangling(link, name))
        return self.done.get(name)

    def _hash(self, parent: Shot) -> str:
        if parent.id not in self._hashes:
            self._hashes[parent.id] = self._hash_of(parent.request)
        return self._hashes[parent.id]

    def _refuse_circle(self, around: list[str]) -> None:
        """One complaint per circle, at the first of its shots as they are written."""
        start = min(range(len(around)), key=lambda index: _order(self._link(around, index).span))
        path = [*around[start:], *around[:start]]
        told = " → ".join([*(f"{each} ({self._link(path, index).span})" for index, each in enumerate(path)), path[0]])
        message = f"shots that wait for each other: {told}"
        if len(path) == 1:
            message = f"{path[0]} waits for itself"
        hint = "let one of them start from something else"
        span = self._link(path, 0).span
        self.complaints.append(Diagnostic(code="chain-cycle", message=message, span=span, hint=hint))
        self.done.update(dict.fromkeys(around))

    def _link(self, around: list[str], index: int) -> Link:
        """The link by which a shot of a circle waits for the next one."""
        child, parent = around[index], around[(index + 1) % len(around)]
        return next(link for link in self._drafts[child].links if parent_id(link.ref, child) == parent)

    def _dangling(self, link: Link, name: str) -> Diagnostic:
        combinations = sorted(each for each in self._named.ids if each.startswith(f"{name}{AT}"))
        if combinations:
            message = f"{quoted(link.ref)} is a matrix, not one shot"
            more = ", …" if len(combinations) > _MOST_SHOWN else ""
            hint = f"name one of its shots: {', '.join(combinations[:_MOST_SHOWN])}{more}"
        else:
            message, hint = f"there is no shot {quoted(link.ref)}", _meant(name, self._named.ids)
        return Diagnostic(code="unknown-shot", message=message, span=link.span, hint=hint)


_MOST_SHOWN = 4


def _meant(name: str, ids: Iterable[str]) -> str:
    """The shot that was meant: a like name in the same file first, then the same key elsewhere, then a like id."""
    folder, _, key = name.rpartition("/")
    at_home = {each.rpartition("/")[2]: each for each in ids if each.rpartition("/")[0] == folder}
    if guess := nearest(key, at_home):
        return f'did you mean "{guess}"?'
    elsewhere = sorted(each for each in ids if each.rpartition("/")[2] == key)
    guess = elsewhere[0] if elsewhere else nearest(name, ids)
    if guess:
        return f'did you mean "{guess}"?'
    return "write the key of a shot in this file, or the id of another: ep1/intro/moon-walk"


def _order(span: Span) -> tuple[str, int, int]:
    return span.file, span.line, span.column
