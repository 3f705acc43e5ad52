"""What `resolve` needs of journal, lockfile and gateway: a word written down, a task looked at. No flag may enter."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Self

from seedance_spec.cli.exit_codes import ExitCode
from seedance_spec.cli.stop import StopError

if TYPE_CHECKING:
    from seedance_spec.attempts.ports import TaskView
    from seedance_spec.connection import Connection
    from seedance_spec.lockfile.facts import AttemptFact
    from seedance_spec.workplace import Workplace


class Record:
    """Journal and lockfile for a word that is to be written down: both have it when this is left."""

    def __init__(self, workplace: Workplace) -> None:
        from seedance_spec.attempts.ledger import Ledger
        from seedance_spec.clock import SystemClock
        from seedance_spec.pipeline import journal_of, lockfile_of

        self.journal = journal_of(workplace)
        self.ledger = Ledger(self.journal, lockfile_of(workplace), SystemClock())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: object) -> None:
        from seedance_spec.attempts.resolution import UnderWay

        try:
            if kind is None:
                asyncio.run(self.ledger.flush())
        finally:
            self.journal.close()
        if isinstance(error, UnderWay):
            raise StopError(
                ExitCode.BUSY,
                "another process is sending it right now: its answer may come any moment",
                hint="wait for that process to end, then ask again",
            ) from None


async def asked(task_id: str, connection: Connection) -> TaskView:
    """The task as the gateway shows it. Raises StopError where it does not."""
    from seedance_spec.attempts.ports import AskRefused, TaskAbsent, TaskView
    from seedance_spec.gateway.client import EasyRouter

    async with EasyRouter(base_url=connection.base_url, key=connection.key) as gateway:
        answer = await gateway.task(task_id)
    match answer:
        case TaskView():
            return answer
        case TaskAbsent():
            raise StopError(ExitCode.USAGE, f"{task_id} is not taken: {answer.message}", hint="seedance-spec status")
        case AskRefused():
            raise StopError(ExitCode.REFUSED, f"{task_id} cannot be looked at: {answer.reason}")
        case _:
            raise StopError(
                ExitCode.STILL_RUNNING, f"the gateway cannot be asked now: {answer.reason}", hint="try again"
            )


def stands(fact: AttemptFact) -> str:
    """Its status in the glossary's words."""
    return {"succeeded": "rendered", "not_landed": "not landed"}.get(fact.status.value, fact.status.value)
