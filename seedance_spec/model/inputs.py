"""The ways to write a shot's inputs, as one list of what was written. Pure: no file is read, no shot looked up here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

from seedance_spec.model import vocabulary as words
from seedance_spec.model.document import ContentItem, InputItem, ShotEntry
from seedance_spec.model.layers import INPUT_WAYS, at, entry_at
from seedance_spec.model.shot import InputKind, Part, Role
from seedance_spec.model.sources import WrittenInput
from seedance_spec.specfiles.diagnostic import Diagnostic, Span
from seedance_spec.specfiles.nodes import Entry, Mapping, Node, Sequence

_KINDS = {"image_url": InputKind.IMAGE, "video_url": InputKind.VIDEO, "audio_url": InputKind.AUDIO}
_FRAMES = {"first": Part.FIRST_FRAME, "last": Part.LAST_FRAME}
_OF_A_SHOT = frozenset({"shot", "take"})


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenLink:
    """An input that is another shot's clip or frame: `ref` names the shot as it was written at `span`, `take` the take,
    None for the one that shot shows.
    """

    ref: str
    part: Part
    span: Span
    role: Role | None = None
    take: int | str | None = None

    @property
    def kind(self) -> InputKind:
        return InputKind.VIDEO if self.part is Part.VIDEO else InputKind.IMAGE


Written: TypeAlias = WrittenInput | WrittenLink


def written_inputs(shot: ShotEntry, node: Mapping) -> tuple[tuple[Written, ...], tuple[Diagnostic, ...]]:
    """The inputs in their order, and what is wrong with the way they are written."""
    ways = [way for way in INPUT_WAYS if at(node, way) is not None]
    if len(ways) > 1:
        return (), (_mixed(ways, node),)
    found = tuple(_each_input(shot, node))
    return (
        tuple(each for each in found if not isinstance(each, Diagnostic)),
        tuple(each for each in found if isinstance(each, Diagnostic)),
    )


def with_plain_links(node: Mapping) -> Mapping:
    """`video: { shot: … }` among the inputs as `shot: …`, which means the same."""
    inputs = node.get("inputs")
    if not isinstance(inputs, Sequence):
        return node
    items = tuple(_with_plain_link(each) for each in inputs.items)
    if all(new is old for new, old in zip(items, inputs.items, strict=True)):
        return node
    plain = Sequence(file=inputs.file, place=inputs.place, items=items)
    entries = {**node.entries, "inputs": Entry(node.entries["inputs"].key, plain)}
    return Mapping(file=node.file, place=node.place, entries=entries)


def _with_plain_link(item: Node) -> Node:
    match item:
        case Mapping(entries={"video": Entry(value=Mapping() as link)}) if "shot" in link.entries.keys() <= _OF_A_SHOT:
            others = {name: entry for name, entry in item.entries.items() if name != "video"}
            if not others.keys() & link.entries.keys():
                return Mapping(file=item.file, place=item.place, entries={**others, **link.entries})
        case _:
            pass
    return item


def _each_input(shot: ShotEntry, node: Mapping) -> Iterator[Written | Diagnostic]:
    if shot.image is not None:
        yield _written(InputKind.IMAGE, shot.image, _node(node, "image"))
    for place, text in enumerate(shot.images or ()):
        yield _written(InputKind.IMAGE, text, _node(node, "images", place))
    for place, item in enumerate(shot.inputs or ()):
        yield _from_item(item, node, place)
    for place, content in enumerate((shot.metadata and shot.metadata.content) or ()):
        yield _from_content(content, node, place)


def _from_item(item: InputItem, node: Mapping, place: int) -> Written | Diagnostic:
    written = [
        (name, text) for name in ("image", "video", "audio", "shot") if (text := getattr(item, name)) is not None
    ]
    if len(written) != 1:
        message = "an input is one image, video, audio or shot" + (", and here are several" if written else "")
        hint = "start a new `- ` for each" if written else "write image:, video:, audio: or shot:, and what it is"
        return Diagnostic(code="one-input-each", message=message, span=_node(node, "inputs", place).span, hint=hint)
    name, text = written[0]
    found = _node(node, "inputs", place, name)
    if name == "shot":
        return _link(item, text, found, node, place)
    for extra in ("frame", "take"):
        if getattr(item, extra) is not None:
            return _beside_no_shot(extra, name, _node(node, "inputs", place, extra))
    return _written(InputKind(name), text, found, role=_role(item.role), sha256=item.sha256)


def _link(item: InputItem, ref: str, found: Node, node: Mapping, place: int) -> Written | Diagnostic:
    if item.sha256 is not None:
        hint = "delete it: the other shot's content hash says which clip is meant"
        message = "sha256 cannot stand beside shot"
        span = _node(node, "inputs", place, "sha256").span
        return Diagnostic(code="mixed-inputs", message=message, span=span, hint=hint)
    if item.take == "" or (isinstance(item.take, int) and item.take < 1):
        hint = "takes are counted from 1; or write an attempt id"
        span = _node(node, "inputs", place, "take").span
        return Diagnostic(code="bad-take", message="there is no such take", span=span, hint=hint)
    part = Part.VIDEO if item.frame is None else _FRAMES[item.frame]
    return WrittenLink(ref=ref, part=part, span=found.span, role=_role(item.role), take=item.take)


def _from_content(item: ContentItem, node: Mapping, place: int) -> WrittenInput | Diagnostic:
    links = {name: link for name in _KINDS if (link := getattr(item, name)) is not None}
    if list(links) != [item.type]:
        message = f"an item of type {item.type} holds its link under {item.type}, and nothing else"
        hint = f"write {item.type}: {{ url: … }}"
        span = _node(node, "metadata", "content", place).span
        return Diagnostic(code="content-item", message=message, span=span, hint=hint, source=words.API_CONTENT)
    found = _node(node, "metadata", "content", place, item.type, "url")
    return _written(_KINDS[item.type], links[item.type].url, found, role=_role(item.role))


def _written(
    kind: InputKind, text: str, node: Node, *, role: Role | None = None, sha256: str | None = None
) -> WrittenInput:
    return WrittenInput(kind=kind, text=text, span=node.span, role=role, sha256=sha256)


def _role(name: str | None) -> Role | None:
    return Role(name) if name is not None else None


def _node(node: Node, *path: str | int) -> Node:
    for step in path:
        match node, step:
            case Mapping(entries=entries), str():
                node = entries[step].value
            case Sequence(items=items), int():
                node = items[step]
            case _:
                break
    return node


def _beside_no_shot(extra: str, name: str, node: Node) -> Diagnostic:
    message = f"{extra} belongs to an input that is a shot, not beside {name}"
    hint = f"delete it, or write `shot: …` in the place of {name}"
    return Diagnostic(code="mixed-inputs", message=message, span=node.span, hint=hint)


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
