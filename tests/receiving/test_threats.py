"""What strangers try against a receiver and its clients, where no other test shows it; docs/receiver/threats.md."""

from __future__ import annotations

import asyncio
import hmac
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from seedance_spec.attempts.attempt_id import project_prefix
from seedance_spec.attempts.means import Stop
from seedance_spec.webhook.capability import attempt_of, callback_path, owner_token, project_of
from seedance_spec.webhook.shared_receiver import SharedReceiver
from tests.support.attempts import PROJECT, an_attempt_id
from tests.support.conducting import RENDER_SECONDS, Gateway, Studio, ends
from tests.support.deciding import a_film, a_shot
from tests.support.doctoring import a_gateway
from tests.support.house import read_house
from tests.support.losing import call_back
from tests.support.receiving import KEY, KEY_BEFORE, a_post, raw
from tests.support.speaking import reply
from tests.support.whole import REPOSITORY, seedance_spec

# ── who guesses ─────────────────────────────────────────────────────────────────────────────────────────────────────


def _token(mac_of: Callable[[], str], *, wrong_at: int | None) -> str:
    """A token, as it is or with one character of its MAC changed."""
    head, mac = mac_of().rsplit(".", 1)
    if wrong_at is None:
        return f"{head}.{mac}"
    place = wrong_at % len(mac)
    return f"{head}.{mac[:place]}{'A' if mac[place] != 'A' else 'B'}{mac[place + 1 :]}"


@pytest.mark.parametrize("wrong_at", [None, 0, 15, -1])
@pytest.mark.parametrize(
    ("made", "read"),
    [
        (lambda: callback_path(an_attempt_id(), KEY).rpartition("/")[2], attempt_of),
        (lambda: owner_token(project_prefix(PROJECT), KEY), project_of),
    ],
    ids=["capability", "owner"],
)
def test_a_token_is_compared_whole_with_every_key(
    monkeypatch: pytest.MonkeyPatch,
    made: Callable[[], str],
    read: Callable[[str, list[bytes]], str | None],
    wrong_at: int | None,
) -> None:
    """Wherever it is wrong, and whichever key is right: one comparison in constant time per key, of equal lengths."""
    token, compared = _token(made, wrong_at=wrong_at), []
    honest = hmac.compare_digest

    def spied(ours: bytes, theirs: bytes) -> bool:
        compared.append((len(ours), len(theirs)))
        return honest(ours, theirs)

    monkeypatch.setattr(hmac, "compare_digest", spied)

    assert (read(token, [KEY, KEY_BEFORE]) is not None) == (wrong_at is None)
    assert compared == [(32, 32), (32, 32)]


# ── who smuggles ────────────────────────────────────────────────────────────────────────────────────────────────────

HIDDEN = "POST {hidden} HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\n{{}}"


@pytest.mark.anyio
@pytest.mark.parametrize(
    "framing",
    [
        "Content-Length: {length}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "Transfer-Encoding: chunked\r\nContent-Length: {length}\r\n\r\n0\r\n\r\n",
        "Content-Length: 0\r\nContent-Length: {length}\r\n\r\n",
        "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
        "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
        "Content-Length: +0\r\n\r\n",
        "X-Odd: a\r\n\tContent-Length: 0\r\n\r\n",
        "X-Odd: a\x00b\r\n\r\n",
    ],
)
async def test_a_request_that_two_servers_could_read_in_two_ways_is_refused(tmp_path: Path, framing: str) -> None:
    """What a proxy may frame otherwise is answered with 400 or hung up on, and what hides behind it never counts."""
    async with a_post(tmp_path) as post:
        seen, hidden = (callback_path(an_attempt_id(nth), KEY) for nth in (1, 2))
        behind = HIDDEN.format(hidden=hidden)
        sent = f"POST {seen} HTTP/1.1\r\nHost: h\r\n{framing.format(length=len(behind) + 5)}{behind}"

        first = await raw(post.url, sent.encode())

        assert first.partition(" ")[2] in {"", "400 Bad Request"}
        assert post.pokes() == ()


# ── who has a capability and lies ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.anyio
@pytest.mark.parametrize("status", ["succeeded", "failed", "expired"])
async def test_a_forged_end_of_a_known_task_fetches_nothing_and_ends_nothing(tmp_path: Path, status: str) -> None:
    """A leaked capability and another host's video: no link is followed, and the take ends when the gateway says so."""
    (tmp_path / "specs").mkdir()
    studio = Studio(root=tmp_path, film=a_film(a_shot("film/moon")), called_back=True)
    gateway = Gateway(studio.clock)
    conductor, _ = studio.conductor(gateway, studio.plan())
    running = asyncio.ensure_future(conductor.run(Stop()))
    began = studio.clock.now()
    await studio.clock.run(studio.clock.sleep(RENDER_SECONDS / 2))
    (row,) = studio.journal.rows()
    assert row.fact.task_id == "task_1"

    call_back(studio.journal, row.fact, status, at=studio.clock.now(), url="https://evil.example/clip.mp4")
    conductor.heard()

    # The scripted gateway fails a run that follows any link.
    assert ends(await studio.clock.run(running)) == {"film/moon": "rendered"}
    assert (len(gateway.bodies), set(gateway.looks)) == (1, {"task_1"})
    assert studio.clock.now() - began >= RENDER_SECONDS + gateway.lag


# ── who redirects ───────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.anyio
async def test_an_owners_token_is_never_carried_to_another_host(tmp_path: Path) -> None:
    """A receiver that sends us elsewhere is not followed: the token stays where the user sent it."""
    async with a_gateway({}, otherwise=reply(200, b"{}")) as elsewhere:
        there = reply(302, location=f"{elsewhere.url}/v1/events")
        async with a_gateway({}, otherwise=there) as receiver, SharedReceiver(receiver.url, KEY) as client:
            await client.events(project_prefix(PROJECT), after=0, epoch=None, wait=0)
            await client.claim_of(an_attempt_id())

    assert elsewhere.heard == []
    assert {each.headers["authorization"] for each in receiver.heard} == {
        f"Bearer {owner_token(project_prefix(PROJECT), KEY)}"
    }


# ── who takes the machine, and who writes a pull request ────────────────────────────────────────────────────────────


def test_a_receiver_has_no_way_to_pay() -> None:
    """Nothing that a standing receiver runs knows how to speak to the gateway: its host has no key and no client."""
    reach = read_house(REPOSITORY / "seedance_spec").reach

    for module in ("cli.serve", "cli.standing_process", "webhook.standing", "webhook.receiver"):
        assert {"gateway.client", "rendering"} & reach[module] == set()


def test_no_spec_says_where_anything_is_sent(tmp_path: Path) -> None:
    """Gateway, receiver, public URL, callback and keys are unknown words in a project and in a shot (D10)."""
    places = ("base_url", "receiver", "public_url", "callback_url", "callback_key", "listen")
    evil = "".join(f"{name}: https://evil.example\n" for name in places)
    specs = tmp_path / "specs"
    specs.mkdir()
    (specs / "project.yaml").write_text(f"version: 1\n{evil}", encoding="utf-8")
    shot = "".join(f"    {line}\n" for line in evil.splitlines())
    (specs / "reel.yaml").write_text(f"version: 1\nshots:\n  moon:\n    prompt: A cat\n{shot}", encoding="utf-8")

    refused = seedance_spec("validate", "--json", cwd=tmp_path)

    complaints = json.loads(refused.out)["diagnostics"]
    told = [(each["span"]["file"], name) for each in complaints for name in places if f"{name}" in each["message"]]
    assert refused.code == 3
    assert set(told) == {(f"specs/{file}.yaml", name) for file in ("project", "reel") for name in places}
