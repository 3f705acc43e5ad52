"""What `serve` is told by words and environment: refused with the way out where it cannot be meant."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import pytest

from seedance_spec.cli import main
from seedance_spec.cli.arguments import address, size
from tests.support.served import SHARED

Here: TypeAlias = Callable[..., tuple[int, str, str]]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Here:
    """Runs `serve` in this process, in an empty folder, where it cannot come to serve."""

    def run(*words: str, **env: str) -> tuple[int, str, str]:
        monkeypatch.chdir(tmp_path)
        for name, value in env.items():
            monkeypatch.setenv(name, value)
        code = main(["serve", *words])
        return code, *capsys.readouterr()

    return run


@pytest.mark.parametrize(
    ("words", "env", "said"),
    [
        (("--state", "x"), {}, "outside a project the key must come from SEEDANCE_CALLBACK_KEY: 32 random characters"),
        (("--state", "x"), {"SEEDANCE_CALLBACK_KEY": "k" * 31}, "SEEDANCE_CALLBACK_KEY must have at least 32 random"),
        (
            ("--state", "x"),
            {**SHARED, "SEEDANCE_CALLBACK_KEY_PREVIOUS": "short"},
            "SEEDANCE_CALLBACK_KEY_PREVIOUS: a callback key has at least 16 characters",
        ),
        ((), SHARED, "outside a project the receiver needs a folder\n  → --state DIR"),
        (("--state", "x", "--listen", "web:http"), SHARED, "argument --listen: HOST:PORT, as 127.0.0.1:8080, not 'web"),
        (("--state", "x", "--max-disk", "12"), SHARED, "argument --max-disk: a size of at least 1M, as 512M or 2G"),
        (("--state", "x", "--public-url", "ftp://h"), SHARED, "--public-url must begin with https://"),
        (("--state", "x", "--listen", "192.0.2.1:80"), SHARED, "cannot listen on 192.0.2.1:80: Cannot assign"),
        (("--state", "/dev/null/x"), SHARED, "/dev/null/x cannot be used: Not a directory"),
        (("-C", "nowhere"), SHARED, "nowhere has no specs/ folder"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_the_way_out(
    here: Here, words: tuple[str, ...], env: dict[str, str], said: str
) -> None:
    """Exit 64, nothing on stdout, no key shown; outside a project there is no default key and no default folder."""
    code, out, err = here(*words, **env)

    assert (code, out) == (64, "")
    assert said in err
    assert [text for text in env.values() if text in err] == []


def test_a_port_that_is_taken_is_busy(here: Here) -> None:
    """Exit 6: it may be free soon, and a service manager tries again."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        code, out, err = here("--state", "x", "--listen", address, **SHARED)

    assert (code, out) == (6, "")
    assert err.startswith(f"cannot listen on {address}: Address already in use\n  → --listen")


def test_several_sockets_are_too_many(here: Here) -> None:
    """A unit that hands over several sockets is told so."""
    code, _, err = here("--state", "x", LISTEN_FDS="2", LISTEN_PID=str(os.getpid()), **SHARED)

    assert (code, err) == (64, "2 sockets were handed over where one is expected\n")


def test_a_socket_that_is_meant_for_another_process_is_not_taken(here: Here) -> None:
    """LISTEN_FDS that a parent left in the environment counts for nothing."""
    code, _, err = here("--state", "x", "--listen", "192.0.2.1:80", LISTEN_FDS="1", LISTEN_PID="1", **SHARED)

    assert (code, err.splitlines()[0]) == (64, "cannot listen on 192.0.2.1:80: Cannot assign requested address")


@pytest.mark.parametrize(
    ("text", "meant"),
    [("1M", 1 << 20), ("512m", 512 << 20), ("2G", 2 << 30), ("2GiB", 2 << 30), ("3 TB", 3 << 40), ("1048576", 1 << 20)],
)
def test_a_size_is_read_as_people_write_it(text: str, meant: int) -> None:
    """Powers of 1024, with or without the B."""
    assert size(text) == meant


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("127.0.0.1:8088", ("127.0.0.1", 8088)),
        ("[::1]:0", ("::1", 0)),
        ("hooks.example.com:80", ("hooks.example.com", 80)),
        (":8088", ("127.0.0.1", 8088)),
        ("8088", ("127.0.0.1", 8088)),
    ],
)
def test_an_address_without_a_host_is_this_machines_own(text: str, meant: tuple[str, int]) -> None:
    """Nothing is opened to the world that was not asked for by name."""
    assert address(text) == meant
