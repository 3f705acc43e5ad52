"""The systemd units and the Dockerfile run this program: every word of theirs is one that it and they know."""

from __future__ import annotations

import asyncio
import json
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from argparse import Namespace
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pytest

from seedance_spec.cli.exit_codes import ExitCode
from seedance_spec.cli.parser import parser_for
from seedance_spec.cli.verbs import load
from tests.support.standing import a_stand
from tests.support.whole import REPOSITORY

FOLDER = REPOSITORY / "docs" / "receiver"
SERVICE, SOCKET, DOCKERFILE = (
    FOLDER / name for name in ("seedance-spec.service", "seedance-spec.socket", "Dockerfile")
)


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


KNOWN: Mapping[str, frozenset[str]] = {
    "Unit": frozenset({"After", "Description", "Requires"}),
    "Install": frozenset({"WantedBy"}),
    "Socket": frozenset({"Backlog", "ListenStream", "NoDelay"}),
    "Service": _words(
        """
        AmbientCapabilities CapabilityBoundingSet DynamicUser EnvironmentFile ExecStart LimitNOFILE LockPersonality
        MemoryDenyWriteExecute MemoryMax NoNewPrivileges PrivateDevices PrivateTmp PrivateUsers ProcSubset ProtectClock
        ProtectControlGroups ProtectHome ProtectHostname ProtectKernelLogs ProtectKernelModules ProtectKernelTunables
        ProtectProc ProtectSystem Restart RestartPreventExitStatus RestartSec RestrictAddressFamilies RestrictNamespaces
        RestrictRealtime RestrictSUIDSGID StateDirectory StateDirectoryMode SystemCallArchitectures
        SystemCallErrorNumber SystemCallFilter TasksMax TimeoutStopSec Type UMask WorkingDirectory
        """
    ),
}
"""The settings of systemd 252 (systemd.unit, systemd.service, systemd.socket, systemd.exec) that the units use."""

INSTRUCTIONS = _words(
    "ADD ARG CMD COPY ENTRYPOINT ENV EXPOSE FROM HEALTHCHECK LABEL RUN SHELL STOPSIGNAL USER VOLUME WORKDIR"
)

Unit = Mapping[str, Mapping[str, Sequence[str]]]


def _unit(path: Path) -> Unit:
    """Sections, settings, and the values of each in their order."""
    sections: dict[str, dict[str, list[str]]] = {}
    section: dict[str, list[str]] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        if not line or line.startswith("#"):
            continue
        if heading := re.fullmatch(r"\[(\w+)\]", line):
            section = sections.setdefault(heading[1], {})
            continue
        name, equals, value = line.partition("=")
        assert equals, line
        section.setdefault(name, []).append(value)
    return sections


def _instructions() -> Iterator[tuple[str, str]]:
    joined = DOCKERFILE.read_text(encoding="utf-8").replace("\\\n", " ")
    for line in joined.splitlines():
        if line and not line.startswith("#"):
            name, _, rest = line.partition(" ")
            yield name, " ".join(rest.split())


def _serve(words: Sequence[str]) -> Namespace:
    """The words as our own parser takes them; it raises where one is not known."""
    assert words[0] == "serve"
    return parser_for("serve", load("serve")).parse_args(list(words[1:]))


@pytest.fixture
def service() -> Mapping[str, Sequence[str]]:
    return _unit(SERVICE)["Service"]


@pytest.fixture
def image() -> Mapping[str, str]:
    """The last instruction of each name."""
    return dict(_instructions())


# ── systemd ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("path", [SERVICE, SOCKET], ids=lambda path: str(path.name))
def test_every_setting_is_known_and_stands_once(path: Path) -> None:
    """No section or setting is made up; only a filter is put together from several lines."""
    unit = _unit(path)

    unknown = {name for section, settings in unit.items() for name in set(settings) - KNOWN[section]}
    repeated = {name for settings in unit.values() for name, values in settings.items() if len(values) > 1}
    assert (unknown, repeated <= {"SystemCallFilter"}) == (set(), True)


def test_the_service_starts_what_our_parser_knows(service: Mapping[str, Sequence[str]]) -> None:
    """ExecStart parses; its state folder is the one that systemd makes for it, private, and where it works."""
    program, *words = shlex.split(service["ExecStart"][0])
    args = _serve(words)

    assert Path(program).name == "seedance-spec"
    assert str(args.state) == f"/var/lib/{service['StateDirectory'][0]}" == service["WorkingDirectory"][0]
    assert (service["StateDirectoryMode"], service["UMask"]) == (["0700"], ["0077"])


def test_the_key_is_not_in_the_unit(service: Mapping[str, Sequence[str]]) -> None:
    """Everybody can read a unit: the key stands in a file of root's."""
    assert service["EnvironmentFile"] == ["/etc/seedance-spec/receiver.env"]
    assert not [line for line in SERVICE.read_text().splitlines() if line.startswith("Environment=")]


def test_the_service_may_do_nothing_that_it_need_not(service: Mapping[str, Sequence[str]]) -> None:
    """No user of the machine, no privilege, no home, no write outside its own folder."""
    hardened = {
        "DynamicUser": "yes",
        "ProtectSystem": "strict",
        "ProtectHome": "yes",
        "NoNewPrivileges": "yes",
        "CapabilityBoundingSet": "",
        "RestrictAddressFamilies": "AF_INET AF_INET6",
        "MemoryDenyWriteExecute": "yes",
    }

    assert {name: service[name][0] for name in hardened} == hardened


def test_only_a_wrong_start_is_not_tried_again(service: Mapping[str, Sequence[str]]) -> None:
    """Whatever kills the receiver, it comes back; a command line that is wrong stays wrong."""
    assert service["Restart"] == ["on-failure"]
    assert service["RestartPreventExitStatus"] == [str(int(ExitCode.USAGE))]


def test_the_service_has_time_to_end_and_descriptors_to_serve(service: Mapping[str, Sequence[str]]) -> None:
    """Stopping takes some two seconds; slow strangers hold thousands of descriptors."""
    assert int(service["TimeoutStopSec"][0]) >= 5
    assert int(service["LimitNOFILE"][0]) >= 4096


def test_the_socket_is_where_the_program_would_listen() -> None:
    """One TCP address, loopback, the default port: what the reverse proxy's example expects."""
    host, port = parser_for("serve", load("serve")).parse_args([]).listen

    assert _unit(SOCKET)["Socket"]["ListenStream"] == [f"{host}:{port}"]
    assert _unit(SERVICE)["Unit"]["Requires"] == [SOCKET.name]


@pytest.mark.lab
def test_systemd_finds_nothing_wrong(tmp_path: Path) -> None:
    """`systemd-analyze verify` is silent, and its review of the sandboxing calls the exposure low."""
    for unit in (SERVICE, SOCKET):
        program = str(Path(sys.executable).with_name("seedance-spec"))
        text = unit.read_text(encoding="utf-8").replace("/opt/seedance-spec/bin/seedance-spec", program)
        (tmp_path / unit.name).write_text(text, encoding="utf-8")

    def analyze(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["systemd-analyze", *words], cwd=tmp_path, capture_output=True, encoding="utf-8", check=False
        )

    assert shutil.which("systemd-analyze"), "systemd is needed: apt-get install systemd"
    verified = analyze("verify", f"./{SERVICE.name}", f"./{SOCKET.name}")
    assert (verified.returncode, verified.stdout + verified.stderr) == (0, "")
    assert analyze("security", "--offline=yes", "--threshold=20", f"./{SERVICE.name}").returncode == 0


# ── the image ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_every_instruction_is_known_and_only_one_image_is_named() -> None:
    """The Dockerfile holds what Docker knows, and takes nothing from anywhere but Python's own image."""
    instructions = list(_instructions())

    assert {name for name, _ in instructions} <= INSTRUCTIONS
    assert [rest for name, rest in instructions if name == "FROM"] == ["python:3.11-slim"]
    assert "://" not in DOCKERFILE.read_text().replace("http://127.0.0.1:8088/healthz", "")


def test_the_image_starts_what_our_parser_knows(image: Mapping[str, str]) -> None:
    """Entry point and command parse; the state folder is the volume, the port the one that is exposed."""
    (program,) = json.loads(image["ENTRYPOINT"])
    args = _serve(json.loads(image["CMD"]))

    assert program == "seedance-spec"
    assert json.loads(image["VOLUME"]) == [str(args.state)]
    assert args.listen == ("0.0.0.0", int(image["EXPOSE"]))


def test_the_image_is_not_roots(image: Mapping[str, str]) -> None:
    """The program runs as a user of its own, by number, so that an orchestrator can check it."""
    assert int(image["USER"]) >= 1000
    assert f"--uid {image['USER']} " in image["RUN"]


def test_what_the_image_is_built_from_is_there_and_enough() -> None:
    """Every copied file exists, and so do those that the package's own description names."""
    copied = [word for name, rest in _instructions() if name == "COPY" for word in rest.split()[:-1]]
    described = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]

    assert [each for each in copied if not (REPOSITORY / each).exists()] == []
    assert {"pyproject.toml", described["readme"], *described["license-files"], "seedance_spec"} <= set(copied)


@pytest.mark.anyio
async def test_the_images_health_check_tells_a_receiver_from_none(tmp_path: Path, image: Mapping[str, str]) -> None:
    """Its little program succeeds where a receiver answers and fails where nobody does."""
    _, _, command = image["HEALTHCHECK"].partition("CMD ")
    python, flag, program = json.loads(command)
    assert (python, flag) == ("python", "-c")

    async def healthy(url: str) -> bool:
        told = program.replace("http://127.0.0.1:8088", url)
        process = await asyncio.create_subprocess_exec(sys.executable, "-c", told, stderr=asyncio.subprocess.DEVNULL)
        return await process.wait() == 0

    async with a_stand(tmp_path) as stand:
        assert await healthy(stand.url)
    assert not await healthy(stand.url)
