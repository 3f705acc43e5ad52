"""What hearing needs of a run and what it gives to one, as values. Nothing is opened here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from seedance_spec.attempts.attempt_id import project_prefix
from seedance_spec.attempts.ears import Ears
from seedance_spec.attempts.ledger import Ledger
from seedance_spec.attempts.ports import Clock, Lending
from seedance_spec.attempts.shared_claims import SharedClaims
from seedance_spec.connection import Connection
from seedance_spec.journal.sqlite import SqliteJournal
from seedance_spec.plan.events import Event, Told
from seedance_spec.webhook.key_file import load_or_create_key
from seedance_spec.workplace import Workplace

CallbackUrl = Callable[[str], str | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What hearing needs of a run. `project_ids` are all of the project's, sorted; `random` gives that many bytes;
    `probes`: whether a public URL is to be tried first, since something is going to be paid for.
    """

    workplace: Workplace
    connection: Connection
    journal: SqliteJournal
    ledger: Ledger
    clock: Clock
    random: Callable[[int], bytes]
    chance: Callable[[], float]
    tell: Callable[[Event], None]
    project_ids: tuple[str, ...]
    run: str
    probes: bool

    def say(self, message: str) -> None:
        self.tell(Told(at=self.clock.now(), message=message))

    @property
    def projects(self) -> tuple[str, ...]:
        """How the project is named in its attempt ids."""
        return tuple(project_prefix(each) for each in self.project_ids)

    @property
    def key(self) -> bytes:
        return self.connection.callback_key or load_or_create_key(self.workplace.callback_key)

    @property
    def keys(self) -> tuple[bytes, ...]:
        """Every key whose URLs count, today's first."""
        previous = self.connection.previous_callback_key
        return (self.key,) if previous is None else (self.key, previous)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hearing:
    """`callback_url` gives the URL for an attempt id, None where nobody can call us; `claims` is None where no receiver
    is shared; `ears` are to be attached to the conductor; `lending` is None where the upstream cannot fetch from here.
    """

    callback_url: CallbackUrl
    ears: Ears
    claims: SharedClaims | None = None
    lending: Lending | None = None
