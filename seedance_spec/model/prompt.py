"""What can be wrong with a prompt: absent, very long, or carrying options that belong elsewhere. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

from seedance_spec.model import vocabulary as words
from seedance_spec.specfiles.diagnostic import Diagnostic, Severity, Span
from seedance_spec.specfiles.quoting import quoted

_WORD = re.compile(r"\S+")
_IDEOGRAPH = re.compile(r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0002ffff]")
_FLAG = re.compile(
    r"(?<!\S)--(?:rs|resolution|rt|ratio|dur|duration|frames|fps|framespersecond|seed|cf|camerafixed|wm|watermark)\b"
)


def prompt_complaints(prompt: str | None, written: Span | None, shot: Span) -> Iterator[Diagnostic]:
    """`written` is where the prompt stands, `shot` the shot's key, to blame where it stands nowhere."""
    if prompt is None or not prompt.strip():
        yield Diagnostic(
            code="prompt-required",
            message="the shot has no prompt",
            span=written or shot,
            hint="say what is to be seen: `prompt: A cat walking on the moon`",
            source=words.API_SUBMIT,
        )
        return
    assert written is not None
    if too_long := _too_long(prompt):
        yield _warning("long-prompt", too_long, written, "shorten it: details beyond that are often passed over")
    if flag := _FLAG.search(prompt):
        message = f"{quoted(flag.group())} in a prompt is read as an option, past all checks and past the price"
        yield _warning("option-in-prompt", message, written, "write it as a key under metadata")


def _too_long(prompt: str) -> str:
    ideographs = sum(1 for _ in _IDEOGRAPH.finditer(prompt)) if not prompt.isascii() else 0
    if ideographs > words.MAX_PROMPT_IDEOGRAPHS:
        return f"{ideographs} characters: at most {words.MAX_PROMPT_IDEOGRAPHS} are recommended"
    count = sum(1 for _ in _WORD.finditer(prompt)) if len(prompt) > words.MAX_PROMPT_WORDS else 0
    if count > words.MAX_PROMPT_WORDS:
        return f"{count} words: at most {words.MAX_PROMPT_WORDS} are recommended"
    return ""


def _warning(code: str, message: str, span: Span, hint: str) -> Diagnostic:
    return Diagnostic(
        code=code, message=message, span=span, hint=hint, severity=Severity.WARNING, source=words.UPSTREAM
    )
