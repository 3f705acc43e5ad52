"""The checks that seeded bugs are held against: tests of the suite, the simulation, and the laboratory's own."""

from __future__ import annotations

import asyncio
import hmac
import os
from collections.abc import Callable, Coroutine
from contextlib import closing
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from unittest.mock import patch

from seedance_spec.attempts.attempt import Attempt
from seedance_spec.attempts.ledger import Ledger
from seedance_spec.attempts.mailbox import Mailbox
from seedance_spec.attempts.posting import submitted
from seedance_spec.attempts.stages import Poked
from seedance_spec.clips.download import Stored, fetch_clip
from seedance_spec.clips.store import Store
from seedance_spec.journal.sqlite import SqliteJournal
from seedance_spec.lockfile.facts import Status
from seedance_spec.lockfile.file import LockFile
from seedance_spec.webhook import capability
from tests.lab.simulation.seed import simulate
from tests.receiving import test_receiver
from tests.remembering import test_journal_file
from tests.spending import test_schedule
from tests.support.attempts import NOW, a_claim, an_attempt_id
from tests.support.clips import TASK, ScriptedGateway, StillClock, Stream, film
from tests.support.receiving import KEY, KEY_BEFORE, STRANGERS_KEY, a_post

MOST_SEEDS = 200
_folders = count()


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """`run` raises AssertionError where it sees something; it is given an empty folder."""

    name: str
    run: Callable[[Path], None]

    def seen_in(self, scratch: Path) -> str | None:
        """What it sees in the program as it is now, None where it is content."""
        folder = scratch / str(next(_folders))
        folder.mkdir(parents=True)
        try:
            self.run(folder)
        except AssertionError as seen:
            return str(seen) or "an assertion"
        return None


def a_test(name: str, test: Callable[..., object], *args: object) -> Check:
    """A test function of the suite; asynchronous ones are run to their end. It is handed the folder, then `args`."""

    def run(folder: Path) -> None:
        said = test(folder, *args)
        if isinstance(said, Coroutine):
            asyncio.run(said)

    return Check(name=name, run=run)


def the_simulation(*kinds: str) -> Check:
    """The first seed whose history breaks a promise of one of these kinds; the same seed must be whole without it."""
    seeds = list(range(1, MOST_SEEDS))

    def run(folder: Path) -> None:
        for seed in list(seeds):
            verdict = simulate(seed, folder)
            seen = [f"{kind}: {text}" for kind, text in verdict.broken if not kinds or kind in kinds]
            if seen:
                seeds[:] = [seed]
            assert seen == [], f"seed {seed}: {seen[0]}"
            if len(seeds) == 1:
                assert verdict.broken == ()

    return Check(name="the simulation", run=run)


# ── tests of the suite whose arguments are not the folder alone ─────────────────────────────────────────────────────


def _every_commit_reaches_the_disk(folder: Path) -> None:
    with closing(SqliteJournal(folder / ".seedance" / "journal.db")) as journal:
        test_journal_file.test_every_commit_reaches_the_disk(journal)


def _retry_after_is_kept(_: Path) -> None:
    test_schedule.test_a_retry_after_is_kept_within_reason(40.0, 40.0)


# ── the laboratory's own ────────────────────────────────────────────────────────────────────────────────────────────


def _every_key_is_tried_in_constant_time(_: Path) -> None:
    """A comparison that stops at the first difference would tell a stranger how far his guess is right."""
    token = capability.callback_path(an_attempt_id(), STRANGERS_KEY).removeprefix(capability.CALLBACK_PREFIX)
    with patch.object(hmac, "compare_digest", wraps=hmac.compare_digest) as compared:
        assert capability.attempt_of(token, [KEY, KEY_BEFORE]) is None
    assert compared.call_count == 2


def _what_cannot_be_stored_is_not_acknowledged(folder: Path) -> None:
    """A 200 is a promise: without a commit there is none, and the sender tries again."""

    async def answered() -> int:
        async with a_post(folder) as post:
            post.inbox.broken = True
            return await post.send(an_attempt_id())

    assert asyncio.run(answered()) == 503


def _bytes_are_on_the_disk_before_their_name(folder: Path) -> None:
    """Every file that gets its final name was fsynced since its last write, and its folder is fsynced after."""
    said: list[str] = []
    store = Store(folder / "store")
    fsync, rename = os.fsync, os.rename
    with store.open_part("attempt-1") as part:
        part.append(film())
        inode = os.fstat(part.descriptor).st_ino

        def synced(descriptor: int) -> None:
            said.append("fsync file" if os.fstat(descriptor).st_ino == inode else "fsync folder")
            fsync(descriptor)

        def renamed(*args: object, **kwargs: object) -> None:
            said.append("rename")
            rename(*args, **kwargs)  # type: ignore[arg-type] # passed on as they came

        with patch.object(os, "fsync", synced), patch.object(os, "rename", renamed):
            store.admit(part, "mp4")
    at = said.index("rename")
    assert "fsync file" in said[:at]
    assert "fsync folder" in said[at:]


def _every_upstream_id_is_evidence(folder: Path) -> None:
    """A gateway that asked twice makes two runs with the same states: both ids are on record."""
    with closing(SqliteJournal(folder / "journal.db")) as journal:
        fact = a_claim(1, status=Status.SUBMITTED, task_id="task_1")
        lock = LockFile(folder / "seedance.lock", root=folder, write_lock=folder / "flock")
        ledger = Ledger(journal, lock, StillClock())
        attempt = Attempt(fact, submitted("task_1"), journal=journal, ledger=ledger)
        for name in ("cgt-1", "cgt-2"):
            journal.receive(fact.attempt_id, b'{"id": "%s", "status": "running"}' % name.encode(), at=NOW)
        mailbox = Mailbox(journal)
        for poke in mailbox.collect():
            attempt.take(Poked(upstream_id=poke.upstream_id, upstream_status=poke.upstream_status))
        assert attempt.fact.upstream_ids == ("cgt-1", "cgt-2")


def _a_clip_cut_between_two_boxes_is_not_whole(folder: Path) -> None:
    """Its boxes fill such a file exactly: only its announced length tells that something lacks."""
    rest = (1008).to_bytes(4, "big") + b"free" + b"\0" * 1000
    stream = Stream(data=film() + rest, cut_after=len(film()))
    gateway = ScriptedGateway(contents=[stream, Stream(data=film() + rest)])
    store = Store(folder / "store")

    async def fetch() -> object:
        return await fetch_clip(
            gateway, TASK, store, part_name="attempt-1", clock=StillClock(), tell=lambda _here, _all: None
        )

    said = asyncio.run(fetch())
    assert isinstance(said, Stored)
    assert said.bytes == len(film() + rest)


DURABLE_ACK = Check(name="what cannot be stored is not acknowledged", run=_what_cannot_be_stored_is_not_acknowledged)
SAME_URL = a_test(
    "the same URL takes every state in any order and number",
    test_receiver.test_the_same_url_takes_every_state_in_any_order_and_number,
)
FSYNC_AT_COMMIT = Check(name="every commit reaches the disk", run=_every_commit_reaches_the_disk)
RETRY_AFTER = Check(name="a Retry-After is kept", run=_retry_after_is_kept)
CONSTANT_TIME = Check(name="every key is tried in constant time", run=_every_key_is_tried_in_constant_time)
BYTES_FIRST = Check(name="bytes are on the disk before their name", run=_bytes_are_on_the_disk_before_their_name)
EVIDENCE = Check(name="every upstream id is evidence", run=_every_upstream_id_is_evidence)
WHOLE = Check(name="a clip cut between two boxes is not whole", run=_a_clip_cut_between_two_boxes_is_not_whole)
