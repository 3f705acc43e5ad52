"""A film of any size, the same every time: variables, defaults, matrices and chains."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

SHOTS_PER_FILE = 100
_PLAIN, _CHAINED, _RATIOS, _LOOKS = 60, 10, ("16:9", "9:16", "1:1"), 10
_PROJECT = """\
version: 1
name: season
defaults:
  model: dreamina-seedance-2-0
  duration: 5
  metadata: { resolution: 720p, ratio: 16:9, generate_audio: true }
profiles:
  draft: { model: dreamina-seedance-2-0-fast, metadata: { resolution: 480p } }
"""


def write_film(root: Path, shots: int) -> None:
    """Specs for so many shots, a hundred to a file."""
    (root / "specs").mkdir(parents=True)
    (root / "specs" / "project.yaml").write_text(_PROJECT, encoding="utf-8")
    for number in range(shots // SHOTS_PER_FILE):
        folder = root / "specs" / f"act{number // 10:03}"
        folder.mkdir(exist_ok=True)
        (folder / f"scene{number:04}.yaml").write_text("\n".join(_scene(number)) + "\n", encoding="utf-8")


def _scene(number: int) -> Iterator[str]:
    yield "version: 1"
    yield f'vars: {{ hero: "a tabby cat named Miso", place: "roof {number} above the old harbour" }}'
    yield "defaults:\n  metadata: { watermark: false }"
    yield "shots:"
    for shot in range(_PLAIN):
        yield f"  shot-{shot:02}:"
        yield f"    prompt: ${{hero}} crosses ${{place}} at dusk, take {number}-{shot}; slow dolly in, warm light"
        yield f"    duration: {5 + shot % 2 * 5}"
        yield f"    tags: [harbour, night-{shot % 7}]"
        yield f"    inputs:\n      - image: https://cdn.example.com/refs/{number}/{shot}.jpg\n        role: first_frame"
        yield f"    metadata: {{ seed: {number * 1000 + shot}, ratio: {_RATIOS[shot % 3]} }}"
    for shot in range(_CHAINED):
        yield f"  chain-{shot:02}:"
        yield f"    prompt: ${{hero}} walks on towards the lighthouse, part {number}-{shot}"
        yield f"    inputs:\n      - {{ shot: shot-{shot:02}, frame: last, role: first_frame }}"
    yield "  banner:"
    yield "    prompt: ${hero} on a skateboard in ${place}, product shot, look ${matrix.look}"
    yield "    matrix:"
    yield f"      ratio: [{', '.join(_RATIOS)}]"
    yield f"      look: [{', '.join(f'look-{look}' for look in range(_LOOKS))}]"
    yield '    metadata: { ratio: "${matrix.ratio}" }'
