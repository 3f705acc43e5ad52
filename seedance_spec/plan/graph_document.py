"""The graph of a film as JSON with its schema. Pure."""

from __future__ import annotations

from typing import Literal

from typing_extensions import TypedDict

from seedance_spec.json_types import JsonObject
from seedance_spec.plan.document import PlaceDocument, place_document
from seedance_spec.plan.graph import Edge, Graph, Node
from seedance_spec.plan.json_schema import json_object, schema_of

GRAPH_FORMAT: Literal["seedance-spec/graph/1"] = "seedance-spec/graph/1"


class NodeDocument(TypedDict):
    """One shot; `take` is the one that it shows, and `state` how that stands."""

    shot: str
    state: Literal["rendered", "in flight", "failed", "unknown", "missing", "pruned", "not submitted", "blocked"]
    content_hash: str
    take: int
    span: PlaceDocument | None


class EdgeDocument(TypedDict):
    """One input of `child`: this part of this take of `parent`; `take` is a number or an attempt id."""

    parent: str
    child: str
    take: int | str
    part: Literal["video", "first_frame", "last_frame"]
    span: PlaceDocument | None


class GraphDocument(TypedDict):
    """Shots in the film's order. `longest_chain` is how many shots must be rendered one after the other."""

    format: Literal["seedance-spec/graph/1"]
    project: str
    profile: str | None
    shots: list[NodeDocument]
    edges: list[EdgeDocument]
    longest_chain: int


def graph_document(graph: Graph) -> JsonObject:
    """What `graph --json` prints; `graph_schema` describes it."""
    document: GraphDocument = {
        "format": GRAPH_FORMAT,
        "project": graph.project,
        "profile": graph.profile,
        "shots": [_node(node) for node in graph.nodes.values()],
        "edges": [_edge(edge) for edge in graph.edges],
        "longest_chain": graph.longest_chain,
    }
    return json_object(document)


def graph_schema() -> JsonObject:
    return schema_of(GraphDocument, title="seedance-spec graph --json")


def _node(node: Node) -> NodeDocument:
    return {
        "shot": node.shot_id,
        "state": node.state.value,
        "content_hash": node.content_hash,
        "take": node.take,
        "span": place_document(node.span),
    }


def _edge(edge: Edge) -> EdgeDocument:
    return {
        "parent": edge.parent,
        "child": edge.child,
        "take": edge.take,
        "part": edge.part.value,
        "span": place_document(edge.span),
    }
