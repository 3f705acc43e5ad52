"""The POST of one attempt: once, shielded, and always with an outcome (D3). No decision about retries may enter."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from seedance_spec.attempts.means import Means
from seedance_spec.attempts.parent_inputs import CODE, Look, NotDeliverable
from seedance_spec.attempts.ports import Mark, NeverSent, Refused, SubmitOutcome, Unknown
from seedance_spec.attempts.request_body import TooLarge, body_of
from seedance_spec.attempts.stages import StopSubmits
from seedance_spec.journal.faults import JournalFault
from seedance_spec.lockfile.facts import AttemptFact
from seedance_spec.model.local_files import FileChanged
from seedance_spec.model.shot import Shot


class Poster:
    """Sends one attempt. `posting` is True while its answer is due. `closed` tells why nothing of a model may be
    submitted any more.
    """

    def __init__(self, means: Means, *, look: Look, closed: Callable[[str], StopSubmits | None]) -> None:
        self._means = means
        self._look = look
        self._closed = closed
        self.posting = False

    async def post(self, fact: AttemptFact, shot: Shot, *, mark: Callable[[Mark], Awaitable[None]]) -> SubmitOutcome:
        """Send it and wait for the outcome. Cancelled, it still answers: see `interrupted`."""
        try:
            body = await body_of(fact, shot, self._means, self._look)
        except FileChanged as changed:
            return Refused(code="input-changed", message=str(changed), status=0)
        except NotDeliverable as parent:
            return NeverSent(reason=str(parent)) if parent.passes else Refused(code=CODE, message=str(parent), status=0)
        except TooLarge as large:
            return Refused(code="too-large", message=str(large), status=0)
        except asyncio.CancelledError:
            # The outcome is told first, so that the take is free here and at a shared receiver; then the stop goes on.
            _cancel_again()
            return NeverSent(reason=_NOT_READ)
        # Parents' links may have taken their time. From here to the POST nothing waits.
        if (stop := self._closed(shot.request.model)) is not None:
            return NeverSent(reason=stop.message)
        sent = False

        async def marked(step: Mark) -> None:
            nonlocal sent
            # Durable first: where the journal cannot say that the bytes are out, none goes out.
            await mark(step)
            sent = sent or step is Mark.BYTES_OUT

        self.posting = True
        posting = asyncio.create_task(self._means.gateway.submit(body, mark=marked))
        try:
            return await asyncio.shield(posting)
        except JournalFault as fault:
            return Unknown(reason=str(fault)) if sent else NeverSent(reason=str(fault))
        except asyncio.CancelledError:
            if _answered(posting):
                return posting.result()
            posting.cancel()
            await asyncio.gather(posting, return_exceptions=True)
            return Unknown(reason=_STOPPED) if sent else NeverSent(reason=_STOPPED)
        finally:
            self.posting = False


_STOPPED = "the program was stopped before the answer came"
_NOT_READ = "the program was stopped while its inputs were read"


def _cancel_again() -> None:
    """Let the next wait of this task be cancelled in place of the one that has just been."""
    task = asyncio.current_task()
    assert task is not None, "only a task is cancelled"
    task.cancel()


def _answered(posting: asyncio.Task[SubmitOutcome]) -> bool:
    return posting.done() and not posting.cancelled() and posting.exception() is None
