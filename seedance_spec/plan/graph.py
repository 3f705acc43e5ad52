"""Which shot starts from which: the film as a graph, with how each shot stands. Pure: it is drawn elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from seedance_spec.model.shot import Film, Part
from seedance_spec.plan.blame import span_of
from seedance_spec.plan.figures import short_id
from seedance_spec.plan.parents import parents_of
from seedance_spec.plan.status_rows import State, StatusRow
from seedance_spec.plan.style import printable
from seedance_spec.specfiles.diagnostic import Span

_PARTS = {Part.VIDEO: "clip", Part.FIRST_FRAME: "first frame", Part.LAST_FRAME: "last frame"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """One shot, where it is written, and how the take that it shows stands."""

    shot_id: str
    state: State
    content_hash: str
    take: int
    span: Span | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """One input: which part of which take of the parent the child starts from, and where that is written."""

    parent: str
    child: str
    take: int | str
    part: Part
    span: Span | None

    @property
    def words(self) -> str:
        """`take 1, last frame`."""
        take = f"take {self.take}" if isinstance(self.take, int) else f"attempt {short_id(printable(self.take))}"
        return f"{take}, {_PARTS[self.part]}"


@dataclass(frozen=True, kw_only=True)
class Graph:
    """Shots in the film's order and the inputs between them. No slots: the neighbours are found once."""

    project: str
    profile: str | None
    nodes: Mapping[str, Node]
    edges: tuple[Edge, ...]

    def children(self, shot_id: str) -> Mapping[str, tuple[Edge, ...]]:
        """The shots that start from this one, in the film's order, each with the inputs that it takes from here."""
        return self._children.get(shot_id, {})

    def parents(self, shot_id: str) -> tuple[str, ...]:
        return self._parents.get(shot_id, ())

    @property
    def roots(self) -> tuple[str, ...]:
        """Shots that start from no other and that others start from."""
        return tuple(each for each in self.nodes if self.children(each) and not self.parents(each))

    @property
    def alone(self) -> tuple[str, ...]:
        return tuple(each for each in self.nodes if not self.children(each) and not self.parents(each))

    @cached_property
    def longest_chain(self) -> int:
        """How many shots must be rendered one after the other; 0 for a film without shots."""
        depth: dict[str, int] = {}
        for shot_id in self._parents_first():
            depth[shot_id] = 1 + max((depth[parent] for parent in self.parents(shot_id)), default=0)
        return max(depth.values(), default=0)

    def _parents_first(self) -> Iterator[str]:
        waits = {shot_id: len(self.parents(shot_id)) for shot_id in self.nodes}
        ready = [shot_id for shot_id, parents in waits.items() if not parents]
        while ready:
            shot_id = ready.pop()
            yield shot_id
            for child in self.children(shot_id):
                waits[child] -= 1
                if not waits[child]:
                    ready.append(child)

    @cached_property
    def _children(self) -> Mapping[str, Mapping[str, tuple[Edge, ...]]]:
        found: dict[str, dict[str, tuple[Edge, ...]]] = {}
        for edge in self.edges:
            of_parent = found.setdefault(edge.parent, {})
            of_parent[edge.child] = (*of_parent.get(edge.child, ()), edge)
        return found

    @cached_property
    def _parents(self) -> Mapping[str, tuple[str, ...]]:
        found: dict[str, tuple[str, ...]] = {}
        for edge in self.edges:
            known = found.get(edge.child, ())
            found[edge.child] = known if edge.parent in known else (*known, edge.parent)
        return found


def graph_of(film: Film, rows: Iterable[StatusRow]) -> Graph:
    """The film's graph; `rows` are those of `status_rows` for the same film."""
    shown = {row.shot_id: row for row in rows if row.wanted and row.output is not None}
    nodes = {
        shot.id: Node(
            shot_id=shot.id,
            state=shown[shot.id].state,
            content_hash=shown[shot.id].content_hash,
            take=shown[shot.id].take,
            span=span_of(shot, "id"),
        )
        for shot in film.shots.values()
    }
    edges = tuple(
        Edge(
            parent=source.shot,
            child=shot.id,
            take=source.take,
            part=source.part,
            span=span_of(shot, f"inputs[{place}]"),
        )
        for shot in film.shots.values()
        for place, source in parents_of(shot)
        if source.shot in nodes
    )
    return Graph(project=film.project.name, profile=film.profile, nodes=nodes, edges=edges)


def part_of(graph: Graph, shots: Iterable[str]) -> Graph:
    """What these shots start from, they themselves, and what starts from them."""
    named = frozenset(shots)
    kept = _reached(named, graph.parents) | _reached(named, graph.children)
    return Graph(
        project=graph.project,
        profile=graph.profile,
        nodes={shot_id: node for shot_id, node in graph.nodes.items() if shot_id in kept},
        edges=tuple(edge for edge in graph.edges if edge.parent in kept and edge.child in kept),
    )


def _reached(start: frozenset[str], neighbours: Callable[[str], Iterable[str]]) -> frozenset[str]:
    found, ahead = set(start), list(start)
    while ahead:
        fresh = set(neighbours(ahead.pop())) - found
        found |= fresh
        ahead.extend(fresh)
    return frozenset(found)
