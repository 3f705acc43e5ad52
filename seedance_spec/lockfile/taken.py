"""Reading a JSON object field by field, keeping what nobody asked for. Pure: it knows no kind of fact."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar

from seedance_spec.json_types import Json, JsonObject

T = TypeVar("T")
E = TypeVar("E", bound=StrEnum)

_KINDS: Mapping[type, str] = {
    str: "a text",
    int: "a whole number",
    float: "a number",
    list: "a list",
    dict: "an object",
}


class NotAFactError(ValueError):
    """An object of a known kind that says something impossible. `field` is where, empty where that is not known."""

    def __init__(self, reason: str, field: str = "") -> None:
        super().__init__(reason)
        self.field = field


class Taken:
    """An object that is being read: what is asked for is known; what is left in the end is kept as it is."""

    def __init__(self, value: JsonObject) -> None:
        self._left = dict(value)
        self._inner: dict[str, Taken] = {}

    def names(self) -> frozenset[str]:
        """What it still says."""
        return frozenset(self._left)

    def maybe(self, name: str, kind: type[T]) -> T | None:
        value = self._left.pop(name, None)
        if value is None:
            return None
        if not isinstance(value, kind) or isinstance(value, bool):
            raise NotAFactError(f"`{name}` must be {_KINDS[kind]}", name)
        return value

    def must(self, name: str, kind: type[T]) -> T:
        value = self.maybe(name, kind)
        if value is None:
            raise NotAFactError(f"`{name}` is missing")
        return value

    def number(self, name: str) -> float | None:
        if isinstance(self._left.get(name), int):
            return self.maybe(name, int)
        return self.maybe(name, float)

    def word(self, name: str, words: type[E]) -> E:
        value = self.must(name, str)
        try:
            return words(value)
        except ValueError:
            raise NotAFactError(f"`{name}` is {value!r}, which this version does not know", name) from None

    def texts(self, name: str) -> tuple[str, ...]:
        texts = self.maybe(name, list) or ()
        if not all(isinstance(each, str) for each in texts):
            raise NotAFactError(f"`{name}` must be a list of texts", name)
        return tuple(texts)

    def inner(self, name: str) -> Taken | None:
        value = self.maybe(name, dict)
        if value is None:
            return None
        return self._inner.setdefault(name, Taken(value))

    def left(self) -> dict[str, Json]:
        within = {name: inner.left() for name, inner in self._inner.items()}
        return {**self._left, **{name: left for name, left in within.items() if left}}
