"""Speaks to a standing receiver: asks for events and claims, reports outcomes, probes. It decides nothing."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from contextlib import aclosing
from dataclasses import dataclass
from http import HTTPStatus
from http.cookiejar import CookieJar, DefaultCookiePolicy
from types import TracebackType
from typing import Self, TypeVar
from urllib.parse import urlsplit

import httpx

from seedance_spec import __version__
from seedance_spec.attempts.attempt_id import read_attempt_id
from seedance_spec.json_types import JsonObject
from seedance_spec.redaction import redact
from seedance_spec.webhook.capability import owner_token
from seedance_spec.webhook.feed_protocol import (
    LONGEST_WAIT,
    Answer,
    ClaimRequest,
    FeedPage,
    ProtocolFault,
    Said,
    SharedClaim,
    read_answer,
    read_claim,
    read_page,
    request_json,
    said_json,
)
from seedance_spec.webhook.receiver_port import Away, Unwelcome

ASK_SECONDS = 10.0
CLAIM_SECONDS = 5.0
"""Shorter than others: a lost answer must leave time to ask again before a paid submit is given up."""

LONGEST_ANSWER = 8 << 20
"""Bytes: a page holds about 1 MiB of bodies, a third more as base64, and one body may come on top."""

_PROBE = b'{"probe":"is this the receiver?"}'
_STRANGER = (
    "it does not know our callback key: SEEDANCE_CALLBACK_KEY must be the same here and there"
    " (or it is no receiver of seedance-spec)"
)
_ERRNO = re.compile(r"^\[Errno -?[0-9]+\] ")
_SAYS_NOTHING = frozenset({"", "All connection attempts failed"})
_UNAUTHORISED = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND})

ProxyFor = Callable[[str], str | None]
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    """An answer as its bytes came. `retry_after` in seconds where it says so."""

    status: int
    body: bytes
    retry_after: float | None


def _direct(_: str) -> str | None:
    return None


class SharedReceiver:
    """A receiver as `webhook.receiver_port.Feed` and `Claims`. An async context manager; making one opens nothing.

    `url` is https unless it is this machine; `key` the callback key that the receiver shares. Tokens go out in headers
    only, to this URL only: no redirect is followed. `proxy_for` gives the proxy for a URL, None for a direct way.
    """

    def __init__(self, url: str, key: bytes, *, proxy_for: ProxyFor = _direct) -> None:
        self._url = url.rstrip("/")
        self._key = key
        self._client = _client(proxy_for(url))

    @property
    def url(self) -> str:
        return self._url

    def __repr__(self) -> str:
        return f"SharedReceiver({urlsplit(self._url).hostname})"

    async def __aenter__(self) -> Self:
        await self._client.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._client.aclose()

    async def events(self, project: str, *, after: int, epoch: str | None, wait: float) -> FeedPage | Away | Unwelcome:
        wait = min(wait, LONGEST_WAIT)
        asked = {"after": str(after), "wait": f"{wait:g}"} | ({"epoch": epoch} if epoch else {})
        answer = await self._ask("GET", "/v1/events", project, params=asked, seconds=wait + ASK_SECONDS)
        return _read(answer, read_page)

    async def claim(self, request: ClaimRequest) -> Answer | Away | Unwelcome:
        project = _project(request.attempt_id)
        answer = await self._ask("POST", "/v1/claims", project, said=request_json(request), seconds=CLAIM_SECONDS)
        return _read(answer, read_answer)

    async def report(self, attempt_id: str, said: Said) -> SharedClaim | Away | Unwelcome | None:
        path = f"/v1/claims/{attempt_id}/outcome"
        return await self._claim(attempt_id, await self._ask("POST", path, _project(attempt_id), said=said_json(said)))

    async def claim_of(self, attempt_id: str) -> SharedClaim | Away | Unwelcome | None:
        path = f"/v1/claims/{attempt_id}"
        return await self._claim(attempt_id, await self._ask("GET", path, _project(attempt_id)))

    async def healthz(self) -> Away | Unwelcome | None:
        """None where it is well; unwelcome where something else answers in its place."""
        answer = await self._ask("GET", "/healthz", None)
        if isinstance(answer, Away):
            return answer
        if answer.status == HTTPStatus.OK:
            return None
        reason = f"HTTP {answer.status}"
        return Away(reason=reason) if answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR else Unwelcome(reason=reason)

    async def _claim(self, attempt_id: str, answer: _Told | Away) -> SharedClaim | Away | Unwelcome | None:
        if isinstance(answer, Away) or answer.status != HTTPStatus.NOT_FOUND:
            return _read(answer, read_claim)
        # Strangers and unknown claims get the same empty 404: only a token that is known gets a page.
        known = await self.events(_project(attempt_id), after=0, epoch=None, wait=0)
        return None if isinstance(known, FeedPage) else known

    async def _ask(
        self,
        method: str,
        path: str,
        project: str | None,
        *,
        params: dict[str, str] | None = None,
        said: JsonObject | None = None,
        seconds: float = ASK_SECONDS,
    ) -> _Told | Away:
        bearer = {} if project is None else {"Authorization": f"Bearer {owner_token(project, self._key)}"}
        content = None if said is None else json.dumps(said).encode()
        kind = {} if said is None else {"Content-Type": "application/json"}
        request = self._client.build_request(
            method,
            f"{self._url}{path}",
            params=params,
            content=content,
            headers={**bearer, **kind},
            timeout=httpx.Timeout(ASK_SECONDS, read=seconds),
        )
        return await _sent(self._client, request)


async def knock(url: str, *, proxy_for: ProxyFor = _direct) -> str | None:
    """POST once to a callback URL, as the upstream would; None where it was taken, else why it was not."""
    async with _client(proxy_for(url)) as client:
        request = client.build_request("POST", url, content=_PROBE, headers={"Content-Type": "application/json"})
        answer = await _sent(client, request)
    if isinstance(answer, Away):
        return answer.reason
    return None if answer.status == HTTPStatus.OK else f"HTTP {answer.status}"


def _client(proxy: str | None) -> httpx.AsyncClient:
    # A connection of its own for each question: the other side hangs up on idle ones, and a claim must not meet that.
    transport = httpx.AsyncHTTPTransport(
        verify=httpx.create_ssl_context(),
        limits=httpx.Limits(max_connections=100, max_keepalive_connections=0),
        retries=0,
        proxy=proxy,
        trust_env=False,
    )
    return httpx.AsyncClient(
        transport=transport,
        timeout=ASK_SECONDS,
        follow_redirects=False,
        trust_env=False,
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
        headers={"Accept-Encoding": "identity", "User-Agent": f"seedance-spec/{__version__}"},
    )


async def _sent(client: httpx.AsyncClient, request: httpx.Request) -> _Told | Away:
    """The whole answer, as long as it is no longer than any of ours."""
    try:
        response = await client.send(request, stream=True)
        async with aclosing(response):
            body = bytearray()
            async for chunk in response.aiter_raw():
                body += chunk
                if len(body) > LONGEST_ANSWER:
                    return Away(reason="its answer is longer than any of a receiver")
    except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
        return Away(reason=_why(error))
    return _Told(status=response.status_code, body=bytes(body), retry_after=_retry_after(response))


def _read(answer: _Told | Away, read: Callable[[bytes], T]) -> T | Away | Unwelcome:
    if isinstance(answer, Away):
        return answer
    if answer.status == HTTPStatus.OK:
        try:
            return read(answer.body)
        except ProtocolFault as fault:
            return Unwelcome(reason=f"it does not speak as a receiver of seedance-spec does ({fault})")
    if answer.status in _UNAUTHORISED:
        return Unwelcome(reason=_STRANGER)
    if answer.status == HTTPStatus.BAD_REQUEST:
        return Unwelcome(reason="it does not understand what it was asked: is it of another version?")
    return Away(reason=f"HTTP {answer.status}", retry_after=answer.retry_after)


def _retry_after(response: httpx.Response) -> float | None:
    told = response.headers.get("Retry-After", "")
    return float(told) if told.isdecimal() else None


def _project(attempt_id: str) -> str:
    """The project by whose token an attempt is spoken of; none for an id that names none: no token fits it."""
    parts = read_attempt_id(attempt_id)
    return parts.project if parts is not None else ""


def _why(error: Exception) -> str:
    """Why there is no answer, in a person's words and without a secret."""
    match error:
        case httpx.TimeoutException():
            return "no answer in time"
        case httpx.ConnectError():
            detail = _ERRNO.sub("", redact(str(error)).strip())
            return "no connection" if detail in _SAYS_NOTHING else f"no connection: {detail}"
        case httpx.InvalidURL():
            return "no address that can be called"
        case _:
            return "the connection broke before the answer was here"
