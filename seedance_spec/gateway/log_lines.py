"""What a library logs, made fit to keep. Nothing that prints may enter."""

from __future__ import annotations

import logging

from seedance_spec.gateway.plain_text import safe_text


class HideSecrets(logging.Filter):
    """Rewrites a record without keys and link queries: httpx logs whole URLs, and a signed one is a day's secret."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = safe_text(record.getMessage()), ()
        return True
