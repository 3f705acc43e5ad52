"""Pydantic's findings in the user's words, at the place that was written. Pure: it decides nothing about values."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, TypeAlias

from pydantic import BaseModel, ValidationError

from seedance_spec.model import vocabulary as words
from seedance_spec.model.document import (
    BudgetEntry,
    ContentItem,
    Defaults,
    InputItem,
    Link,
    Metadata,
    ModelPriceEntry,
    PriceEntry,
    ShotEntry,
)
from seedance_spec.model.template import MARK
from seedance_spec.specfiles.diagnostic import Diagnostic, Span
from seedance_spec.specfiles.nodes import Mapping, Node, Scalar, Sequence, described, head
from seedance_spec.specfiles.quoting import quoted
from seedance_spec.specfiles.suggest import did_you_mean

_Loc: TypeAlias = tuple[int | str, ...]

_SHAPES: dict[str, type[BaseModel]] = {
    "defaults": Defaults,
    "metadata": Metadata,
    "inputs": InputItem,
    "content": ContentItem,
    "image_url": Link,
    "video_url": Link,
    "audio_url": Link,
    "budget": BudgetEntry,
}
_WANTED = {
    "string_type": "a text",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "list_type": "a list",
    "dict_type": "keys below it",
    "model_type": "keys below it",
}
_SYNONYMS = {"aspect_ratio": "ratio", "size": "resolution", "length": "duration", "audio": "generate_audio"}
_TRUE, _FALSE = ("yes", "on", "y", "true"), ("no", "off", "n", "false")


def shape_complaints(
    error: ValidationError, root: Mapping, shape: type[BaseModel], *, expanded: bool = True
) -> Iterator[Diagnostic]:
    """Every finding of `error`, which validated `root` against `shape`, once per place.

    Not `expanded`: a text that holds a variable is passed over, as nobody knows yet what it comes to.
    """
    seen: set[tuple[str, Span]] = set()
    for each in error.errors(include_url=False, include_input=False):
        if not expanded and _holds_variable(_walk(root, each["loc"])[1]):
            continue
        diagnostic = _complaint(each["type"], each["loc"], each.get("ctx", {}), root, shape)
        if diagnostic is not None and diagnostic.span is not None:
            place = (diagnostic.code, diagnostic.span)
            if place not in seen:
                seen.add(place)
                yield diagnostic


def _complaint(
    kind: str, loc: _Loc, context: dict[str, Any], root: Mapping, shape: type[BaseModel]
) -> Diagnostic | None:
    path, node = _walk(root, loc)
    match kind:
        case "extra_forbidden":
            return _unknown_key(root, loc, shape)
        case "missing":
            return _missing(root, loc)
        case "literal_error":
            return _unknown_word(path, node, context)
        case _ if path and path[-1] == "seconds":
            return _bad_seconds(node)
        case _ if path and path[-1] in ("pick", "take"):
            hint, message = "write the number of a take, or an attempt id", f"{path[-1]} cannot be {described(node)}"
            return Diagnostic(code="wrong-type", message=message, span=node.span, hint=hint)
        case "string_pattern_mismatch" | "string_too_short" | "string_too_long":
            return _misshapen_text(path, node)
        case _:
            return _wrong_type(kind, path, node)


def _holds_variable(node: Node) -> bool:
    return isinstance(node, Scalar) and isinstance(node.value, str) and MARK in node.text


def _walk(root: Node, loc: _Loc) -> tuple[_Loc, Node]:
    """As much of the path as was written (a union adds steps of its own), and what stands there."""
    node = root
    for count, step in enumerate(loc):
        match node, step:
            case Mapping(entries=entries), str() if step in entries:
                node = entries[step].value
            case Sequence(items=items), int() if step < len(items):
                node = items[step]
            case _:
                return loc[:count], node
    return loc, node


def label(loc: _Loc) -> str:
    """`metadata.seed`, `inputs[0].role`; defaults are not told apart from a shot's own keys."""
    text = ""
    for step in loc:
        text += f"[{step}]" if isinstance(step, int) else f".{step}"
    return text.removeprefix(".defaults").removeprefix(".") or "this"


def _unknown_key(root: Mapping, loc: _Loc, shape: type[BaseModel]) -> Diagnostic | None:
    _, parent = _walk(root, loc[:-1])
    assert isinstance(parent, Mapping)
    if loc[-1] == "text" and isinstance(kind := parent.get("type"), Scalar) and kind.value == "text":
        return None  # the item as a whole has its own complaint
    key = parent.entries[str(loc[-1])].key
    owner = next((step for step in reversed(loc[:-1]) if isinstance(step, str)), "")
    if key.text == "callback_url":
        return Diagnostic(
            code="callback-url-is-ours",
            message="callback_url is set by seedance-spec itself, for every attempt anew",
            span=key.span,
            hint="delete it; `apply --public-url URL` says where callbacks are to arrive",
            source=words.API_ADVANCED,
        )
    where = f" in {owner}" if owner and owner != "defaults" else ""
    hint = _key_hint(key.text, owner, _shape_at(loc, owner, shape))
    return Diagnostic(code="unknown-key", message=f"unknown key {quoted(key.text)}{where}", span=key.span, hint=hint)


def _shape_at(loc: _Loc, owner: str, shape: type[BaseModel]) -> type[BaseModel]:
    """What the keys beside this one belong to; under `prices` the owner is a model's or a resolution's own name."""
    if loc[0] == "prices" and len(loc) > 2:
        return PriceEntry if "resolutions" in loc[2:-1] else ModelPriceEntry
    return _SHAPES.get(owner, shape)


def _key_hint(key: str, owner: str, shape: type[BaseModel]) -> str:
    meant = _SYNONYMS.get(key, key)
    in_a_shot = issubclass(shape, Defaults)
    if in_a_shot and meant in Metadata.model_fields:
        return f"write it under metadata: `metadata: {{ {meant}: … }}`"
    if owner == "metadata" and key in ShotEntry.model_fields and key not in Metadata.model_fields:
        return "write it one level up, beside metadata"
    if owner in ("inputs", "content") and key == "text":
        return "the prompt is the text of a shot"
    known = tuple(shape.model_fields)
    if meant in known:
        return f'did you mean "{meant}"?'
    guess = did_you_mean(key, known)
    if not guess and in_a_shot and (guess := did_you_mean(key, Metadata.model_fields)):
        return f"{guess} That one belongs under metadata"
    return guess or f"known here: {', '.join(known)}"


def _missing(root: Mapping, loc: _Loc) -> Diagnostic | None:
    _, parent = _walk(root, loc[:-1])
    name = str(loc[-1])
    if isinstance(parent, Mapping) and name in parent.entries:
        return None  # an empty value, which has its own complaint
    hint = "write `version: 1` as the first line" if name == "version" else f"add it, or delete {label(loc[:-1])}"
    return Diagnostic(code=f"missing-{name}", message=f"{name} is missing", span=head(parent), hint=hint)


def _unknown_word(path: _Loc, node: Node, context: dict[str, Any]) -> Diagnostic:
    name, span = str(path[-1]), node.span
    text = node.text if isinstance(node, Scalar) else ""
    if name == "version":
        hint = "write version: 1, or install a newer seedance-spec"
        return Diagnostic(code="unknown-version", message=f"version {text} is not known", span=span, hint=hint)
    if name == "type" and text == "text":
        return Diagnostic(
            code="text-in-content",
            message="a text item in content is discarded by the gateway",
            span=span,
            hint="delete the item: the prompt is the text of a shot",
            source=words.GATEWAY,
        )
    known = [each.strip("'") for each in str(context.get("expected", "")).replace(" or ", ", ").split(", ")]
    hint = did_you_mean(text, known) or f"use {', '.join(known)}"
    shown = quoted(text) if text else described(node)
    return Diagnostic(code=f"unknown-{name}", message=f"unknown {name} {shown}", span=span, hint=hint)


def _bad_seconds(node: Node) -> Diagnostic:
    if isinstance(node, Scalar) and isinstance(node.value, int) and not isinstance(node.value, bool):
        code, message, hint = "seconds-not-text", "seconds is a text, not a number", f'put it in quotes: "{node.text}"'
    else:
        shown = quoted(node.text) if isinstance(node, Scalar) else described(node)
        code, message, hint = "bad-seconds", f"seconds holds digits only, not {shown}", 'write seconds: "5"'
    return Diagnostic(code=code, message=message, span=node.span, hint=hint, source=words.API_SUBMIT)


def _misshapen_text(path: _Loc, node: Node) -> Diagnostic:
    name, text = str(path[-1]), node.text if isinstance(node, Scalar) else ""
    hint = "write 64 digits and letters a-f, as `sha256sum FILE` prints" if name == "sha256" else "1 to 100 characters"
    return Diagnostic(code=f"bad-{name}", message=f"{name} cannot be {quoted(text)}", span=node.span, hint=hint)


def _wrong_type(kind: str, path: _Loc, node: Node) -> Diagnostic:
    wanted = _WANTED.get(kind, "something else")
    message = f"{label(path)} wants {wanted}, not {_shown(node)}"
    return Diagnostic(code="wrong-type", message=message, span=node.span, hint=_type_hint(wanted, node))


def _shown(node: Node) -> str:
    match node:
        case Scalar(value=str(text)):
            return f"the text {quoted(text)}"
        case Scalar(value=int() | float()) if not isinstance(node.value, bool):
            return f"the number {quoted(node.text)[1:-1]}"
        case _:
            return described(node)


def _type_hint(wanted: str, node: Node) -> str:
    text = node.text if isinstance(node, Scalar) else ""
    match wanted:
        case "a text":
            return f"put it in quotes: {quoted(text)}" if text else "write one text"
        case "a whole number" if text.lstrip("+-").isdigit():
            return f"write {text} without quotes"
        case "a whole number" if digits := re.match(r"\d+", text):
            return f"write {digits.group()}"
        case "true or false" if text.lower() in (*_TRUE, *_FALSE):
            return f"write {'true' if text.lower() in _TRUE else 'false'}"
        case "a list":
            return "write each entry on its own line, after `- `"
        case "keys below it":
            return "write `key: value` lines below it, indented"
        case _:
            return ""
