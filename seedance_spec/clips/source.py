"""One source of bytes, asked until they are whole: resume, begin anew, give up. No task, no store and no verdict."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import TypeAlias

from seedance_spec.attempts.ports import Clock, Content, ContentFault
from seedance_spec.clips.off_loop import off_loop
from seedance_spec.clips.part import Part

TRIES = 5
"""How often one source is asked within one fetch; the caller decides when to fetch again."""

MOST_BYTES = 2 << 30
_BLOCK = 1 << 20
_FIRST_PAUSE = 0.5

Tell: TypeAlias = Callable[[int, int | None], None]
"""Told how many bytes are here, and how many there are in all where that is known."""

Check: TypeAlias = Callable[[Part], Awaitable[str | None]]
"""What is wrong with bytes that should be whole, None where they are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """`open(offset)` starts a download there. `restarts` tells whether bytes that are here may be given up for a
    download from the beginning where the source cannot resume.
    """

    open: Callable[[int], AbstractAsyncContextManager[Content]]
    restarts: bool


class Unwilling(ContentFault):
    """The source does not resume, and what is here is worth more than beginning anew."""


class _Cut(Exception):  # noqa: N818 - an answer, not an error of the program
    """The stream ended before the bytes did."""


class _Broken(Exception):  # noqa: N818 - an answer, not an error of the program
    """All bytes came, and they are not what they should be."""


async def draw(source: Source, part: Part, check: Check, *, clock: Clock, tell: Tell) -> None:
    """Fill `part` from `source` until `check` finds nothing. A cut is resumed; wrong bytes are fetched anew once.

    Raises ContentFault (what has arrived is kept), Unwilling among them, and StoreFault.
    """
    anew = False
    for tries in range(1, TRIES + 1):
        try:
            await _fill(source, part, check, anew=anew, tell=tell)
        except ContentFault as fault:
            # a partial of the wrong length makes a healthy source refuse (416): only then is it asked from the start
            if fault.dead or anew or not part.size or not source.restarts:
                raise
            anew = True
        except _Broken as broken:
            if anew:
                raise ContentFault(str(broken)) from broken
            anew = True
        except _Cut as cut:
            anew = False
            if tries == TRIES:
                raise ContentFault(f"{cut}, {TRIES} times") from cut
            await clock.sleep(_FIRST_PAUSE * 2 ** (tries - 1))
        else:
            return
    raise ContentFault(f"no whole bytes came in {TRIES} tries")


async def _fill(source: Source, part: Part, check: Check, *, anew: bool, tell: Tell) -> None:
    """One request. The last byte that is here is asked for again: a whole partial then learns that it is whole."""
    offset = 0 if anew else max(0, part.size - 1)
    async with source.open(offset) as content:
        if content.offset > offset:
            raise ContentFault(f"bytes from {content.offset} on came instead of {offset}")
        if content.offset < offset and not source.restarts:
            raise Unwilling("the download cannot be resumed here")
        _limit(content.length or 0)
        part.cut(content.offset)
        if content.length is not None:
            await off_loop(part.reserve, content.length)
        tell(part.size, content.length)
        await _receive(content, part, tell)
    if content.length is not None and part.size < content.length:
        raise _Cut(f"the stream ended at {part.size} of {content.length} bytes")
    if content.length is not None and part.size > content.length:
        raise _Broken(f"{part.size} bytes came, {content.length} were announced")
    wrong = await check(part)
    if wrong is not None:
        raise _Broken(wrong) if content.length is not None else _Cut(f"the stream ended early: {wrong}")


async def _receive(content: Content, part: Part, tell: Tell) -> None:
    """Write in large blocks; whatever ends the stream, what came of it is written."""
    waiting = bytearray()
    try:
        async for block in content.blocks:
            waiting += block
            if len(waiting) >= _BLOCK:
                _limit(part.size + len(waiting))
                full, waiting = waiting, bytearray()
                part.append(full)
                tell(part.size, content.length)
    except ContentFault as fault:
        raise _Cut(f"the stream broke off: {fault.reason}") from fault
    finally:
        part.append(waiting)
    tell(part.size, content.length)


def _limit(size: int) -> None:
    if size > MOST_BYTES:
        raise ContentFault(f"more than {MOST_BYTES >> 30} GiB came: this is no clip")
