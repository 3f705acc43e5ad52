"""What a question to the plan cache holds, and which answers on disk are believed."""

from __future__ import annotations

from array import array

from hypothesis import given
from hypothesis import strategies as st

from seedance_spec.cli.environment import SECRETS, standing
from seedance_spec.cli.settings import read_settings
from seedance_spec.plan_cache.kept import packed, unpacked
from seedance_spec.plan_cache.sight import look, older


@given(size=st.integers(0, 9), changed=st.integers(0, 2**62), stamped=st.integers(0, 2**62))
def test_only_what_is_older_than_the_stamp_is_trusted(size: int, changed: int, stamped: int) -> None:
    """One nanosecond decides, for each of the two times of each file."""
    by_content = array("q", (size, changed, 0, 1)).tobytes()
    by_anything = array("q", (size, 0, changed, 1)).tobytes()

    trusted = changed < stamped
    assert older(by_content, stamped) is older(by_anything, stamped) is older(by_content * 2, stamped) is trusted or (
        stamped == 0
    )


def test_every_variable_that_settings_read_is_part_of_the_question() -> None:
    """Settings look at no name that a question leaves out."""
    asked: set[str] = set()

    class Asked(dict[str, str]):
        def get(self, name: str, default: str = "") -> str:  # type: ignore[override]  # it is never asked for None
            asked.add(name)
            return default

    read_settings(Asked())

    told = {line.partition("=")[0].partition(" ")[0] for line in standing(dict.fromkeys(asked, "x"))}
    assert told == asked


def test_no_secret_is_part_of_the_question() -> None:
    """Of a key only whether it could be one is kept."""
    assert [*standing(dict.fromkeys(SECRETS, "sk-canary"))] == [f"{name} is given" for name in sorted(SECRETS)]
    assert [*standing(dict.fromkeys(SECRETS, "two words"))] == [f"{name} is malformed" for name in sorted(SECRETS)]


@given(data=st.data())
def test_a_damaged_answer_is_no_answer(data: st.DataObject) -> None:
    """Cut short, or with any byte changed, an answer is passed over."""
    whole = packed(b"asked", [b"/a", b"/b"], look([b"/a", b"/b"]), ("said\n", "warned\n"))
    at = data.draw(st.integers(0, len(whole) - 1))
    changed = whole[:at] + bytes([whole[at] ^ data.draw(st.integers(1, 255))]) + whole[at + 1 :]

    assert unpacked(whole, b"asked") == ([b"/a", b"/b"], look([b"/a", b"/b"]), ("said\n", "warned\n"))
    assert unpacked(whole[:at], b"asked") is None
    assert unpacked(changed, b"asked") is None or int(changed.split(b"\n")[0].split()[-1], 16) == int(
        whole.split(b"\n")[0].split()[-1], 16
    )


@given(garbage=st.binary(max_size=200))
def test_what_somebody_else_put_there_is_no_answer(garbage: bytes) -> None:
    """A file that is none of ours never fails and never answers."""
    assert unpacked(garbage, b"asked") is None
    assert unpacked(b"seedance-spec plan answer 1 " + garbage, b"asked") is None


def test_another_question_of_the_same_name_gets_no_answer() -> None:
    """The file's name is a short one: the whole question decides."""
    whole = packed(b"asked", [b"/a"], look([b"/a"]), ("said", ""))

    assert unpacked(whole, b"asked otherwise") is None
