"""The gateway over HTTP: submit, task, content, link. It decides nothing."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, aclosing, asynccontextmanager, suppress
from dataclasses import dataclass
from http.cookiejar import CookieJar, DefaultCookiePolicy
from types import TracebackType
from typing import Any, Self

import httpx

from seedance_spec import __version__
from seedance_spec.attempts.ports import (
    AskLater,
    AskRefused,
    Content,
    ContentFault,
    Mark,
    SubmitOutcome,
    TaskAnswer,
)
from seedance_spec.gateway.account import AccountRoute, Asked, read_account_answer
from seedance_spec.gateway.address import gateway_address, is_loopback_host
from seedance_spec.gateway.asking import classify_task_answer, classify_video_answer
from seedance_spec.gateway.billing_log import LOG_LIMIT, LogAnswer, classify_log_answer
from seedance_spec.gateway.content_faults import classify_content, classify_link, is_no_clip
from seedance_spec.gateway.faults import outcome_of_exception
from seedance_spec.gateway.json_answers import ANSWER_LIMIT
from seedance_spec.gateway.links import BUILT_IN_LINK_HOSTS, address_allowed, link_origin, link_refusal
from seedance_spec.gateway.log_lines import HideSecrets
from seedance_spec.gateway.marks import Marks
from seedance_spec.gateway.network import ProxyFor, Resolve, environment_proxy, resolve_name
from seedance_spec.gateway.plain_text import safe_text
from seedance_spec.gateway.ranges import place_of
from seedance_spec.gateway.secret import Secret, api_key, without
from seedance_spec.gateway.submit_answers import classify_submit_answer
from seedance_spec.json_types import JsonObject

# the gateway has no time limit of its own and charges anyway: giving up early only makes an unknown (gateway.md §8.3)
POST_TIMEOUT = httpx.Timeout(connect=15, read=180, write=60, pool=60)
ASK_TIMEOUT = httpx.Timeout(connect=15, read=30, write=30, pool=30)
DOWNLOAD_TIMEOUT = httpx.Timeout(connect=15, read=60, write=30, pool=60)
ANSWER_SECONDS = 60.0
"""From an answer's headers to its end: a server that drips must not hold a POST for ever."""
RESOLVE_SECONDS = 15.0
SEND_BLOCK = 1 << 16
"""Bytes of a request per write: the write timeout counts per block, so slow uplinks may send 60 MB of inline images."""
BLOCK = 1 << 20


logging.getLogger("httpx").addFilter(HideSecrets())


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answer:
    """An answer as far as it could be read. Headers have lower-case names."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class EasyRouter:
    """The gateway as `attempts.ports.Gateway`. An async context manager; constructing it opens nothing.

    `base_url` is https unless it is loopback, and may have a path. `allowed_link_hosts` are added to the built-in
    ones (`.example.com` means every host below). Proxies come from `proxy_for` and are never used for loopback.
    A link fetched directly is pinned to an address that was checked; through a proxy the proxy resolves it.
    Raises ValueError for a base URL, key or proxy that cannot be used; no exception ever holds the key.
    """

    def __init__(
        self,
        *,
        base_url: str,
        key: Secret | str,
        allowed_link_hosts: Sequence[str] = (),
        proxy_for: ProxyFor = environment_proxy,
        resolve: Resolve = resolve_name,
    ) -> None:
        self._address = gateway_address(base_url)
        self._key = api_key(key)
        self._link_hosts = (*BUILT_IN_LINK_HOSTS, *allowed_link_hosts)
        self._proxy_for = proxy_for
        self._resolve = resolve
        self._tls = httpx.create_ssl_context()
        base = self._address.submit()
        # a connection of its own for each POST: a reset of a reused one would leave the outcome unknown
        self._posts = self._client(base, POST_TIMEOUT, httpx.Limits(max_connections=16, max_keepalive_connections=0))
        self._asks = self._client(base, ASK_TIMEOUT, httpx.Limits(max_connections=8, max_keepalive_connections=4))
        self._downloads = self._client(base, DOWNLOAD_TIMEOUT, httpx.Limits(max_connections=8))
        self._open = AsyncExitStack()

    def __repr__(self) -> str:
        return f"EasyRouter({self._address.origin.host})"

    async def __aenter__(self) -> Self:
        for client in (self._posts, self._asks, self._downloads):
            await self._open.enter_async_context(client)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, exception: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._open.aclose()

    async def submit(self, body: JsonObject, *, mark: Callable[[Mark], Awaitable[None]]) -> SubmitOutcome:
        """POST once: no retries, no redirects, a fresh connection. What `mark` raises comes through as it is.

        Only BYTES_OUT and CONNECTING are marked here; ANSWERED belongs to whoever records the outcome.
        """
        content = json.dumps(body, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
        marks = Marks(mark)
        await marks.reach(Mark.CONNECTING)
        try:
            answer = await self._post(content, marks)
        except Exception as exception:
            if marks.failure is not None:
                raise
            names = [each.__name__ for each in type(exception).__mro__]
            return outcome_of_exception(names, bytes_out=marks.bytes_out, detail=self._safe(exception))
        return without(self._key, classify_submit_answer(answer.status, answer.headers, answer.body))

    async def task(self, task_id: str) -> TaskAnswer:
        """GET the task; where a restricted key meets the whitelist bug, its OpenAI view instead (gateway.md §1.8)."""
        return without(self._key, await self._told(task_id))

    async def _told(self, task_id: str) -> TaskAnswer:
        answer = await self._ask(self._address.task(task_id))
        if isinstance(answer, AskLater):
            return answer
        told = classify_task_answer(answer.status, answer.headers, answer.body, asked=task_id)
        if not (isinstance(told, AskRefused) and answer.status == 403):
            return told
        answer = await self._ask(self._address.video(task_id))
        if isinstance(answer, AskLater):
            return answer
        view = classify_video_answer(answer.status, answer.headers, answer.body, asked=task_id)
        return told if isinstance(view, AskRefused) else view

    async def billing_log(self) -> LogAnswer:
        """GET the key's own billing log, where the gateway offers one."""
        log = await self._ask(self._address.billing_log(), limit=LOG_LIMIT)
        return log if isinstance(log, AskLater) else classify_log_answer(log.status, log.headers, log.body)

    async def account(self, route: AccountRoute) -> Asked:
        """GET what the key may ask about itself: free, and about no task."""
        answer = await self._ask(self._address.account(route))
        if isinstance(answer, AskLater):
            return answer
        return without(self._key, read_account_answer(answer.status, answer.headers, answer.body))

    @asynccontextmanager
    async def content(self, task_id: str, *, offset: int = 0) -> AsyncIterator[Content]:
        url = self._address.content(task_id)
        async with self._download(self._downloads, url, offset=offset, keyed=True) as content:
            yield content

    @asynccontextmanager
    async def link(self, url: str, *, offset: int = 0) -> AsyncIterator[Content]:
        """An upstream link without the key; a link into the gateway's own API with it, for it answers nobody else."""
        if self._address.wants_key(url):
            async with self._download(self._downloads, url, offset=offset, keyed=True) as content:
                yield content
            return
        refusal = link_refusal(url, allowed=self._link_hosts, allow_loopback=self._address.is_loopback)
        if refusal is not None:
            raise ContentFault(f"the link is not fetched: {refusal}")
        async with (
            self._link_client(url) as client,
            self._download(client, url, offset=offset, keyed=False) as content,
        ):
            yield content

    async def _post(self, content: bytes, marks: Marks) -> _Answer:
        async def trace(event: str, info: Mapping[str, Any]) -> None:
            # a proxy's CONNECT passes here too, and is not the request
            if event.endswith("send_request_headers.started") and info["request"].method == b"POST":
                await marks.reach(Mark.BYTES_OUT)

        async def blocks() -> AsyncIterator[bytes]:
            # a second lock on the same door: without its body the gateway cannot act on a request, whatever the
            # library calls its events
            await marks.reach(Mark.BYTES_OUT)
            for start in range(0, len(content), SEND_BLOCK):
                yield content[start : start + SEND_BLOCK]

        request = self._posts.build_request(
            "POST",
            self._address.submit(),
            content=blocks(),
            headers=self._keyed()
            | {"Content-Type": "application/json", "Content-Length": str(len(content)), "Connection": "close"},
            extensions={"trace": trace, "timeout": POST_TIMEOUT.as_dict()},
        )
        return await self._read(await self._posts.send(request, stream=True))

    async def _ask(self, url: str, *, limit: int = ANSWER_LIMIT) -> _Answer | AskLater:
        try:
            request = self._asks.build_request("GET", url, headers=self._keyed())
            return await self._read(await self._asks.send(request, stream=True), limit=limit)
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as exception:
            return AskLater(reason=f"no answer ({self._safe(exception)})")

    async def _read(self, response: httpx.Response, *, limit: int = ANSWER_LIMIT) -> _Answer:
        """The answer's bytes as they came, as many as came: one that breaks off may still hold the task id."""
        body = bytearray()
        with suppress(httpx.HTTPError, OSError):
            async with asyncio.timeout(ANSWER_SECONDS), aclosing(response), aclosing(_chunks(response)) as chunks:
                async for chunk in chunks:
                    body += chunk
                    if len(body) > limit:
                        break
        plain = bytes(body[:limit]).replace(self._key.reveal().encode(), b"sk-***")
        return _Answer(status=response.status_code, headers=_named(response), body=plain)

    @asynccontextmanager
    async def _download(
        self, client: httpx.AsyncClient, url: str, *, offset: int, keyed: bool
    ) -> AsyncIterator[Content]:
        headers = (self._keyed() if keyed else {}) | ({"Range": f"bytes={offset}-"} if offset else {})
        try:
            response = await client.send(client.build_request("GET", url, headers=headers), stream=True)
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as exception:
            raise ContentFault(f"no answer ({self._safe(exception)})") from None
        named = _named(response)
        if response.status_code not in {200, 206} or is_no_clip(named):
            answer = await self._read(response)
            raise (classify_content if keyed else classify_link)(answer.status, named, answer.body)
        place = place_of(response.status_code, named, asked=offset)
        try:
            if place is None:
                raise ContentFault("the answer does not say where its bytes belong")
            async with aclosing(self._blocks(response)) as blocks:
                yield Content(blocks=blocks, length=place.length, offset=place.offset)
        finally:
            await response.aclose()

    async def _blocks(self, response: httpx.Response) -> AsyncGenerator[bytes, None]:
        """The body in blocks of about 1 MiB. What came before a fault is handed out first: it was paid for."""
        held = bytearray()
        fault: ContentFault | None = None
        try:
            async with aclosing(_chunks(response, unpack="content-encoding" in response.headers)) as chunks:
                async for chunk in chunks:
                    held += chunk
                    if len(held) >= BLOCK:
                        yield bytes(held)
                        held.clear()
        except (httpx.HTTPError, OSError) as exception:
            fault = ContentFault(f"the download broke off ({self._safe(exception)})")
        if held:
            yield bytes(held)
        if fault is not None:
            raise fault from None

    def _keyed(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._key.reveal()}"}

    def _safe(self, exception: BaseException) -> str:
        name = type(exception).__name__
        text = safe_text(str(exception).replace(self._key.reveal(), "***"), limit=300)
        return f"{name}: {text}" if text else name

    def _client(self, url: str, timeout: httpx.Timeout, limits: httpx.Limits) -> httpx.AsyncClient:
        return self._over(self._transport(url, limits), timeout)

    def _link_client(self, url: str) -> httpx.AsyncClient:
        transport = self._transport(url, httpx.Limits(max_connections=1))
        if self._proxy(url) is None:
            transport = _Pinned(transport, self._resolve, allow_loopback=self._address.is_loopback)
        return self._over(transport, DOWNLOAD_TIMEOUT)

    def _over(self, transport: httpx.AsyncBaseTransport, timeout: httpx.Timeout) -> httpx.AsyncClient:
        return httpx.AsyncClient(
            transport=transport,
            timeout=timeout,
            follow_redirects=False,
            trust_env=False,
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
            headers={"Accept-Encoding": "identity", "User-Agent": f"seedance-spec/{__version__}"},
        )

    def _transport(self, url: str, limits: httpx.Limits) -> httpx.AsyncBaseTransport:
        proxy = self._proxy(url)
        try:
            return httpx.AsyncHTTPTransport(verify=self._tls, limits=limits, retries=0, proxy=proxy, trust_env=False)
        except (ValueError, ImportError):
            raise ValueError("the proxy of the environment cannot be used: http:// and https:// ones can") from None

    def _proxy(self, url: str) -> str | None:
        origin = link_origin(url)
        return None if origin is None or is_loopback_host(origin.host) else self._proxy_for(url)


class _Pinned(httpx.AsyncBaseTransport):
    """Connects to an address that was checked, and to no other: the name is resolved once, here.

    The certificate is still checked against the name. Raises ContentFault for an address that is not public.
    """

    def __init__(self, inner: httpx.AsyncBaseTransport, resolve: Resolve, *, allow_loopback: bool) -> None:
        self._inner = inner
        self._resolve = resolve
        self._allow_loopback = allow_loopback

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        host = request.url.host
        port = request.url.port or (443 if request.url.scheme == "https" else 80)
        async with asyncio.timeout(RESOLVE_SECONDS):
            addresses = await self._resolve(host, port)
        # one private address among public ones is how a name is rebound: then none is used
        if not addresses or not all(address_allowed(each, allow_loopback=self._allow_loopback) for each in addresses):
            raise ContentFault(f"the link is not fetched: {host} is at no public address")
        for address in addresses[:-1]:
            with suppress(httpx.ConnectError, httpx.ConnectTimeout):
                return await self._inner.handle_async_request(_pinned(request, host, address))
        return await self._inner.handle_async_request(_pinned(request, host, addresses[-1]))

    async def aclose(self) -> None:
        await self._inner.aclose()


def _pinned(request: httpx.Request, host: str, address: str) -> httpx.Request:
    return httpx.Request(
        request.method,
        request.url.copy_with(host=address),
        headers=request.headers,
        stream=request.stream,
        extensions={**request.extensions, "sni_hostname": host},
    )


def _named(response: httpx.Response) -> dict[str, str]:
    return {name.lower(): value for name, value in response.headers.items()}


async def _chunks(response: httpx.Response, *, unpack: bool = False) -> AsyncGenerator[bytes, None]:
    """The body as it comes, unpacked only on demand; closed with its consumer and not by the garbage collector."""
    chunks = response.aiter_bytes() if unpack else response.aiter_raw()
    assert isinstance(chunks, AsyncGenerator)
    async with aclosing(chunks):
        async for chunk in chunks:
            yield chunk
