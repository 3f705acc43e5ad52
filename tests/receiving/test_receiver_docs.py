"""The pages about receivers agree with the program: threats with tests, snippets with the receiver's own limits."""

from __future__ import annotations

import re

from seedance_spec.webhook.capability import LIFETIME_SECONDS
from seedance_spec.webhook.feed_protocol import LONGEST_WAIT
from seedance_spec.webhook.receiver import MAX_BODY
from seedance_spec.webhook.serving import IDLE_SECONDS
from tests.support.whole import REPOSITORY

PAGES = REPOSITORY / "docs" / "receiver"
THREATS = (PAGES / "threats.md").read_text(encoding="utf-8")
ONLINE = (PAGES / "online.md").read_text(encoding="utf-8")


def test_every_threat_is_shown_by_a_test() -> None:
    """Each row says what happens without a control, what the control is and what is left, and cites a test."""
    rows = [row for row in re.findall(r"^\| .* \|$", THREATS, re.MULTILINE) if row.count(" | ") == 4]
    told = [row for row in rows if not row.startswith(("| threat |", "| --- |"))]

    assert len(told) >= 30
    assert [row for row in told if "`tests/" not in row.rpartition(" | ")[2]] == []


def test_proxies_are_told_the_receivers_own_limits() -> None:
    """Bodies as long as the receiver's, answers as late as the feed's, and no path in a log."""
    assert MAX_BODY == 64 << 10
    assert {"max_size 64KiB", "client_max_body_size 64k"} <= _lines("caddyfile", "nginx")
    waits = [int(seconds) for seconds in re.findall(r"(?:response_header|proxy_read)_timeout (\d+)s", ONLINE)]
    assert len(waits) == 2
    assert min(waits) > LONGEST_WAIT + 10
    assert {"access_log off", "keepalive off"} <= _lines("caddyfile", "nginx")


def test_what_the_page_says_of_time_is_so() -> None:
    """Idle seconds, the feed's wait and the life of a callback URL are the program's."""
    assert f"closes idle ones after {IDLE_SECONDS:g} seconds" in ONLINE
    assert f"holds a request for up to {LONGEST_WAIT:g}" in ONLINE
    assert LIFETIME_SECONDS == 4 * 86_400


def test_what_is_not_promised_is_said() -> None:
    """Instant notice, and who may read a clip's link for a day (Done when 6)."""
    _, _, last = ONLINE.partition("## What is not promised")

    assert "Instant notice" in last
    assert "for a day" in last


def _lines(*languages: str) -> set[str]:
    blocks = re.findall(rf"^```(?:{'|'.join(languages)})\n(.*?)^```$", ONLINE, re.MULTILINE | re.DOTALL)
    return {line.strip().rstrip(";") for block in blocks for line in block.splitlines()}
