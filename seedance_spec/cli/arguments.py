"""What single words of the command line mean: addresses, sizes, numbers. No flag and no verb may enter."""

from __future__ import annotations

import re
from argparse import ArgumentTypeError
from math import inf, nan

_SIZE = re.compile(r"(?P<number>[0-9]{1,12})\s*(?P<unit>[KMGT]?)(?:i?B)?", re.IGNORECASE)
_UNITS = {"": 0, "K": 10, "M": 20, "G": 30, "T": 40}
_SMALLEST = 1 << 20


def address(text: str) -> tuple[str, int]:
    """Host and port. Raises ArgumentTypeError."""
    host, _, port = text.rpartition(":")
    if not port.isdecimal() or int(port) > 65_535:
        raise ArgumentTypeError(f"HOST:PORT, as 127.0.0.1:8080, not {text!r}")
    return host.strip("[]") or "127.0.0.1", int(port)


def size(text: str) -> int:
    """Bytes, in powers of 1024; at least 1 MiB. Raises ArgumentTypeError."""
    found = _SIZE.fullmatch(text.strip())
    value = int(found["number"]) << _UNITS[found["unit"].upper()] if found else 0
    if value < _SMALLEST:
        raise ArgumentTypeError(f"a size of at least 1M, as 512M or 2G, not {text!r}")
    return value


def number(text: str, *, smallest: float) -> float:
    """A finite number that is large enough. Raises ArgumentTypeError."""
    try:
        value = float(text)
    except ValueError:
        value = nan
    if not smallest <= value < inf:
        raise ArgumentTypeError(f"a number of at least {smallest:g}, not {text!r}")
    return value
