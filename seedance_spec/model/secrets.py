"""Keys do not belong in specs: where one stands in a file's text, comments included. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

from seedance_spec.specfiles.diagnostic import Diagnostic
from seedance_spec.specfiles.positions import Lines

# An API key's shape: long, and with a digit, which hyphenated words ("sk-style-something") lack.
_KEY = re.compile(r"(?<![A-Za-z0-9])sk-(?=[A-Za-z_-]*[0-9])[A-Za-z0-9_-]{16,}")


def holds_key(text: str) -> bool:
    """Whether a text holds what looks like an API key."""
    return "sk-" in text and _KEY.search(text) is not None


def keys_in(file: str, text: str) -> Iterator[Diagnostic]:
    """One error per key in the text. No message and no picture shows the key itself."""
    if "sk-" not in text:
        return
    lines = Lines(text)
    for found in _KEY.finditer(text):
        yield Diagnostic(
            code="key-in-spec",
            message="this looks like an API key, and specs are shared",
            span=lines.span(file, found.start(), found.end()),
            hint="delete it here and revoke it; the key is read from EASYROUTER_API_KEY",
        )
