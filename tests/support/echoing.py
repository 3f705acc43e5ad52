"""A hostile gateway on loopback: whatever it says, it repeats the secrets that it was told, and adds signed URLs."""

from __future__ import annotations

import json
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.support.clips import film

SIGNATURE = "CANARYSIG"
LINK = "/tos/clip.mp4?X-Tos-Algorithm=TOS4-HMAC-SHA256&X-Tos-Signature=" + SIGNATURE

REFUSALS = {
    "refused": 400,
    "forbidden": 403,
    "torn": 200,
    "unreadable": 502,
}
"""What a POST whose prompt holds the word is answered with; every body echoes."""


@dataclass(slots=True)
class Echoes:
    """What was seen: `capabilities` are the MACs of the callback URLs, `keys` the Authorization headers."""

    url: str = ""
    everybody: int | None = None
    capabilities: set[str] = field(default_factory=set)
    keys: set[str] = field(default_factory=set)
    calls: int = 0
    prompts: dict[str, str] = field(default_factory=dict)
    callback_urls: dict[str, str] = field(default_factory=dict)

    @property
    def signed(self) -> str:
        return self.url + LINK


@contextmanager
def echoing_gateway(*, everybody: int | None = None) -> Iterator[Echoes]:
    """`everybody` answers every call of the API with this status."""
    echoes = Echoes(everybody=everybody)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(echoes))
    echoes.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield echoes
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _handler(echoes: Echoes) -> type[BaseHTTPRequestHandler]:
    class Handler(_Echoing):
        seen = echoes

    return Handler


class _Echoing(BaseHTTPRequestHandler):
    seen: Echoes
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        """Nothing of a test's server is printed."""

    # ── what it says ────────────────────────────────────────────────────────────────────────────────────────────────

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self._remember(body)
        prompt = body["prompt"]
        if self.seen.everybody is not None:
            if self.seen.everybody >= 500:
                self._call(body, "0", "failed")
            self._answer(self.seen.everybody, self._refusal(body))
        elif "cut" in prompt:
            self._call(body, "0", "failed")
            self.close_connection = True
        elif word := next((each for each in REFUSALS if each in prompt), None):
            if word in {"torn", "unreadable"}:
                self._call(body, "0", "failed")
            self._answer(REFUSALS[word], self._refusal(body), torn=word in {"torn", "unreadable"})
        else:
            self._accept(body)

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        if path.startswith("/tos/"):
            # A key that is sent to the object store is a leak of its own.
            assert self.headers["Authorization"] is None
            return self._bytes(film())
        if path == "/api/log/token":
            return self._answer(404, self._refusal({}))
        if self.seen.everybody is not None:
            return self._answer(self.seen.everybody, self._refusal({}))
        if path.endswith("/content"):
            return self._answer(502, self._refusal({}))
        return self._answer(200, self._task(path.rpartition("/")[2]))

    def _refusal(self, body: dict[str, Any]) -> dict[str, Any]:
        return {"code": "fail_to_fetch_task", "message": self._echo(body), "data": None}

    def _echo(self, body: dict[str, Any]) -> str:
        metadata = body.get("metadata", {})
        called = metadata.get("callback_url") or "".join(list(self.seen.callback_urls.values())[:1])
        return (
            f"no: Authorization: {self.headers['Authorization']} key={self.headers['Authorization'][7:]} "
            f"while fetching {self.seen.signed} for {called}"
        )

    def _task(self, task_id: str) -> dict[str, Any]:
        failed = "fails" in self.seen.prompts[task_id]
        now = int(time.time())
        return {
            "code": "success",
            "message": "",
            "data": {
                "task_id": task_id,
                "quota": 818125,
                "status": "FAILURE" if failed else "SUCCESS",
                "fail_reason": self._echo({}) if failed else "",
                "result_url": self._echo({}) if failed else self.seen.signed,
                "submit_time": now - 100,
                "start_time": now - 90,
                "finish_time": now - 2,
                "progress": "100%",
                "data": {
                    "id": f"cgt-20260508183637-{task_id[5:]}",
                    "status": "failed" if failed else "succeeded",
                    "error": {"code": "InternalServiceError", "message": self._echo({})} if failed else None,
                    "content": {"video_url": self.seen.signed},
                    "usage": {"total_tokens": 108900, "completion_tokens": 108900},
                    "framespersecond": 24,
                    "updated_at": now - 3,
                },
            },
        }

    # ── how it says it ──────────────────────────────────────────────────────────────────────────────────────────────

    def _remember(self, body: dict[str, Any]) -> None:
        self.seen.keys.add(self.headers["Authorization"])
        callback_url = body.get("metadata", {}).get("callback_url")
        if callback_url:
            self.seen.capabilities.add(callback_url.rpartition(".")[2])

    def _accept(self, body: dict[str, Any]) -> None:
        task_id = f"task_{len(self.seen.prompts) + 1}"
        self.seen.prompts[task_id] = body["prompt"]
        callback_url = body.get("metadata", {}).get("callback_url")
        if callback_url:
            self.seen.callback_urls[task_id] = callback_url
            self._call(body, task_id[5:], "running")
        told = {"id": task_id, "task_id": task_id, "object": "video", "status": "queued", "progress": 0}
        self._answer(200, {**told, "model": body["model"], "created_at": int(time.time())})

    def _call(self, body: dict[str, Any], upstream: str, status: str) -> None:
        """Call back before the answer, with a body that holds a signed link."""
        callback_url = body["metadata"].get("callback_url")
        if callback_url is None:
            return
        said = {
            "id": f"cgt-20260508183637-{upstream}",
            "status": status,
            "content": {"video_url": self.seen.signed},
        }
        call = urllib.request.Request(
            callback_url, json.dumps(said).encode(), {"Content-Type": "application/json"}, method="POST"
        )
        with urllib.request.urlopen(call, timeout=10) as answer:
            self.seen.calls += answer.status == 200

    def _answer(self, status: int, said: dict[str, Any], *, torn: bool = False) -> None:
        whole = json.dumps(said).encode()
        self._send(status, "application/json", whole[:-1] if torn else whole)

    def _bytes(self, data: bytes) -> None:
        self._send(200, "video/mp4", data)

    def _send(self, status: int, kind: str, data: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)
