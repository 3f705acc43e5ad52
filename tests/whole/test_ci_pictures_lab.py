"""Plan and results as a reader of a pull request sees them: Markdown to HTML to a screenshot, to be looked at."""

from __future__ import annotations

import base64
import shutil
import subprocess
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from tests.support.whole import REPOSITORY

pytestmark = pytest.mark.lab

PICTURES = REPOSITORY / "lab" / "pictures"
STYLE = """
body { font: 14px/1.5 -apple-system, "Segoe UI", "DejaVu Sans", sans-serif; max-width: 860px; margin: 24px; }
table { border-collapse: collapse; } td, th { border: 1px solid #d1d9e0; padding: 6px 13px; }
code { background: #eff1f3; border-radius: 6px; padding: .2em .4em; font-size: 85%; } pre code { background: none; }
pre { background: #f6f8fa; padding: 12px; overflow: auto; } h3 { font-size: 1.25em; }
"""
_SQUARE = b'<svg xmlns="http://www.w3.org/2000/svg" width="160" height="90"><rect width="160" height="90"/></svg>'
GREY = f"data:image/svg+xml;base64,{base64.b64encode(_SQUARE).decode()}"


@pytest.mark.parametrize(
    "golden", ["tests/deciding/golden/plan.md", "tests/reporting/golden/results.md"], ids=["plan", "results"]
)
def test_it_can_be_looked_at(golden: str) -> None:
    """The golden file's picture lies in lab/pictures afterwards, open details and all."""
    chromium = shutil.which("chromium")
    assert chromium, "apt-get install chromium"
    markdown = (REPOSITORY / golden).read_text(encoding="utf-8")
    body = MarkdownIt("gfm-like", {"html": True, "linkify": False}).render(markdown)
    for picture in ("a0", "b1", "b2"):
        body = body.replace(f"https://clips.example/{picture}.jpg", GREY)
    PICTURES.mkdir(parents=True, exist_ok=True)
    page = PICTURES / f"{Path(golden).stem}.html"
    page.write_text(f"<meta charset=utf-8><style>{STYLE}</style>{body}".replace("<details>", "<details open>"), "utf-8")
    shot = page.with_suffix(".png")
    shot.unlink(missing_ok=True)

    flags = ["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--window-size=920,1500"]
    subprocess.run(
        [chromium, *flags, f"--screenshot={shot}", page.as_uri()], check=True, capture_output=True, timeout=300
    )

    assert shot.stat().st_size > 10_000
