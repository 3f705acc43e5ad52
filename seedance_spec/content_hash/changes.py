"""What differs between two displayed requests, field by field. Pure: where it was written is the plan's to say."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from seedance_spec.content_hash.fields import DELIVERY_FIELDS, PICTURE_FIELDS
from seedance_spec.json_types import Json, JsonObject


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldChange:
    """`field` is a field of Request or `inputs[0]`; a value that was not there or is there no more is None."""

    field: str
    before: Json
    after: Json


def request_changes(
    before: JsonObject, after: JsonObject, *, key_of: Callable[[str], str] = str
) -> tuple[FieldChange, ...]:
    """How the picture changed between two results of `display_request`: in the order of FIELDS, then unknown fields.

    Empty exactly when both have one content hash. `before` may come from another version of the tool, or be empty:
    `key_of` gives all hashes of one picture one name, so that a parent is the same under each of them.
    """
    unknown = sorted((before.keys() | after.keys()) - {*PICTURE_FIELDS, "delivery"})
    return tuple(_changes((*PICTURE_FIELDS, *unknown), before, after, key_of))


def delivery_changes(before: JsonObject, after: JsonObject) -> tuple[FieldChange, ...]:
    """How the delivery changed: it applies to future renders. Empty where one side does not say."""
    match before.get("delivery"), after.get("delivery"):
        case Mapping() as old, Mapping() as new:
            unknown = sorted((old.keys() | new.keys()) - {*DELIVERY_FIELDS})
            return tuple(_changes((*DELIVERY_FIELDS, *unknown), old, new, str))
        case _:
            return ()


def _changes(
    names: Sequence[str], before: JsonObject, after: JsonObject, key_of: Callable[[str], str]
) -> Iterator[FieldChange]:
    for name in names:
        old, new = before.get(name), after.get(name)
        if name == "inputs":
            yield from _input_changes(_keyed(old, key_of), _keyed(new, key_of))
        elif old != new:
            yield FieldChange(field=name, before=old, after=new)


def _input_changes(before: Json, after: Json) -> Iterator[FieldChange]:
    for index, (old, new) in enumerate(zip_longest(_items(before), _items(after))):
        if old != new:
            yield FieldChange(field=f"inputs[{index}]", before=old, after=new)


def _keyed(value: Json, key_of: Callable[[str], str]) -> list[Json]:
    """The inputs, each parent under the one name of its picture."""
    return [_keyed_input(each, key_of) for each in _items(value)]


def _keyed_input(value: Json, key_of: Callable[[str], str]) -> Json:
    source = value.get("source") if isinstance(value, Mapping) else None
    name = source.get("content_hash") if isinstance(source, Mapping) else None
    if not isinstance(value, Mapping) or not isinstance(source, Mapping) or not isinstance(name, str):
        return value
    return {**value, "source": {**source, "content_hash": key_of(name)}}


def _items(value: Json) -> Sequence[Json]:
    return value if isinstance(value, Sequence) and not isinstance(value, str) else ()
