"""Requests that nobody honest sends, drawn from a seed: forged, malformed, smuggled, too large, or merely strange."""

from __future__ import annotations

import gzip
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from random import Random

from seedance_spec.attempts.attempt_id import project_prefix
from seedance_spec.webhook.capability import CALLBACK_PREFIX, callback_path, owner_token
from tests.hostile.wire import KEY, PROJECT, STRANGERS_KEY, ark_body, attempt, post

OURS = 32
"""Attempts that a right capability is sent for."""

STRANGERS = 1 << 32
"""Attempts from this number on are never sent with a right capability: a row of theirs is a promise broken."""

_BORN = time.time()
_CLOSE = "Connection: close\r\n"


@cache
def _bomb() -> bytes:
    """60 MB in less than 64 KiB."""
    return gzip.compress(bytes(60_000_000))


@dataclass(frozen=True, slots=True, kw_only=True)
class Forgery:
    """Bytes to send on a connection of their own. `ours`: they carry a right capability, so a 200 is right too."""

    family: str
    parts: tuple[bytes, ...]
    ours: bool = False


def forgery(random: Random) -> Forgery:
    ours = random.random() < 0.5
    family = random.choice(_OF_OURS if ours else _OF_STRANGERS)
    made = family(random)
    return Forgery(family=family.__name__.strip("_"), parts=(made,) if isinstance(made, bytes) else made, ours=ours)


def our_attempts() -> frozenset[str]:
    """The only attempts that may have rows in the file."""
    return frozenset(attempt(nth, minted_at=_BORN) for nth in range(OURS))


def _our_path(random: Random) -> str:
    return callback_path(attempt(random.randrange(OURS), minted_at=_BORN), KEY)


def _strangers_path(random: Random, key: bytes = STRANGERS_KEY) -> str:
    return callback_path(attempt(STRANGERS + random.randrange(1 << 40)), key)


# ── without a right capability: never a 200, never a row ────────────────────────────────────────────────────────────


def _strangers_mac(random: Random) -> bytes:
    return post(_strangers_path(random), ark_body("cgt-forged"))


def _one_character_wrong(random: Random) -> bytes:
    path = _strangers_path(random, KEY)
    place = random.randrange(len(CALLBACK_PREFIX), len(path))
    other = random.choice([each for each in "abcdefgABCDEFG0123._-~%" if each != path[place]])
    return post(path[:place] + other + path[place + 1 :], ark_body("cgt-forged"))


def _spelt_otherwise(random: Random) -> bytes:
    """A right capability that is not written as it was given."""
    path = _strangers_path(random, KEY)
    token = path.removeprefix(CALLBACK_PREFIX)
    spellings = [
        path.upper(),
        path + "=",
        path + "/",
        path + "//x",
        CALLBACK_PREFIX + "./" + token + "x",
        CALLBACK_PREFIX + token.replace(".", "%2E%2E"),
        CALLBACK_PREFIX + token.swapcase(),
        CALLBACK_PREFIX + token[1:],
        CALLBACK_PREFIX + " " + token,
        f"/v1/callbacks/{token}",
        f"/callback/{token}",
    ]
    return post(random.choice(spellings), ark_body("cgt-forged"))


def _long_dead(random: Random) -> bytes:
    dead = attempt(STRANGERS + random.randrange(1 << 40), minted_at=_BORN - 97 * 3600)
    return post(callback_path(dead, KEY), ark_body("cgt-dead"))


def _random_token(random: Random) -> bytes:
    alphabet = "abcdefghijklmnopqrstuvwxyz234567ABC._-%/\\?#&=;:\"'<>"
    token = "".join(random.choices(alphabet, k=random.randrange(200)))
    return post(CALLBACK_PREFIX + token, b"{}")


def _another_route(random: Random) -> bytes:
    method = random.choice(["GET", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "TRACE", "CONNECT", "PROPFIND", "POST"])
    path = random.choice(
        ["/", "/..", "/../../etc/passwd", "/%00", "/%ff%fe", "/v1/", "/v1/callback", "/.git/config", "//", "*", "/?a=b"]
    )
    return f"{method} {path} HTTP/1.1\r\nHost: receiver\r\n{_CLOSE}\r\n".encode()


def _owners_routes(random: Random) -> bytes:
    project = project_prefix(PROJECT)
    token = random.choice(
        [owner_token(project, STRANGERS_KEY), f"{project}.{'A' * 32}", "", "x" * 5_000, owner_token(project, KEY)[:-1]]
    )
    path = random.choice(["/v1/events?after=0&wait=30", "/v1/claims", "/v1/claims/x/outcome", "/v1/claims/x"])
    method = random.choice(["GET", "POST"])
    head = f"{method} {path} HTTP/1.1\r\nHost: receiver\r\nAuthorization: Bearer {token}\r\n{_CLOSE}"
    return f"{head}Content-Length: 2\r\n\r\n{{}}".encode()


def _random_bytes(random: Random) -> bytes:
    return random.randbytes(random.randrange(1, 3_000))


def _other_protocols(random: Random) -> bytes:
    return random.choice(
        [
            b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + random.randbytes(200),
            b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
            b"\x05\x01\x00",
            b"SSH-2.0-x\r\n",
            b"EHLO x\r\n",
            b"GET / HTTP/9.9\r\n\r\n",
            b"GET /\r\n\r\n",
            b"\r\n" * 500,
            b"PROXY TCP4 1.1.1.1 2.2.2.2 1 2\r\nGET / HTTP/1.1\r\n\r\n",
        ]
    )


def _huge_head(random: Random) -> bytes:
    path = _strangers_path(random)
    size = random.choice([8_000, 8_191, 9_000, 65_536, 300_000])
    lines = random.choice([f"X: {'x' * size}\r\n", f"{'x' * size}: x\r\n", "X: y\r\n" * (size // 6)])
    long = random.choice([path, path + "x" * size])
    return f"POST {long} HTTP/1.1\r\nHost: receiver\r\n{lines}\r\n".encode()


# ── with a right capability: whatever comes of it is a poke or a refusal ────────────────────────────────────────────


def _strange_body(random: Random) -> bytes:
    bodies = [
        b"",
        b"[" * 60_000,
        b'{"a":' * 10_000,
        b'{"status": NaN, "id": Infinity}',
        b"\xff\xfe\x00\xc3\x28" * 200,
        b'{"status": ' + b"9" * 5_000 + b"}",
        b'{"status": "succeeded", "status": "failed"}',
        b'{"data": {"data": {"data": {"id": "cgt-x"}}}}',
        random.randbytes(random.randrange(4_000)),
        ark_body("cgt-" + "x" * 3_000),
    ]
    return post(_our_path(random), random.choice(bodies), headers=_CLOSE)


def _gzip_bomb(random: Random) -> bytes:
    coding = random.choice(["gzip", "deflate", "br", "gzip, gzip", "nonsense"])
    return post(_our_path(random), _bomb(), headers=f"{_CLOSE}Content-Encoding: {coding}\r\n")


def _too_large(random: Random) -> bytes:
    path = _our_path(random)
    if random.random() < 0.5:
        return post(path, b"x" * (64 * 1024 + random.randrange(1, 200_000)), headers=_CLOSE)
    length = random.choice(["1000000", "9" * 18, "9" * 40, "-1", "+5", "0x10", "1e3", "5, 5", " "])
    return f"POST {path} HTTP/1.1\r\nHost: receiver\r\nContent-Length: {length}\r\n\r\n".encode() + b"x" * 100


def _smuggled(random: Random) -> bytes:
    path = _our_path(random)
    inner = post(_strangers_path(random), b"x")
    heads = [
        "Content-Length: 6\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: chunked\r\nContent-Length: 6\r\n",
        "Transfer-Encoding: xchunked\r\n",
        "Transfer-Encoding : chunked\r\n",
        "Transfer-Encoding:\tchunked\r\nTransfer-Encoding: identity\r\n",
        "Content-Length: 5\r\nContent-Length: 6\r\n",
        "X: y\r\n Content-Length: 5\r\n",
        "X: y\nContent-Length: 5\n",
        "Content-Length\x00: 5\r\n",
        "Content-Length: 5\r\nX: \x00\r\n",
    ]
    return f"POST {path} HTTP/1.1\r\nHost: receiver\r\n{random.choice(heads)}\r\n0\r\n\r\n".encode("latin-1") + inner


def _chunked_nonsense(random: Random) -> tuple[bytes, ...]:
    head = f"POST {_our_path(random)} HTTP/1.1\r\nHost: receiver\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
    chunks = random.choice(
        [
            b"ZZ\r\n",
            b"-1\r\nx\r\n0\r\n\r\n",
            b"ffffffffffffffff\r\n",
            b"5;ext=" + b"x" * 9_000 + b"\r\nhello\r\n0\r\n\r\n",
            b"1\r\nx\r\n" * 5_000 + b"0\r\n\r\n",
            b"0\r\n" + b"X: y\r\n" * 3_000 + b"\r\n",
            b"5\r\nhelloXX0\r\n\r\n",
        ]
    )
    return (head, chunks)


def _cut_off(random: Random) -> bytes:
    whole = post(_our_path(random), ark_body("cgt-cut"))
    return whole[: random.randrange(1, len(whole))]


def _flipped(random: Random) -> bytes:
    """A right request, the smallest part of it wrong."""
    whole = bytearray(post(_our_path(random), ark_body("cgt-flipped"), headers=_CLOSE))
    for _ in range(random.randrange(1, 5)):
        whole[random.randrange(len(whole))] = random.randrange(256)
    return bytes(whole)


def _asks_for_more(random: Random) -> bytes:
    wishes = [
        "Expect: 100-continue\r\n",
        "Expect: nonsense\r\n",
        "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: x\r\nSec-WebSocket-Version: 13\r\n",
        "Upgrade: h2c\r\nHTTP2-Settings: x\r\nConnection: Upgrade, HTTP2-Settings\r\n",
        "Range: bytes=0-\r\n",
        "Accept: text/html\r\nCookie: " + "x" * 4_000 + "\r\n",
    ]
    return post(_our_path(random), b"{}", headers=random.choice(wishes))


def _pipelined(random: Random) -> bytes:
    many = [post(_our_path(random), b"{}"), post(_strangers_path(random), b"{}"), b"GET /healthz HTTP/1.1\r\n\r\n"]
    return b"".join(random.choices(many, k=random.randrange(2, 60)))


Made = Callable[[Random], "bytes | tuple[bytes, ...]"]

_OF_STRANGERS: Sequence[Made] = (
    _strangers_mac,
    _one_character_wrong,
    _spelt_otherwise,
    _long_dead,
    _random_token,
    _another_route,
    _owners_routes,
    _random_bytes,
    _other_protocols,
    _huge_head,
)
_OF_OURS: Sequence[Made] = (
    _strange_body,
    _gzip_bomb,
    _too_large,
    _smuggled,
    _chunked_nonsense,
    _cut_off,
    _flipped,
    _asks_for_more,
    _pipelined,
)
