"""The commands that settle what is unknown and mend what is damaged, as they are to be typed. Pure."""

from __future__ import annotations

from seedance_spec.realm import Realm

RESOLVE_CHOICES = "--landed TASK_ID, --not-landed or --wait"


def resolve_command(shot_id: str, take: int, realm: Realm) -> str:
    """`seedance-spec resolve film/moon --take 2 --sandbox`, with no more words than are needed."""
    words = ["seedance-spec resolve", shot_id]
    words += ["--take", str(take)] if take != 1 else []
    words += ["--sandbox"] if realm is Realm.SANDBOX else []
    return " ".join(words)


def resolve_words(shot_id: str, take: int, realm: Realm) -> str:
    """The command, and what can be said with it."""
    return f"{resolve_command(shot_id, take, realm)} ({RESOLVE_CHOICES})"


def mending_words(realm: Realm) -> str:
    """What brings whole bytes in the place of damaged ones, as long as they can be had from anywhere."""
    sandbox = " --sandbox" if realm is Realm.SANDBOX else ""
    return f"seedance-spec verify{sandbox} --set-aside, then seedance-spec collect{sandbox}"
