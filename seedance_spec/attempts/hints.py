"""What a person hears of an attempt: one sentence per hint. Pure text."""

from __future__ import annotations

from collections.abc import Mapping

from seedance_spec.attempts.stages import Hint

SENTENCES: Mapping[Hint, str] = {
    Hint.UNKNOWN: "it may have been paid for and no answer is known{said}; it is not sent again",
    Hint.LANDED: "a callback proves that it landed, its task id is not known{said}; it is not sent again",
    Hint.PROVEN: "a callback proves that it landed: it cannot be called not landed",
    Hint.ORPHAN: "a callback came for a submit that was refused: somebody renders it, and it is not charged",
    Hint.UPSTREAM_FAILED: "the upstream says that it failed; waiting for the gateway's verdict and refund",
    Hint.UPSTREAM_EXPIRED: "the upstream says that it expired; the gateway refunds it within a day",
    Hint.UPSTREAM_SUCCEEDED: "the upstream says that it succeeded after all; looking again",
    Hint.ABSENT: "the gateway does not know the task id that it gave us{said}; held, and not sent again",
    Hint.MISSING: "missing: its links are dead{said}; it stays on record, and --retake buys it again",
    Hint.SALVAGED: "its clip came by the callback's own link and fits the request; the gateway has not confirmed it",
    Hint.UNSALVAGED: "a callback names a clip that is not taken{said}; its task id would settle it",
    Hint.LATE: "no longer waited for; the work may still run and nothing is lost: the same command goes on",
}
"""One for every hint (a test says so); `{said}` takes the other side's words."""


def hint_text(hint: Hint, detail: str) -> str:
    return SENTENCES[hint].replace("{said}", f" ({detail})" if detail else "")
