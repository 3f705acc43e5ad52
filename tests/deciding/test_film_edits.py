"""A film of sixty shots in seven files, with every feature of the language: what edits change, why, at what price."""

from __future__ import annotations

import pytest

from seedance_spec.model.given import Given
from tests.support.sixty import Edit, after, bought, film, texts, told

TABLE: dict[str, tuple[Edit, float, str]] = {
    "nothing": (
        Edit(),
        0,
        "",
    ),
    "a comment and other quotes": (
        Edit(
            file="end/credits.yaml",
            old="k1: { prompt: Credits card 1 }",
            new="k1: { 'prompt': \"Credits card 1\" } # first",
        ),
        0,
        "",
    ),
    "one prompt": (
        Edit(file="end/credits.yaml", old="Credits card 1", new="Credits card one"),
        0.388,
        """
        re-render end/credits/k1#1: prompt by shot, $0.3880
        """,
    ),
    "a word that another shot has said": (
        Edit(file="end/credits.yaml", old="Credits card 1", new="Credits card 2"),
        0,
        """
        restore end/credits/k1#1: prompt by shot
        """,
    ),
    "a variable of the project": (
        Edit(file="project.yaml", old="light rain", new="heavy rain"),
        1.67,
        """
        re-render ep1/opening/o06#1: prompt by variable weather, $0.3880
        re-render ep1/opening/o07#1: prompt by variable weather, $0.3880
        re-render ep1/opening/o08#1: prompt by variable weather, $0.3880
        re-render ep2/night/n09#1: prompt by variable weather, $0.5064
        """,
    ),
    "a field of a variable, down to children": (
        Edit(file="project.yaml", old="name: Miso", new="name: Tiger"),
        5.558,
        """
        re-render ads/banner/banner@ratio=16x9,sign=en#1: prompt by variable hero.name, $0.4059
        re-render ads/banner/banner@ratio=16x9,sign=en#2: prompt by variable hero.name, $0.4059
        re-render ads/banner/banner@ratio=16x9,sign=de#1: prompt by variable hero.name, $0.4059
        re-render ads/banner/banner@ratio=16x9,sign=fr#1: prompt by variable hero.name, $0.4059
        re-render ads/banner/banner@ratio=9x16,sign=en#1: prompt by variable hero.name, $0.4059
        re-render ads/banner/banner@ratio=9x16,sign=de#1: prompt by variable hero.name, $0.4059
        re-render ads/banner/banner@ratio=9x16,sign=fr#1: prompt by variable hero.name, $0.4059
        re-render ads/banner/banner@ratio=1x1,sign=en#1: prompt by variable hero.name, $0.3880
        re-render ads/banner/banner@ratio=1x1,sign=de#1: prompt by variable hero.name, $0.3880
        re-render end/trailer/t3#1: parent by parent ads/banner/banner@ratio=16x9,sign=en, $0.3880
        re-render end/trailer/t5#1: parent by parent ep1/opening/o01, $0.3880
        re-render ep1/opening/o01#1: prompt by variable hero.name, $0.3880
        re-render ep1/opening/o02#1: prompt by variable hero.name, $0.3880
        re-render ep1/opening/o03#1: prompt by variable hero.name, $0.3880
        """,
    ),
    "a variable of a file": (
        Edit(file="ep1/opening.yaml", old="vars: { mood: soft morning light }", new="vars: { mood: fog }"),
        2.328,
        """
        re-render end/trailer/t5#1: parent by parent ep1/opening/o01, $0.3880
        re-render ep1/opening/o01#1: prompt by variable mood, $0.3880
        re-render ep1/opening/o02#1: prompt by variable mood, $0.3880
        re-render ep1/opening/o03#1: prompt by variable mood, $0.3880
        re-render ep1/opening/o04#1: prompt by variable mood, $0.3880
        re-render ep1/opening/o05#1: prompt by variable mood, $0.3880
        """,
    ),
    "a default of a file": (
        Edit(file="ep2/night.yaml", old="duration: 5", new="duration: 6"),
        6.456,
        """
        re-render end/trailer/t4#1: parent by parent ep2/night/n01 and parent by parent ep2/night/n10, $0.3880
        re-render ep2/night/n01#1: duration by default, $0.6068
        re-render ep2/night/n02#1: duration by default, $0.6068
        re-render ep2/night/n03#1: duration by default, $0.6068
        re-render ep2/night/n04#1: duration by default, $0.6068
        re-render ep2/night/n05#1: duration by default, $0.6068
        re-render ep2/night/n06#1: duration by default, $0.6068
        re-render ep2/night/n07#1: duration by default, $0.6068
        re-render ep2/night/n08#1: duration by default, $0.6068
        re-render ep2/night/n09#1: duration by default, $0.6068
        re-render ep2/night/n10#1: duration by default, $0.6068
        """,
    ),
    "the head of a chain": (
        Edit(file="ep1/chase.yaml", old="leaps from the roof", new="leaps from the wall"),
        3.104,
        """
        re-render end/trailer/t1#1: parent by parent ep1/chase/c01, $0.3880
        re-render ep1/chase/c01#1: prompt by shot, $0.3880
        re-render ep1/chase/c01#2: prompt by shot, $0.3880
        re-render ep1/chase/c01#3: prompt by shot, $0.3880
        re-render ep1/chase/c02#1: parent by parent ep1/chase/c01, $0.3880
        re-render ep1/chase/c03#1: parent by parent ep1/chase/c02, $0.3880
        re-render ep1/chase/c04#1: parent by parent ep1/chase/c03, $0.3880
        re-render ep1/chase/c05#1: parent by parent ep1/chase/c04, $0.3880
        """,
    ),
    "the middle of a chain": (
        Edit(file="ep1/chase.yaml", old="a cart of hay", new="a cart of straw"),
        0.776,
        """
        re-render ep1/chase/c04#1: prompt by shot, $0.3880
        re-render ep1/chase/c05#1: parent by parent ep1/chase/c04, $0.3880
        """,
    ),
    "another frame of a parent": (
        Edit(file="ep1/chase.yaml", old="shot: c04, frame: first", new="shot: c04, frame: last"),
        0.388,
        """
        re-render ep1/chase/c05#1: inputs[0] by shot, $0.3880
        """,
    ),
    "one more value on an axis": (
        Edit(file="ep2/market.yaml", old="goods: [fish, silk, lamps]", new="goods: [fish, silk, lamps, figs]"),
        0.776,
        """
        new ep2/market/stall@goods=figs,hour=dawn#1: matrix by matrix matrix.goods, $0.3880
        new ep2/market/stall@goods=figs,hour=night#1: matrix by matrix matrix.goods, $0.3880
        """,
    ),
    "one cell less left out": (
        Edit(file="ads/banner.yaml", old='      exclude: [{ ratio: "1:1", sign: fr }]\n', new=""),
        0.388,
        """
        new ads/banner/banner@ratio=1x1,sign=fr#1: shot (never rendered), $0.3880
        """,
    ),
    "the words of one value": (
        Edit(file="ep2/market.yaml", old="words: warm lamps", new="words: cold lamps"),
        1.552,
        """
        re-render ep2/market/stall@goods=silk,hour=night#1: prompt by matrix matrix.hour.words, $0.3880
        re-render ep2/market/stall@goods=lamps,hour=night#1: prompt by matrix matrix.hour.words, $0.3880
        re-render ep2/market/m2#1: parent by parent ep2/market/stall@goods=silk,hour=night, $0.3880
        re-render ep2/market/m3#1: parent by parent ep2/market/stall@goods=lamps,hour=night, $0.3880
        """,
    ),
    "one more take": (
        Edit(file="ep1/chase.yaml", old="takes: 3", new="takes: 4"),
        0.388,
        """
        new ep1/chase/c01#4: takes (take 4 is wanted), $0.3880
        """,
    ),
    "another pick, down to children": (
        Edit(file="ep1/chase.yaml", old="pick: 2", new="pick: 3"),
        1.552,
        """
        restore ep1/chase/c01#3: pick (another take is shown)
        re-render ep1/chase/c02#1: inputs[0] by shot, $0.3880
        re-render ep1/chase/c03#1: parent by parent ep1/chase/c02, $0.3880
        re-render ep1/chase/c04#1: parent by parent ep1/chase/c03, $0.3880
        re-render ep1/chase/c05#1: parent by parent ep1/chase/c04, $0.3880
        """,
    ),
    "a shot renamed": (
        Edit(file="end/credits.yaml", old="k2:", new="card-2:"),
        0,
        """
        renamed end/credits/card-2#1: shot (renamed)
        """,
    ),
    "a file renamed": (
        Edit(file="end/credits.yaml", rename="end/titles.yaml"),
        0,
        """
        renamed end/titles/k1#1: shot (renamed)
        renamed end/titles/k2#1: shot (renamed)
        renamed end/titles/k3#1: shot (renamed)
        renamed end/titles/k4#1: shot (renamed)
        renamed end/titles/k5#1: shot (renamed)
        renamed end/titles/k6#1: shot (renamed)
        renamed end/titles/k7#1: shot (renamed)
        """,
    ),
    "a shot taken away": (
        Edit(file="end/credits.yaml", old="  k3: { prompt: Credits card 3 }\n", new=""),
        0,
        """
        dropped end/credits/k3#1: shot (no longer in the specs; its takes are kept)
        """,
    ),
    "a picture repainted": (
        Edit(repaint=True),
        1.401,
        """
        re-render end/trailer/t4#1: parent by parent ep2/night/n01, $0.3880
        re-render ep2/night/n01#1: inputs[0] by input bytes, $0.5064
        re-render ep2/night/n02#1: inputs[1] by input bytes and inputs[0] by input bytes, $0.5064
        """,
    ),
    "another signature of a URL": (
        Edit(file="ep2/night.yaml", old="Signature=1", new="Signature=2"),
        0,
        "",
    ),
    "only delivery": (
        Edit(file="ep2/night.yaml", old="return_last_frame: true", new="return_last_frame: false"),
        0,
        """
        unchanged ep2/night/n10#1: return_last_frame by shot
        """,
    ),
    "tags and a description": (
        Edit(file="ads/banner.yaml", old="tags: [ads]", new="tags: [ads, spring]"),
        0,
        "",
    ),
}
"""What happens, what it costs in US dollars (10 for a million tokens, 5 with an input video), and every row but the
unchanged ones. 4 s at 480p and 1:1 are 640 · 640 · 97 / 1024 = 38,800 tokens.
"""


@pytest.mark.parametrize(("edit", "usd", "rows"), TABLE.values(), ids=TABLE)
def test_an_edit_changes_exactly_what_it_should(edit: Edit, usd: float, rows: str) -> None:
    """All sixty shots were rendered; then this happens: these rows, these causes, these prices, and nothing else."""
    plan = after(edit)

    assert told(plan) == [row.strip() for row in rows.splitlines() if row.strip()]
    assert round(plan.total_usd, 3) == usd
    assert plan.most_usd == pytest.approx(2 * plan.total_usd)  # `retries: 1`


def test_the_film_has_sixty_shots_in_seven_files() -> None:
    """And three takes more than shots are wanted: two of `c01`, one of a banner."""
    sixty = film(texts())

    assert len(texts()) - len({"project.yaml"}) == 7
    assert (len(sixty.shots), len(bought(sixty))) == (60, 63)


def test_under_a_profile_every_shot_is_another_picture_at_its_own_price() -> None:
    """`draft` has the cheaper model and one take each: 60 takes, and nothing of the other takes is touched."""
    plan = after(Edit(), Given(profile="draft"))

    assert (len(plan.paid), len(plan.changes), round(plan.total_usd, 2)) == (60, 60, 10.18)
