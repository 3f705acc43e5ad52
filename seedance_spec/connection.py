"""Where a run works and where it can be called: gateway, receivers, pace, as one value. Pure: nothing is opened."""

from __future__ import annotations

from dataclasses import dataclass

from seedance_spec.secret import Secret


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """The world outside: the gateway, how it is paced, and where it can call us.

    `listen` is host and port of the embedded receiver, None for none. `public_url` is how the upstream reaches it; None
    means that nobody outside can, save a sandbox on this machine (`sandbox`), which reaches it where it listens.
    `receiver` is the URL of a standing receiver that takes the embedded one's place: then nothing listens here, claims
    are shared with every clone, and `public_url` is where the upstream reaches that one, None for the same URL.
    URLs are made with `callback_key`; those made with the one before, `previous_callback_key`, count as well.
    """

    base_url: str
    key: Secret
    sandbox: bool = False
    time_scale: float = 1.0
    poll_interval: float | None = None
    listen: tuple[str, int] | None = None
    public_url: str | None = None
    receiver: str | None = None
    callback_key: bytes | None = None
    previous_callback_key: bytes | None = None
    link_hosts: tuple[str, ...] = ()

    @property
    def lends(self) -> bool:
        """Whether the upstream can fetch from a receiver of this run's own."""
        listens = self.receiver is None and self.listen is not None
        return listens and (self.sandbox or self.public_url is not None)
