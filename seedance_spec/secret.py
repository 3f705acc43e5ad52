"""A value that shows itself only when asked by name. Pure: nothing that prints or stores it may enter."""

from __future__ import annotations

from hmac import compare_digest
from typing import NoReturn


class Secret:
    """A key. Its text comes out of `reveal()` alone: not of str, repr, format, a traceback's values or a pickle."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        return self._value

    def __repr__(self) -> str:
        return "Secret(…)"

    def __format__(self, spec: str) -> str:
        return format("Secret(…)", spec)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and compare_digest(self._value.encode(), other._value.encode())

    def __hash__(self) -> int:
        return hash((Secret, self._value))

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret cannot be pickled or copied into a file")
