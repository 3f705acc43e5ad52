"""Why a submit was refused, as closed words. Pure."""

from __future__ import annotations

from enum import StrEnum


class Refusal(StrEnum):
    """Our stable word for why a submit was refused."""

    NO_MONEY = "no-money"
    BAD_KEY = "bad-key"
    ACCESS_DENIED = "access-denied"
    GATEWAY_ACCOUNT = "gateway-account"
    MODEL_REFUSED = "model-refused"
    NO_CHANNEL = "no-channel"
    RATE_LIMITED = "rate-limited"
    INVALID_REQUEST = "invalid-request"
    MODERATION = "moderation"
    INPUT_UNREACHABLE = "input-unreachable"
    TOO_LARGE = "too-large"
    WRONG_ADDRESS = "wrong-address"
    REDIRECTED = "redirected"
    EDGE_REFUSED = "edge-refused"
    PROXY_REFUSED = "proxy-refused"
