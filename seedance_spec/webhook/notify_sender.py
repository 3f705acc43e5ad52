"""Sends a notice once and says what came of it. No second try and no word of the other side may enter."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

import aiohttp

from seedance_spec.webhook.notify_words import Post

SEND_SECONDS = 20.0

ProxyFor = Callable[[str], str | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Undelivered:
    """It is not known to have arrived. `retry_after` in seconds where the other side asked for it."""

    reason: str
    retry_after: float | None = None


class Sender:
    """One connection for each notice; no redirect is followed, so that token and signature go where they were sent."""

    def __init__(self, *, proxy_for: ProxyFor, now: Callable[[], float], seconds: float = SEND_SECONDS) -> None:
        self._proxy_for = proxy_for
        self._now = now
        self._seconds = seconds

    async def __call__(self, post: Post) -> Undelivered | None:
        """None where the other side answered with 2xx. What its answer holds besides is not read."""
        try:
            async with (
                aiohttp.ClientSession(trust_env=False, cookie_jar=aiohttp.DummyCookieJar()) as client,
                client.post(
                    post.url,
                    data=post.body,
                    headers=post.headers,
                    allow_redirects=False,
                    proxy=self._proxy_for(post.url),
                    timeout=aiohttp.ClientTimeout(total=self._seconds),
                ) as answer,
            ):
                return _told(answer.status, wished_pause(answer.headers.get("Retry-After", ""), now=self._now()))
        except TimeoutError:
            return Undelivered(reason="no answer in time")
        except aiohttp.ClientConnectorCertificateError:
            return Undelivered(reason="its certificate cannot be trusted")
        except aiohttp.ClientSSLError:
            # Its number is TLS's own: the system would call it something else.
            return Undelivered(reason="no connection: TLS failed")
        except aiohttp.ClientConnectorError as error:
            return Undelivered(reason=f"no connection: {_why(error.os_error)}")
        except (aiohttp.ClientError, OSError, ValueError, asyncio.IncompleteReadError):
            return Undelivered(reason="the connection broke before the answer was here")


def _why(error: OSError) -> str:
    """In the system's words, which name no address."""
    return os.strerror(error.errno) if error.errno and error.errno > 0 else error.strerror or type(error).__name__


def wished_pause(retry_after: str, *, now: float) -> float | None:
    """Seconds that a Retry-After asks for, in either of its two forms; None where it says nothing."""
    if retry_after.isdecimal():
        return float(retry_after)
    try:
        return max(parsedate_to_datetime(retry_after).timestamp() - now, 0.0)
    except (ValueError, OverflowError):
        return None


def _told(status: int, retry_after: float | None) -> Undelivered | None:
    if 200 <= status < 300:
        return None
    # Never more than the number: the text of an answer is a stranger's.
    return Undelivered(reason=f"HTTP {status}", retry_after=retry_after)
