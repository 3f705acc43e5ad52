"""Films whose POSTs are answered by nobody: a sandbox with misfortunes that a test names, and what it really made."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager

from seedance_spec.attempts.fingerprint import fingerprint
from tests.support.reel import SPEED, Reel


@contextmanager
def serving(reel: Reel, *options: str) -> Iterator[None]:
    """The film's sandbox with these options, from its first answer on."""
    process = reel.start("sandbox", "--json", "--port", "0", "--speed", SPEED, "--idle-exit", "60", *options)
    assert process.stdout is not None
    try:
        assert process.stdout.readline(), "the sandbox did not start"
        yield
    finally:
        process.terminate()
        process.communicate(timeout=30)


def facts(reel: Reel) -> dict[str, dict[str, object]]:
    """The attempts in the sandbox's lockfile, by shot id."""
    lines = (reel.root / "specs" / "seedance.sandbox.lock").read_text("utf-8").splitlines()
    attempts = (fact for fact in map(json.loads, lines) if fact["kind"] == "attempt")
    return {fact["label"]["shot"]: fact for fact in attempts}


def task_of(reel: Reel, shot: str) -> str:
    """The task that the sandbox really made for a shot's POST: an account's task list would show it."""
    number = fingerprint(str(facts(reel)[shot]["key"]))
    with closing(sqlite3.connect(reel.root / ".seedance-sandbox" / "sandbox.db")) as db:
        works = {upstream: json.loads(work) for upstream, work in db.execute("SELECT upstream_id, work FROM works")}
        rows = {task_id: json.loads(row) for task_id, row in db.execute("SELECT task_id, row FROM rows")}
    upstream = next(each for each, work in works.items() if work["execution_expires_after"] == number)
    return next(str(task_id) for task_id, row in rows.items() if upstream in json.dumps(row))
