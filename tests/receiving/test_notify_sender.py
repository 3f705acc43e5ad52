"""What becomes of one delivery: each way that it can miss is a reason in our words, and none of them an exception."""

from __future__ import annotations

import shutil
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from seedance_spec.webhook.notify_sender import Sender, Undelivered
from seedance_spec.webhook.notify_words import Post
from tests.support.notifying import a_forge

pytestmark = pytest.mark.anyio


NOW = 1_778_236_598.0
"""2026-05-08T10:36:38Z."""


def a_post(url: str) -> Post:
    return Post(url=url, body=b"{}", headers={"Content-Type": "application/json"})


class Refused(ThreadingHTTPServer):
    def handle_error(self, *_: object) -> None:
        """The handshake is meant to fail."""


@contextmanager
def strange_server(folder: Path) -> Iterator[str]:
    """One whose certificate nobody vouches for."""
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    made = ("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "1")
    subject = ("-subj", "/CN=localhost", "-keyout", str(key), "-out", str(certificate))
    subprocess.run(["openssl", *made, *subject], check=True, capture_output=True, timeout=60)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with Refused(("127.0.0.1", 0), BaseHTTPRequestHandler) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield f"https://localhost:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.skipif(shutil.which("openssl") is None, reason="makes a certificate with openssl")
async def test_a_certificate_that_nobody_vouches_for_is_said_so(tmp_path: Path) -> None:
    """It is a miss like any other, tried again later: never a mistake of ours that keeps other targets waiting."""
    with strange_server(tmp_path) as url:
        missed = await Sender(proxy_for=lambda _: None, now=lambda: NOW)(a_post(url))

    assert missed == Undelivered(reason="its certificate cannot be trusted")


@pytest.mark.parametrize(
    ("wish", "seconds"),
    [
        ("120", 120.0),
        ("Fri, 08 May 2026 10:46:38 GMT", 600.0),
        ("Fri, 08 May 2026 10:00:00 GMT", 0.0),
        ("soon", None),
        ("-5", None),
        ("", None),
    ],
)
async def test_a_wish_to_wait_has_two_forms(wish: str, seconds: float | None) -> None:
    """Retry-After in seconds or as a date; one that is over is no pause, and nonsense no wish."""
    with a_forge(503) as forge:
        forge.retry_after = wish
        missed = await Sender(proxy_for=lambda _: None, now=lambda: NOW)(a_post(forge.url))

    assert missed == Undelivered(reason="HTTP 503", retry_after=seconds)
