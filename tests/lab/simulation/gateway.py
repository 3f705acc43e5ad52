"""The gateway in virtual time at its most pessimistic: rows appear late or never, and it learns by polling alone."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias

from seedance_spec.attempts.fingerprint import fingerprint
from seedance_spec.json_types import JsonObject
from seedance_spec.sandbox import answers
from seedance_spec.sandbox.adaptor import read_submit, upstream_body
from seedance_spec.sandbox.ark_rules import ArkRefusal, Order, read_order
from seedance_spec.sandbox.ark_tables import MODELS
from seedance_spec.sandbox.gateway_life import Row, Status, new_task_id, polled, swept, task_view, total_tokens
from seedance_spec.sandbox.money import Entry, Movement, charged, hold, model_ratio, refunded, settled
from seedance_spec.sandbox.upstream import Work, task_object
from seedance_spec.sandbox.wire import go_json
from tests.lab.simulation.upstream import Receive, Skies, Upstream, signed

LINK_SECONDS = 86_400.0
_SWEEP_SECONDS = 86_400.0

Wire: TypeAlias = tuple[int, dict[str, str], bytes]
"""Status, headers, body."""

Reply: TypeAlias = Wire | str
"""What comes back of a POST: an answer, or the name of the exception that ends it."""


@dataclass(slots=True, eq=False)
class Job:
    """One POST that was accepted, and so paid for. `shown_at` is when its row is there, None where it never will be."""

    attempt_id: str
    at: float
    row: Row
    shown_at: float | None
    works: tuple[str, ...]
    ranges: bool

    @property
    def task_id(self) -> str:
        return self.row.task_id


@dataclass(slots=True, eq=False)
class Gateway:
    """`posts` counts what came in, by attempt; `jobs` is what was paid for, by task id."""

    skies: Skies
    receive: Receive
    backlog: float
    log_on: bool
    accepted: Callable[[Job], None]
    key_refused: bool = False
    money_gone: bool = False
    posts: dict[str, int] = field(default_factory=dict)
    jobs: dict[str, Job] = field(default_factory=dict)
    log: list[tuple[int, Entry]] = field(default_factory=list)
    upstream: Upstream = field(init=False)
    _by_work: dict[str, Job] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.upstream = Upstream(skies=self.skies, changed=self._upstream_changed, receive=self.receive)

    # ── a POST ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def send(self, attempt_id: str, body: JsonObject) -> asyncio.Future[Reply]:
        """The bytes are out. What comes of them is decided here, whether the sender lives or not."""
        reply: asyncio.Future[Reply] = self.skies.loop.create_future()
        metadata = body["metadata"]
        assert isinstance(metadata, dict)
        assert metadata["execution_expires_after"] == fingerprint(attempt_id)
        self.posts[attempt_id] = self.posts.get(attempt_id, 0) + 1
        if self.skies.rolls(self.skies.weather.lost_request):
            self.skies.chronicle.note("gateway    never hears of …{}", attempt_id[-6:])
            self.skies.later(0.2, _answer, reply, "ReadError")
        else:
            self.skies.later(0.03, self._arrived, attempt_id, body, reply)
        return reply

    def _arrived(self, attempt_id: str, body: JsonObject, reply: asyncio.Future[Reply]) -> None:
        skies, weather = self.skies, self.skies.weather
        refusal = self._refusal()
        if refusal is not None:
            skies.chronicle.note("gateway    refuses …{}: {}", attempt_id[-6:], refusal[0])
            skies.later(0.2, _answer, reply, refusal)
            return
        try:
            job = self._accept(attempt_id, body)
        except ArkRefusal as refused:
            skies.later(0.2, _answer, reply, _wire(answers.refused_upstream(refused, "Request id: 02")))
            return
        said = answers.accepted(job.task_id, str(body["model"]), now=skies.now())
        how: Reply = _wire(said)
        seconds = 0.3
        if skies.rolls(weather.lost_reply):
            how = skies.dice.choice(("ReadError", "RemoteProtocolError", "SSLError"))
        elif skies.rolls(weather.edge_failed):
            how = (502, {"content-type": "text/html"}, b"<html>Bad gateway</html>")
        elif skies.rolls(weather.slow_reply):
            seconds = skies.dice.uniform(60.0, 240.0)
            how = how if seconds < 180.0 else "ReadTimeout"
        skies.chronicle.note(
            "gateway    accepts …{} as {} ({}), answering {}",
            attempt_id[-6:],
            job.task_id[:10],
            "row lost" if job.shown_at is None else "+".join(job.works),
            how if isinstance(how, str) else how[0],
        )
        skies.later(seconds, _answer, reply, how)

    def _refusal(self) -> Wire | None:
        skies, weather = self.skies, self.skies.weather
        self.key_refused = self.key_refused or skies.rolls(weather.key_refused)
        self.money_gone = self.money_gone or skies.rolls(weather.money_gone)
        if self.key_refused:
            return self._bad_key()
        if self.money_gone:
            return _wire(answers.no_money(0, 1_000_000))
        if skies.rolls(weather.busy):
            return 429, {"retry-after": str(skies.dice.randint(1, 60))}, b""
        if skies.rolls(weather.refused):
            text = answers.shape_b(400, "fail_to_fetch_task", '{"error":{"code":"InputTextSensitiveContentDetected"}}')
            return _wire(text)
        if skies.rolls(weather.edge_failed):
            return 502, {"content-type": "text/html"}, b"<html>Bad gateway</html>"
        return None

    def _bad_key(self) -> Wire:
        return _wire(answers.shape_a(401, "Invalid token", "20990101"))

    def _accept(self, attempt_id: str, body: JsonObject) -> Job:
        skies, weather = self.skies, self.skies.weather
        submit = read_submit(body)
        model = MODELS[submit.model]
        order: Order = read_order(upstream_body(submit, served=model.served))
        works = [self.upstream.create(order)]
        if skies.rolls(weather.rerouted):
            # an upstream that answered 500 although it had begun: the gateway asks the next one, and charges once
            works.append(self.upstream.create(order))
        now = skies.now()
        lost = skies.rolls(weather.lost_insert)
        late = skies.dice.uniform(0.1, 8.0) if skies.rolls(weather.late_insert) else 0.0
        row = Row(
            id=len(self.jobs) + 1,
            task_id=new_task_id(skies.dice),
            upstream_id=works[-1].upstream_id,
            key="k",
            origin_model=submit.model,
            upstream_model=model.served,
            quota=hold(model, {}),
            other_ratio=1.0,
            submit_time=int(now),
            created_at=int(now),
            updated_at=int(now),
            data={"id": works[-1].upstream_id},
        )
        job = Job(
            attempt_id=attempt_id,
            at=now,
            row=row,
            shown_at=None if lost else now + late,
            works=tuple(work.upstream_id for work in works),
            ranges=skies.rolls(0.7),
        )
        self.jobs[row.task_id] = job
        self._by_work[row.upstream_id] = job
        self.accepted(job)
        ratio = model_ratio(model)
        self._book(charged(row, ratios={}, ratio=ratio, path="/v1/video/generations", request_id=f"r{row.id}"))
        if not lost:
            skies.later(_SWEEP_SECONDS + 1.0, self._sweep, job)
        return job

    # ── what it learns of its upstream, and when ────────────────────────────────────────────────────────────────────

    def _upstream_changed(self, work: Work) -> None:
        """The poller comes by every 15 s, and a second later for every task before this one."""
        unfinished = sum(not job.row.final for job in self.jobs.values())
        self.skies.later(self.skies.dice.uniform(0.0, 15.0) + self.backlog + unfinished, self._look, work.upstream_id)

    def _look(self, upstream_id: str) -> None:
        job = self._by_work.get(upstream_id)
        if job is None or job.shown_at is None or job.row.final:
            return
        work = self.upstream.works[upstream_id]
        seen = polled(job.row, task_object(work, sign=signed), now=self.skies.now())
        if seen.status != job.row.status:
            self.skies.chronicle.note("gateway    shows {} as {}", job.task_id[:10], seen.status)
        job.row = seen
        self._settle(job)

    def _sweep(self, job: Job) -> None:
        if not job.row.final:
            job.row = swept(job.row, now=self.skies.now())
            self.skies.chronicle.note("gateway    sweeps {}", job.task_id[:10])
            self._settle(job)

    def _settle(self, job: Job) -> None:
        row, now = job.row, int(self.skies.now())
        ratio = model_ratio(MODELS[row.origin_model])
        if row.status == Status.SUCCESS:
            self._book(settled(row, tokens=total_tokens(row.data), ratio=ratio, now=now))
        elif row.status == Status.FAILURE:
            self._book(refunded(row, ratio=ratio, now=now))

    def _book(self, movement: Movement) -> None:
        if movement.entry is not None:
            self.log.append((len(self.log) + 1, movement.entry))

    # ── looking and fetching ────────────────────────────────────────────────────────────────────────────────────────

    def shown(self, task_id: str) -> Job | None:
        """The job whose row is there by now."""
        job = self.jobs.get(task_id)
        if job is None or job.shown_at is None or self.skies.now() < job.shown_at:
            return None
        return job

    def looked_at(self, task_id: str) -> Wire:
        skies = self.skies
        if self.key_refused:
            return self._bad_key()
        if skies.rolls(skies.weather.ask_fault):
            return skies.dice.choice((_HTML, (429, {"retry-after": "20"}, b""), (500, {}, b"{}")))
        job = self.shown(task_id)
        return _wire(answers.no_such_task() if job is None else answers.wrapped(task_view(job.row)))

    def told_of_log(self) -> Wire:
        """GET /api/log/token, where it is offered."""
        if self.key_refused:
            return self._bad_key()
        if not self.log_on:
            return _wire(answers.no_such_route("GET", "/api/log/token"))
        return _wire(answers.token_log(list(reversed(self.log))))

    def works_alive(self, upstream_id: str) -> bool:
        """Whether the link of a finished task still lives."""
        return self.skies.now() < self.upstream.works[upstream_id].updated_at + LINK_SECONDS


_HTML: Wire = (502, {"content-type": "text/html"}, b"<html>Bad gateway</html>")


def _wire(answer: answers.Answer) -> Wire:
    return answer.status, {"content-type": "application/json"}, go_json(answer.body).encode()


def _answer(reply: asyncio.Future[Reply], what: Reply) -> None:
    if not reply.done():
        reply.set_result(what)
