"""The twelve bugs (webhooks.md §7.3, T17): how each is put in, from outside, and which check must see it."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractContextManager, asynccontextmanager
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any, cast
from unittest.mock import patch

from seedance_spec.attempts import delivery, fetcher, life, schedule
from seedance_spec.attempts.means import Means
from seedance_spec.attempts.ports import Content, ContentFault, Mark, Poke, SubmitOutcome, TaskView, Unknown
from seedance_spec.attempts.poster import Poster
from seedance_spec.attempts.posting import Step, submitted
from seedance_spec.attempts.stages import Ask, ClipFaulted, ClipStored, Poked, Record, Stage, State
from seedance_spec.clips import source, store
from seedance_spec.clips.part import Part
from seedance_spec.journal.database import Database
from seedance_spec.journal.sqlite import SqliteJournal
from seedance_spec.lockfile.facts import AttemptFact, Status
from seedance_spec.model.shot import Request, Shot
from seedance_spec.webhook import capability, receiver
from seedance_spec.webhook.group_commit import GroupCommit
from tests.lab.rows import seeded_bugs_checks as checks
from tests.lab.rows.seeded_bugs_checks import Check

Sown = Callable[[], AbstractContextManager[object]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bug:
    """`sown()` is the program with the bug, as long as it lasts."""

    sown: Sown
    check: Check


# ── the receiver ────────────────────────────────────────────────────────────────────────────────────────────────────


async def _ack_first(self: GroupCommit, attempt_id: str, body: bytes, *, at: float, within: float) -> None:
    """Answer now, store when there is time."""
    later = asyncio.get_running_loop()
    later.call_later(0.2, lambda: later.create_task(_STORE(self, attempt_id, body, at=at, within=within)))


_STORE = GroupCommit.store


def _compared_letter_by_letter(path_token: str, keys: Sequence[bytes]) -> str | None:
    """`==` stops at the first difference, and any() at the first key."""
    attempt_id, _, mac = path_token.partition(".")
    return attempt_id if any(capability._mac(attempt_id, key) == mac for key in keys) else None


def _used_up() -> AbstractContextManager[object]:
    """A capability that is good for one callback."""
    used: set[str] = set()

    def once(path_token: str, keys: Sequence[bytes]) -> str | None:
        if path_token in used:
            return None
        used.add(path_token)
        return capability.attempt_of(path_token, keys)

    return patch.object(receiver, "attempt_of", once)


def _same_status_once() -> AbstractContextManager[object]:
    """Callbacks of one attempt are told apart by their status alone."""
    pokes = SqliteJournal.pokes

    def first_of_each(self: SqliteJournal, *, after: int) -> Sequence[Poke]:
        seen: dict[tuple[str, str | None], Poke] = {}
        for poke in pokes(self, after=after):
            seen.setdefault((poke.attempt_id, poke.upstream_status), poke)
        return tuple(seen.values())

    return patch.object(SqliteJournal, "pokes", first_of_each)


# ── what a callback's body is believed ──────────────────────────────────────────────────────────────────────────────

_POKE = life._poke


def _body_says_failed(state: State, poke: Poked) -> Step:
    if state.stage is Stage.SUBMITTED and poke.upstream_status in {"failed", "expired", "cancelled"}:
        return replace(state, stage=Stage.FAILED), (Record(status=Status.FAILED),)
    return _POKE(state, poke)


def _body_names_task(state: State, poke: Poked) -> Step:
    if state.stage in {Stage.UNKNOWN, Stage.LANDED} and poke.upstream_id:
        return submitted(poke.upstream_id), (Record(status=Status.SUBMITTED, task_id=poke.upstream_id), Ask())
    return _POKE(state, poke)


# ── paying ──────────────────────────────────────────────────────────────────────────────────────────────────────────

_POST = Poster.post


async def _posted_again(
    self: Poster, fact: AttemptFact, shot: Shot, *, mark: Callable[[Mark], Awaitable[None]]
) -> SubmitOutcome:
    """A retry decorator that wraps the submit too."""
    outcome = await _POST(self, fact, shot, mark=mark)
    return await _POST(self, fact, shot, mark=mark) if isinstance(outcome, Unknown) else outcome


def _unsynced() -> AbstractContextManager[object]:
    """A journal that leaves its commits to the page cache."""
    prepare = Database._prepare

    def hasty(self: Database, busy_seconds: float) -> None:
        prepare(self, busy_seconds)
        self._connection.execute("PRAGMA synchronous=OFF")

    return patch.object(Database, "_prepare", hasty)


def _impatient() -> AbstractContextManager[object]:
    """The back-off is ours alone, whatever the gateway said."""
    after_error = schedule._Pace.after_error

    def deaf(self: schedule._Pace, history: schedule.AskHistory) -> float:
        return after_error(self, replace(history, retry_after=None))

    return patch.object(schedule._Pace, "after_error", deaf)


# ── files ───────────────────────────────────────────────────────────────────────────────────────────────────────────


class _LazyOs:
    """`os`, whose fsync of a file does nothing."""

    def __getattr__(self, name: str) -> Any:
        return getattr(os, name)

    def fsync(self, _: int) -> None:
        """Later, perhaps."""


async def _told_before_kept(
    view: TaskView, fact: AttemptFact, request: Request | None, means: Means, *, downloading: source.Tell
) -> ClipStored | ClipFaulted:
    """The digest is known as soon as the bytes are: the record first, the file in the background."""
    try:
        async with means.gateway.content(view.task_id) as content:
            data = b"".join([block async for block in content.blocks])
    except ContentFault as fault:
        return ClipFaulted(reason=fault.reason, dead=fault.dead)
    _background.append(asyncio.create_task(_DELIVER(view, fact, request, means, downloading=downloading)))
    return ClipStored(output=sha256(data).hexdigest(), bytes=len(data))


_DELIVER = delivery.deliver
_background: list[asyncio.Task[ClipStored | ClipFaulted]] = []


def _length_not_looked_at() -> AbstractContextManager[object]:
    """A stream that ends is taken for a stream that is complete."""
    fill = source._fill

    async def trusting(of: source.Source, part: Part, check: source.Check, *, anew: bool, tell: source.Tell) -> None:
        @asynccontextmanager
        async def unmeasured(offset: int) -> AsyncIterator[Content]:
            async with of.open(offset) as content:
                yield replace(content, length=None)

        await fill(replace(of, open=unmeasured), part, check, anew=anew, tell=tell)

    return patch.object(source, "_fill", trusting)


BUGS: Mapping[str, Bug] = {
    "ack-before-commit": Bug(sown=lambda: patch.object(GroupCommit, "store", _ack_first), check=checks.DURABLE_ACK),
    "no-fsync-of-intent": Bug(sown=_unsynced, check=checks.FSYNC_AT_COMMIT),
    "submit-inside-retry": Bug(
        sown=lambda: patch.object(Poster, "post", _posted_again), check=checks.the_simulation("post", "double")
    ),
    "trust-body-status": Bug(
        sown=lambda: patch.object(life, "_poke", _body_says_failed), check=checks.the_simulation("lost", "double")
    ),
    "task-id-from-body": Bug(sown=lambda: patch.object(life, "_poke", _body_names_task), check=checks.the_simulation()),
    "token-compare": Bug(
        sown=lambda: patch.object(capability, "attempt_of", _compared_letter_by_letter), check=checks.CONSTANT_TIME
    ),
    "single-use-token": Bug(sown=_used_up, check=checks.SAME_URL),
    "rename-without-fsync": Bug(sown=lambda: patch.object(store, "os", cast(Any, _LazyOs())), check=checks.BYTES_FIRST),
    "lockfile-before-file": Bug(
        sown=lambda: patch.object(fetcher, "deliver", _told_before_kept), check=checks.the_simulation("early")
    ),
    "poll-ignores-retry-after": Bug(sown=_impatient, check=checks.RETRY_AFTER),
    "dedupe-by-status": Bug(sown=_same_status_once, check=checks.EVIDENCE),
    "download-without-length": Bug(sown=_length_not_looked_at, check=checks.WHOLE),
}
"""By name. None of them has a switch in the program: each is put in from here and taken out again."""
