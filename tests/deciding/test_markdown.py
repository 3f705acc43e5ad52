"""The plan for a pull request: what GitHub's Markdown makes of it, whatever a spec says."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from seedance_spec.lockfile.fold import Facts
from seedance_spec.plan.budget import Cap, Caps, verdict
from seedance_spec.plan.change import Plan
from seedance_spec.plan.markdown import LONGEST_COMMENT, plan_markdown
from seedance_spec.plan.markdown_text import code, fenced, words
from seedance_spec.plan.price import Pricing
from seedance_spec.plan.style import printable
from seedance_spec.realm import Realm
from seedance_spec.specfiles.diagnostic import Diagnostic, Severity
from tests.deciding.test_plan_text import the_rich_plan
from tests.support.deciding import NOON, a_rendering, a_scene, a_shot, a_span
from tests.support.facts import some

GOLDEN = Path(__file__).parent / "golden" / "plan.md"
HOSTILE = (
    "| a | b |\n\n</details></code></td><script>alert(1)</script> `tick` ``` fence\n```\n# head\n- item\n"
    "@someone @org/team #12 GH-34 owner/repo#56 deadbeefdeadbeefdeadbeefdeadbeefdeadbeef $x$ \\| &lt; &#64; :boom: "
    "https://evil.example www.evil.example me@evil.example [link](https://evil.example) "
    "![image](https://evil.example/i) <!--"
)


class Page(HTMLParser):
    """What a browser would show: tags that open and close, rows by their cells, and text outside of code."""

    def __init__(self, markdown: str) -> None:
        super().__init__()
        self.opened: list[str] = []
        self.tags: set[str] = set()
        self.loose = ""
        self.text = ""
        self.unbalanced: list[str] = []
        self.rows: list[int] = []
        self.links: list[str | None] = []
        self.feed(MarkdownIt("gfm-like", {"html": True, "linkify": False}).render(markdown))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.links += [value for name, value in attrs if name in {"href", "src"}]
        if tag == "tr":
            self.rows.append(0)
        if tag in {"td", "th"}:
            self.rows[-1] += 1
        if tag not in {"br", "hr", "img", "input"}:
            self.opened.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if self.opened and self.opened[-1] == tag:
            self.opened.pop()
        else:
            self.unbalanced.append(tag)

    def handle_comment(self, data: str) -> None:
        self.tags.add(f"<!--{data}")

    def handle_data(self, data: str) -> None:
        self.text += data
        if not {"code", "pre"} & set(self.opened):
            self.loose += data


OURS = {
    *("h3", "p", "ul", "li", "strong", "code", "pre", "span", "br", "details", "summary"),
    *("table", "thead", "tbody", "tr", "th", "td"),
}


def _many(number: int) -> Plan:
    return a_scene(*(a_shot(f"film/{n:05}", line=n + 3, prompt=f"shot {n}") for n in range(number))).plan()


def _reworded(before: str, after: str) -> Plan:
    done = a_rendering(a_shot("film/moon", prompt=before))
    return a_scene(a_shot("film/moon", prompt=after), facts=[done], stored=["a1"]).plan()


def test_a_plan_with_every_action_reads_as_it_should() -> None:
    """The whole text is the golden one."""
    assert plan_markdown(the_rich_plan()) + "\n" == GOLDEN.read_text("utf-8")


def test_it_renders_as_a_headline_tables_and_details_behind_a_click() -> None:
    """Six paid rows, two that need somebody, six free ones behind a click; every tag is closed."""
    page = Page(plan_markdown(the_rich_plan()))

    assert page.unbalanced == page.opened == []
    assert page.tags <= OURS
    assert page.rows == [5] * 7 + [4] * 3 + [4] * 7
    assert "teaser-q4: 6 renders, about $5.25 ($4.42–6.09)" in page.text
    assert "1 edit explains 4 of 6" in page.text
    assert "A fishing boat [-drifts-]{+races+} into the harbor" in page.text


def test_hostile_prompts_are_shown_and_not_obeyed() -> None:
    """A prompt full of markup adds no tag, closes nothing, and calls nobody: everything of it stands in code."""
    page = Page(plan_markdown(_reworded("calm", HOSTILE)))

    assert page.unbalanced == page.opened == []
    assert page.tags <= OURS
    assert page.rows == [5, 5]
    assert page.links == []
    assert "@someone" not in page.loose
    assert "</details></code></td><script>" in page.text


@pytest.mark.parametrize(
    "text",
    ["ping @someone", "see #12", "GH-34", "a/b#56", "https://evil.example", "www.evil.example", "1234567890abcdef"],
)
def test_what_github_would_make_a_link_or_a_call_is_broken_by_an_invisible_blank(text: str) -> None:
    """Nobody is called and no issue gets a note, because a plan repeats what a spec says."""
    shown = Page(words(text)).text.strip()

    assert shown != text
    assert shown.replace("\u200b", "") == text


@some
@given(st.text(max_size=60) | st.text("`|<>&@#*_~[]()!\\$:-+.0aA \n", max_size=30))
def test_any_text_is_shown_as_it_is(text: str) -> None:
    """In a cell, in code and in a block: what a reader sees is the text, and no tag is added."""
    wanted = " ".join(printable(text).split())
    for markdown, tags in ((f"x{words(text)}x", {"p", "span"}), (f"x{code(text)}x", {"p", "code"})):
        page = Page(markdown)
        assert page.tags <= tags
        assert " ".join(page.text.replace("\u200b", "").strip()[1:-1].split()) == wanted.replace("\u200b", "")
    block = Page("\n".join(fenced([printable(text)])))
    assert block.text.strip("\n") == printable(text)


@some
@given(st.lists(st.text("` a", max_size=6), min_size=1, max_size=4))
def test_no_line_ends_a_block_of_code(lines: list[str]) -> None:
    """Lines of backquotes are shown like any other."""
    assert Page("\n".join(fenced(lines))).text.strip("\n") == "\n".join(lines).strip("\n")


@some
@given(st.text(max_size=200), st.text(max_size=200))
def test_any_change_of_words_keeps_the_page_whole(before: str, after: str) -> None:
    """Whatever two prompts are made of, tables keep their cells and details are closed."""
    page = Page(plan_markdown(_reworded(f"a {before}", f"b {after}")))

    assert page.unbalanced == page.opened == []
    assert page.tags <= OURS
    assert set(page.rows) <= {4, 5}


@pytest.mark.parametrize("number", [10, 200, 2000])
def test_it_fits_into_a_comment_and_counts_what_does_not(number: int) -> None:
    """Rows shown and rows left out add up to the plan's; what matters most is never left out."""
    text = plan_markdown(_many(number))

    shown = len(re.findall(r"^\| <code>\+</code>", text, re.MULTILINE))
    said = re.search(r"Left out, for a comment holds no more: (\d+) rows?\.", text)
    assert len(text) <= LONGEST_COMMENT
    assert shown + (int(said[1]) if said else 0) == number
    assert unescape(text).startswith(f"### <code>teaser-q4</code>: {number} renders, about")


def test_a_smaller_limit_is_kept_too() -> None:
    """Details go, then rows; the head stays."""
    text = plan_markdown(the_rich_plan(), limit=3000)

    assert len(text) <= 3000
    assert "**Cost**" in text
    assert "Left out" in text


def test_a_plan_without_work_is_one_glance() -> None:
    """No table, no details: nothing to pay, and nothing to do."""
    shot = a_shot("film/moon")
    plan = a_scene(shot, facts=[a_rendering(shot)], stored=["a1"], shown={"film/moon": "a1"}).plan()

    assert plan_markdown(plan) == (
        "### <code>teaser-q4</code>: nothing to pay\n"
        "\n"
        "1 shot · 1 unchanged\n"
        "\n"
        "- **Next** <code>nothing: every shot is rendered and here</code>"
    )


def test_the_sandbox_cannot_be_taken_for_a_bill() -> None:
    """The headline says so, before any price."""
    text = Page(plan_markdown(replace(a_scene(a_shot()).plan(), realm=Realm.SANDBOX))).text

    assert "1 render, about $0.76 if it were paid" in text
    assert "sandbox: free" in text


def test_complaints_and_refusals_stand_above_the_tables() -> None:
    """A reader sees errors first, warnings then, and why an apply would refuse."""
    complaints = [
        Diagnostic(code="odd", message="an odd seed", span=a_span(4), severity=Severity.WARNING),
        Diagnostic(code="bad", message="no take 9", span=a_span(5), hint="pick another"),
    ]
    plan = a_scene(a_shot()).plan()
    caps = Caps(run=(Cap(usd=0.5, source="--max-cost"),), month=())
    refused = verdict(plan, caps, Facts(), NOON, pricing=Pricing())

    head = Page(plan_markdown(plan, complaints=complaints, verdict=refused)).text.partition("shot")[2]

    places = [head.index(each) for each in ("no take 9 → pick another", "an odd seed", "the cap is $0.50", "raise")]
    assert places == sorted(places)
