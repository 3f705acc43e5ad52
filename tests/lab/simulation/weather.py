"""How likely each misfortune is. Plain numbers: the dice are the world's."""

from __future__ import annotations

from dataclasses import dataclass, fields


@dataclass(frozen=True, slots=True, kw_only=True)
class Weather:
    """Chances from 0 to 1. The gateway is taken at its worst where its source leaves room (gateway.md §9)."""

    # a POST
    never_sent: float = 0.05
    lost_request: float = 0.03
    lost_reply: float = 0.08
    slow_reply: float = 0.04
    busy: float = 0.06
    refused: float = 0.02
    edge_failed: float = 0.04
    rerouted: float = 0.08
    late_insert: float = 0.3
    lost_insert: float = 0.03
    # the rendering
    upstream_fails: float = 0.08
    expires: float = 0.015
    slow_render: float = 0.04
    # callbacks
    callback_lost: float = 0.15
    callback_twice: float = 0.2
    callback_late: float = 0.25
    forged: float = 0.15
    # looking and fetching
    ask_fault: float = 0.06
    content_fault: float = 0.12
    content_cut: float = 0.25
    # what lasts until the user does something
    key_refused: float = 0.02
    money_gone: float = 0.02

    def times(self, factor: float) -> Weather:
        return Weather(**{each.name: min(getattr(self, each.name) * factor, 0.9) for each in fields(self)})


CALM = Weather().times(0.0)
