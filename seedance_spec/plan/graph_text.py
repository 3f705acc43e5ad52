"""The graph of a film as people read it: a tree, each shot once in full. Pure: it is handed a width and a style."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from seedance_spec.plan.figures import plural
from seedance_spec.plan.graph import Edge, Graph
from seedance_spec.plan.status import STATE_INK
from seedance_spec.plan.status_rows import State
from seedance_spec.plan.style import Ink, Style, cells, fit, fit_middle, flow, pad, printable

_NARROWEST = 60
_STATE = max(len(state.value) for state in State)
_EDGE = 24
"""Room for what a shot takes from another, at least: `take 1, first frame`."""
_DEEPEST = 24
"""How many cells the strokes of the tree may take before their left gives way."""
_NAME = 10
_ABOVE = "see above"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    """A shot in the tree: the strokes before it and below it, what it takes from the shot above, and whether it was
    told before.
    """

    shot_id: str
    strokes: str = ""
    below: str = ""
    taken: tuple[Edge, ...] = ()
    again: bool = False


def graph_text(graph: Graph, *, width: int, style: Style) -> str:
    """Chains first, then shots that stand alone, then the sum. Ends without a newline; keeps to `width` cells from 60
    upwards.
    """
    if not graph.nodes:
        return "no shots: specs/ describes nothing"
    width = max(width, _NARROWEST)
    widest = width - _STATE - _EDGE - 4
    lines = list(_tree(graph, deepest=min(_DEEPEST, widest - _NAME)))
    column = min(max(cells(line.strokes) + cells(line.shot_id) for line in lines), widest)
    said = [each for line in lines for each in _said(line, graph, column, width, style)]
    return "\n".join([*said, "", *flow(list(_sum(graph)), width)])


def _tree(graph: Graph, *, deepest: int) -> Iterator[_Line]:
    told: set[str] = set()
    for root in graph.roots:
        yield from _below(graph, root, told, deepest)
    yield from (_Line(shot_id=shot_id) for shot_id in graph.alone)


def _below(graph: Graph, root: str, told: set[str], deepest: int) -> Iterator[_Line]:
    """A shot with all that starts from it; depth is no concern of the stack's."""
    ahead = [_Line(shot_id=root)]
    while ahead:
        line = ahead.pop()
        if line.shot_id in told:
            yield replace(line, again=True)
            continue
        told.add(line.shot_id)
        yield line
        ahead += reversed(list(_children(graph, line, deepest)))


def _children(graph: Graph, parent: _Line, deepest: int) -> Iterator[_Line]:
    children = graph.children(parent.shot_id)
    for place, (shot_id, taken) in enumerate(children.items(), 1):
        is_last = place == len(children)
        below = parent.below + ("   " if is_last else "│  ")
        if len(below) > deepest:
            below = "…" + below[len(below) - deepest + 1 :]
        yield _Line(shot_id=shot_id, strokes=parent.below + ("└─ " if is_last else "├─ "), below=below, taken=taken)


def _said(line: _Line, graph: Graph, column: int, width: int, style: Style) -> Iterator[str]:
    """One line, and one more for every further input that the shot takes from the one above."""
    name = fit_middle(printable(line.shot_id), max(column - cells(line.strokes), 1))
    left = f"{style.paint(Ink.QUIET, line.strokes)}{style.paint(Ink.STRONG, name)}"
    state = graph.nodes[line.shot_id].state
    word = style.paint(Ink.QUIET, pad(_ABOVE, _STATE)) if line.again else style.paint(STATE_INK[state], _word(state))
    taken = [style.paint(Ink.QUIET, fit(edge.words, width - column - _STATE - 4)) for edge in line.taken]
    yield f"{pad(left, column)}  {word}  {''.join(taken[:1])}".rstrip()
    for more in taken[1:]:
        yield f"{pad(style.paint(Ink.QUIET, line.below), column)}  {' ' * _STATE}  {more}"


def _word(state: State) -> str:
    return pad(state.value, _STATE)


def _sum(graph: Graph) -> Iterator[str]:
    yield plural(len(graph.nodes), "shot")
    if graph.edges:
        yield f"{len({edge.child for edge in graph.edges})} start from another"
        yield f"longest chain {graph.longest_chain}"
    if graph.profile:
        yield f"profile {printable(graph.profile)}"
