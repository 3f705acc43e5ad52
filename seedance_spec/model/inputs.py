"""The four ways to write a shot's inputs, as one list of what was written. Pure: no file is read here."""

from __future__ import annotations

from collections.abc import Iterator

from seedance_spec.model import vocabulary as words
from seedance_spec.model.document import ContentItem, InputItem, ShotEntry
from seedance_spec.model.layers import INPUT_WAYS, at, entry_at
from seedance_spec.model.shot import InputKind, Role
from seedance_spec.model.sources import WrittenInput
from seedance_spec.specfiles.diagnostic import Diagnostic, Span
from seedance_spec.specfiles.nodes import Mapping, Node, Sequence

_KINDS = {"image_url": InputKind.IMAGE, "video_url": InputKind.VIDEO, "audio_url": InputKind.AUDIO}


def written_inputs(shot: ShotEntry, node: Mapping) -> tuple[tuple[WrittenInput, ...], tuple[Diagnostic, ...]]:
    """The inputs in their order, and what is wrong with the way they are written."""
    ways = [way for way in INPUT_WAYS if at(node, way) is not None]
    if len(ways) > 1:
        return (), (_mixed(ways, node),)
    found = tuple(_each_input(shot, node))
    return (
        tuple(each for each in found if isinstance(each, WrittenInput)),
        tuple(each for each in found if isinstance(each, Diagnostic)),
    )


def _each_input(shot: ShotEntry, node: Mapping) -> Iterator[WrittenInput | Diagnostic]:
    if shot.image is not None:
        yield WrittenInput(kind=InputKind.IMAGE, text=shot.image, span=_span(node, "image"))
    for place, text in enumerate(shot.images or ()):
        yield WrittenInput(kind=InputKind.IMAGE, text=text, span=_span(node, "images", place))
    for place, item in enumerate(shot.inputs or ()):
        yield _from_item(item, node, place)
    for place, content in enumerate((shot.metadata and shot.metadata.content) or ()):
        yield _from_content(content, node, place)


def _from_item(item: InputItem, node: Mapping, place: int) -> WrittenInput | Diagnostic:
    written = [(kind, text) for kind in InputKind if (text := getattr(item, kind.value)) is not None]
    if len(written) != 1:
        message = "an input is one image, video or audio" + (", and here are several" if written else "")
        hint = "start a new `- ` for each" if written else "write image:, video: or audio: and its URL or path"
        return Diagnostic(code="one-input-each", message=message, span=_span(node, "inputs", place), hint=hint)
    kind, text = written[0]
    span = _span(node, "inputs", place, kind.value)
    return WrittenInput(kind=kind, text=text, span=span, role=_role(item.role), sha256=item.sha256)


def _from_content(item: ContentItem, node: Mapping, place: int) -> WrittenInput | Diagnostic:
    links = {name: link for name in _KINDS if (link := getattr(item, name)) is not None}
    if list(links) != [item.type]:
        message = f"an item of type {item.type} holds its link under {item.type}, and nothing else"
        hint = f"write {item.type}: {{ url: … }}"
        span = _span(node, "metadata", "content", place)
        return Diagnostic(code="content-item", message=message, span=span, hint=hint, source=words.API_CONTENT)
    span = _span(node, "metadata", "content", place, item.type, "url")
    return WrittenInput(kind=_KINDS[item.type], text=links[item.type].url, span=span, role=_role(item.role))


def _role(name: str | None) -> Role | None:
    return Role(name) if name is not None else None


def _span(node: Node, *path: str | int) -> Span:
    for step in path:
        match node, step:
            case Mapping(entries=entries), str():
                node = entries[step].value
            case Sequence(items=items), int():
                node = items[step]
            case _:
                break
    return node.span


def _mixed(ways: list[tuple[str, ...]], node: Mapping) -> Diagnostic:
    first, second = ways[:2]
    entry = entry_at(node, second)
    return Diagnostic(
        code="mixed-inputs",
        message=f"{'.'.join(first)} and {'.'.join(second)} cannot be combined: the gateway garbles one of them",
        span=entry.key.span if entry else node.span,
        hint="write every image, video and audio under `inputs:`",
        source=words.GATEWAY,
    )
