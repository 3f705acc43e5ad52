"""The key, checked to fit into a header, and struck out of answers. Pure: nothing that reads it may enter."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import TYPE_CHECKING, TypeVar

from seedance_spec.secret import Secret

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

__all__ = ["Secret", "api_key", "without"]

Told = TypeVar("Told", bound="DataclassInstance")


def without(key: Secret, told: Told) -> Told:
    """What the other side told, with the key struck out of every text.

    Done on parsed values: a gateway that echoes a key may compress its answer, or spell the key in JSON escapes.
    """
    texts = {field.name: getattr(told, field.name) for field in fields(told)}
    struck = {
        name: text.replace(key.reveal(), "***")
        for name, text in texts.items()
        if isinstance(text, str) and key.reveal() in text
    }
    return replace(told, **struck) if struck else told


def api_key(key: Secret | str) -> Secret:
    """The key, checked to fit into a header. Raises ValueError, whose text never holds the key."""
    value = (key.reveal() if isinstance(key, Secret) else key).strip()
    if not value:
        raise ValueError("the API key is empty")
    if not (value.isascii() and value.isprintable() and " " not in value):
        raise ValueError("the API key holds a blank, a line break or a letter that no key has: was it pasted whole?")
    return Secret(value)
