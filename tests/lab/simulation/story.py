"""One seed's history: a user who edits, applies, interrupts, crashes and comes back, until all is quiet."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from functools import partial
from random import Random

from seedance_spec.attempts.endings import End, Ending
from seedance_spec.lockfile.facts import Status
from seedance_spec.model.shot import Film, Project, Request, Shot
from seedance_spec.plan.change import Change
from tests.lab.simulation.gateway import Gateway, Job
from tests.lab.simulation.process import Killed
from tests.lab.simulation.promises import Promises
from tests.lab.simulation.studio import Run, Studio, Wish
from tests.lab.simulation.upstream import Skies
from tests.lab.simulation.weather import CALM

PROMPTS = ("A cat on the moon", "The cat jumps", "A cat asleep", "A lighthouse in a storm", "Rain on a tin roof")
MOST_ROUNDS = 10
URGENT_SECONDS = 3.0


@dataclass(slots=True, eq=False)
class Story:
    studio: Studio
    skies: Skies
    gateway: Gateway
    promises: Promises
    dice: Random
    old_locks: list[bytes | None] = field(default_factory=list)
    shots_made: int = 0

    async def live(self) -> None:
        for _ in range(self.dice.randint(1, 2)):
            self._add_shot()
        for _ in range(self.dice.randint(1, 4)):
            await self._episode()
        await self._until_quiet()

    # ── chaos ───────────────────────────────────────────────────────────────────────────────────────────────────────

    async def _episode(self) -> None:
        if self.shots_made == 0 or self.dice.random() < 0.5:
            self._edit()
        runs = [self._start()]
        if self.dice.random() < 0.2:
            await asyncio.sleep(self.dice.choice((0.0, 0.001, 0.05, 1.0, 30.0)))
            runs.append(self._start())
        self._plague(runs)
        await self._ended(runs)
        self._remember_lock()
        await self._meanwhile()

    def _start(self, wish: Wish | None = None) -> Run:
        run = self.studio.begin(wish or self._wish())
        said = " ".join((*(["--retry-failed"] if run.wish.retry_failed else []), *sorted(run.wish.retake)))
        self.skies.chronicle.note("user       {} apply {}", run.process.owner, said)
        task = asyncio.get_running_loop().create_task(self.studio.carry_out(run))
        run.process.tasks.append(task)
        self._tasks[run.process.owner] = task
        return run

    _tasks: dict[str, asyncio.Task[None]] = field(default_factory=dict)

    def _wish(self) -> Wish:
        shots = sorted(self.studio.film.shots)
        retake = frozenset({self.dice.choice(shots)}) if self.dice.random() < 0.12 else frozenset[str]()
        return Wish(retry_failed=self.dice.random() < 0.25, retake=retake)

    def _plague(self, runs: list[Run]) -> None:
        """What befalls the processes, at steps and at times."""
        for run in runs:
            kind = self.dice.choices(("kill", "kill late", "int", "int int", "term", "none"), (45, 10, 8, 6, 8, 23))[0]
            step = int(self.dice.expovariate(1 / 25)) + 1
            at = self.dice.choice((0.1, 1.0, 20.0, 100.0, 300.0)) * self.dice.uniform(0.5, 1.5)
            match kind:
                case "kill":
                    run.process.strikes[step, self.dice.random() < 0.5] = partial(self._kill, run)
                case "kill late":
                    self.skies.later(at, self._kill, run)
                case "int":
                    run.process.strikes[step, False] = partial(self._interrupt, run)
                case "int int":
                    self.skies.later(at, self._interrupt, run)
                    self.skies.later(at + self.dice.uniform(0.0, 1.0), self._interrupt, run)
                case "term":
                    run.process.strikes[step, False] = partial(self._terminate, run)
                case _:
                    pass
            # nobody waits for ever in front of a screen
            patience = self.dice.uniform(300.0, 4000.0)
            self.skies.later(patience, self._interrupt, run)
            self.skies.later(patience + 1.0, self._interrupt, run)

    def _kill(self, run: Run) -> None:
        if run.process.owner in self.studio.alive and not run.process.dead:
            self.skies.chronicle.note(
                "user       kill -9 {} at step {} ({})", run.process.owner, run.process.steps, run.process.last
            )
            run.process.die()

    def _interrupt(self, run: Run) -> None:
        if run.process.owner in self.studio.alive:
            self.skies.chronicle.note("user       Ctrl-C {}", run.process.owner)
            run.stop.interrupt()
            self._note_urgency(run)

    def _terminate(self, run: Run) -> None:
        if run.process.owner in self.studio.alive:
            self.skies.chronicle.note("user       SIGTERM {}", run.process.owner)
            run.stop.terminate()
            self._note_urgency(run)

    def _note_urgency(self, run: Run) -> None:
        if run.stop.urgent.is_set() and run.urgent_at is None:
            run.urgent_at = self.skies.now()

    async def _ended(self, runs: list[Run]) -> None:
        for run in runs:
            task = self._tasks[run.process.owner]
            await asyncio.wait([task])
            await run.process.buried()
            fault = None if task.cancelled() else task.exception()
            if fault is not None and not isinstance(fault, Killed):
                self.promises.broken("crash", f"{run.process.owner} ended with {fault!r}")
            late = self.skies.now() - (run.urgent_at or self.skies.now())
            if late > URGENT_SECONDS and len(runs) == 1:
                self.promises.broken("slow stop", f"{run.process.owner} lived {late:.1f} s after an urgent stop")
            self._tell(run)
        self.promises.look(self.studio)

    def _tell(self, run: Run) -> None:
        if run.endings is None:
            return
        for ending in run.endings:
            said = f"{ending.change.action.value} → {ending.end.value} {ending.code} {ending.message}"
            fact = "" if ending.fact is None else f"…{ending.fact.attempt_id[-6:]}"
            self.skies.chronicle.note("{:10} {} {} {}", "", _take(ending.change), fact, said)

    async def _meanwhile(self) -> None:
        """Between two commands: time, git, and a user who may be wrong."""
        if self.dice.random() < 0.12 and self.old_locks:
            self._put_lock(self.dice.choice(self.old_locks))
        if self.dice.random() < 0.1:
            await self._resolve_something()
        if self.dice.random() < 0.3:
            self.gateway.key_refused = self.gateway.money_gone = False
        away = self.dice.choices((0.0, 10.0, 600.0, 7200.0, 100_000.0), (50, 20, 15, 10, 5))[0]
        await asyncio.sleep(away)

    def _remember_lock(self) -> None:
        path = self.studio.workplace.lockfile
        self.old_locks.append(path.read_bytes() if path.exists() else None)

    def _put_lock(self, content: bytes | None) -> None:
        path = self.studio.workplace.lockfile
        self.skies.chronicle.note("user       checks out an old lockfile ({} bytes)", len(content or b""))
        if content is None:
            path.unlink(missing_ok=True)
        else:
            path.write_bytes(content)

    async def _resolve_something(self) -> None:
        """The user answers for an unknown attempt without looking: `--not-landed`."""
        unknown = [a for a in sorted(self.studio.known().attempts.items()) if a[1].status is Status.UNKNOWN]
        if unknown:
            attempt_id, _ = self.dice.choice(unknown)
            self.promises.given_up.add(attempt_id)
            self.skies.chronicle.note("user       resolve …{} --not-landed, at a guess", attempt_id[-6:])
            await self.studio.resolve(attempt_id, None)

    # ── editing ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def _edit(self) -> None:
        film, dice = self.studio.film, self.dice
        shots = dict(film.shots)
        name = dice.choice(sorted(shots))
        shot = shots[name]
        match dice.choices(("prompt", "rename", "drop", "add", "takes", "twin"), (35, 15, 10, 15, 15, 10))[0]:
            case "prompt":
                said = dice.choice(PROMPTS)
                shots[name] = replace(shot, request=replace(shot.request, prompt=said))
            case "rename":
                shots = {f"{each}-b" if each == name else each: shots[each] for each in shots}
                shots = {each: replace(shots[each], id=each) for each in shots}
            case "drop" if len(shots) > 1:
                del shots[name]
            case "takes":
                shots[name] = replace(shot, takes=3 - min(shot.takes, 2))
            case "twin":
                self.shots_made += 1
                shots[f"film/s{self.shots_made}"] = replace(shot, id=f"film/s{self.shots_made}")
            case _:
                return self._add_shot()
        return self._write(shots)

    def _add_shot(self) -> None:
        self.shots_made += 1
        name = f"film/s{self.shots_made}"
        request = Request(model="dreamina-seedance-2-0", prompt=self.dice.choice(PROMPTS), ratio="16:9", duration=5)
        self._write({**self.studio.film.shots, name: Shot(id=name, request=request)})

    def _write(self, shots: dict[str, Shot]) -> None:
        said = ", ".join(f"{each.id}: {each.request.prompt} × {each.takes}" for each in shots.values())
        self.skies.chronicle.note("user       specs: {}", said)
        self.studio.film = Film(project=Project(name="lab"), shots=shots)

    # ── calm ────────────────────────────────────────────────────────────────────────────────────────────────────────

    async def _until_quiet(self) -> None:
        """Plain applies, and one `resolve` for each attempt that nothing else can answer for."""
        self.skies.weather = CALM
        self.gateway.key_refused = self.gateway.money_gone = False
        self.skies.chronicle.note("world      is well from now on")
        await asyncio.sleep(600.0)
        self.promises.calm_since = self.skies.now()
        before: object = None
        answered = 0 if self.gateway.log_on else await self._resolve_all()
        for _ in range(MOST_ROUNDS):
            run = self._start(Wish())
            await self._ended([run])
            if run.endings is None:
                return
            answered = await self._resolve_all()
            facts = self.studio.known().attempts
            told = (len(self.gateway.posts), sorted((key, fact.status.value) for key, fact in facts.items()))
            if told == before and not answered and not self._restless(run.endings):
                self.promises.judge(self.studio, run.endings)
                await self._replay(run.endings)
                return
            before = told
        self.promises.broken("never quiet", f"not quiet after {MOST_ROUNDS} applies")

    async def _resolve_all(self) -> int:
        """The user looks at the gateway's own pages, where a person sees more than the key, and says what is there."""
        answered = 0
        await self.studio.tidy()
        for attempt_id, fact in sorted(self.studio.known().attempts.items()):
            open_ended = fact.status in {Status.UNKNOWN, Status.LANDED} or (
                fact.status is Status.SUBMITTED and fact.task_id is None
            )
            if not open_ended or attempt_id in self.promises.resolved:
                continue
            job = self.gateway_job(attempt_id)
            shown = job is not None and self.gateway.shown(job.task_id) is not None
            if shown and job is not None:
                await self._resolve(attempt_id, job.task_id)
                answered += 1
            elif job is None and fact.status is Status.UNKNOWN:
                await self._resolve(attempt_id, None)
                answered += 1
        return answered

    async def _resolve(self, attempt_id: str, task_id: str | None) -> None:
        self.promises.resolved.add(attempt_id)
        self.skies.chronicle.note("user       resolve …{} {}", attempt_id[-6:], task_id or "--not-landed")
        await self.studio.resolve(attempt_id, task_id)

    def gateway_job(self, attempt_id: str) -> Job | None:
        return next((job for job in self.gateway.jobs.values() if job.attempt_id == attempt_id), None)

    def _restless(self, endings: tuple[Ending, ...]) -> bool:
        """Whether anything may still come of another apply."""
        return any(each.end in {End.RUNNING, End.LATE, End.FAULT, End.NOT_SUBMITTED} for each in endings)

    async def _replay(self, endings: tuple[Ending, ...]) -> None:
        """I8: the whole inbox once more, then an apply: nothing moves and nothing is sent."""
        facts, posts = self.studio.known(), dict(self.gateway.posts)
        inbox = [*self.studio.journal.pokes(after=0)]
        for poke in inbox:
            body = f'{{"id": "{poke.upstream_id or ""}", "status": "{poke.upstream_status or ""}"}}'.encode()
            self.studio.journal.receive(poke.attempt_id, body, at=self.skies.now())
        run = self._start(Wish())
        await self._ended([run])
        ends = [(each.change.shot_id, each.end) for each in endings]
        again = [(each.change.shot_id, each.end) for each in run.endings or ()]
        if inbox and (self.studio.known().attempts != facts.attempts or posts != self.gateway.posts or ends != again):
            self.promises.broken("replay", "reading the inbox again changed something")


def _take(change: Change) -> str:
    return f"{change.shot_id} take {change.take}"
