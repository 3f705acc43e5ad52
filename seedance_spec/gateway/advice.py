"""What a user can do about a failure: the API page's §5, in our words. Pure data."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from seedance_spec.gateway.error_classes import ErrorClass
from seedance_spec.gateway.refusal import Refusal

FAST_MODEL = "dreamina-seedance-2-0-fast"

_MODERATION = "reword the prompt, or change the input, so that nothing in it is sensitive; nothing was charged"
_UNREACHABLE = "use a URL that anyone can open without logging in, or a local file: images and audio travel inline"
_INVALID = "change what the message names; `seedance-spec validate` shows the limits of this model"

ADVICE: Mapping[str, str] = MappingProxyType(
    {
        ErrorClass.MODERATION.value: _MODERATION,
        ErrorClass.INPUT_UNREACHABLE.value: _UNREACHABLE,
        ErrorClass.UPSTREAM_TIMEOUT.value: f"try again later with --retry-failed, or write `model: {FAST_MODEL}`",
        ErrorClass.UPSTREAM_INTERNAL.value: "the upstream failed by itself: try again later with --retry-failed",
        ErrorClass.INVALID_REQUEST.value: _INVALID,
        ErrorClass.GATEWAY_TIMEOUT.value: (
            "the gateway stopped waiting and refunded it, but the upstream may still finish: look again before"
            " --retry-failed"
        ),
        ErrorClass.OTHER.value: "see the message; --retry-failed buys it again",
        Refusal.NO_MONEY.value: "top up the balance or raise the key's own quota at the gateway, then apply again",
        Refusal.BAD_KEY.value: (
            "check EASYROUTER_API_KEY: the key is unknown, disabled or expired, or its own quota is spent"
        ),
        Refusal.ACCESS_DENIED.value: "the key may not be used from this address: change its list at the gateway",
        Refusal.GATEWAY_ACCOUNT.value: (
            "it is the gateway's own account at the upstream, not your key: tell its support, and apply again later"
        ),
        Refusal.MODEL_REFUSED.value: "add this model to the key's whitelist at the gateway, or write another `model:`",
        Refusal.NO_CHANNEL.value: "the gateway serves this model to nobody right now: apply again later",
        Refusal.RATE_LIMITED.value: "the upstream is full: it is tried again by itself after a pause",
        Refusal.TOO_LARGE.value: "make the local inputs smaller, or give them as URLs: the whole request is too long",
        Refusal.WRONG_ADDRESS.value: "check EASYROUTER_BASE_URL: there is no gateway at that address",
        Refusal.REDIRECTED.value: "check EASYROUTER_BASE_URL: that address sends elsewhere, and a POST never follows",
        Refusal.EDGE_REFUSED.value: "a firewall or proxy in front of the gateway turned it away: try another network",
        Refusal.PROXY_REFUSED.value: "your HTTPS proxy wants a user name and password: put them into HTTPS_PROXY",
    }
)


def advice(code: str) -> str:
    """The way out for an error class or a refusal's code; empty for a code that nobody knows."""
    return ADVICE.get(code, "")
