"""GitHub's comments of one pull request, on loopback: what the action's own step lists, makes and edits."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit


@dataclass(slots=True)
class Comments:
    """`calls` are method and path of every request; `read_only` is a fork's token."""

    url: str = ""
    comments: list[dict[str, Any]] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    read_only: bool = False

    def add(self, body: str | None, *, author: str | None) -> None:
        """A comment; one of a user that is gone has no author, and one without a word no body."""
        user = None if author is None else {"login": author}
        self.comments.append({"id": len(self.comments) + 1, "user": user, "body": body})

    def answer(self, method: str, path: str, body: dict[str, Any]) -> tuple[int, Any]:
        self.calls.append(f"{method} {urlsplit(path).path}")
        if method == "GET":
            page = int(parse_qs(urlsplit(path).query)["page"][0])
            return 200, self.comments[(page - 1) * 100 : page * 100]
        if self.read_only:
            return 403, {"message": "Resource not accessible by integration"}
        if method == "POST":
            self.add(body["body"], author="github-actions[bot]")
            return 201, self.comments[-1]
        edited = self.comments[int(path.rpartition("/")[2]) - 1]
        edited["body"] = body["body"]
        return 200, edited


@contextmanager
def serving_comments() -> Iterator[Comments]:
    comments = Comments()

    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            assert self.headers["Authorization"] == "Bearer a-token"
            length = int(self.headers.get("Content-Length", 0))
            status, said = comments.answer(self.command, self.path, json.loads(self.rfile.read(length) or b"{}"))
            text = json.dumps(said).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def do_GET(self) -> None:
            self._answer()

        def do_POST(self) -> None:
            self._answer()

        def do_PATCH(self) -> None:
            self._answer()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's own name
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        comments.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield comments
        finally:
            server.shutdown()
            thread.join()
