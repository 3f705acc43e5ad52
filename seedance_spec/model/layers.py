"""Defaults under shots: a deep merge of located YAML in which every value keeps its own place. Pure."""

from __future__ import annotations

from typing import TypeAlias

from seedance_spec.specfiles.nodes import Entry, Mapping, Node, Scalar

_Path: TypeAlias = tuple[str, ...]

INPUT_WAYS: tuple[_Path, ...] = (("image",), ("images",), ("inputs",), ("metadata", "content"))
LENGTH_WAYS: tuple[_Path, ...] = (("duration",), ("seconds",), ("metadata", "duration"), ("metadata", "frames"))
"""Several ways to say one thing: a layer that says it in any way replaces what the layers below say in all of them."""


def layered(base: Mapping | None, overlay: Mapping) -> Mapping:
    """`overlay` over `base`: mappings are merged, anything else is replaced, and null takes a value of `base` away.

    `duration: 0` counts as not written (the API's words), so that it hides nothing.
    """
    overlay = _without_zero_duration(overlay)
    if base is None:
        return overlay
    for ways in (INPUT_WAYS, LENGTH_WAYS):
        hidden = [way for way in ways if at(base, way) is not None]
        if hidden and any(_says_something(overlay, way) for way in ways):
            for way in hidden:
                base = _without(base, way)
    return _merged(base, overlay)


def at(node: Mapping, path: _Path) -> Node | None:
    """What stands under these keys, or None. An empty value is something that stands there."""
    entry = entry_at(node, path)
    return entry.value if entry else None


def entry_at(node: Mapping, path: _Path) -> Entry | None:
    for step in path[:-1]:
        below = node.get(step)
        if not isinstance(below, Mapping):
            return None
        node = below
    return node.entries.get(path[-1])


def _says_something(node: Mapping, way: _Path) -> bool:
    match at(node, way):
        case None | Scalar(value=None):
            return False
        case _:
            return True


def _merged(base: Mapping, overlay: Mapping) -> Mapping:
    entries = dict(base.entries)
    for name, entry in overlay.entries.items():
        below = entries.get(name)
        match below, entry.value:
            case Entry(value=Mapping() as under), Mapping() as over:
                entries[name] = Entry(entry.key, _merged(under, over))
            case Entry(), Scalar(value=None):
                del entries[name]
            case _:
                entries[name] = entry
    return Mapping(file=overlay.file, place=overlay.place, entries=entries)


def _without(node: Mapping, path: _Path) -> Mapping:
    first, *rest = path
    entry = node.entries.get(first)
    if entry is None:
        return node
    entries = dict(node.entries)
    if not rest:
        del entries[first]
    elif isinstance(entry.value, Mapping):
        entries[first] = Entry(entry.key, _without(entry.value, tuple(rest)))
    return Mapping(file=node.file, place=node.place, entries=entries)


def _without_zero_duration(node: Mapping) -> Mapping:
    match node.get("duration"):
        case Scalar(value=0, text=text) if text.lstrip("+-0") == "":
            return _without(node, ("duration",))
        case _:
            return node
