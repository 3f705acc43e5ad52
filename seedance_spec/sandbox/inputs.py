"""What the upstream does with inputs: fetch them, and refuse what it cannot use. Sends no key anywhere."""

from __future__ import annotations

import ipaddress
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias
from urllib.parse import urlsplit

import aiohttp

from seedance_spec.sandbox.ark_rules import AUDIO, BYTES, IMAGE, VIDEO, Input, data_uri_bytes
from seedance_spec.sandbox.ark_tables import nearest_ratio
from seedance_spec.sandbox.media import Media, MediaFault
from seedance_spec.sandbox.pace import Limits

OWN_HOST = "sandbox.localhost"
_PICTURE_SIDES, _RATIOS, _VIDEO_PIXELS = range(300, 6001), (0.4, 2.5), range(409_600, 2_086_877)
_VIDEO_SECONDS, _VIDEO_SLACK = 15.0, 0.2


class InputFault(Exception):  # noqa: N818 - the upstream's verdict on an input
    """The upstream cannot use an input: its sentence names the place in `content`."""

    def __init__(self, place: int, kind: str, why: str) -> None:
        super().__init__(why)
        self.message = f"The parameter `content[{place}].{kind}` specified in the request is not valid: {why}."


OwnReader: TypeAlias = Callable[[str, str], Awaitable[bytes | None]]
"""Reads the sandbox's own assets and results by path and query; None where there is nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """The inputs as the renderer wants them: `ratio` of the first picture or video, None without one."""

    ratio: str | None = None
    thumbnails: tuple[bytes, ...] = ()
    continues: bytes | None = None
    video_seconds: int = 0


class Fetcher:
    """Bytes of an input, wherever they are."""

    def __init__(self, session: aiohttp.ClientSession, *, own: OwnReader, limits: Limits) -> None:
        self._session = session
        self._own = own
        self._limits = limits
        self.own_port: int | None = None

    async def fetch(self, place: int, one: Input) -> bytes:
        """Raises InputFault."""
        if one.inline:
            return data_uri_bytes(one.url)
        if not one.url.startswith(("http://", "https://")):
            raise InputFault(place, one.kind, f"the asset {one.url} does not exist")
        data = await self._read(place, one)
        if data is None:
            raise InputFault(place, one.kind, f"the url {one.url} could not be accessed")
        return data

    async def _read(self, place: int, one: Input) -> bytes | None:
        try:
            parts = urlsplit(one.url)
            if self._is_own(parts.hostname, parts.port):
                return await self._own(parts.path, parts.query)
        except ValueError:
            return None
        timeout = aiohttp.ClientTimeout(total=self._limits.fetch_seconds)
        try:
            async with self._session.get(one.url, timeout=timeout, max_redirects=3) as reply:
                if reply.status != 200:
                    return None
                data = bytearray()
                async for block in reply.content.iter_any():
                    data += block
                    if len(data) > BYTES[one.kind]:
                        raise InputFault(place, one.kind, f"the file exceeds {BYTES[one.kind] >> 20} MB")
                return bytes(data)
        except (TimeoutError, aiohttp.ClientError, OSError, ValueError):
            return None

    def _is_own(self, host: str | None, port: int | None) -> bool:
        if host == OWN_HOST:
            return True
        return port is not None and port == self.own_port and _is_loopback(host or "")


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


async def gather(inputs: Sequence[Input], *, fetcher: Fetcher, media: Media) -> Material:
    """Fetch and judge every input in its order. Raises InputFault; MediaFault where the libraries are missing."""
    ratio: str | None = None
    thumbnails: list[bytes] = []
    continues: bytes | None = None
    seconds = 0.0
    for place, one in enumerate(inputs):
        data = await fetcher.fetch(place, one)
        if one.kind == AUDIO:
            _judge_audio(place, data)
            continue
        if one.kind == IMAGE:
            size = await _picture_size(place, data, media)
            thumbnails.append(data)
        else:
            size, length = await _video_size(place, data, media)
            thumbnails.append(await media.first_frame(data))
            continues = continues or data
            seconds += length
        ratio = ratio or nearest_ratio(*size)
    if seconds > _VIDEO_SECONDS + _VIDEO_SLACK:
        raise InputFault(0, VIDEO, f"the total length of videos must not exceed {_VIDEO_SECONDS:.0f} seconds")
    return Material(ratio=ratio, thumbnails=tuple(thumbnails), continues=continues, video_seconds=round(seconds))


def _judge_audio(place: int, data: bytes) -> None:
    if not (data.startswith((b"RIFF", b"ID3")) or data[:1] == b"\xff"):
        raise InputFault(place, AUDIO, "expected wav or mp3")


async def _picture_size(place: int, data: bytes, media: Media) -> tuple[int, int]:
    try:
        size = await media.image_size(data)
    except MediaFault as fault:
        if fault.bad_bytes:
            raise InputFault(place, IMAGE, "the image could not be decoded") from fault
        raise
    _judge_sides(place, IMAGE, size)
    return size


async def _video_size(place: int, data: bytes, media: Media) -> tuple[tuple[int, int], float]:
    try:
        facts = await media.video_facts(data)
    except MediaFault as fault:
        if fault.bad_bytes:
            raise InputFault(place, VIDEO, "the video could not be decoded") from fault
        raise
    size = facts.width, facts.height
    _judge_sides(place, VIDEO, size)
    if facts.width * facts.height not in _VIDEO_PIXELS:
        raise InputFault(place, VIDEO, f"{facts.width}×{facts.height} has too few or too many pixels")
    if not 2.0 <= facts.seconds <= _VIDEO_SECONDS + _VIDEO_SLACK:
        raise InputFault(place, VIDEO, f"its length of {facts.seconds:.1f} seconds is not between 2 and 15")
    return size, facts.seconds


def _judge_sides(place: int, kind: str, size: tuple[int, int]) -> None:
    width, height = size
    if width not in _PICTURE_SIDES or height not in _PICTURE_SIDES:
        raise InputFault(place, kind, f"{width}×{height} has a side outside 300 to 6000 pixels")
    if not _RATIOS[0] <= width / height <= _RATIOS[1]:
        raise InputFault(place, kind, f"the ratio of {width}×{height} is outside 0.4 to 2.5")
