"""A remembered answer as bytes: who asked, what was looked at, what was said. Nothing in it is ever executed. Pure."""

from __future__ import annotations

import zlib

from seedance_spec.plan_cache.sight import BYTES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

FORMAT = b"seedance-spec plan answer 1"
_BETWEEN = b"\0"


ANSWER, BASE = "plan", "base"
"""What is kept for a question: what was said, and what a plan of a few edited files is made from."""


def name_of(asked: bytes, kind: str = ANSWER) -> str:
    """The file for this question. Two questions may share one: the file holds the whole question."""
    return f"{kind}-{zlib.crc32(asked):08x}"


def packed(asked: bytes, paths: Sequence[bytes], sights: bytes, said: Sequence[str]) -> bytes:
    """`said` is the text for stdout and the one for stderr."""
    parts = (asked, _BETWEEN.join(paths), sights, *(text.encode("utf-8", "surrogatepass") for text in said))
    body = b"".join(parts)
    sizes = b" ".join(b"%d" % len(part) for part in parts)
    return b"%s %s %08x\n%s" % (FORMAT, sizes, zlib.crc32(body), body)


def unpacked(data: bytes, asked: bytes) -> tuple[list[bytes], bytes, tuple[str, str]] | None:
    """Paths, sights and texts; None for anything but a whole answer to this very question."""
    head, _, body = data.partition(b"\n")
    if not head.startswith(FORMAT + b" "):
        return None
    try:
        *sizes, checksum = head[len(FORMAT) + 1 :].split(b" ")
        parts = _cut(body, [int(size) for size in sizes])
        question, joined, sights, out, err = parts
        if question != asked or int(checksum, 16) != zlib.crc32(body):
            return None
        said = out.decode("utf-8", "surrogatepass"), err.decode("utf-8", "surrogatepass")
    except ValueError:
        return None
    paths = joined.split(_BETWEEN)
    return (paths, sights, said) if len(sights) == BYTES * len(paths) else None


def _cut(body: bytes, sizes: list[int]) -> list[bytes]:
    """The parts of the body. Raises ValueError where the sizes are not those of the whole."""
    if any(size < 0 for size in sizes) or sum(sizes) != len(body):
        raise ValueError("the sizes are not those of the whole")
    parts, start = [], 0
    for size in sizes:
        parts.append(body[start : start + size])
        start += size
    return parts
