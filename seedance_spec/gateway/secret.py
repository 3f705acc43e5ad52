"""The key, checked to fit into a header. Pure: nothing that reads it from anywhere may enter."""

from __future__ import annotations

from seedance_spec.secret import Secret

__all__ = ["Secret", "api_key"]


def api_key(key: Secret | str) -> Secret:
    """The key, checked to fit into a header. Raises ValueError, whose text never holds the key."""
    value = (key.reveal() if isinstance(key, Secret) else key).strip()
    if not value:
        raise ValueError("the API key is empty")
    if not (value.isascii() and value.isprintable() and " " not in value):
        raise ValueError("the API key holds a blank, a line break or a letter that no key has: was it pasted whole?")
    return Secret(value)
