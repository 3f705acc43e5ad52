"""The graph of a film in Mermaid, which GitHub and many editors draw. Pure: no text of a spec is read as syntax."""

from __future__ import annotations

from collections.abc import Iterator

from seedance_spec.plan.graph import Graph, Node
from seedance_spec.plan.status import STATE_INK
from seedance_spec.plan.status_rows import State
from seedance_spec.plan.style import Ink, printable

_LOOKS = {
    Ink.NEW: "fill:#dafbe1,stroke:#1a7f37,color:#1f2328",
    Ink.RUNNING: "fill:#ddf4ff,stroke:#0969da,color:#1f2328",
    Ink.WRONG: "fill:#ffebe9,stroke:#cf222e,color:#1f2328",
    Ink.RISK: "fill:#fbefff,stroke:#8250df,color:#1f2328",
}
_PLAIN = "fill:#f6f8fa,stroke:#59636e,color:#1f2328"


def graph_mermaid(graph: Graph) -> str:
    """A flow chart: a box per spec file, a node per shot, an arrow per input. Ends without a newline."""
    return "\n".join(_lines(graph))


def _lines(graph: Graph) -> Iterator[str]:
    yield "flowchart LR"
    names = {shot_id: f"s{number}" for number, shot_id in enumerate(graph.nodes)}
    for number, (file, nodes) in enumerate(_by_file(graph).items()):
        yield f'  subgraph f{number}["{_label(file)}"]'
        yield from (f"    {_node(names[node.shot_id], node)}" for node in nodes)
        yield "  end"
    for edge in graph.edges:
        yield f'  {names[edge.parent]} -->|"{_label(edge.words)}"| {names[edge.child]}'
    for state in sorted({node.state for node in graph.nodes.values()}):
        yield f"  classDef {_class(state)} {_LOOKS.get(STATE_INK[state], _PLAIN)}"


def _by_file(graph: Graph) -> dict[str, list[Node]]:
    files: dict[str, list[Node]] = {}
    for node in graph.nodes.values():
        files.setdefault(node.span.file if node.span else "specs", []).append(node)
    return files


def _node(name: str, node: Node) -> str:
    return f'{name}["{_label(node.shot_id)}<br>{node.state.value}"]:::{_class(node.state)}'


def _class(state: State) -> str:
    return state.value.replace(" ", "")


def _label(text: str) -> str:
    """Text in quotes: all but plain marks as Mermaid's own numbered characters."""
    plain = frozenset(" /.,=-_:")
    return "".join(char if char.isalnum() or char in plain else f"#{ord(char)};" for char in printable(text))
