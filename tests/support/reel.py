"""A project in a folder, the real program, the real sandbox: what the tests of the whole stand on."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

SPEED = "400"


@dataclass(frozen=True, slots=True)
class Finished:
    """What a run of the program left: exit code, data (stdout) and everything else (stderr)."""

    code: int
    out: str
    err: str

    def events(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.out.splitlines() if line.startswith("{")]


@dataclass(slots=True)
class Reel:
    """A project folder. `run` is the console script in a process of its own; `stats` is what the sandbox counted."""

    root: Path
    environment: Mapping[str, str] = field(default_factory=dict)

    def write(self, name: str, text: str) -> Path:
        path = self.root / "specs" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text), encoding="utf-8")
        return path

    def edit(self, name: str, old: str, new: str) -> None:
        path = self.root / "specs" / name
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "seedance_spec", *arguments]

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            self.command(*arguments),
            cwd=self.root,
            env={**os.environ, **self.environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *arguments: str, timeout: float = 120) -> Finished:
        process = self.start(*arguments)
        out, err = process.communicate(timeout=timeout)
        return Finished(process.returncode, out, err)

    def apply(self, *more: str, speed: str = SPEED) -> Finished:
        return self.run("apply", "--sandbox", "--yes", "--speed", speed, *more)

    def plan(self, *more: str) -> Finished:
        return self.run("plan", "--sandbox", *more)

    def actions(self) -> dict[str, str]:
        document = json.loads(self.plan("--json").out)
        return {f"{change['shot']}#{change['take']}": change["action"] for change in document["changes"]}

    @property
    def endpoint(self) -> dict[str, Any]:
        loaded: dict[str, Any] = json.loads((self.root / ".seedance-sandbox" / "endpoint.json").read_text())
        return loaded

    def stats(self) -> dict[str, int]:
        with urllib.request.urlopen(f"{self.endpoint['url']}/sandbox/stats", timeout=10) as answer:
            counted: dict[str, int] = json.load(answer)
        return counted

    @property
    def posts(self) -> int:
        return self.stats()["posts"]

    def clip(self, shot: str) -> Path:
        return self.root / "renders" / "sandbox" / f"{shot}.mp4"

    def stop_sandbox(self) -> None:
        path = self.root / ".seedance-sandbox" / "endpoint.json"
        if not path.exists():
            return
        process = int(self.endpoint["pid"])
        os.kill(process, signal.SIGTERM)
        while path.exists():
            try:
                os.kill(process, 0)
            except ProcessLookupError:
                break
            os.sched_yield()
