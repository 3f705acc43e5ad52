"""Where renders/ shows a shot: paths from ids. Pure: no file may be touched here."""

from __future__ import annotations

from seedance_spec.realm import Realm

RENDERS = "renders"
_CLIP, _SIDECAR, _LAST_FRAME = ".mp4", ".json", ".last-frame.png"
_LONGEST_NAME = 255 - len(_LAST_FRAME)


def output_path(shot_id: str, realm: Realm, profile: str | None = None) -> str:
    """The clip's path under the project folder: `renders/ep1/intro/moon-walk.mp4`, `renders/draft/…` for a profile,
    `renders/sandbox/…` for the sandbox. Raises ValueError for an id that is no path of plain names.
    """
    realm_folder = ("sandbox",) if realm is Realm.SANDBOX else ()
    profile_folder = () if profile is None else (profile,)
    names = (RENDERS, *realm_folder, *profile_folder, *shot_id.split("/"))
    return "/".join(_checked(name) for name in names) + _CLIP


def sidecar_path(output: str) -> str:
    """The JSON beside a clip: `renders/ep1/intro/moon-walk.json`."""
    return output.removesuffix(_CLIP) + _SIDECAR


def last_frame_path(output: str) -> str:
    """The PNG beside a clip: `renders/ep1/intro/moon-walk.last-frame.png`."""
    return output.removesuffix(_CLIP) + _LAST_FRAME


def names_of(output: str) -> tuple[str, ...]:
    """The folders and the file name of a clip's path. Raises ValueError for what `output_path` cannot have made."""
    names = tuple(_checked(name) for name in output.split("/"))
    if len(names) < 2 or names[0] != RENDERS or not output.endswith(_CLIP) or names[-1] == _CLIP:
        raise ValueError(f"{output!r} is no clip below {RENDERS}/")
    return names


def _checked(name: str) -> str:
    """A plain file name: nothing that leads elsewhere, hides, or cannot be written."""
    if not name or name.startswith(".") or "/" in name or "\\" in name or not name.isprintable():
        raise ValueError(f"{name!r} cannot be a file name")
    if len(name.encode("utf-8", "surrogatepass")) > _LONGEST_NAME:
        raise ValueError(f"{name[:40]!r}… is too long for a file name")
    return name
