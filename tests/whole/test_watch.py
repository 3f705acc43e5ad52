"""A real watch process, saved at as editors do: what it renders is counted at the sandbox's door."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import jsonschema
import pytest

from tests.support.films import small_film
from tests.support.reel import Reel
from tests.support.watching import Terminal, saved_by_rename, watching
from tests.support.whole import REPOSITORY

IMAGE = REPOSITORY / "specs" / "film" / "refs" / "hill-at-dusk.png"
NOTHING = {"begins": [], "holds": [], "errors": 0}


def _film(moon: str, jump: str) -> str:
    return small_film(moon=moon, jump=jump) + "    inputs: [{ image: ./refs/hill.png }]\n"


def test_a_day_at_the_editor_costs_what_was_meant(reel: Reel) -> None:
    """Nine renderings are wanted, and nine POSTs are sent: for two shots at the start, a save by rename, a mended
    file, a replaced image, a new file (deleted while it renders), a burst of fifty saves, and the last of three edits
    during a rendering beside its first. A formatter's saves, a broken file and a deleted one send none.
    """
    refs = reel.root / "specs" / "refs"
    refs.mkdir()
    shutil.copy(IMAGE, refs / "hill.png")
    day = reel.write("day.yaml", _film("A cat on the moon", "The cat jumps"))
    night = reel.root / "specs" / "night.yaml"

    def save(moon: str, jump: str = "The cat hops") -> Callable[[], None]:
        return lambda: saved_by_rename(day, _film(moon, jump))

    def formatted() -> None:
        text = day.read_text(encoding="utf-8")
        day.write_text(f"# formatted\n{text}", encoding="utf-8")
        saved_by_rename(day, f"# formatted\n\n{text}\n")

    def broken() -> None:
        saved_by_rename(day, _film("A cat on Mars", "The cat hops").replace("moon:", "moon: {"))

    def replaced() -> None:
        (refs / "hill.png").write_bytes(IMAGE.read_bytes() + b"\0")

    def burst() -> None:
        for number in range(1, 51):
            save(f"A cat on moon {number}")()

    with watching(reel, "--quiet", "0.25", "--fault", "slow:70:prompt~waltz", speed="1200") as watched:
        watched.hear("rendered", times=2)
        posts = [reel.posts]

        def after(act: Callable[[], object], event: str, **fields: object) -> None:
            watched.after(act, event, **fields)
            posts.append(reel.posts)

        after(save("A cat on Mars", "The cat jumps"), "rendered", shot="day/moon")
        after(formatted, "looked", **NOTHING)
        after(broken, "looked", errors=1, begins=[])
        after(save("A cat on Mars"), "rendered", shot="day/jump")
        after(replaced, "rendered", shot="day/jump")
        after(lambda: saved_by_rename(night, small_film(owl="An owl waltzes")), "submitted", shot="night/owl")
        after(night.unlink, "looked", **NOTHING)
        after(burst, "rendered", shot="day/moon")
        after(save("A waltz on the moon"), "submitted", shot="day/moon")
        held = [{"shot": "day/moon", "why": "older version renders"}]
        after(save("A polka there"), "looked", holds=held)
        after(save("A tango there"), "looked", holds=held)
        watched.hear("submitted", times=9)
        watched.hear("rendered", times=9)
        assert [line["shot"] for line in watched.told("superseded")] == ["day/moon"]

        ended = watched.stop()

    assert posts == [2, 3, 3, 3, 4, 5, 6, 6, 7, 8, 8, 8]
    assert (reel.posts, len(watched.told("submitted"))) == (9, 9)
    assert ended.code == 130
    assert "unclosed-bracket" in ended.err
    assert {shot: action for shot, action in reel.actions().items() if action != "dropped"} == {
        "day/moon#1": "unchanged",
        "day/jump#1": "unchanged",
    }
    schema = json.loads((REPOSITORY / "schemas" / "watch.schema.json").read_text(encoding="utf-8"))
    validator = jsonschema.Draft202012Validator(schema)
    assert [list(validator.iter_errors(line)) for line in watched.lines] == [[]] * len(watched.lines)


def test_an_error_in_one_file_leaves_the_other_alone(reel: Reel) -> None:
    """While one file is broken, a save of another renders; nothing of the broken one is dropped or bought."""
    broken = reel.write("broken.yaml", small_film(still="A still lake"))
    other = reel.write("other.yaml", small_film(moon="A cat on the moon"))
    with watching(reel) as watched:
        watched.hear("rendered", times=2)
        watched.after(lambda: broken.write_text("shots: [", encoding="utf-8"), "looked", errors=1)

        watched.after(lambda: saved_by_rename(other, small_film(moon="A cat on Mars")), "rendered", shot="other/moon")

        watched.stop()
    assert reel.posts == 3
    assert reel.clip("broken/still").exists()


def test_the_cap_counts_over_the_whole_session(reel: Reel) -> None:
    """A save that would come to more than is left of --max-cost renders nothing and says the sum."""
    film = reel.write("reel.yaml", small_film(moon="A cat on the moon"))
    with watching(reel, "--max-cost", "0.40") as watched:
        watched.hear("rendered")

        said = watched.after(lambda: saved_by_rename(film, small_film(moon="A cat on Mars")), "looked")

        watched.stop()
    assert said["begins"] == []
    assert said["holds"] == [{"shot": "reel/moon", "why": "refused"}]
    assert "what is left of $0.40, --max-cost" in said["refused"]
    assert reel.posts == 1


def test_leaving_lets_renderings_run_and_collect_brings_them(reel: Reel) -> None:
    """Ctrl-C while a shot renders: exit 130, it says how to collect, and collect has the clip without a POST."""
    reel.write("reel.yaml", small_film(moon="A cat on the moon"))
    with watching(reel, "--fault", "slow:10", speed="60") as watched:
        watched.hear("submitted")

        ended = watched.stop()

    assert ended.code == 130
    assert [line["running"] for line in watched.told("left")] == [["reel/moon"]]
    assert reel.run("collect", "--sandbox").code == 0
    assert reel.clip("reel/moon").exists()
    assert reel.posts == 1


def test_a_lost_answer_keeps_no_newer_version_waiting_and_is_never_sent_again(reel: Reel) -> None:
    """Ended while an answer is due: the next watch buys the edited shot; the lost one is not sent again."""
    film = reel.write("reel.yaml", small_film(moon="A cat on the moon"))
    with watching(reel, "--fault", "hang:prompt~moon") as watched:
        watched.hear("submitting")
        watched.stop(signal.SIGTERM)
    with watching(reel) as watched:
        watched.hear("looked")
        watched.after(lambda: saved_by_rename(film, small_film(moon="A cat on Mars")), "submitted", shot="reel/moon")

        watched.stop()

    assert len(watched.told("submitted")) == 1
    assert reel.posts == 2


def test_a_commit_renders_and_a_save_does_not(reel: Reel) -> None:
    """With --on-commit a saved edit waits; the commit of that file renders it, one of another file does not."""
    film = reel.write("reel.yaml", small_film(moon="A cat on the moon"))
    (reel.root / ".gitignore").write_text(".seedance*/\nrenders/\n*.lock\n", encoding="utf-8")
    _git(reel.root, "init", "--quiet")
    _git(reel.root, "add", "--all")
    _git(reel.root, "commit", "--quiet", "--message", "a film")
    with watching(reel, "--on-commit") as watched:
        watched.hear("looked", holds=[{"shot": "reel/moon", "why": "waits for a commit"}])
        saved_by_rename(film, small_film(moon="A cat on Mars"))
        _git(reel.root, "commit", "--quiet", "--allow-empty", "--message", "something else")
        watched.hear("looked", times=2)
        assert watched.told("submitted") == []

        watched.after(
            lambda: _git(reel.root, "commit", "--quiet", "--all", "--message", "Mars"), "rendered", shot="reel/moon"
        )

        watched.stop()
    assert reel.posts == 1


def test_with_ask_a_key_pays_for_what_is_shown(reel: Reel) -> None:
    """On a terminal: nothing is sent before `a`; `d` shows the plan, `q` leaves with exit 0, the terminal as it was."""
    reel.write("reel.yaml", small_film(moon="A cat on the moon"))
    screen = Terminal(reel, "watch", "--sandbox", "--speed", "400", "--ask")
    screen.see("waits for your yes")
    screen.type("d")
    screen.see("Plan: 1 new")
    assert reel.posts == 0

    screen.type("a")
    screen.see("✓ reel/moon")
    screen.type("q")

    assert screen.end() == 0
    assert screen.sent.endswith("\x1b[?25h")
    assert reel.posts == 1


def test_on_a_terminal_the_sum_is_asked_for(reel: Reel) -> None:
    """Without --max-cost it asks what the session may spend; what is no sum ends it, nothing sent."""
    reel.write("reel.yaml", small_film(moon="A cat on the moon"))
    screen = Terminal(reel, "watch")
    screen.see("Up to how many US dollars may this session spend?")

    screen.type("a lot\n")

    assert screen.end() == 64
    assert "no sum was agreed to: 'a lot' are no US dollars" in screen.sent


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["watch"], "say how much it may spend in all"),
        (["watch", "--sandbox", "--ask"], "there is no terminal to press it on"),
        (["watch", "--sandbox", "--on-commit"], "--on-commit: "),
        (["watch", "--sandbox", "--no-draft", "--profile", "draft"], "contradict each other"),
    ],
)
def test_what_cannot_be_meant_is_refused_before_anything_runs(reel: Reel, words: list[str], said: str) -> None:
    """No sum agreed to, a key that nobody can press, a commit where there is no git: exit 64 with a way out."""
    text = small_film(moon="A cat on the moon") + "profiles: { draft: { duration: 5 } }\n"
    reel.write("reel.yaml", text)
    reel.environment = {"GIT_CEILING_DIRECTORIES": str(reel.root.parent)}

    done = reel.run(*words)

    assert done.code == 64
    assert said in done.err
    assert "→" in done.err
    assert not (reel.root / ".seedance-sandbox").exists() or words[-1] == "--on-commit"


def _git(root: Path, *words: str) -> None:
    author = ["-c", "user.name=A", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", *author, *words], cwd=root, check=True)
