"""Variants that deny a request now and then, or a model to everybody: policies, limits, budgets, privileges."""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from itertools import count
from typing import Any

from conformance.reference.calls import Answer, Call, Event
from conformance.reference.errors import Refusal
from conformance.reference.matching import When, holds, model
from conformance.reference.policy import DOCUMENTED
from conformance.reference.rates import RateRules
from conformance.reference.variant import EventEdit, RequestEdit, ResponseEdit
from conformance.reference.variants.declared import variant


def _each(number: int) -> When:
    """One call in so many."""
    calls = count(1)
    return lambda _: not next(calls) % number


def _two_in_three() -> When:
    calls = count(1)
    return lambda _: bool(next(calls) % 3)


def _each_chat(number: int) -> When:
    """One chat call in so many."""
    one = _each(number)
    return lambda call: call.surface == "chat" and one(call)


_COUNTS = ("prompt_tokens", "completion_tokens", "total_tokens")


def _denied(what: str, phase: str, usage: dict[str, int]) -> dict[str, Any]:
    """What a service policy puts in the place of an answer: a completion that looks like one, with nothing of the model."""
    says = f"This {what} was blocked by the service policy 'no-secrets'."
    return {
        "id": "databricks-guardrail-block",
        "object": "chat.completion",
        "created": 0,
        "choices": [{"index": 0, "message": {"role": "assistant", "content": says}, "finish_reason": "content_filter"}],
        "usage": usage,
        "databricks_service_policy": {"name": "no-secrets", "action": "deny", "phase": phase, "reason": "A secret."},
    }


def _request_denied() -> dict[str, Any]:
    return _denied("request", "pre_call", dict.fromkeys(_COUNTS, 0))


def _denies(when: When, body: Callable[[dict[str, Any]], dict[str, Any]] = lambda _: _request_denied()) -> ResponseEdit:
    """Puts such a body in the place of an answer to such chat requests, with 200."""

    def edited(call: Call, answer: Answer) -> Answer:
        if call.surface != "chat" or answer.status != 200 or not isinstance(answer.body, dict) or not when(call):
            return answer
        return replace(answer, body=body(answer.body))

    return edited


def _denies_streams(when: When) -> EventEdit:
    """Denies such chat requests that ask for a stream. How is not recorded: in the one chunk that it has then."""

    def edited(call: Call, events: Sequence[Event]) -> Iterable[Event]:
        if call.surface != "chat" or not when(call):
            return events
        chunk = _request_denied() | {"object": "chat.completion.chunk"}
        for choice in chunk["choices"]:
            choice["delta"] = choice.pop("message")
        return [Event(chunk), *(event for event in events if not isinstance(event.data, dict))]

    return edited


def _refuses(when: When, status: int, code: str, message: str, **headers: str) -> ResponseEdit:
    """Answers such calls so, whatever else is wrong with them."""
    refusal = Answer({"error_code": code, "message": message}, status, headers=headers)
    return lambda call, answer: refusal if when(call) else answer


def _asks_for(name: str) -> When:
    return lambda call: (call.model or "").removeprefix("system.ai.") == name or model(call) == name


def _forbids(status: int, code: str, message: Callable[[str], str], *names: str) -> RequestEdit:
    """Refuses to serve these models to anybody."""

    def edited(call: Call) -> Call:
        asked = next((name for name in names if _asks_for(name)(call)), None)
        if asked:
            raise Refusal(message(asked), status=status, code=code)
        return call

    return edited


_GUARDRAIL = json.dumps(
    {
        "usage": {"prompt_tokens": 0, "total_tokens": 0},
        "input_guardrail": [{"flagged": True, "categories": {"secrets": True}}],
        "finishReason": "input_guardrail_triggered",
    }
)

variant(
    "policy-denies-one-in-7",
    "denies one chat request in seven by a service policy",
    response=_denies(_each(7)),
    stateful=True,
)
variant("policy-denies-a-word", "denies by a service policy what speaks of the sky", response=_denies(holds("sky")))
variant(
    "policy-denies-streams",
    "denies two chat streams in three by a service policy",
    events=_denies_streams(_two_in_three()),
    stateful=True,
)
variant(
    "policy-denies-answers",
    "denies one chat answer in eleven by a service policy, after the model has given it",
    response=_denies(
        _each(11), lambda body: _denied("response", "post_call", {name: body["usage"][name] for name in _COUNTS})
    ),
    stateful=True,
)
variant(
    "guardrail-on-one-in-13",
    "refuses one chat request in thirteen by a guardrail of its endpoint",
    response=_refuses(_each_chat(13), 400, "BAD_REQUEST", _GUARDRAIL),
    stateful=True,
)
variant(
    "limit-of-requests",
    "has a limit of requests a minute of its own, and tells when to come back",
    response=_refuses(
        _each(97), 429, "REQUEST_LIMIT_EXCEEDED",
        "User defined rate limit(s) exceeded for 'main.ai.chat'. Requests-per-minute (RPM) rate limit exceeded for endpoint",
        **{"retry-after": "1"},
    ),
    stateful=True,
)  # fmt: skip
variant(
    "limit-of-workspace",
    "has a limit of tokens a minute for all of the workspace, and does not tell when to come back",
    response=_refuses(
        _each(199),
        429,
        "REQUEST_LIMIT_EXCEEDED",
        "Exceeded workspace input tokens per minute rate limit for databricks-claude-sonnet-4-5. Work with your Databricks "
        "account team to raise it.",
    ),
    stateful=True,
)
_MINUTE_S = 0.5
"""What a minute lasts of the limits that are kept by the clock: a proof of them ends today."""
variant(
    "requests-a-minute",
    "takes so many requests a minute of each user, and tells when to come back",
    replace(DOCUMENTED, rate=RateRules(requests=60, minute_s=_MINUTE_S)),
    stateful=True,
)
variant(
    "requests-a-minute-untold",
    "takes so many requests a minute in all of the workspace, and does not tell when to come back",
    replace(DOCUMENTED, rate=RateRules(requests=60, whose="workspace", tells_when=False, minute_s=_MINUTE_S)),
    stateful=True,
)
variant(
    "tokens-a-minute",
    "takes so many tokens a minute in all of the workspace, and tells when to come back",
    replace(DOCUMENTED, rate=RateRules(tokens=6_000, whose="workspace", minute_s=_MINUTE_S)),
    stateful=True,
)
variant(
    "policy-breaks",
    "breaks on one chat request in 101, whose policy cannot be decided",
    response=_refuses(_each_chat(101), 500, "INTERNAL_ERROR", "The service policy could not be evaluated."),
    stateful=True,
)
variant(
    "budget-spent",
    "finds a budget spent now and then",
    response=_refuses(_each(17), 403, "PERMISSION_DENIED", "Budget policy 'team' is exceeded for this month."),
    stateful=True,
)
for _name in ("claude-sonnet-4-5", "gpt-5", "gemini-3-1-pro"):
    variant(
        f"limit-of-0-{_name}",
        f"has switched {_name} off by a limit of 0",
        request=_forbids(
            403,
            "PERMISSION_DENIED",
            lambda _: "This endpoint is temporarily disabled: it has a Databricks-set rate limit of 0.",
            _name,
        ),
    )
variant(
    "privilege-missing",
    "lets the caller not execute two models, and says it",
    request=_forbids(
        403,
        "PERMISSION_DENIED",
        lambda name: f"User does not have EXECUTE on model service 'system.ai.{name}'.",
        "gpt-5",
        "gpt-oss-120b",
    ),
)
variant(
    "privilege-missing-404",
    "lets the caller not execute two models, and says that they are not there",
    request=_forbids(
        404, "NOT_FOUND", lambda name: f"'system.ai.{name}' does not exist.", "claude-sonnet-4-5", "gpt-5-1"
    ),
)
