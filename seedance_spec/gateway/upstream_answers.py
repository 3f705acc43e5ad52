"""Answers to a POST that speak of the upstream, or of nothing certain (gateway.md §1.4, §1.5). Pure data."""

from __future__ import annotations

from seedance_spec.attempts.ports import Scope
from seedance_spec.gateway.answer_row import ANY_ERROR, CLIENT_ERROR, TASK_SHAPE, AnswerRow
from seedance_spec.gateway.error_classes import ErrorClass
from seedance_spec.gateway.refusal import Refusal

_UPSTREAM = ("fail_to_fetch_task",)
_AMBIGUOUS_CODES = (
    "do_request_failed",
    "read_response_body_failed",
    "unmarshal_response_body_failed",
    "invalid_response",
    "task_insert_failed",
    "task_billing_settlement_failed",
    "model_unavailable",
    "get_channel_failed",
    "request_cancelled",
)

UNKNOWN_ROWS = (
    AnswerRow(
        name="success-without-id",
        statuses=range(200, 300),
        why="the gateway said yes but named no task: it may have been paid for",
        source="gateway.md §8.3",
    ),
    AnswerRow(
        name="given-up",
        statuses=(408, 409, 499),
        why="the gateway gave up waiting or saw a conflict, and the upstream may be rendering",
        source="gateway.md §1.5.4",
    ),
    AnswerRow(
        name="ambiguous-code",
        statuses=ANY_ERROR,
        shapes=TASK_SHAPE,
        codes=_AMBIGUOUS_CODES,
        why="the gateway lost its own answer from the upstream, or hides what it was, or tried twice",
        source="gateway.md §1.4, §1.5",
    ),
)

UPSTREAM_ROWS = (
    AnswerRow(
        name="upstream-busy",
        statuses=(429,),
        shapes=TASK_SHAPE,
        codes=_UPSTREAM,
        refusal=Refusal.RATE_LIMITED,
        retry=True,
        why="the upstream refused for load; its own code is lost behind a fixed text",
        source="gateway.md §1.4, §6",
    ),
    AnswerRow(
        name="upstream-thing-not-found",
        statuses=(404,),
        shapes=TASK_SHAPE,
        codes=_UPSTREAM,
        upstream=("NotFound",),
        refusal=Refusal.INVALID_REQUEST,
        why="something that this request names (an asset) is not there",
        source="gateway.md §6",
    ),
    AnswerRow(
        name="upstream-account",
        statuses=(401, 402, 403, 404),
        shapes=TASK_SHAPE,
        codes=_UPSTREAM,
        refusal=Refusal.GATEWAY_ACCOUNT,
        scope=Scope.MODEL,
        why="it is the gateway's account at the upstream, not the user's key; another model has another channel",
        source="gateway.md §1.4",
    ),
    AnswerRow(
        name="upstream-endpoint-closed",
        statuses=CLIENT_ERROR,
        shapes=TASK_SHAPE,
        codes=_UPSTREAM,
        upstream=("InvalidEndpoint",),
        refusal=Refusal.GATEWAY_ACCOUNT,
        scope=Scope.MODEL,
        why="the gateway's endpoint for this model is closed",
        source="gateway.md §6",
    ),
    AnswerRow(
        name="upstream-moderation",
        statuses=CLIENT_ERROR,
        shapes=TASK_SHAPE,
        codes=_UPSTREAM,
        error_class=ErrorClass.MODERATION,
        refusal=Refusal.MODERATION,
        why="the upstream's check of prompt and inputs refused before rendering",
        source="gateway.md §6",
    ),
    AnswerRow(
        name="upstream-input-unreachable",
        statuses=CLIENT_ERROR,
        shapes=TASK_SHAPE,
        codes=_UPSTREAM,
        error_class=ErrorClass.INPUT_UNREACHABLE,
        refusal=Refusal.INPUT_UNREACHABLE,
        why="the upstream could not fetch an input",
        source="gateway.md §6; API page 5.4",
    ),
    AnswerRow(
        name="upstream-too-large",
        statuses=(413,),
        shapes=TASK_SHAPE,
        codes=_UPSTREAM,
        refusal=Refusal.TOO_LARGE,
        why="the upstream takes bodies up to 64 MB",
        source="gateway.md §5.1",
    ),
    AnswerRow(
        name="upstream-refused",
        statuses=CLIENT_ERROR,
        shapes=TASK_SHAPE,
        codes=_UPSTREAM,
        refusal=Refusal.INVALID_REQUEST,
        why="the upstream's own 4xx, handed through",
        source="gateway.md §1.4; API page 5.1",
    ),
    AnswerRow(
        name="upstream-failed",
        statuses=ANY_ERROR,
        shapes=TASK_SHAPE,
        codes=_UPSTREAM,
        why="the upstream failed while it had the request",
        source="gateway.md §8.3",
    ),
)
