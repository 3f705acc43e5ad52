"""`resolve`: settle a submit whose outcome nobody knows, or take in a task bought elsewhere. It never pays."""

from __future__ import annotations

import asyncio
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NoReturn

from seedance_spec.cli.carry import Run, add_completion_arguments, carried_out, connection_of, receiver_of
from seedance_spec.cli.console import Console
from seedance_spec.cli.exit_codes import ExitCode
from seedance_spec.cli.given import add_given_arguments, given_of
from seedance_spec.cli.json_text import json_text
from seedance_spec.cli.project_root import find_root
from seedance_spec.cli.resolve_parts import Record, asked, stands
from seedance_spec.cli.settings import Settings
from seedance_spec.cli.stop import StopError
from seedance_spec.json_types import Json, JsonObject

if TYPE_CHECKING:
    from seedance_spec.attempts.ports import TaskView
    from seedance_spec.attempts.resolution import Meant
    from seedance_spec.cli.resolve_receiver import Colleagues
    from seedance_spec.connection import Connection
    from seedance_spec.lockfile.facts import AttemptFact
    from seedance_spec.lockfile.fold import Facts
    from seedance_spec.pipeline import Decision, Reading
    from seedance_spec.workplace import Workplace

SUMMARY = "settle a submit whose outcome is unknown, or take in a task"
EXAMPLES = """
$ seedance-spec resolve film/moon                # how it stands
$ seedance-spec resolve film/moon --landed ID    # the task that it made
$ seedance-spec resolve film/moon --not-landed   # it made none: may be bought
$ seedance-spec resolve film/moon --wait         # look for evidence, and wait
"""

FORMAT = "seedance-spec/resolve/1"


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("shot", metavar="SHOT", help="the shot's id, or the attempt's")
    word = parser.add_mutually_exclusive_group()
    word.add_argument("--landed", metavar="TASK_ID", help="the POST made this task: see it through")
    word.add_argument(
        "--not-landed", action="store_true", help="the POST made no task: the next apply may buy the take"
    )
    word.add_argument("--wait", action="store_true", help="wait for evidence and for the clip, as an apply would")
    parser.add_argument("--take", metavar="N", type=_take, help="which take, where several are unknown")
    parser.add_argument("--sandbox", action="store_true", help="the sandbox's takes instead of the paid ones")
    parser.add_argument("--json", action="store_true", help="print how it stands as JSON (schemas/resolve.schema.json)")
    add_given_arguments(parser)
    add_completion_arguments(parser)


def run(args: Namespace, settings: Settings) -> int:
    from seedance_spec.pipeline import read_specs
    from seedance_spec.realm import Realm
    from seedance_spec.tidying import tidy
    from seedance_spec.workplace import Workplace

    console = Console.of(settings)
    workplace = Workplace(root=find_root(args.project), realm=Realm.SANDBOX if args.sandbox else Realm.PAID)
    reading = read_specs(workplace.root, given_of(args, settings))
    asyncio.run(tidy(reading.film, workplace))
    verb = _Resolve(args=args, settings=settings, console=console, workplace=workplace, reading=reading)
    code = verb.run()
    if args.json:
        console.data(json_text(verb.document()))
    return code


def resolve_schema() -> JsonObject:
    """JSON Schema (2020-12) of `resolve --json`."""
    text: Json = {"type": ["string", "null"]}
    states: list[Json] = ["rendered", "in flight", "failed", "unknown", "missing", "not submitted", "not landed"]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "seedance-spec resolve --json",
        "type": "object",
        "additionalProperties": False,
        "required": ["format", "shot", "take", "state", "attempt_id", "task_id", "output", "hint"],
        "properties": {
            "format": {"const": FORMAT},
            "shot": {"type": "string"},
            "take": {"type": "integer", "minimum": 1},
            "state": {"enum": states},
            "attempt_id": text,
            "task_id": text,
            "output": {"type": ["string", "null"], "description": "where renders/ shows it"},
            "hint": {"type": "string", "description": "the way on, or empty"},
        },
    }


@dataclass(slots=True)
class _Resolve:
    """One resolve. `attempt_id` is the attempt that it came to be about."""

    args: Namespace
    settings: Settings
    console: Console
    workplace: Workplace
    reading: Reading
    attempt_id: str | None = None
    take: int = 1

    def run(self) -> int:
        meant = self._meant()
        self.take = meant.take
        lost = next(iter(meant.unresolved), None)
        self.attempt_id = lost.attempt_id if lost else None
        if self.args.landed is not None:
            return self._landed(meant, self.args.landed)
        if lost is None:
            return self._nothing_unknown(meant)
        if self.args.not_landed:
            return self._not_landed(meant, lost)
        if self.args.wait:
            return self._carried_on(self._connection())
        return self._shown(meant, lost)

    # ── what is meant ───────────────────────────────────────────────────────────────────────────────────────────────

    def _meant(self) -> Meant:
        from seedance_spec.attempts.resolution import Ambiguous, meant_by
        from seedance_spec.cli.spec_check import shots_named

        name, facts = self.args.shot, self._facts()
        shot = self.reading.film.shots.get(name)
        try:
            meant = meant_by(name, self.args.take, shot=shot, facts=facts, realm=self.workplace.realm)
        except Ambiguous as several:
            listed = ", ".join(f"take {each.take} (attempt {each.attempt_id})" for each in several.attempts)
            message = f"several attempts at {name} are unknown: {listed}"
            raise StopError(ExitCode.USAGE, message, hint="add --take N, or name the attempt") from None
        if shot is None and not meant.unresolved and not meant.given_up:
            shots_named([name], self.reading.film)
        return meant

    def _facts(self) -> Facts:
        from seedance_spec.content_hash import HASHING
        from seedance_spec.lockfile.aliases import with_aliases
        from seedance_spec.pipeline import recall

        facts, _ = recall(self.workplace)
        return with_aliases(facts, self.reading.film.shots, HASHING)

    def _nothing_unknown(self, meant: Meant) -> int:
        standing = meant.standing
        now = stands(standing) if standing else "not submitted"
        self.attempt_id = standing.attempt_id if standing else None
        if self.args.wait and now == "submitted":
            return self._carried_on(self._connection())
        self.console.say(f"nothing to resolve: {meant.shot_id} take {meant.take} is {now}")
        return ExitCode.CONVERGED

    def _shown(self, meant: Meant, lost: AttemptFact) -> int:
        """How it stands. Nothing was said, so nothing changes."""
        from seedance_spec.plan.figures import usd
        from seedance_spec.plan.ways_on import resolve_command
        from seedance_spec.plan.why import attempt_cause

        risk = f"; about {usd(lost.estimate.usd)} at risk" if lost.estimate else ""
        command = resolve_command(meant.shot_id, meant.take, self.workplace.realm)
        self.console.say(
            f"? {meant.shot_id} take {meant.take}: {attempt_cause(lost, meant.shot).text}{risk}\n"
            f"    attempt {lost.attempt_id}\n"
            f"    {command} --wait             looks for evidence: the billing log, a callback\n"
            f"    {command} --landed TASK_ID   the gateway's task list shows what it made\n"
            f"    {command} --not-landed       it shows nothing: the next apply may buy the take"
        )
        return ExitCode.NEEDS_YOU

    # ── the words ───────────────────────────────────────────────────────────────────────────────────────────────────

    def _not_landed(self, meant: Meant, lost: AttemptFact) -> int:
        from seedance_spec.attempts.mailbox import Mailbox
        from seedance_spec.attempts.resolution import say_not_landed

        colleagues = self._colleagues()
        if colleagues is not None:
            asyncio.run(colleagues.heed(lost.attempt_id))
        with Record(self.workplace) as record:
            mailbox = Mailbox(record.journal)
            mailbox.collect()
            pokes = mailbox.of(lost.attempt_id)
            said = say_not_landed(lost, pokes, journal=record.journal, ledger=record.ledger)
        if not said:
            named = sorted({*lost.upstream_ids, *(poke.upstream_id for poke in pokes if poke.upstream_id)})
            proof = f" ({', '.join(named)})" if named else ""
            raise StopError(
                ExitCode.NEEDS_YOU,
                f"{meant.shot_id} take {meant.take} landed: a callback came for it{proof}",
                hint="the gateway's task list names its task: --landed TASK_ID",
            )
        self.console.say(f"{meant.shot_id} take {meant.take}: not landed, on record; the next apply may buy it")
        self._tell(lost.attempt_id)
        return ExitCode.CONVERGED

    def _landed(self, meant: Meant, task_id: str) -> int:
        from seedance_spec.attempts.ports import TaskState
        from seedance_spec.attempts.resolution import say_landed

        connection = self._connection()
        view = asyncio.run(asked(task_id, connection))
        fact = self._fitting(meant, view)
        with Record(self.workplace) as record:
            if fact.task_id is None:
                say_landed(fact, task_id, journal=record.journal, ledger=record.ledger)
            else:
                record.ledger.record(fact)
        self.attempt_id = fact.attempt_id
        self.console.say(f"{meant.shot_id} take {meant.take}: landed as {task_id}, on record")
        self._tell(fact.attempt_id)
        if self.args.wait or view.state in {TaskState.SUCCEEDED, TaskState.FAILED}:
            return self._carried_on(connection)
        self.console.say("it still runs; apply, collect or resolve --wait fetches the clip")
        return ExitCode.CONVERGED

    def _colleagues(self) -> Colleagues | None:
        """The clones that are to hear of it; None where no receiver is shared."""
        from seedance_spec.cli.resolve_receiver import Colleagues
        from seedance_spec.webhook.capability import derive_key
        from seedance_spec.webhook.key_file import load_or_create_key

        url, key = receiver_of(self.args, self.settings), self.settings.callback_key
        if url is None:
            return None
        derived = derive_key(key.reveal()) if key else load_or_create_key(self.workplace.callback_key)
        return Colleagues(url=url, key=derived, workplace=self.workplace)

    def _tell(self, attempt_id: str) -> None:
        colleagues = self._colleagues()
        if colleagues is None:
            return
        with Record(self.workplace) as record:
            told = asyncio.run(colleagues.tell(attempt_id, record.journal))
        if not told:
            self.console.say("the receiver could not be told; the next run with it tells it")

    def _fitting(self, meant: Meant, view: TaskView) -> AttemptFact:
        """The attempt whose task this is: a lost one of ours, or one made for a task bought elsewhere."""
        from seedance_spec.attempts.resolution import imported, refusal

        facts = self._facts()
        for lost in (*meant.unresolved, *meant.given_up):
            reason = refusal(view, lost, facts)
            if reason is None:
                return lost
            if lost in meant.unresolved:
                self._refuse(view, reason, ExitCode.NEEDS_YOU)
        if meant.shot is None:
            self._refuse(view, f"no spec describes {meant.shot_id}", ExitCode.USAGE)
        fact = imported(view, meant, realm=self.workplace.realm)
        reason = refusal(view, fact, facts)
        if reason is None and meant.standing is not None and meant.standing not in meant.given_up:
            reason = f"{meant.shot_id} take {meant.take} is {stands(meant.standing)} already"
        if reason is not None:
            self._refuse(view, reason, ExitCode.USAGE)
        return fact

    @staticmethod
    def _refuse(view: TaskView, reason: str, code: ExitCode) -> NoReturn:
        raise StopError(code, f"{view.task_id} is not taken: {reason}", hint="seedance-spec status")

    # ── seeing it through ───────────────────────────────────────────────────────────────────────────────────────────

    def _connection(self) -> Connection:
        return connection_of(self.args, self.settings, self.workplace)

    def _carried_on(self, connection: Connection) -> int:
        decision = self._decided()
        how = Run(jobs=1, pays=False, as_json=False)
        return carried_out(self.console, decision, self.workplace, connection, how)

    def _decided(self) -> Decision:
        """What an apply would do, of it the rows about this attempt alone: none of them pays."""
        from seedance_spec.clock import SystemClock
        from seedance_spec.pipeline import decide_plan
        from seedance_spec.plan.collecting import collectable
        from seedance_spec.plan.world import Options

        decision = decide_plan(self.reading.film, self.workplace, Options(now=SystemClock().now()))
        rows = (
            change
            for change in collectable(decision.plan).changes
            if change.attempt is not None and change.attempt.attempt_id == self.attempt_id
        )
        return replace(decision, plan=replace(decision.plan, changes=tuple(rows)))

    def document(self) -> JsonObject:
        """How it stands now."""
        from seedance_spec.clock import SystemClock
        from seedance_spec.pipeline import look_around
        from seedance_spec.plan.status_rows import status_rows

        facts, film, realm = self._facts(), self.reading.film, self.workplace.realm
        rows = status_rows(film, facts, look_around(film, self.workplace), realm=realm, now=SystemClock().now())
        row = next((each for each in rows if each.attempt_id == self.attempt_id and self.attempt_id), None)
        fact = facts.attempts.get(self.attempt_id or "")
        state = row.state.value if row else "not landed" if fact else "not submitted"
        return {
            "format": FORMAT,
            "shot": row.shot_id if row else self.args.shot,
            "take": self.take,
            "state": state,
            "attempt_id": self.attempt_id,
            "task_id": fact.task_id if fact else None,
            "output": row.output if row and row.shown else None,
            "hint": row.hint if row else "",
        }


def _take(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise ArgumentTypeError(f"a take is a number from 1, not {text!r}")
    return int(text)
