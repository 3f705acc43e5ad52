"""What keeps key and machine safe: addresses, links, proxies, and the key that cannot be printed."""

from __future__ import annotations

import gzip
import json
import logging
import pickle

import httpx
import pytest
import respx

from seedance_spec.attempts.ports import ContentFault, Unknown
from seedance_spec.gateway.address import gateway_address
from seedance_spec.gateway.client import EasyRouter
from seedance_spec.gateway.links import BUILT_IN_LINK_HOSTS, address_allowed, link_refusal
from seedance_spec.gateway.network import environment_proxy
from seedance_spec.gateway.plain_text import safe_text
from seedance_spec.gateway.secret import Secret, api_key
from tests.support.speaking import KEY, gateway, no_mark, recorded, reply, scripted_server

CANARY = "canary-of-no-known-shape"
"""Not `sk-…`: it must be struck out as the key that it is, not for looking like one."""


@pytest.mark.parametrize(
    ("base_url", "says"),
    [
        ("http://gateway.example", "https://"),
        ("ftp://gateway.example", "look like"),
        ("gateway.example", "look like"),
        ("", "look like"),
        ("https://", "look like"),
        ("https://user:hunter2@gateway.example", "user name"),
        ("https://gateway.example/?key=hunter2", "query"),
        ("https://gateway.example:port", "look like"),
        ("https://[::1", "cannot be read"),
        ("http://127.0.0.1.example", "https://"),
    ],
)
def test_an_unsafe_base_url_is_refused(base_url: str, says: str) -> None:
    """The key only ever goes out over https, except to this machine; the complaint repeats no secret."""
    with pytest.raises(ValueError, match=says) as caught:
        EasyRouter(base_url=base_url, key=KEY)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    ("base_url", "submit"),
    [
        ("https://easyrouter.io", "https://easyrouter.io/v1/video/generations"),
        ("https://easyrouter.io/", "https://easyrouter.io/v1/video/generations"),
        ("https://easyrouter.io/v1/", "https://easyrouter.io/v1/video/generations"),
        ("https://corp.example:8443/easy", "https://corp.example:8443/easy/v1/video/generations"),
        ("http://localhost:9000", "http://localhost:9000/v1/video/generations"),
        ("http://[::1]:9000", "http://[::1]:9000/v1/video/generations"),
        ("http://127.8.8.8", "http://127.8.8.8/v1/video/generations"),
    ],
)
def test_a_base_url_leads_to_the_documented_path(base_url: str, submit: str) -> None:
    """A path in front is kept, a `/v1` at the end is forgiven, loopback may be http."""
    assert gateway_address(base_url).submit() == submit


@pytest.mark.parametrize("key", ["", "  ", "sk-a b", "sk-a\nX-Evil: 1", "sk-é"])
def test_a_key_that_fits_no_header_is_refused_without_repeating_it(key: str) -> None:
    """A key with a line break would be another header; the complaint does not hold it."""
    with pytest.raises(ValueError, match="API key") as caught:
        EasyRouter(base_url="https://gateway.example", key=key)
    assert "sk-" not in str(caught.value)


def test_the_key_comes_out_by_name_alone() -> None:
    """A key is checked into a secret that shows itself to `reveal` and to nothing that prints."""
    secret = api_key(f" {CANARY}\n")
    assert (secret.reveal(), secret) == (CANARY, api_key(Secret(CANARY)))
    assert CANARY not in f"{secret}{secret!r}{secret!s}"
    with pytest.raises(TypeError):
        pickle.dumps(secret)


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("https://ark-acg-cn-beijing.tos-cn-beijing.volces.com/a.mp4?X=1", None),
        ("https://ark-content-generation-ap-southeast-1.tos-ap-southeast-1.volces.com/a.mp4", None),
        ("https://x.tos-ap-southeast-1.BytePluses.com/a.mp4", None),
        ("https://cdn.example.com/a.mp4", None),
        ("https://x.volces.com.:443/a.mp4", None),
        ("https://other.example.com/a.mp4", "not on the list"),
        ("https://volces.com.evil.example/a.mp4", "not on the list"),
        ("https://evilvolces.com/a.mp4", "not on the list"),
        ("http://x.volces.com/a.mp4", "not https"),
        ("https://x.volces.com:8443/a.mp4", "unusual port"),
        ("https://u:p@x.volces.com/a.mp4", "not a plain"),
        ("https://127.0.0.1/a.mp4", "this machine"),
        ("https://localhost/a.mp4", "this machine"),
        ("https://[::1]/a.mp4", "this machine"),
        ("file:///etc/passwd", "not a plain"),
        ("https://[bad/a.mp4", "not a plain"),
        ("https://169.254.169.254/latest", "not on the list"),
        ("", "not a plain"),
    ],
)
def test_a_link_must_be_https_on_an_allowed_host(url: str, says: str | None) -> None:
    """Suffixes match whole labels, and nothing but https to a listed host is fetched."""
    refusal = link_refusal(url, allowed=(*BUILT_IN_LINK_HOSTS, "cdn.example.com"), allow_loopback=False)
    assert (refusal is None) if says is None else (refusal is not None and says in refusal)


@pytest.mark.parametrize("address", ["8.8.8.8", "2001:4860:4860::8888", "::ffff:8.8.8.8"])
def test_a_public_address_may_be_connected_to(address: str) -> None:
    """Global unicast is fine."""
    assert address_allowed(address, allow_loopback=False)


@pytest.mark.parametrize(
    "address",
    [
        "10.0.0.1",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "198.18.0.1",
        "127.0.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "255.255.255.255",
        "240.0.0.1",
        "::1",
        "::",
        "fe80::1%eth0",
        "fd00::1",
        "ff02::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
        "not an address",
    ],
)
def test_an_inner_address_may_not(address: str) -> None:
    """Private, local, shared, multicast and reserved addresses are refused, in every disguise."""
    assert not address_allowed(address, allow_loopback=False)


def test_loopback_is_reached_only_from_loopback() -> None:
    """A sandbox may link to itself; nothing else private opens with it."""
    assert address_allowed("127.0.0.1", allow_loopback=True)
    assert address_allowed("::1", allow_loopback=True)
    assert not address_allowed("10.0.0.1", allow_loopback=True)
    assert link_refusal("http://127.0.0.1:9/a.mp4", allowed=(), allow_loopback=True) is None


def test_the_environments_proxy_is_used_for_the_gateway(monkeypatch: pytest.MonkeyPatch) -> None:
    """HTTPS_PROXY is honoured and NO_PROXY excepted."""
    monkeypatch.setenv("https_proxy", "proxy.corp.example:3128")
    monkeypatch.setenv("no_proxy", "direct.example")
    assert environment_proxy("https://easyrouter.io/v1") == "http://proxy.corp.example:3128"
    assert environment_proxy("https://direct.example/v1") is None
    assert environment_proxy("nonsense") is None


@pytest.mark.anyio
async def test_a_proxy_is_never_used_for_loopback() -> None:
    """The sandbox is reached directly whatever the environment says."""
    async with (
        gateway(reply(200, recorded("submit-accepted.json"))) as (_, server),
        EasyRouter(base_url=server.url, key=KEY, proxy_for=lambda _: "http://192.0.2.1:9") as client,
    ):
        await client.submit({}, mark=no_mark)
    assert len(server.heard) == 1


def test_a_proxy_that_cannot_be_used_is_named_without_its_password() -> None:
    """A SOCKS or broken proxy is an error at the start, and says nothing secret."""
    with pytest.raises(ValueError, match="proxy") as caught:
        EasyRouter(base_url="https://gateway.example", key=KEY, proxy_for=lambda _: "ftp://u:hunter2@proxy")
    assert "hunter2" not in str(caught.value)


@pytest.mark.anyio
@respx.mock
@pytest.mark.parametrize("kind", [httpx.ReadTimeout, httpx.LocalProtocolError, httpx.RemoteProtocolError])
async def test_no_outcome_repeats_the_key(kind: type[httpx.TransportError]) -> None:
    """A library that quotes a header in its exception does not get the key into a reason."""
    route = respx.post("https://gateway.example/v1/video/generations")
    route.side_effect = kind(f"Illegal header value b'{CANARY}'")
    async with EasyRouter(base_url="https://gateway.example", key=CANARY, proxy_for=lambda _: None) as client:
        outcome = await client.submit({}, mark=no_mark)
        assert CANARY not in repr(client)
    assert isinstance(outcome, Unknown)
    assert CANARY not in repr(outcome)
    assert route.call_count == 1


@pytest.mark.anyio
async def test_a_key_that_is_echoed_in_disguise_is_struck_out_too() -> None:
    """Compressed, or spelled in JSON escapes: what counts is the text that somebody would read."""
    key = "easyr_live_canary"
    escaped = "".join(f"\\u{ord(letter):04x}" for letter in key)
    squeezed = gzip.compress(json.dumps({"code": "x", "message": f"key {key} is odd"}).encode())
    failed = b'{"code": "success", "data": {"task_id": "task_a", "status": "FAILURE", "fail_reason": "key %s is odd"}}'
    answers = (
        reply(400, squeezed, content_type="application/json", content_encoding="gzip"),
        reply(200, failed % escaped.encode(), content_type="application/json"),
    )
    async with scripted_server(*answers) as server, EasyRouter(base_url=server.url, key=key) as client:
        told = repr([await client.submit({}, mark=no_mark), await client.task("task_a")])
    assert key not in told
    assert told.count("key *** is odd") == 2


@pytest.mark.anyio
@respx.mock
async def test_a_gateway_that_echoes_the_key_does_not_spread_it() -> None:
    """The key is struck out of every answer before anything reads it."""
    respx.get(url__startswith="https://gateway.example/").respond(
        400, json={"code": "x", "message": f"key {CANARY} is odd"}
    )
    respx.post(url__startswith="https://gateway.example/").respond(
        400, json={"code": "x", "message": f"key {CANARY} is odd"}
    )
    async with EasyRouter(base_url="https://gateway.example", key=CANARY, proxy_for=lambda _: None) as client:
        told = repr([await client.submit({}, mark=no_mark), await client.task("task_a")])
        with pytest.raises(ContentFault) as caught:
            async with client.content("task_a"):
                pass
    assert CANARY not in told + repr(caught.value)
    assert "is odd" in told


@pytest.mark.anyio
async def test_the_log_of_the_library_holds_no_signature(caplog: pytest.LogCaptureFixture) -> None:
    """A signed link is logged without its query."""
    with caplog.at_level(logging.DEBUG, logger="httpx"):
        async with (
            gateway(reply(200, b"x")) as (client, server),
            client.link(f"{server.url}/a.mp4?X-Tos-Signature=canary") as content,
        ):
            assert content.length == 1
    assert "/a.mp4?***" in caplog.text
    assert "canary" not in caplog.text.replace(KEY, "")


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("a\x00b\nc\u202ed", "a b c d"),
        ("key sk-abcdefgh1234 and sk-a", "key sk-*** and sk-a"),
        ("Authorization: Bearer abcdef.123", "Authorization: Bearer ***"),
        ("see https://u:p@x.example/a?b=c#d now", "see https://***@x.example/a?*** now"),
        ("POST /v1/callback/abc.def done", "POST /v1/callback/*** done"),
        ("the url https://h/v1/input/abc.def is not valid", "the url https://h/v1/input/*** is not valid"),
        ("x" * 2000, "x" * 999 + "…"),
    ],
)
def test_foreign_text_is_made_safe(text: str, safe: str) -> None:
    """Control characters and secrets go, and the length is bounded."""
    assert safe_text(text) == safe
