"""Small cheap films as spec text: the reel of one, two or three shots that whole-process tests write and edit."""

from __future__ import annotations

_HEAD = """\
version: 1
defaults:
  model: dreamina-seedance-2-0
  duration: 4
  metadata: { resolution: 480p, ratio: 1:1, generate_audio: false }
shots:
"""


def small_film(**prompts: str) -> str:
    """One spec file with a shot for each prompt, by its name."""
    return _HEAD + "".join(f"  {name}:\n    prompt: {prompt}\n" for name, prompt in prompts.items())


ONE_SHOT = small_film(moon="A cat walking on the moon")
TWO_SHOTS = small_film(moon="A cat walking on the moon", jump="Make the cat jump")
THREE_SHOTS = small_film(moon="A cat walking on the moon", jump="Make the cat jump", exit="The cat walks out of frame")
