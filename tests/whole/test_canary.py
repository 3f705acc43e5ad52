"""No secret leaves the program (D10): a gateway that repeats all it is told, and then every place where text may be."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.support.echoing import SIGNATURE, Echoes, echoing_gateway
from tests.support.reel import Finished, Reel
from tests.support.whole import Done, python, seedance_spec

CANARY = "canary-Q7ZK4V9X2M"
KEY = f"sk-{CANARY}"
CALLBACK_KEY = "Q7-callback-key-of-the-canary"

SHOT = "{{ model: dreamina-seedance-2-0, duration: 4, prompt: {}, metadata: {{ resolution: 480p }} }}"
ENDINGS = ("refused", "forbidden", "torn", "unreadable", "cut", "fails", "renders")
SPECS = "version: 1\nshots:\n" + "".join(f"  {each}: {SHOT.format(f'a cat that {each}')}\n" for each in ENDINGS)


class Project:
    """A folder whose every run is remembered: what the program said is searched with what it wrote."""

    def __init__(self, root: Path, environment: Mapping[str, str]) -> None:
        self.root = root
        self.environment = dict(environment)
        self.said: list[Done] = []
        (root / "specs").mkdir(parents=True)
        (root / "specs" / "film.yaml").write_text(SPECS, encoding="utf-8")

    def run(self, *words: str) -> Done:
        self.said.append(seedance_spec(*words, cwd=self.root, env=self.environment))
        return self.said[-1]

    def places(self) -> dict[str, bytes]:
        """Every text and every file by a name to show, file names included."""
        files = [path for path in self.root.rglob("*") if path.is_file()]
        found = {path.relative_to(self.root).as_posix(): path.read_bytes() for path in files}
        found |= {f"stdout {n}": done.out.encode() for n, done in enumerate(self.said)}
        found |= {f"stderr {n}": done.err.encode() for n, done in enumerate(self.said)}
        return {**found, "file names": "\n".join(map(str, files)).encode()}

    def holding(self, secret: str) -> list[str]:
        return [place for place, text in self.places().items() if secret.encode() in text]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _environment(echoes: Echoes) -> dict[str, str]:
    return {
        "EASYROUTER_API_KEY": KEY,
        "EASYROUTER_BASE_URL": echoes.url,
        "SEEDANCE_CALLBACK_KEY": CALLBACK_KEY,
        "COLUMNS": "500",
    }


def _applied(project: Project, *more: str) -> Done:
    port = _free_port()
    where = ("--listen", f"127.0.0.1:{port}", "--public-url", f"http://127.0.0.1:{port}")
    return project.run("apply", "--yes", "--poll-interval", "0.05", *where, *more)


def _in_the_journal_alone(places: list[str]) -> bool:
    return {place.partition("-")[0] for place in places} <= {".seedance/journal.db"}


def test_no_secret_is_anywhere_after_every_kind_of_ending(tmp_path: Path) -> None:
    """Seven shots that end in seven ways, told and shown by every verb: the key, the callback key, the capability and
    the signature are in no output, lockfile, sidecar, store, log or file name.

    One exception, on purpose: the journal keeps callbacks as they came, and the upstream puts its own signed link into
    them. It is private (0600), never leaves the machine, and the link is a means to save a clip whose task is unknown.
    """
    with echoing_gateway() as echoes:
        project = Project(tmp_path / "film", _environment(echoes))
        for words in (("--json",), (), ("--retry-failed",)):
            assert _applied(project, *words).code in {4, 8}, project.said[-1].err
        for verb in ("plan", "status"):
            project.run(verb)
            project.run(verb, "--json")
        project.run("collect", "--json", "--timeout", "1")

    assert echoes.keys == {f"Bearer {KEY}"}
    assert echoes.calls >= 2
    assert len(echoes.capabilities) >= len(ENDINGS)
    assert (project.root / "renders" / "film" / "renders.mp4").exists()
    assert "no: Authorization: Bearer …" in "".join(done.out + done.err for done in project.said)
    for secret in (CANARY, CALLBACK_KEY, *echoes.capabilities):
        assert project.holding(secret) == []
    assert _in_the_journal_alone(project.holding(SIGNATURE)), project.holding(SIGNATURE)


@pytest.mark.parametrize("status", [401, 402, 403, 413, 500])
def test_no_secret_is_anywhere_when_everything_is_refused(tmp_path: Path, status: int) -> None:
    """The key's own refusals, echoed: said, redacted, and nothing of them on the disk."""
    with echoing_gateway(everybody=status) as echoes:
        project = Project(tmp_path / "film", _environment(echoes))
        assert _applied(project).code in {4, 5, 8}, project.said[-1].err
        project.run("status", "--json")

    assert echoes.keys == {f"Bearer {KEY}"}
    for secret in (CANARY, CALLBACK_KEY, *echoes.capabilities):
        assert project.holding(secret) == []
    assert _in_the_journal_alone(project.holding(SIGNATURE)), project.holding(SIGNATURE)


@pytest.mark.parametrize("raised", ["RuntimeError", "OSError", "KeyError", "BaseExceptionGroup"])
def test_no_secret_is_in_a_traceback(tmp_path: Path, raised: str) -> None:
    """A fault of the program whose words, values and cause hold the key: the report to paste does not."""
    program = f"""
import os, sys
import seedance_spec.rendering as rendering
from seedance_spec.cli import main
async def carry_out(*words, **more):
    key = os.environ["EASYROUTER_API_KEY"]
    said = f"Authorization: Bearer {{key}} at https://h.example/x?X-Tos-Signature={SIGNATURE}"
    fault = {raised}(said) if "{raised}" != "BaseExceptionGroup" else ExceptionGroup(said, [ValueError(said)])
    raise fault from ValueError(key)
rendering.carry_out = carry_out
sys.exit(main(["apply", "--yes"]))
"""
    project = Project(tmp_path / "film", {"EASYROUTER_API_KEY": KEY, "EASYROUTER_BASE_URL": "http://127.0.0.1:9"})

    project.said.append(python(program, cwd=project.root, env=project.environment))

    assert project.said[-1].code == 1
    assert "This is a fault of seedance-spec" in project.said[-1].err
    assert (project.holding(CANARY), project.holding(SIGNATURE)) == ([], [])


def test_the_sandbox_never_sees_the_users_key(three_shots: Reel) -> None:
    """With a key in the environment, `--sandbox` uses its own: the user's is neither sent nor logged nor kept."""
    three_shots.environment = {"EASYROUTER_API_KEY": KEY, "SEEDANCE_CALLBACK_KEY": CALLBACK_KEY}
    done: Finished = three_shots.apply("--fault", "moderation:prompt~jump")

    assert done.code == 4, done.err
    files = {path: path.read_bytes() for path in three_shots.root.rglob("*") if path.is_file()}
    assert any(path.name == "sandbox.log" for path in files)
    for secret in (CANARY.encode(), CALLBACK_KEY.encode()):
        assert [path for path, text in files.items() if secret in text] == []
        assert secret not in (done.out + done.err).encode()


def test_a_key_comes_from_the_environment_or_its_file_alone(tmp_path: Path) -> None:
    """The file's key is the one that is sent; no verb has a flag for one."""
    kept = tmp_path / "key"
    kept.write_text(f"{KEY}\n", encoding="utf-8")
    with echoing_gateway(everybody=401) as echoes:
        environment = {**_environment(echoes), "EASYROUTER_API_KEY": "", "EASYROUTER_API_KEY_FILE": str(kept)}
        project = Project(tmp_path / "film", environment)
        project.run("apply", "--yes")

    assert echoes.keys == {f"Bearer {KEY}"}
    assert project.holding(CANARY) == []
    for flag in ("--key", "--api-key", "--token"):
        assert project.run("apply", flag, KEY).code == 64
        assert CANARY not in project.said[-1].err


@pytest.mark.parametrize("verb", ["validate", "plan", "apply", "collect"])
def test_a_spec_that_holds_a_key_is_refused_without_repeating_it(tmp_path: Path, verb: str) -> None:
    """A key pasted into a spec is an error at its line, and nothing is sent."""
    with echoing_gateway() as echoes:
        project = Project(tmp_path / "film", _environment(echoes))
        pasted = "sk-NotARealKey00000"
        (project.root / "specs" / "film.yaml").write_text(f"# {pasted}\n{SPECS}", encoding="utf-8")

        done = project.run(verb)

    assert done.code == 3
    assert "key-in-spec" in done.err
    assert pasted not in done.out + done.err
    assert echoes.keys == set()
