"""A shot after its layers: what counts, and who wrote it. Pure; nothing is judged here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from seedance_spec.model.layers import entry_at
from seedance_spec.model.origin import Origin, OriginKind, Piece
from seedance_spec.model.scope import Scope
from seedance_spec.specfiles import nodes
from seedance_spec.specfiles.diagnostic import Span
from seedance_spec.specfiles.nodes import Entry, Scalar


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """One author of a shot's keys. `name` is the profile's."""

    kind: OriginKind
    node: nodes.Mapping
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """`node` holds every key that counts, as it was written; `key` is the shot's own key.

    `above` are the layers over the shot's own keys, the highest first; `below` knows the origins of what lies under
    them (`origins_below`). `scope` is what variables mean here, None where no text of the shot holds one.
    """

    id: str
    key: Scalar
    node: nodes.Mapping
    above: tuple[Layer, ...] = ()
    below: Mapping[int, Origin] = field(default_factory=dict)
    scope: Scope | None = None
    profile: str | None = None

    def origin(
        self, path: tuple[str, ...], entry: Entry, pieces: Mapping[Span, tuple[Piece, ...]], span: Span | None = None
    ) -> Origin:
        """Where `entry`, which stands under the key `path`, was written; `span` is a place inside of it that is meant
        instead. `pieces` are those of texts with variables.
        """
        known = self.below.get(id(entry))
        if known is not None and span is None and (not pieces or known.span not in pieces):
            return known
        span = span or entry.value.span
        above = next((each for each in self.above if entry_at(each.node, path) is entry), None)
        kind, name = (above.kind, above.name) if above else (known.kind if known else OriginKind.SHOT, "")
        return Origin(span=span, kind=kind, name=name, pieces=pieces.get(span, ()) if pieces else ())


def origins_below(layers: Iterable[Layer]) -> Mapping[int, Origin]:
    """The origin of every key in these layers, by the identity of its entry: merging never copies one.

    Made once for all shots of a file; the layers must outlive it.
    """
    return {
        id(entry): Origin(span=entry.value.span, kind=layer.kind, name=layer.name)
        for layer in layers
        for entry in _entries(layer.node)
    }


def _entries(node: nodes.Mapping) -> Iterator[Entry]:
    for entry in node.entries.values():
        yield entry
        if isinstance(entry.value, nodes.Mapping):
            yield from entry.value.entries.values()
