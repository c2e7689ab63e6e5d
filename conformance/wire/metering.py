"""What a request weighs where requests and tokens are limited: its model, its tokens, and what a 429 says of the limit."""

import re
from dataclasses import dataclass

from conformance.wire.exchange import THROTTLED, Exchange, Request
from conformance.wire.retry import retry_after_s

_MODEL = re.compile(rb'"model": ?"([^"]*)"')
_MODEL_IN_PATH = re.compile(r"/models/([^/:]+):|/serving-endpoints/([^/]+)/invocations$")
_PREFIXES = ("system.ai.", "databricks-")
"""What stands before a name, by the path on which it is asked for: it is one model, and has one limit."""
_ENCODED = re.compile(rb"[A-Za-z0-9+/]{1000,}={0,2}")
"""Images, audio and video in base64: their tokens are not counted by the byte."""
_MEDIA = re.compile(rb';base64,|"(?:data|fileUri|file_uri)" ?: ?"|"url" ?: ?"https?:')
_TOKENS_OF_A_MEDIUM = 1600
"""What an image has at most, as the vendors tell; a long audio or video may have more."""
_CAP = re.compile(rb'"(?:max_tokens|max_completion_tokens|max_output_tokens|maxOutputTokens)": ?(\d{1,7})')
_UNCAPPED_TOKENS = 500
"""What an answer without a cap is taken to have."""
_BYTES_A_TOKEN = 4
_TOTALS = (b'"total_tokens"', b'"totalTokenCount"')
_COUNT = re.compile(rb" ?: ?(\d{1,9})")
_A_MINUTE = re.compile(r"per[ -]minute|\b[RT]PM\b", re.IGNORECASE)
_LONG_S, _LONGEST_S = 5.0, 90.0
"""Whoever tells to come back after more seconds than the one and less than the other counts by the minute, whatever the
message says."""


@dataclass(frozen=True)
class Throttled:
    """What a 429 says: the seconds of its Retry-After, if it has one, and what is limited by the minute, if that is so."""

    retry_after_s: float | None
    by_the_minute: bool
    tokens: bool
    """Whether it speaks of tokens, not of requests."""


def model_of(request: Request) -> str:
    """The name of the model that a request is for, without the prefix that its path asks for; empty if it names none."""
    if found := _MODEL_IN_PATH.search(request.path):
        name = found[1] or found[2]
    else:
        named = _MODEL.search(request.body)
        name = named[1].decode("utf-8", "replace") if named else ""
    for prefix in _PREFIXES:
        name = name.removeprefix(prefix)
    return name


def estimated_tokens(request: Request) -> int:
    """About how many tokens a request will use: its text, and all that its answer may have; media are not counted."""
    text = len(request.body) if len(request.body) < 1000 else len(_ENCODED.sub(b"", request.body))
    cap = _CAP.search(request.body)
    return text // _BYTES_A_TOKEN + (int(cap[1]) if cap else _UNCAPPED_TOKENS)


def most_tokens(request: Request) -> int:
    """How many tokens a request may use, with its media: more than it mostly does."""
    return estimated_tokens(request) + _TOKENS_OF_A_MEDIUM * len(_MEDIA.findall(request.body))


def used_tokens(exchange: Exchange, estimated: int) -> int:
    """How many tokens an exchange has used: as its answer counts them, none if it was refused, else as `estimated`."""
    if exchange.response is None or exchange.failure:
        return estimated
    if exchange.response.status >= 400:
        return 0
    for name in _TOTALS:
        at = exchange.response.body.rfind(name)  # a stream may count more than once: the last is of the whole
        if at >= 0 and (count := _COUNT.match(exchange.response.body, at + len(name))):
            return int(count[1])
    return estimated


def throttled(exchange: Exchange) -> Throttled | None:
    """What a 429 says of the limit that was reached; None for any other answer."""
    if exchange.response is None or exchange.response.status != THROTTLED:
        return None
    text = exchange.response.body[:2000].decode("utf-8", "replace")
    after = retry_after_s(exchange)
    by_the_minute = bool(_A_MINUTE.search(text)) or _LONG_S < (after or 0) <= _LONGEST_S
    return Throttled(after, by_the_minute, by_the_minute and "token" in text.lower())
