"""Guards at the door of the real program: exit 5, the arithmetic, and not one POST; then what `cost` says of it all."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from seedance_spec.cli.exit_codes import ExitCode
from tests.support.reel import Reel

SIX_SHOTS = "".join(f"  s{number}: {{ prompt: shot {number} }}\n" for number in range(6))
FILM = (
    "version: 1\n"
    "defaults:\n"
    "  model: dreamina-seedance-2-0\n"
    "  duration: 4\n"
    '  metadata: { resolution: 480p, ratio: "1:1", generate_audio: false }\n'
    f"shots:\n{SIX_SHOTS}"
)
PRICE = 0.2716
"""US dollars of 4 s at 640 × 640."""


@pytest.fixture
def six_shots(reel: Reel) -> Reel:
    reel.write("film.yaml", FILM)
    return reel


def test_a_cap_stops_everything_before_the_first_post(six_shots: Reel) -> None:
    """Six shots under a cap of a dollar: exit 5 with the sum, the plan warns of it, nothing was sent."""
    refused = six_shots.apply("--max-cost", "1")

    assert refused.code == ExitCode.REFUSED
    assert "refused: 6 takes × $0.2716 = $1.6296 at the upper end; the cap is $1.00 (--max-cost)" in refused.err
    assert "nothing was sent and nothing paid" in refused.err
    assert "apply refuses" in six_shots.plan("--max-cost", "1").out
    assert six_shots.posts == 0


def test_a_stream_of_events_is_closed_by_a_refusal_too(six_shots: Reel) -> None:
    """Machines read which guard objected, and the exit code in the last line."""
    events = six_shots.apply("--json", "--max-cost", "1").events()

    assert [event["event"] for event in events] == ["told", "finished"]
    assert events[0]["message"].startswith("refused: run-cap: 6 takes × $0.2716")
    assert (events[1]["exit_code"], events[1]["codes"], events[1]["takes"]) == (5, [5], [])


def test_the_environment_s_cap_and_prices_hold_whatever_the_specs_say(six_shots: Reel, tmp_path: Path) -> None:
    """A project that calls everything cheap and allows millions is refused by the prices outside of it (D10)."""
    six_shots.write(
        "project.yaml",
        """\
        version: 1
        budget: { run: 1000000 }
        prices: { dreamina-seedance-2-0: { usd_per_million_tokens: 0.01 } }
        """,
    )
    prices = tmp_path / "prices.json"
    prices.write_text('{"version": 1, "prices": {"dreamina-seedance-2-0": {"usd_per_million_tokens": 70}}}')
    guarded = replace(six_shots, environment={"SEEDANCE_MAX_COST": "10", "SEEDANCE_PRICES_FILE": str(prices)})

    refused = guarded.apply()

    assert refused.code == ExitCode.REFUSED
    assert "6 takes × $2.716 = $16.296 at the upper end; the cap is $10.00 (SEEDANCE_MAX_COST)" in refused.err


def test_a_broken_cap_is_no_licence_to_spend(six_shots: Reel) -> None:
    """A variable that cannot be read stops the program, instead of being no cap."""
    for name, value in {"SEEDANCE_MAX_COST": "ten", "SEEDANCE_PRICES_FILE": "/nowhere/prices.yaml"}.items():
        done = replace(six_shots, environment={name: value}).plan()
        assert (done.code, name in done.err) == (ExitCode.USAGE, True)


def test_month_brake_and_empty_project(six_shots: Reel) -> None:
    """What was rendered counts against the month, does not re-render all at once, and is not dropped all at once."""
    assert six_shots.apply("--max-cost", "1.63").code == ExitCode.CONVERGED
    six_shots.write("more.yaml", FILM.replace("shot ", "more "))
    monthly = replace(six_shots, environment={"SEEDANCE_MAX_COST_MONTH": "2"}).apply()

    assert monthly.code == ExitCode.REFUSED
    assert "$1.6296 spent in " in monthly.err
    assert "$3.2592 together; the cap is $2.00 a month (SEEDANCE_MAX_COST_MONTH)" in monthly.err

    (six_shots.root / "specs" / "more.yaml").unlink()
    six_shots.edit("film.yaml", "duration: 4", "duration: 5")
    braked = six_shots.apply()
    assert braked.code == ExitCode.REFUSED
    assert "6 of 6 finished shots (100 %) would re-render; the limit is 50 %" in braked.err

    (six_shots.root / "specs" / "film.yaml").unlink()
    emptied = six_shots.apply()
    assert emptied.code == ExitCode.REFUSED
    assert "the specs describe no shot, and 6 shots on record would be dropped" in emptied.err
    assert six_shots.apply("--force").code == ExitCode.CONVERGED
    assert six_shots.posts == 6

    six_shots.write("broken.yaml", "shots: [")
    spent = json.loads(six_shots.run("cost", "--sandbox", "--json", "--by", "model").out)
    assert [(line["name"], line["settled"]["attempts"]) for line in spent["lines"]] == [("dreamina-seedance-2-0", 6)]
    assert spent["total"]["paid_usd"] == pytest.approx(6 * PRICE, abs=0.001)
