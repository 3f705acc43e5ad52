"""The callback key before today's, whose URLs still count wherever this program listens. No other secret may enter."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from seedance_spec.cli.exit_codes import ExitCode
from seedance_spec.cli.settings import Settings
from seedance_spec.cli.stop import StopError

if TYPE_CHECKING:
    from seedance_spec.connection import Connection


def previous_callback_key(settings: Settings) -> bytes | None:
    """SEEDANCE_CALLBACK_KEY_PREVIOUS as a key, None where it is not set. Raises StopError (64) for one too short."""
    from seedance_spec.webhook.capability import derive_key

    if settings.previous_callback_key is None:
        return None
    try:
        return derive_key(settings.previous_callback_key.reveal())
    except ValueError as error:
        raise StopError(ExitCode.USAGE, f"SEEDANCE_CALLBACK_KEY_PREVIOUS: {error}") from None


def with_previous_key(connection: Connection, settings: Settings) -> Connection:
    """The connection, whose own receiver takes URLs of the key before as well. Raises StopError as above."""
    return replace(connection, previous_callback_key=previous_callback_key(settings))
