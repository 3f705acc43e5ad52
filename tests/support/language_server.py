"""A real YAML language server over stdio: what an editor would mark, offer and explain in a spec file."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import IO, Any, cast

from tests.support.whole import REPOSITORY

_NAME = "yaml-language-server"
_NEAR = REPOSITORY / ".venv" / "node" / "node_modules" / ".bin" / _NAME
_SETTINGS = {"yaml": {"validate": True, "hover": True, "completion": True, "schemaStore": {"enable": False}}}


def server_command() -> list[str]:
    """The server on the PATH, or the one that `make lab` installs. Fails where there is none."""
    found = shutil.which(_NAME) or (str(_NEAR) if _NEAR.exists() else None)
    assert found, f"{_NAME} is not here: npm install --prefix .venv/node {_NAME}"
    return [found, "--stdio"]


@dataclass(slots=True)
class Editor:
    """One open file. Lines and columns count from 0, as in the protocol."""

    to_server: IO[bytes]
    from_server: IO[bytes]
    uri: str
    _ids: Iterator[int] = field(default_factory=lambda: count(1))
    _marks: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def marks(self) -> list[tuple[int, str]]:
        """What is marked, by line."""
        while self.uri not in self._marks:
            self._heed(self._read())
        return [(each["range"]["start"]["line"], each["message"]) for each in self._marks[self.uri]]

    def offers(self, line: int, column: int) -> list[str]:
        """What completes at this place."""
        answer = self.ask("textDocument/completion", self._at(line, column))
        return [each["label"] for each in (answer or {"items": []})["items"]]

    def explains(self, line: int, column: int) -> str:
        """What is shown over this place."""
        answer = self.ask("textDocument/hover", self._at(line, column))
        return str(answer["contents"]["value"]) if answer else ""

    def ask(self, method: str, params: Mapping[str, Any]) -> Any:
        number = next(self._ids)
        self._send({"id": number, "method": method, "params": params})
        while True:
            message = self._read()
            if message.get("id") == number and "method" not in message:
                assert "error" not in message, message
                return message["result"]
            self._heed(message)

    def tell(self, method: str, params: Mapping[str, Any]) -> None:
        self._send({"method": method, "params": params})

    def _heed(self, message: Mapping[str, Any]) -> None:
        """Keep what is marked; answer what the server asks."""
        match message:
            case {"method": "textDocument/publishDiagnostics", "params": {"uri": uri, "diagnostics": found}}:
                self._marks[uri] = found
            case {"method": "workspace/configuration", "id": number, "params": {"items": items}}:
                self._send({"id": number, "result": [_SETTINGS.get(each["section"]) for each in items]})
            case {"method": _, "id": number}:
                self._send({"id": number, "result": None})
            case _:
                pass

    def _at(self, line: int, column: int) -> dict[str, Any]:
        return {"textDocument": {"uri": self.uri}, "position": {"line": line, "character": column}}

    def _send(self, message: Mapping[str, Any]) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self.to_server.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        self.to_server.flush()

    def _read(self) -> dict[str, Any]:
        length = 0
        while (header := self.from_server.readline()) != b"\r\n":
            assert header, "the language server ended"
            name, _, value = header.partition(b":")
            length = int(value) if name.lower() == b"content-length" else length
        return cast("dict[str, Any]", json.loads(self.from_server.read(length)))


@contextmanager
def opened(path: Path) -> Iterator[Editor]:
    """An editor with this file open, which knows nothing but what the file's modeline says."""
    command, text = server_command(), path.read_text(encoding="utf-8")
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        editor = Editor(server.stdin, server.stdout, path.as_uri())
        root = path.parent.as_uri()
        capabilities = {"textDocument": {"publishDiagnostics": {}, "hover": {"contentFormat": ["markdown"]}}}
        editor.ask("initialize", {"processId": None, "rootUri": root, "capabilities": capabilities})
        editor.tell("initialized", {})
        editor.tell("workspace/didChangeConfiguration", {"settings": _SETTINGS})
        document = {"uri": editor.uri, "languageId": "yaml", "version": 1, "text": text}
        editor.tell("textDocument/didOpen", {"textDocument": document})
        try:
            yield editor
        finally:
            server.terminate()
