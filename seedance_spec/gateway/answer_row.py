"""One kind of answer to a POST: by what it is known, and what it means. Pure."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass

from seedance_spec.attempts.ports import Scope
from seedance_spec.gateway.error_answers import Said, Shape
from seedance_spec.gateway.error_classes import ErrorClass
from seedance_spec.gateway.refusal import Refusal

ANY_ERROR = range(300, 600)
CLIENT_ERROR = range(400, 500)
SERVER_ERROR = range(500, 600)
JSON_SHAPES = frozenset({Shape.MIDDLEWARE, Shape.TASK, Shape.MANAGEMENT})
FRONT_SHAPES = frozenset({Shape.MIDDLEWARE, Shape.MANAGEMENT})
TASK_SHAPE = frozenset({Shape.TASK})
OPAQUE_SHAPE = frozenset({Shape.OPAQUE})
ALL_SHAPES = frozenset(Shape)


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerRow:
    """One kind of answer. `refusal` None means unknown. Empty `codes`, `kinds`, `upstream` and `text` match anything;
    `upstream` holds beginnings of the nested code, `text` a part of the message (only where no code tells).
    """

    name: str
    statuses: Container[int]
    shapes: frozenset[Shape] = ALL_SHAPES
    codes: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    upstream: tuple[str, ...] = ()
    error_class: ErrorClass | None = None
    text: str = ""
    redirects: bool = False
    refusal: Refusal | None = None
    scope: Scope = Scope.SHOT
    retry: bool = False
    why: str
    source: str

    def covers(self, said: Said) -> bool:
        return (
            said.status in self.statuses
            and said.shape in self.shapes
            and (not self.codes or said.code in self.codes)
            and (not self.kinds or said.kind in self.kinds)
            and (not self.upstream or (said.upstream_code or "").startswith(self.upstream))
            and (self.error_class is None or said.error_class is self.error_class)
            and self.text in said.message.lower()
            and (said.redirects or not self.redirects)
        )
