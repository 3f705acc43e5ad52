"""Why a task or a submit failed, as a closed class, from the upstream's code first, then the text. Pure data."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum


class ErrorClass(StrEnum):
    MODERATION = "moderation"
    INPUT_UNREACHABLE = "input-unreachable"
    UPSTREAM_TIMEOUT = "upstream-timeout"
    UPSTREAM_INTERNAL = "upstream-internal"
    INVALID_REQUEST = "invalid-request"
    GATEWAY_TIMEOUT = "gateway-timeout"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorRow:
    """One way to tell a class: a pattern found in the code, in the text, or in both where both are given."""

    error_class: ErrorClass
    code: str = ""
    text: str = ""
    source: str

    def tells(self, code: str, text: str) -> bool:
        return _found(self.code, code) and _found(self.text, text)


def _found(pattern: str, text: str) -> bool:
    return not pattern or re.search(pattern, text, re.IGNORECASE) is not None


_READ = 4000
"""Characters that are looked at: a message may be a megabyte."""

_UNREACHABLE = (
    r"not (publicly )?accessible|inaccessible|unreachable|could ?n[o']t be (accessed|reached|downloaded|fetched)"
    r"|(fail\w*|unable|error|timed? ?out)\W.{0,40}\b(download|fetch|access|load)|(download|fetch)\w*.{0,60}\bfail"
    r"|\b(url|link)\b.{0,60}\bexpired"
    r"|(无法|不能)(访问|下载|获取)|(下载|访问|获取).{0,12}(失败|超时)"
)
_TIMEOUT = r"time[d ]?[ -]?out|deadline|\bexpired\b|超时"
_INTERNAL = r"internal (service |server )?error|overloaded|service unavailable|内部错误|服务异常"
_SENSITIVE = r"sensitive|copyright|moderation|content policy|policy violation|real (person|human)|审核|敏感|违规"

ERROR_ROWS = (
    ErrorRow(error_class=ErrorClass.GATEWAY_TIMEOUT, text="任务超时", source="gateway.md §1.8"),
    ErrorRow(
        error_class=ErrorClass.MODERATION,
        code=r"SensitiveContentDetected|PolicyViolation|PrivacyInformation|RiskDetection|ContentFilter|moderation",
        source="gateway.md §6; API page 5.4",
    ),
    ErrorRow(error_class=ErrorClass.INPUT_UNREACHABLE, code=r"Invalid(Image|Video|Audio)URL", source="gateway.md §6"),
    ErrorRow(error_class=ErrorClass.UPSTREAM_TIMEOUT, code=r"timeout|DeadlineExceeded|expired", source="API page 5.4"),
    ErrorRow(
        error_class=ErrorClass.INPUT_UNREACHABLE,
        code=r"Parameter|Internal",
        text=_UNREACHABLE,
        source="API page 5.4",
    ),
    ErrorRow(error_class=ErrorClass.UPSTREAM_TIMEOUT, code=r"Internal", text=_TIMEOUT, source="API page 5.4"),
    ErrorRow(
        error_class=ErrorClass.UPSTREAM_INTERNAL,
        code=r"Internal\w*Error|ServerOverloaded|ServiceUnavailable",
        source="gateway.md §6",
    ),
    ErrorRow(
        error_class=ErrorClass.INVALID_REQUEST,
        code=r"InvalidParameter|MissingParameter|InvalidRequest|invalid_request|BadRequest|^NotFound",
        source="gateway.md §6",
    ),
    ErrorRow(error_class=ErrorClass.MODERATION, text=_SENSITIVE, source="API page 5.4"),
    ErrorRow(error_class=ErrorClass.INPUT_UNREACHABLE, text=_UNREACHABLE, source="API page 5.4"),
    ErrorRow(error_class=ErrorClass.UPSTREAM_TIMEOUT, text=_TIMEOUT, source="API page 5.4"),
    ErrorRow(error_class=ErrorClass.UPSTREAM_INTERNAL, text=_INTERNAL, source="gateway.md §6"),
    ErrorRow(
        error_class=ErrorClass.INVALID_REQUEST,
        text=r"parameter .{0,80}(not valid|invalid|missing|required)",
        source="gateway.md §1.4",
    ),
    ErrorRow(error_class=ErrorClass.OTHER, source="gateway.md §1.8"),
)
"""The first row that tells decides. The last one always does."""


def error_class_of(code: str | None, text: str) -> ErrorClass:
    """The class of an upstream error code (None where there is none) and a message in any language."""
    head = text[:_READ]
    return next(row.error_class for row in ERROR_ROWS if row.tells((code or "")[:_READ], head))
