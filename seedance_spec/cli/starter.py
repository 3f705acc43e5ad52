"""What a new project is made of: its files' texts, as data. Pure: writing them is `init`'s."""

from __future__ import annotations

from collections.abc import Mapping

FIRST_REEL = """\
# yaml-language-server: $schema=../schemas/spec.schema.json
version: 1
shots:
  moonrise:
    prompt: A cat on a hill lifts its head as the moon rises; slow push-in, warm wind in the grass
    inputs:
      - image: ./refs/hill-at-dusk.png
        role: first_frame
  moon-walk:
    prompt: The cat walks on the moon with a starry background, small hops, dust drifting behind it
    metadata: { seed: 42 }
  homecoming:
    prompt: The cat comes down on a parachute made of a tea towel and lands on the hill at dawn
"""

IMAGE_PATH = "specs/refs/hill-at-dusk.png"

IGNORED = """\
# seedance-spec: what a machine keeps for itself
.seedance/
.seedance-sandbox/
specs/seedance.sandbox.lock
"""

MERGED = """\
# seedance-spec: any union of two lockfiles is a lockfile
specs/seedance.lock merge=union
"""

CLIPS_IGNORED = """\
*
!.gitignore
"""


def project_text(name: str) -> str:
    return f"""\
# yaml-language-server: $schema=../schemas/project.schema.json
version: 1
name: "{name}"
defaults:
  model: dreamina-seedance-2-0
  duration: 5
  metadata: {{ resolution: 720p, ratio: 16:9, generate_audio: true }}
"""


def starter_texts(name: str, *, with_reel: bool) -> Mapping[str, str]:
    """Each file's path under the project folder, and its text. The reel is for projects that have no spec file."""
    reel = {"specs/first-reel.yaml": FIRST_REEL} if with_reel else {}
    return {"specs/project.yaml": project_text(name), **reel, "renders/.gitignore": CLIPS_IGNORED}


def project_name(folder: str) -> str:
    """A name for the project from its folder's: plain lower-case words joined by hyphens."""
    kept = "".join(char if char.isascii() and char.isalnum() else "-" for char in folder.lower())
    return "-".join(filter(None, kept.split("-"))) or "film"


def lacking_lines(text: str, block: str) -> str:
    """What must be added at the end of the text so that it holds the block's lines; empty where it does already."""
    present = {line.strip() for line in text.splitlines()}
    lacking = [line for line in block.splitlines() if line not in present]
    if all(line.startswith("#") for line in lacking):
        return ""
    gap = "" if not text else "\n" if text.endswith("\n") else "\n\n"
    return gap + "\n".join(lacking) + "\n"
