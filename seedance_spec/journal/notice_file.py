"""The notices of a standing receiver in its own file, each step durable: nothing is told twice by plan. No network."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path

from seedance_spec.attempts.attempt_id import AttemptIdParts, read_attempt_id
from seedance_spec.journal import receiver_notices as rows
from seedance_spec.journal.database import Database
from seedance_spec.journal.inbox import MAX_BODY, evidence
from seedance_spec.journal.receiver_file import BUSY_SECONDS, KEPT_SECONDS, RECEIVER, event_of
from seedance_spec.webhook.feed_protocol import CallbackEvent, FeedEvent
from seedance_spec.webhook.notice import KEPT_SECONDS as NOTICE_KEPT_SECONDS
from seedance_spec.webhook.notice import Notice, Pace, Waiting, due_at, due_together, heard_next, told_of
from seedance_spec.webhook.probe_id import is_probe

EVENTS_AT_ONCE = 500

_EVENTS = "SELECT seq, attempt, at, outcome, task_id, body FROM events WHERE seq > ? ORDER BY seq LIMIT ?"


class NoticeFile:
    """`webhook.notifier.Notices` over the receiver's file, with a connection of its own: callbacks never wait for it.

    All calls raise JournalFault where they cannot be answered.
    """

    def __init__(self, path: Path) -> None:
        self._db = Database(path, RECEIVER, busy_seconds=BUSY_SECONDS)

    def close(self) -> None:
        self._db.close()

    def take_in(self, *, now: float) -> bool:
        """Reckon with some more of what came to the receiver; whether there may be still more."""
        with self._db.reading() as db:
            since = rows.cursor(db)
            events = [event_of(each) for each in db.execute(_EVENTS, (since, EVENTS_AT_ONCE)).fetchall()]
        statuses = [_status(event) for event in events]
        with self._db.writing() as db:
            for event, status in zip(events, statuses, strict=True):
                _take_in(db, event, status)
            if events:
                rows.move_cursor(db, events[-1].seq)
            rows.forget(db, events_before=now - KEPT_SECONDS, notices_before=now - NOTICE_KEPT_SECONDS)
        return len(events) == EVENTS_AT_ONCE

    def make_due(
        self, target: str, wants: Callable[[str], bool], *, now: float, pace: Pace, new_id: Callable[[], str]
    ) -> float | None:
        """Put down a notice for each project that the target wants and that is due; when the next will be."""
        with self._db.writing() as db:
            news = [each for each in rows.news(db, target) if wants(each.project)]
            due = due_together(news, now, pace)
            for project, runs in due.items():
                before = rows.waiting_for(db, target, project)
                notice = Notice(
                    id=new_id(),
                    target=target,
                    project=project,
                    realm=runs[0].realm,
                    runs=told_of(runs, before.notice.runs if before else ()),
                    made_at=now,
                )
                rows.put(db, notice, runs)
        told = {id(each) for runs in due.values() for each in runs}
        return min((due_at(each, pace) for each in news if id(each) not in told), default=None)

    def waiting(self, targets: Sequence[str]) -> Sequence[Waiting]:
        """What is to be delivered to these targets, first the one that is due first."""
        with self._db.reading() as db:
            return [each for each in rows.waiting(db) if each.notice.target in targets]

    def delivered(self, notice: Notice) -> None:
        with self._db.writing() as db:
            rows.delivered(db, notice.id)

    def failed(self, each: Waiting) -> None:
        """Keep how many tries failed, and when the next one is due."""
        with self._db.writing() as db:
            rows.failed(db, each)


def _take_in(db: sqlite3.Connection, event: FeedEvent, status: str | None) -> None:
    parts = _counted(event.attempt_id)
    if parts is None:
        return
    known = rows.state_of(db, event.attempt_id)
    heard, is_news = heard_next(known, event, status)
    if is_news:
        row = (event.attempt_id, parts.project, parts.realm.value, parts.run, heard, event.at, event.seq)
        rows.note(db, row)
    elif heard is not known:
        rows.free(db, event.attempt_id)


def _counted(attempt_id: str) -> AttemptIdParts | None:
    """What the id says of an attempt that somebody collects; None for a probe and for an id of a newer version."""
    parts = read_attempt_id(attempt_id)
    return None if parts is None or parts.imported or is_probe(attempt_id) else parts


def _status(event: FeedEvent) -> str | None:
    """Read outside any transaction: a long body must keep no callback waiting."""
    return evidence(event.body[:MAX_BODY])[1] if isinstance(event, CallbackEvent) else None
