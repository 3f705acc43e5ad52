"""What a watch shows: a live table on a terminal, lines in a log, JSON lines for machines. It decides nothing."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from types import TracebackType
from typing import Self

from seedance_spec.attempts.endings import Ending
from seedance_spec.cli.apply_summary import ways_on
from seedance_spec.cli.console import Console
from seedance_spec.cli.exit_codes import ExitCode
from seedance_spec.cli.json_text import json_line
from seedance_spec.clock import SystemClock
from seedance_spec.plan.change import Action, Plan
from seedance_spec.plan.durations import NO_HISTORY, Durations
from seedance_spec.plan.event_document import event_document
from seedance_spec.plan.events import Downloading, Event, Rendered, ShotFailed, Told, Waiting, event_line
from seedance_spec.plan.text import plan_text
from seedance_spec.plan.under_way import Phase, Progress
from seedance_spec.realm import Realm
from seedance_spec.specfiles.diagnostic import Diagnostic, Severity
from seedance_spec.specfiles.snippet import picture
from seedance_spec.watch.desk import Desk, Hold
from seedance_spec.watch.happenings import Job, Kind
from seedance_spec.watch.looker import Sight
from seedance_spec.watch.notices import Looked, Superseded, Trouble, WatchNotice, notice_document, notice_line
from seedance_spec.watch.reading import rows_of
from seedance_spec.watch.sheet import Sheet
from seedance_spec.watch.table import Scene, table_text
from seedance_spec.watch.table import rows_of as table_rows

REPAINTS_PER_SECOND = 8


class WatchView:
    """`session.Shows`, for whoever watches the watch."""

    def __init__(
        self, console: Console, *, as_json: bool, consent: str, time_scale: float, cap_usd: float | None
    ) -> None:
        self._console = console
        self._as_json = as_json
        self._live = console.live()
        self._consent = consent
        self._scene = Scene(cap_usd=cap_usd, keys=console.interactive)
        self._time_scale = time_scale
        self._progress = Progress()
        self._durations: Durations = NO_HISTORY
        self._sight: Sight | None = None
        self._desk = Desk()
        self._complaints: tuple[Diagnostic, ...] = ()
        self._is_saved = False
        self._is_of_specs = False
        self._told: tuple[Mapping[str, str], int, str] = ({}, 0, "")
        self._statuses: dict[tuple[str, int], str] = {}
        self._path = ""

    def __enter__(self) -> Self:
        self._live.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._live.__exit__(kind, error, trace)

    # ── what is told ────────────────────────────────────────────────────────────────────────────────────────────────

    def tell(self, event: Event) -> None:
        """An event of a rendering."""
        self._progress = self._progress.after(event)
        if isinstance(event, Rendered) and event.path:
            self._path = event.path
        if isinstance(event, ShotFailed):
            self._error(f"{event.shot_id}: {event.code}: {event.message}")
        if self._as_json:
            self._console.data(json_line(event_document(event)))
        elif self._is_line(event):
            self._live.say(event_line(event, self._console.err))
        self._paint()

    def notice(self, notice: WatchNotice) -> None:
        if self._as_json:
            self._console.data(json_line(notice_document(notice)))
        elif line := notice_line(notice, self._console.err):
            self._live.say(line)

    def looked(self, sight: Sight) -> None:
        self._sight = sight
        self._scene = replace(self._scene, heading=heading_of(sight.plan, self._consent))
        self._durations = Durations.of(sight.decision.facts.attempts.values())
        errors = [each for each in sight.complaints if each.severity is Severity.ERROR]
        first = f"{errors[0].span}: {errors[0].message}" if errors and errors[0].span else ""
        if errors or self._is_of_specs:
            self._error(first or (errors[0].message if errors else ""))
        self._is_of_specs = bool(errors)
        if sight.complaints != self._complaints:
            for each in sight.complaints:
                if each not in self._complaints:
                    text = sight.reading.texts.get(each.span.file) if each.span else None
                    self._live.say(picture(each, text) + "\n")
            self._complaints = sight.complaints

    def superseded(self, shot_id: str) -> None:
        self.notice(Superseded(at=_now(), shot_id=shot_id))

    def ended(self, endings: tuple[Ending, ...]) -> None:
        if self._desk.leaving or self._as_json:
            return
        for line in ways_on([each for each in endings if each.code != "superseded"], self._realm):
            self._live.say(line)

    def trouble(self, message: str) -> None:
        self._error(message)
        self.notice(Trouble(at=_now(), message=message))

    def stands(self, desk: Desk) -> None:
        before, self._desk = self._desk, desk
        self._is_saved = self._is_saved or desk.unread_since is not None or before.unread_since is not None
        begun = [job for number, job in desk.jobs.items() if number not in before.jobs]
        for job in begun:
            self._plan(job)
        if desk.sheet is not None and desk.sheet is not before.sheet:
            self._say_looked(desk, desk.sheet, begun)
        self._paint()

    # ── what is asked for ───────────────────────────────────────────────────────────────────────────────────────────

    def diff(self) -> None:
        """The plan as it stands, above the table."""
        if self._sight is not None:
            text = plan_text(
                self._sight.plan,
                width=self._console.width,
                style=self._console.err,
                applying=True,
                verdict=self._sight.verdict,
            )
            self._live.say(text + "\n")

    @property
    def latest(self) -> str:
        """The clip that was rendered last, by its path in the project; empty where none was."""
        return self._path

    @property
    def running(self) -> tuple[str, ...]:
        """The shots that are paid for and not here yet."""
        takes = (each for each in self._progress.takes.values() if each.phase in {Phase.WAITING, Phase.DOWNLOADING})
        return tuple(dict.fromkeys(each.shot_id for each in takes))

    @property
    def profile(self) -> str | None:
        """The profile that the last look was under."""
        return self._sight.plan.profile if self._sight is not None else None

    @property
    def spent_usd(self) -> float:
        """What the session has spent, what is under way at its upper end."""
        spent = self._sight.money.spent_usd if self._sight is not None else 0.0
        return spent + self._desk.reserved_usd

    def codes(self) -> set[ExitCode]:
        """What the state that is left behind means for the exit (D12)."""
        phases = {each.phase for each in self._progress.takes.values()}
        codes = (
            {ExitCode.SHOTS_FAILED} if Phase.FAILED in phases or Hold.GIVEN_UP in self._desk.holds.values() else set()
        )
        if Phase.UNKNOWN in phases:
            codes.add(ExitCode.NEEDS_YOU)
        if any(each.severity is Severity.ERROR for each in self._complaints):
            codes.add(ExitCode.INVALID_SPEC)
        return codes

    # ── the picture ─────────────────────────────────────────────────────────────────────────────────────────────────

    @asynccontextmanager
    async def ticking(self) -> AsyncIterator[None]:
        """Keep clocks and spinners moving on a terminal."""
        ticking = asyncio.create_task(self._tick())
        try:
            yield
        finally:
            ticking.cancel()
            await asyncio.gather(ticking, return_exceptions=True)
            self._scene = replace(self._scene, keys=False)
            self._paint()

    async def _tick(self) -> None:
        while self._live.painted and not self._as_json:
            self._paint()
            await asyncio.sleep(1 / REPAINTS_PER_SECOND)

    def _paint(self) -> None:
        if self._as_json or not self._live.painted:
            return
        money = self._sight.money if self._sight is not None else None
        scene = replace(
            self._scene,
            rows=table_rows(self._progress.takes, self._holds(self._desk), self._prices()),
            asked_usd=sum(self._prices(Hold.KEY).values()),
            standing=self._standing(),
            spent_usd=money.spent_usd if money is not None else 0.0,
            reserved_usd=self._desk.reserved_usd,
        )
        size = shutil.get_terminal_size((self._console.width, 24))
        text = table_text(scene, now=_now(), width=self._console.width, height=size.lines - 1, style=self._console.err)
        self._live.update(text)

    def _standing(self) -> int:
        if self._sight is None:
            return 0
        rows = self._sight.decision.plan.changes
        return len({change.shot_id for change in rows if change.action is Action.UNCHANGED and change.chosen})

    def _plan(self, job: Job) -> None:
        """Show what a job is about, from its beginning."""
        if self._sight is None or job.kind is Kind.FREE:
            return
        plan = self._sight.decision.plan
        part = replace(plan, changes=rows_of(job, plan), outside=())
        planned = Progress.of(part, time_scale=self._time_scale, durations=self._durations)
        self._progress = replace(self._progress, takes={**self._progress.takes, **planned.takes})

    def _say_looked(self, desk: Desk, sheet: Sheet, begun: Sequence[Job]) -> None:
        bought = [job for job in begun if job.kind is Kind.BUY]
        errors = sum(each.severity is Severity.ERROR for each in self._complaints)
        # Without anything to buy it is the empty project that is refused: of broken specs nobody knows what they hold.
        is_refused = Hold.REFUSED in desk.holds.values() or not (sheet.buys or errors)
        refused = sheet.refused if is_refused else ""
        holds = self._holds(desk)
        told = (holds, errors, refused)
        if not (bought or self._is_saved or told != self._told):
            return
        self._is_saved, self._told = False, told
        self._error(refused or self._scene.error)
        money = self._sight.money if self._sight is not None else None
        self.notice(
            Looked(
                at=_now(),
                begins=tuple(job.shot_id for job in bought),
                holds=holds,
                errors=errors,
                warnings=len(self._complaints) - errors,
                refused=refused,
                usd=sum(job.usd for job in bought),
                spent_usd=money.spent_usd if money is not None else 0.0,
                reserved_usd=money.reserved_usd if money is not None else 0.0,
            )
        )

    def _holds(self, desk: Desk) -> Mapping[str, str]:
        return {shot_id: self._why(desk, shot_id, hold) for shot_id, hold in desk.holds.items()}

    def _prices(self, hold: Hold | None = None) -> Mapping[str, float]:
        """What each shot that waits may come to; with `hold`, of those that wait for this."""
        holds, sheet = self._desk.holds, self._desk.sheet
        buys = sheet.buys if sheet is not None else ()
        return {
            each.shot_id: each.usd for each in buys if each.shot_id in holds and hold in {None, holds[each.shot_id]}
        }

    def _why(self, desk: Desk, shot_id: str, hold: Hold) -> str:
        if hold is not Hold.GIVEN_UP or desk.sheet is None:
            return hold.value
        keys = {key for buy in desk.sheet.buys if buy.shot_id == shot_id for key in buy.keys}
        reason = next((why for key, why in desk.given_up.items() if key in keys), "")
        again = "; a tries again" if self._console.interactive else ""
        return f"{hold.value}: {reason}{again}"

    @property
    def _realm(self) -> Realm:
        return self._sight.decision.plan.realm if self._sight is not None else Realm.PAID

    def _error(self, message: str) -> None:
        self._scene = replace(self._scene, error=message)

    def _is_line(self, event: Event) -> bool:
        """Whether the event stands in a log, or above the table: a status only when it changes."""
        if self._live.painted:
            return isinstance(event, Told)
        match event:
            case Waiting():
                key = (event.shot_id, event.take)
                changed = self._statuses.get(key) != event.status
                self._statuses[key] = event.status
                return changed
            case Downloading():
                return event.done == 0
            case _:
                return True


def heading_of(plan: Plan, consent: str) -> list[str]:
    """What stands above the table."""
    parts = [plan.project]
    parts += ["sandbox"] if plan.realm is Realm.SANDBOX else []
    parts += [f"profile {plan.profile}"] if plan.profile else []
    return [*parts, consent]


def _now() -> float:
    return SystemClock().now()
