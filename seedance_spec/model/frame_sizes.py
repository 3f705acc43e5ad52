"""The frame sizes that resolution and ratio mean, and the frame rate (gateway.md §5.1). Pure data."""

from __future__ import annotations

from collections.abc import Mapping

FRAMES_PER_SECOND = 24

PIXELS: Mapping[str, Mapping[str, tuple[int, int]]] = {
    "480p": {
        "16:9": (864, 496),
        "4:3": (752, 560),
        "1:1": (640, 640),
        "3:4": (560, 752),
        "9:16": (496, 864),
        "21:9": (992, 432),
    },
    "720p": {
        "16:9": (1280, 720),
        "4:3": (1112, 834),
        "1:1": (960, 960),
        "3:4": (834, 1112),
        "9:16": (720, 1280),
        "21:9": (1470, 630),
    },
    "1080p": {
        "16:9": (1920, 1080),
        "4:3": (1664, 1248),
        "1:1": (1440, 1440),
        "3:4": (1248, 1664),
        "9:16": (1080, 1920),
        "21:9": (2206, 946),
    },
}
"""Width and height by resolution and ratio (Ark's table, gateway.md §5.1)."""
