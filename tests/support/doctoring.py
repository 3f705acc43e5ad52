"""A patient: a project in a folder, a gateway that answers by route, and what the doctor says of them."""

from __future__ import annotations

import asyncio
import json
import subprocess
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email.utils import formatdate
from pathlib import Path
from typing import Any

from typing_extensions import override

from seedance_spec.doctor.finding import Finding, State
from seedance_spec.doctor.gateway import NoKey
from seedance_spec.doctor.looking.rounds import Examined, Reach, rounds
from seedance_spec.doctor.sights import findings_of
from seedance_spec.gateway.account import AccountRoute
from seedance_spec.realm import Realm
from seedance_spec.secret import Secret
from seedance_spec.workplace import Workplace
from tests.support.attempts import NOW
from tests.support.speaking import KEY, STALL, Act, ScriptedServer, reply

__all__ = ["NOW", "STALL", "Act", "reply"]

NO_KEY = NoKey(reason="there is no API key", way_out="set one")
SPEC = "version: 1\nshots: { moon: { model: dreamina-seedance-2-0, prompt: A cat on the moon } }\n"
LOG = "/api/log/token"


def json_reply(body: object, status: int = 200, **headers: str) -> Act:
    return reply(status, json.dumps(body).encode(), length=None, **headers)


def shape_a(message: str) -> Mapping[str, object]:
    return {"error": {"message": message, "type": "new_api_error", "code": ""}}


ABSENT = {"code": "task_not_exist", "message": "task_not_exist", "data": None}


def well(
    *, now: float = NOW, left_usd: float = 98.25, models: Sequence[str] = ("dreamina-seedance-2-0",)
) -> dict[str, Act]:
    """What a gateway answers that has nothing to complain of."""
    headers = {"date": formatdate(now, usegmt=True), "x_new_api_version": "v0.12.11"}
    return {
        AccountRoute.NO_TASK: json_reply(ABSENT, 400, **headers),
        AccountRoute.MODELS: json_reply({"object": "list", "data": [{"id": name} for name in models]}),
        AccountRoute.LIMIT: json_reply({"object": "billing_subscription", "hard_limit_usd": left_usd + 1.75}),
        AccountRoute.SPENT: json_reply({"object": "list", "total_usage": 175}),
        LOG: json_reply({"success": True, "message": "", "data": []}),
    }


@dataclass(slots=True, kw_only=True)
class Counter(ScriptedServer):
    """Answers each path as told, in any order; anything else as said, or as a gateway without that route."""

    answers: Mapping[str, Act] = field(default_factory=dict)
    otherwise: Act | None = None

    @override
    async def _act(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, connection: int) -> bool:
        heard = await self._hear(reader, connection)
        self.heard.append(heard)
        act = self.answers.get(heard.target) or self.otherwise or no_route(heard.method, heard.target)
        writer.write(act.raw)
        await writer.drain()
        if act.stalls:
            await reader.read()
        return not act.hangs_up


def no_route(method: str, target: str) -> Act:
    return json_reply(shape_a(f"Invalid URL ({method} {target})"), 404)


@asynccontextmanager
async def a_gateway(answers: Mapping[str, Act], *, otherwise: Act | None = None) -> AsyncIterator[Counter]:
    counter = Counter(acts=[], answers=answers, otherwise=otherwise)
    server = await asyncio.start_server(counter.serve, "127.0.0.1", 0)
    async with server:
        counter.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        yield counter


def a_project(root: Path, *, spec: str = SPEC) -> Path:
    (root / "specs").mkdir(parents=True, exist_ok=True)
    (root / "specs" / "reel.yaml").write_text(spec, encoding="utf-8")
    return root


def git(root: Path, *words: str) -> None:
    subprocess.run(["git", "-C", str(root), *words], check=True, capture_output=True)


def examined(root: Path, **overrides: Any) -> Examined:
    """A project that has no key and names no URL."""
    fields: dict[str, Any] = {
        "place": Workplace(root=root, realm=Realm.PAID),
        "sandbox": False,
        "no_project": "",
        "gateway": NO_KEY,
        "now": lambda: NOW,
        "random": lambda count: bytes(range(count)),
    }
    return Examined(**{**fields, **overrides})


def with_key(url: str) -> Reach:
    return Reach(base_url=url, key=Secret(KEY), source="EASYROUTER_API_KEY")


async def looked(patient: Examined) -> Mapping[str, Finding]:
    """The findings by their names."""
    seen = await rounds(patient, lambda _: None)
    return {finding.name: finding for finding in findings_of(seen)}


def states(findings: Sequence[Finding]) -> dict[str, State]:
    """How each finding ends; whatever is to be mended has a way out."""
    helpless = [each.name for each in findings if each.state in {State.WARN, State.FAIL} and not each.way_out]
    assert helpless == []
    return {finding.name: finding.state for finding in findings}


def files_of(root: Path) -> dict[str, tuple[bytes, int]]:
    """Every file of a folder with its bytes and mode, and every folder."""
    return dict(_files_of(root))


def _files_of(root: Path) -> Iterator[tuple[str, tuple[bytes, int]]]:
    for path in sorted(root.rglob("*")):
        content = path.read_bytes() if path.is_file() else b""
        yield path.relative_to(root).as_posix(), (content, path.stat().st_mode)
