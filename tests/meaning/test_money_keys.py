"""`budget` and `prices` of specs/project.yaml, and the file of prices that lies outside the specs."""

from __future__ import annotations

from typing import Any

import pytest
from jsonschema import Draft202012Validator

from seedance_spec.model.money import Budget, Price
from seedance_spec.model.price_file import prices_in
from seedance_spec.model.schema import project_schema
from seedance_spec.specfiles.diagnostic import Severity
from tests.support.reading import SHOT, a_film, stretch

PRICES = """\
prices:
  dreamina-seedance-2-0:
    usd_per_million_tokens: 6.545
    with_video: 4.02
    source: invoice
    date: "2026-05-08"
    resolutions:
      1080p: { usd_per_million_tokens: 7 }
"""


def _project(written: str) -> str:
    return f"version: 1\n{written}"


def _errors(written: str) -> list[tuple[str, str]]:
    """Codes of the errors of a project file, and the text each points at."""
    text = _project(written)
    film, told = a_film(SHOT, project=text)
    errors = [each for each in told if each.severity is Severity.ERROR]
    assert not errors or film.shots == {}
    return [(each.code, stretch(text, each.span)) for each in errors]


def test_a_project_without_a_word_on_money_has_no_limit() -> None:
    """No budget, no prices."""
    project = a_film(SHOT, project="version: 1\n")[0].project
    assert (project.budget, dict(project.prices)) == (Budget(), {})


def test_a_budget_is_read_with_the_place_of_every_key() -> None:
    """Dollars per run and month, the share that may re-render; whole numbers and fractions."""
    text = _project("budget: { run: 20, month: 199.5, rerender_percent: 0 }\n")

    budget = a_film(SHOT, project=text)[0].project.budget

    assert (budget.run, budget.month, budget.rerender_percent) == (20.0, 199.5, 0.0)
    assert {key: stretch(text, span) for key, span in budget.origins.items()} == {
        "run": "20",
        "month": "199.5",
        "rerender_percent": "0",
    }


def test_prices_are_read_by_model_and_resolution() -> None:
    """A price without one for video holds for both; a resolution has a row of its own."""
    project = a_film(SHOT, project=_project(PRICES))[0].project

    assert project.prices == {
        ("dreamina-seedance-2-0", ""): Price(plain=6.545, with_video=4.02, source="invoice", date="2026-05-08"),
        ("dreamina-seedance-2-0", "1080p"): Price(plain=7.0, with_video=7.0),
    }


@pytest.mark.parametrize(
    ("written", "error"),
    [
        ("budget: { run: -1 }\n", ("bad-budget", "-1")),
        ("budget: { run: .inf }\n", ("bad-budget", ".inf")),
        ("budget: { month: .nan }\n", ("bad-budget", ".nan")),
        ("budget: { rerender_percent: 101 }\n", ("bad-budget", "101")),
        ("budget: { run: ten }\n", ("wrong-type", "ten")),
        ("budget: { run: true }\n", ("wrong-type", "true")),
        ("budget: { run: ~ }\n", ("empty-value", "run")),
        ("budget: { runs: 10 }\n", ("unknown-key", "runs")),
        ("budget: 10\n", ("wrong-type", "10")),
        ("prices: { m: { usd_per_million_tokens: 0 } }\n", ("bad-price", "0")),
        ("prices: { m: { usd_per_million_tokens: 7, with_video: -4 } }\n", ("bad-price", "-4")),
        ("prices: { m: { with_video: 4 } }\n", ("missing-usd_per_million_tokens", "with_video")),
        ("prices: { m: { usd_per_million_token: 7 } }\n", ("unknown-key", "usd_per_million_token")),
        ("prices: { m: 7 }\n", ("wrong-type", "7")),
    ],
)
def test_a_limit_that_cannot_be_meant_is_an_error_at_its_place(written: str, error: tuple[str, str]) -> None:
    """Never passed over: a limit with a slip of the pen in it must not be no limit."""
    assert error in _errors(written)


@pytest.mark.parametrize("key", ["run", "month", "rerender_percent"])
def test_a_budget_takes_no_variable(key: str) -> None:
    """What a variable would fill in later limits nothing now."""
    assert _errors(f'budget: {{ {key}: "${{limit}}" }}\n')


def test_a_misspelt_key_of_a_price_is_helped() -> None:
    """The hint knows the keys of a price, whatever the model is called."""
    text = _project("prices: { metadata: { usd_per_million_token: 7 } }\n")
    (hint,) = [each.hint for each in a_film(SHOT, project=text)[1] if each.code == "unknown-key"]
    assert "usd_per_million_tokens" in hint


@pytest.mark.parametrize("where", [SHOT + "    budget: { run: 1 }\n", "budget: { run: 1 }\n" + SHOT])
def test_money_is_the_project_s_alone(where: str) -> None:
    """Neither a shot nor a spec file has the key: what may be spent is said in one place."""
    assert [each.code for each in a_film(where)[1]] == ["unknown-key"]


def test_an_editor_says_what_the_reader_says() -> None:
    """The schema of project.yaml takes the right ones and marks the wrong ones."""
    schema = Draft202012Validator(dict(project_schema()))
    good: list[Any] = [{"run": 20, "month": 199.5, "rerender_percent": 0}, {}]
    wrong: list[Any] = [{"run": -1}, {"run": "ten"}, {"rerender_percent": 101}, {"runs": 10}]

    assert [schema.is_valid({"version": 1, "budget": each}) for each in good] == [True, True]
    assert [schema.is_valid({"version": 1, "budget": each}) for each in wrong] == [False] * 4
    assert not schema.is_valid({"version": 1, "prices": {"m": {"usd_per_million_tokens": 0}}})


def test_a_price_file_is_written_like_the_project_s_prices() -> None:
    """YAML and JSON alike."""
    as_json = '{"version": 1, "prices": {"m": {"usd_per_million_tokens": 7}}}'
    assert prices_in("prices.yaml", _project(PRICES))[1] == ()
    assert prices_in("prices.json", as_json) == ({("m", ""): Price(plain=7.0, with_video=7.0)}, ())


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "no-prices"),
        ("prices: [", "yaml-syntax"),
        ("version: 1\n", "missing-prices"),
        ("version: 1\nprices: { m: { usd_per_million_tokens: -1 } }\n", "bad-price"),
        ("version: 1\nprice: {}\n", "unknown-key"),
    ],
)
def test_a_price_file_that_is_wrong_is_told(text: str, code: str) -> None:
    """Guards that reckon with half a table would be worse than none."""
    assert code in [each.code for each in prices_in("prices.yaml", text)[1]]
